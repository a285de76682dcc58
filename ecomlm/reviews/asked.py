"""What a shopper wants to know of the reviews: of which aspects, and whether praise or complaints.

Knows the taxonomy's words and the usual wordings. Knows nothing of what the reviews say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ecomlm.language import has_chinese, normalise
from ecomlm.reviews.digest import Digest, Point
from ecomlm.reviews.notes import SIDES, Side, part_of
from ecomlm.reviews.taxonomy import OVERALL, taxonomy

_BLAME = re.compile(
    r"\b(?:complain\w*|problems?|issues?|negatives?|bad|wrong|dislik\w+|downsides?|drawbacks?|cons|flaws?|worst"
    r"|weakness\w*|hate|unhappy)\b|缺点|不足|差评|不好|问题|毛病|抱怨|吐槽|缺陷|不满|槽点|短板|避雷",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:pros|praises?|positives?|upsides?|strengths?|advantages?|good (?:points?|things?|reviews?)"
    r"|what\b.{0,24}\b(?:like|love)|best (?:thing|part)s?)\b|优点|好评|长处|亮点|好在哪|满意的地方",
    re.IGNORECASE,
)
_NEITHER = re.compile(
    r"\b(?:pros and cons|good (?:and|or) bad)\b|优缺点|好坏|好不好|好评还是差评", re.IGNORECASE
)
_NOT_ASKED = frozenset(
    {"use", "shop", "store", "amazon", "staff", "seller", "feel", "text", "one", "buy", "rating"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The aspects asked about as (category, part), none for all, and the sides."""

    aspects: tuple[tuple[str, str], ...] = ()
    sides: tuple[Side, ...] = SIDES

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories asked about, each once."""
        return tuple(dict.fromkeys(category for category, _ in self.aspects))

    def points(self, digest: Digest, side: Side) -> list[Point]:
        """Return the points that answer: on the very part where reviews name it, else on its category."""
        if not self.aspects:
            return digest.on(side)
        found: list[Point] = []
        for category, part in self.aspects:
            same = [point for point in digest.points if (point.aspect, point.side) == (category, side)]
            exact = [point for point in same if point.part == part]
            found += exact or [point for point in same if not point.part]
        return list(dict.fromkeys(found))


def asked_in(text: str, title: str = "") -> Asked:
    """Read a question; what it says of the product by its `title` names no aspect."""
    plain = normalise(text).lower()
    for word in re.findall(r"[a-z0-9-]{3,}|[\u3400-\u9fff]{2,}", title.lower()):
        plain = plain.replace(word, " ")
    words = {**taxonomy().words["en"], **taxonomy().words["zh"]}
    found = [(words[word].category, part_of(word)) for word in _named().findall(plain)]
    aspects = tuple(dict.fromkeys(pair for pair in found if pair[0] != OVERALL))
    wants_blame, wants_praise = bool(_BLAME.search(plain)), bool(_PRAISE.search(plain))
    if wants_blame == wants_praise or _NEITHER.search(plain):
        return Asked(aspects)
    return Asked(aspects, ("negative",) if wants_blame else ("positive",))


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
