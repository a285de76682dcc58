"""What a shopper wants to know of the reviews: of which aspects, and whether praise or complaints.

Knows the taxonomy's words and the usual wordings. Knows nothing of what the reviews say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ecomlm.language import has_chinese, normalise
from ecomlm.reviews.digest import Digest, Point, together
from ecomlm.reviews.notes import PARTED, SIDES, Side, part_of
from ecomlm.reviews.taxonomy import OVERALL, taxonomy

Aspect = tuple[str, str]
"""A category, and the one part of it that is meant; empty where the category as a whole is."""

_PEOPLE = (
    r"(?:people|buyers?|customers?|users?|reviewers?|shoppers?|owners?|others|they|everyone|everybody|folks)"
)
_MUCH = r"(?:(?:really|actually|also|all|most|generally|usually|mostly|especially|particularly)\s+)*"
_LIKING = r"(?:likes?|liked|loves?|loved|enjoy|enjoyed)"
_PEOPLE_ZH = r"(?:大家|人们|别人|买家|顾客|客户|用户|他们)"
_BLAME = re.compile(
    r"\b(?:complain\w*|problems?|issues?|negatives?|bad|wrong|dislik\w+|downsides?|drawbacks?|cons|flaws?|worst"
    r"|weakness\w*|hate|unhappy)\b"
    rf"|(?:\bnot|n[’']t)\s+(?:{_PEOPLE}\s+)?{_MUCH}{_LIKING}\b"
    r"|缺点|不足|差评|不好|问题|毛病|抱怨|吐槽|缺陷|不满|槽点|短板|避雷|不(?:太|怎么)?喜欢",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:pros|praises?|positives?|upsides?|strengths?|advantages?|good (?:points?|things?|reviews?)"
    rf"|{_PEOPLE}\s+{_MUCH}{_LIKING}|what(?:[’']s|\s+is)\s+(?:there\s+)?to\s+(?:like|love)"
    r"|best (?:thing|part)s?)\b"
    rf"|优点|好评|长处|亮点|好在哪|满意的地方|{_PEOPLE_ZH}(?:都|最|比较|特别|普遍|主要)*喜欢",
    re.IGNORECASE,
)
_NEITHER = re.compile(
    r"\b(?:pros and cons|good (?:and|or) bad|likes and dislikes)\b|优缺点|好坏|好不好|好评还是差评",
    re.IGNORECASE,
)
_NOT_ASKED = frozenset(
    {"use", "shop", "store", "amazon", "staff", "seller", "feel", "text", "one", "buy", "rating"}
)
WHOLES = frozenset(
    word
    for listed in (
        "quality, build quality, build, construction, workmanship, craftsmanship, durability, sturdiness",
        "finish, reliability, lifespan, longevity, build and feel, materials quality, feel and build",
        "workmanship quality, 质量, 品质, 做工, 用料, 工艺, 耐用性, 品控, 质感, 寿命, 使用寿命, 稳定性",
        "可靠性, 牢固度, 细节, hardware, component, components, part, parts, internals, peripherals, 硬件",
        "零件, 部件, 配件质量, 零部件, 元件, 组件, accessory, accessories, extras, attachment, attachments",
        "配件, 附件, 赠品, 赠送, 礼品, 送的东西",
    )
    for word in listed.split(", ")
)
"""Words of the categories of many things that mean all of them, and no one part."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The aspects asked about, none for all, and the sides."""

    aspects: tuple[Aspect, ...] = ()
    sides: tuple[Side, ...] = SIDES

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories asked about, each once."""
        return tuple(dict.fromkeys(category for category, _ in self.aspects))

    def answers(self, digest: Digest) -> dict[Aspect, Mapping[Side, Point]]:
        """Return what the reviews say of each aspect asked about, whichever side was asked for."""
        return {
            aspect: {side: point for side in SIDES if (point := _point(digest, aspect, side))}
            for aspect in self.aspects
        }

    def points(self, digest: Digest, side: Side) -> list[Point]:
        """Return the points of one side that answer.

        Where an aspect has nothing on the side that was asked for, the other side answers.
        """
        if not self.aspects:
            return digest.on(side) if side in self.sides else []
        return [
            said[side]
            for said in self.answers(digest).values()
            if side in said and (side in self.sides or said.keys().isdisjoint(self.sides))
        ]


def asked_in(text: str, title: str = "") -> Asked:
    """Read a question; what it says of the product by its `title` names no aspect."""
    plain = _without(normalise(text).lower(), normalise(title).lower())
    words = {**taxonomy().words["en"], **taxonomy().words["zh"]}
    found = [(words[word].category, _part(words[word].category, word)) for word in _named().findall(plain)]
    aspects = tuple(dict.fromkeys(pair for pair in found if pair[0] != OVERALL))
    blames, praises = _BLAME.search(plain), _PRAISE.search(_BLAME.sub(" ", plain))
    if bool(blames) == bool(praises) or _NEITHER.search(plain):
        return Asked(aspects)
    return Asked(aspects, ("negative",) if blames else ("positive",))


def _without(question: str, title: str) -> str:
    """Return a question without the words of the title; English ones count as whole words only."""
    for word in re.findall(r"[a-z0-9-]{3,}|[\u3400-\u9fff]{2,}", title):
        whole = re.escape(word) if has_chinese(word) else rf"(?<![a-z0-9-]){re.escape(word)}(?![a-z0-9-])"
        question = re.sub(whole, " ", question)
    return question


def _part(category: str, word: str) -> str:
    return part_of(word) if category in PARTED and word not in WHOLES else ""


def _point(digest: Digest, aspect: Aspect, side: Side) -> Point | None:
    """Return the point on exactly that aspect.

    "strap" is also what is said of a "shoulder strap"; who asks for the "shoulder strap" where reviews speak
    of a "strap" only is told of that.
    """
    category, part = aspect
    same = [point for point in digest.points if (point.aspect, point.side) == (category, side)]
    if not part:
        return next((point for point in same if not point.part), None)
    narrower = [point for point in same if f" {point.part}".endswith(f" {part}")]
    if narrower:
        return together(narrower, part)
    return next((point for point in same if point.part and f" {part}".endswith(f" {point.part}")), None)


@cache
def _named() -> re.Pattern[str]:
    """The taxonomy's words, the longest first; English ones stand alone."""
    by_language = taxonomy().words
    english = sorted((word for word in by_language["en"] if word not in _NOT_ASKED), key=len, reverse=True)
    chinese = sorted(
        (word for word in by_language["zh"] if len(word) > 1 and has_chinese(word)), key=len, reverse=True
    )
    latin, han = ("|".join(map(re.escape, words)) for words in (english, chinese))
    return re.compile(rf"(?<![a-z0-9])(?:{latin})(?![a-z0-9])|{han}")
