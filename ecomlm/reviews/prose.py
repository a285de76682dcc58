"""A few reviews as a short text that reads as if a person had summed them up: verdict, praise, complaint.

The sentences are made by code: which are said, and in which order, is decided by how many reviews say so;
what a thing is called is taken from the reviews. It states no number, so it is for few reviews; `telling`
is for many. Knows nothing of where reviews come from.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from ecomlm.language import ENGLISH_STOPWORDS
from ecomlm.reviews.analysis import analyse
from ecomlm.reviews.clauses import clauses
from ecomlm.reviews.digest import Digest, Point, ReviewBook
from ecomlm.reviews.notes import Side, singular
from ecomlm.reviews.taxonomy import OVERALL, taxonomy
from ecomlm.reviews.telling import label, summarise
from knowledge.records import Language

FEW_REVIEWS = 12
FILE = Path(__file__).with_name("phrases.tsv")
Mood = Literal["pleased", "divided", "displeased"]
_PLEASED, _DISPLEASED = 0.7, 0.4
_PRAISES, _COMPLAINTS = 4, 2
_POINTED = re.compile(r"\b(this|these|the|my|a|an|of)\s+([a-z-]{3,})\b", re.IGNORECASE)
_NO_THING = frozenset(
    word
    for line in (
        "product item one thing purchase time day year month week price way lot bit problem first last same only",
        "other size fit quality review reason money people part end fact company amazon store husband wife son",
        "daughter mother friend kid family house home very little great good nice best most small large big right",
        "left top bottom side back front pair color couple use job picture box description star is are was were",
        "has had will would can could but and for with that because not does did really just few many more much",
        "two three new old next whole entire wrong better perfect excellent wonderful actual original second",
    )
    for word in line.split()
)
_NAME = re.compile(r"[a-z-]{3,}")
_PLURAL_VERB = {"is": "are", "has": "have", "does": "do"}
_IT: dict[bool, str] = {False: "it", True: "they"}
_CLOSING: dict[Mood, tuple[str, str]] = {
    "pleased": ("Overall, {it} {is} highly recommended.", "总的来说值得推荐。"),
    "divided": ("Overall, opinions are divided.", "总的来说，褒贬不一。"),
    "displeased": ("Overall, {it} {is} not recommended.", "总的来说，不太推荐。"),
}
_OPENING: dict[Mood, tuple[str, str]] = {
    "pleased": ("{these} {is} great", "这款商品评价很好"),
    "divided": ("{these} {is} decent", "这款商品评价不一"),
    "displeased": ("{these} {is} disappointing", "这款商品令人失望"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What the reviews are about: its name in English, and whether that is a plural."""

    name: str
    is_plural: bool

    @property
    def pointed(self) -> str:
        """The name with "this" or "these"."""
        return f"{'these' if self.is_plural else 'this'} {self.name}"


def prose(book: ReviewBook, texts: Mapping[str, str], language: Language, title: str = "") -> str:
    """Sum up a few reviews; `texts` are theirs by id, `title` is the product's name if it is known.

    Where they say nothing in words, the counts are told instead.
    """
    digest = book.digest(language)
    points = [point for point in digest.points if not point.part and point.aspect != OVERALL]
    if not digest.of or digest.of == 1 or digest.silent == digest.of or digest.left_out:
        return summarise(digest, language)
    mood = _mood(digest)
    praise = [point for point in points if point.side == "positive"][:_PRAISES]
    blame = [point for point in points if point.side == "negative"][:_COMPLAINTS]
    if language == "zh":
        return _chinese(mood, praise, blame)
    told = [text for id, text in texts.items() if not book.notes[id].is_left_out]
    return _english(mood, praise, blame, thing(told, title), told)


def thing(texts: Sequence[str], title: str = "") -> Thing:
    """Return what the reviews call the product: a noun that they point at and that most of them use."""
    pointed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    for text in texts:
        plain = text.lower()
        forms.update(_NAME.findall(plain))
        used.update({singular(word) for word in _NAME.findall(plain)})
        pointed.update({(singular(noun), is_this in ("this", "these")) for is_this, noun in _POINTED.findall(plain)})  # type: ignore
    counted = {
        noun: used[noun] + 2 * pointed[noun, True] + (noun in title.lower()) for noun, _ in pointed if noun not in _NO_THING and noun not in ENGLISH_STOPWORDS
    }
    if not counted:
        return Thing("product", False)
    name = max(counted, key=lambda noun: (counted[noun], noun))
    plural = max((form for form in forms if singular(form) == name), key=lambda form: forms[form])
    return Thing(plural, plural != name)


def _mood(digest: Digest) -> Mood:
    positive, negative = digest.sides.get("positive", 0), digest.sides.get("negative", 0)
    share = (positive + 0.5) / (positive + negative + 1)
    return "pleased" if share >= _PLEASED else "divided" if share >= _DISPLEASED else "displeased"


def _english(mood: Mood, praise: Sequence[Point], blame: Sequence[Point], named: Thing, texts) -> str:
    it, good = _IT[named.is_plural], [_predicate(point, named) for point in praise]
    bad = [_predicate(point, named) for point in blame]
    verb = "are" if named.is_plural else "is"
    first = _OPENING[mood][0].format_map({"these": named.pointed, "is": verb})
    liked, disliked = _typical(texts, it)
    NL=int(os.environ.get('NL','2')); ND=int(os.environ.get('ND','1')); NG=int(os.environ.get('NG','2')); NB=int(os.environ.get('NB','1'))
    liked=liked[:NL]; disliked=disliked[:ND]; good=good[:NG]; bad=bad[:NB] if not disliked else []
    sentences = [first + "."]
    if mood == "displeased":
        sentences += [f"{it} {_both(bad)}."] if bad else []
        sentences += [f"{_both(disliked)}."] if disliked else []
        sentences += [f"on the positive side, {it} {_both(good[:1])}."] if good else []
    else:
        sentences += [f"{it} {_both(good[:2])}."] if good else []
        sentences += [f"{it} also {_both(good[2:])}."] if good[2:] else []
        sentences += [f"{_both(liked)}."] if liked else []
        sentences += [f"however, {_both(disliked)}."] if disliked else []
        sentences += [f"however, some buyers find that {it} {_both(bad)}."] if bad else []
    sentences.append(_CLOSING[mood][0].format_map({"it": it, "is": verb}))
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)


def _typical(texts, it):
    sides = {"positive": [], "negative": [], "neutral": []}
    seen: set[str] = set()
    for clause in clauses(texts):
        if clause.typical <= 0.1:
            break
        said = clause.said(it)
        side = analyse(said, "en").polarity
        if side in sides and len(clause.content & seen) <= len(clause.content) / 2:
            sides[side].append(said); seen |= clause.content
    return sides["positive"]+sides["neutral"], sides["negative"]


def _chinese(mood: Mood, praise: Sequence[Point], blame: Sequence[Point]) -> str:
    good = "，".join(_phrase(point, "zh") for point in praise)
    bad = "，".join(_phrase(point, "zh") for point in blame)
    parts = [_OPENING[mood][1]]
    if good:
        parts.append(f"{'优点是' if mood != 'displeased' else '好的一面是'}{good}")
    if bad:
        parts.insert(1 if mood == "displeased" else 2, f"不足是{bad}")
    return "。".join(parts) + "。" + _CLOSING[mood][1]


def _predicate(point: Point, named: Thing) -> str:
    verb, _, rest = _phrase(point, "en").partition(" ")
    if not named.is_plural:
        return f"{verb} {rest}".strip()
    return f"{_PLURAL_VERB.get(verb, verb.removesuffix('s'))} {rest}".strip()


def _both(predicates: Iterable[str]) -> str:
    return " and ".join(predicates)


def _phrase(point: Point, language: Language) -> str:
    """Return what the point says of the thing; of a part without a sentence of its own, that it is good."""
    found = _phrases().get((point.aspect, point.side))
    if found:
        return found[language == "zh"]
    name, is_good = label(point.aspect, language), point.side == "positive"
    if language == "zh":
        return f"{name}{'好' if is_good else '不好'}"
    return f"has a great {name}" if is_good else f"has a poor {name}"


@cache
def _phrases() -> Mapping[tuple[str, Side], tuple[str, str]]:
    rows = [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    known = taxonomy().categories
    return {
        (category, "positive" if side == "positive" else "negative"): (english, chinese)
        for category, side, english, chinese in rows
        if category in known
    }
