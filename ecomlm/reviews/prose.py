"""A few reviews as a short text that reads as if a person had summed them up: verdict, praise, complaint.

The sentences are made by code: what is told, and in which order, is decided by how many reviews say so;
what the thing is called, and the most typical short statements, are taken from the reviews. It states no
number, so it is for few reviews; `telling` is for many. Knows nothing of where reviews come from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from ecomlm.language import ENGLISH_STOPWORDS
from ecomlm.reviews.analysis import LONGEST, analyse
from ecomlm.reviews.clauses import Clause, clauses, joined
from ecomlm.reviews.digest import Digest, Point, ReviewBook
from ecomlm.reviews.notes import Side, singular
from ecomlm.reviews.taxonomy import OVERALL
from ecomlm.reviews.telling import summarise
from knowledge.records import Language

FEW_REVIEWS = 12
FILE = Path(__file__).with_name("phrases.tsv")
Mood = Literal["pleased", "divided", "displeased", "reserved"]
_PLEASED, _DISPLEASED = 0.7, 0.4
_DECIDED = 0.5
"""Which share of the reviews must take a side for the whole to have one."""
_PRAISES, _COMPLAINTS, _STATEMENTS = 2, 2, 4
_SHARED = 2
_TYPICAL = 0.05
_SHOP_MATTERS = frozenset({"delivery", "packaging", "service", "brand", "accessories", "description"})
_POINTED = re.compile(r"\b(this|these|the|my|a|an|of)\s+([a-z][a-z-]+[a-z])\b")
_NAME = re.compile(r"[a-z][a-z-]+[a-z]")
_NO_THING = ENGLISH_STOPWORDS | {
    word
    for line in (
        "product item one thing purchase time day year month week price way lot bit problem first last",
        "same only other size fit quality review reason money people part end fact company amazon store",
        "husband wife son daughter mother friend kid family house home very little great good nice best",
        "most small large big right left top bottom side back front pair color couple use job picture",
        "box description star is are was were has had will would can could but and for with that",
        "because not does did really just few many more much two three new old next whole entire wrong",
        "better perfect excellent wonderful actual original second work look feel say come go get make",
        "take seem need want buy brand seller deal gift style",
    )
    for word in line.split()
}
_PLURAL_VERBS = {"is": "are", "has": "have", "does": "do"}
_OPENING: dict[Mood, tuple[str, str, str]] = {
    "pleased": ("This is a great {name}.", "These are great {name}.", "这款商品评价很好。"),
    "divided": ("This is a decent {name}.", "These are decent {name}.", "这款商品评价不一。"),
    "displeased": ("This {name} is disappointing.", "These {name} are disappointing.", "这款商品令人失望。"),
    "reserved": (
        "Few buyers take a side on this {name}.",
        "Few buyers take a side on these {name}.",
        "对这款商品，明确表态的买家不多。",
    ),
}
_CLOSING: dict[Mood, tuple[str, str, str]] = {
    "pleased": (
        "Overall, it is highly recommended.",
        "Overall, they are highly recommended.",
        "总的来说值得推荐。",
    ),
    "divided": (
        "Overall, opinions are divided.",
        "Overall, opinions are divided.",
        "总的来说，褒贬不一。",
    ),
    "displeased": (
        "Overall, it is not recommended.",
        "Overall, they are not recommended.",
        "总的来说，不太推荐。",
    ),
    "reserved": (
        "Overall, it is too early to recommend it or not.",
        "Overall, it is too early to recommend them or not.",
        "总的来说，还不足以判断是否推荐。",
    ),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What the reviews are about: its name in English, and whether that is a plural."""

    name: str
    is_plural: bool

    @property
    def pronoun(self) -> str:
        """How the thing is called once it was named."""
        return "they" if self.is_plural else "it"


def prose(book: ReviewBook, texts: Mapping[str, str], language: Language, title: str = "") -> str:
    """Sum up a few reviews; `texts` are theirs by id, `title` is the product's name if it is known.

    Where they say nothing in words, or some were left out, the counts are told instead.
    """
    digest = book.digest(language)
    if digest.of <= 1 or digest.silent == digest.of or digest.left_out:
        return summarise(digest, language)
    points = [point for point in digest.points if not point.part and point.aspect != OVERALL]
    points.sort(key=lambda point: point.aspect in _SHOP_MATTERS and point.count < _SHARED)
    praise = [point for point in points if point.side == "positive"]
    liked = {point.aspect: point.count for point in praise}
    blame = [point for point in points if point.side == "negative"]
    opposed = {p.aspect for p in blame if liked.get(p.aspect, 0) >= p.count + (p.count >= _SHARED)}
    blame.sort(key=lambda point: point.aspect in opposed)
    mood = _mood(digest)
    if mood == "displeased":
        outweighed = {point.aspect for point in blame} - opposed
        praise = [point for point in praise if point.aspect not in outweighed] or praise
    if language == "zh":
        return _chinese(mood, praise[: 2 * _PRAISES], blame[:_COMPLAINTS])
    told = [text[:LONGEST] for text in texts.values()]
    shared = [point for point in praise if point.count >= _SHARED] or praise
    return _english(mood, shared[:_PRAISES], blame[:_COMPLAINTS], thing(told, title), told)


def thing(texts: Sequence[str], title: str = "") -> Thing:
    """Return what the reviews call the product: a noun that they point at and that most of them use."""
    pointed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    for text in map(str.lower, texts):
        names = _NAME.findall(text)
        forms.update(names)
        used.update({singular(name) for name in names})
        found = {(pointer, singular(noun)) for pointer, noun in _POINTED.findall(text)}
        pointed.update({noun for pointer, noun in found if pointer in ("this", "these")})
        pointed.update({noun: 0 for _, noun in found})
    counted = {noun: used[noun] + 2 * count for noun, count in pointed.items() if noun not in _NO_THING}
    if not counted:
        return Thing("product", False)
    name = max(counted, key=lambda noun: (counted[noun] + (noun in title.lower()), noun))
    named = [form for form in forms if singular(form) == name]
    form = max(named, key=lambda form: (forms[form], form), default=name)
    return _whole_name(form, form != name, texts)


def _whole_name(form: str, is_plural: bool, texts: Sequence[str]) -> Thing:
    """Return "fish oil" for "fish" where that is what mostly follows."""
    after: Counter[str] = Counter()
    for text in texts:
        after.update(re.findall(rf"\b{form} ([a-z-]{{3,}})\b", text.lower()))
    if after and not is_plural:
        following, count = max(after.items(), key=lambda item: (item[1], item[0]))
        if count > 1 and 2 * count >= after.total() and singular(following) not in _NO_THING:
            return Thing(f"{form} {following}", singular(following) != following)
    return Thing(form, is_plural)


def _mood(digest: Digest) -> Mood:
    """Return how the reviews lean; those of both sides lean neither way, unless they are most of all."""
    positive, negative = digest.sides.get("positive", 0), digest.sides.get("negative", 0)
    mixed = digest.sides.get("mixed", 0)
    if positive + negative + mixed < _DECIDED * digest.of:
        return "reserved"
    if mixed > positive + negative:
        return "divided"
    share = (positive + 0.5) / (positive + negative + 1)
    return "pleased" if share >= _PLEASED else "divided" if share >= _DISPLEASED else "displeased"


def _english(
    mood: Mood, praise: Sequence[Point], blame: Sequence[Point], named: Thing, texts: Sequence[str]
) -> str:
    liked, disliked = _statements(texts)
    good = " and ".join(_predicate(point, named) for point in praise)
    praised = [f"the {named.name} {good}"] if good else []
    told = [*praised, *joined(liked[:_STATEMENTS], named.pronoun)]
    complaints = list(_complaints(blame, disliked, named))
    if mood == "displeased":
        told = [*complaints, *(f"on the positive side, {sentence}" for sentence in told[:1])]
    else:
        told += [f"however, {sentence}" for sentence in complaints[:1]] + complaints[1:]
    opening = _OPENING[mood][named.is_plural].format(name=named.name)
    body = (f"{sentence[0].upper()}{sentence[1:]}." for sentence in told)
    return " ".join((opening, *body, _CLOSING[mood][named.is_plural]))


def _complaints(blame: Sequence[Point], disliked: Sequence[Clause], named: Thing) -> Iterator[str]:
    """Yield what is complained of: a typical statement, and all that several reviews share."""
    shared = [point for point in blame if point.count >= _SHARED]
    yield from joined(disliked[:1], named.pronoun)
    if told := shared or ([] if disliked else blame[:1]):
        found = " and ".join(_predicate(point, named) for point in told)
        who = "some" if shared else "one buyer"
        yield f"for {who}, the {named.name} {found}"


def _statements(texts: Sequence[str]) -> tuple[list[Clause], list[Clause]]:
    """Return typical statements of praise (or of plain fact) and of complaint, no two alike."""
    liked: list[Clause] = []
    plain: list[Clause] = []
    disliked: list[Clause] = []
    seen: set[str] = set()
    for clause in clauses(texts):
        if clause.typical <= _TYPICAL:
            break
        found = analyse(clause.said("it"), "en")
        is_both = found.polarity == "mixed" or len({opinion.polarity for opinion in found.opinions}) > 1
        if is_both or len(clause.content & seen) > len(clause.content) / 2:
            continue
        sides = {"positive": liked, "negative": disliked}
        sides.get(found.polarity, plain).append(clause)
        seen |= clause.content
    return [*liked, *plain], disliked


def _chinese(mood: Mood, praise: Sequence[Point], blame: Sequence[Point]) -> str:
    good, bad = (
        "，".join(_phrases()[point.aspect, point.side][1] for point in points) for points in (praise, blame)
    )
    told = [f"优点是{good}。"] if good else []
    complaints = [f"不足是{bad}。"] if bad else []
    body = [*complaints, *told] if mood == "displeased" else [*told, *complaints]
    return "".join((_OPENING[mood][2], *body, _CLOSING[mood][2]))


def _predicate(point: Point, named: Thing) -> str:
    """Return what a point says of the thing, as it follows its name."""
    phrase = _phrases()[point.aspect, point.side][0]
    if not named.is_plural:
        return phrase
    return " and ".join(map(_plural, phrase.split(" and ")))


def _plural(phrase: str) -> str:
    verb, _, rest = phrase.partition(" ")
    if verb in _PLURAL_VERBS:
        return f"{_PLURAL_VERBS[verb]} {rest}"
    return phrase if not verb.endswith("s") else f"{verb[:-1]} {rest}".rstrip()


@cache
def _phrases() -> Mapping[tuple[str, Side], tuple[str, str]]:
    """Return how a point is said, by category and side, in English and Chinese."""
    rows = [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return {
        (category, "positive" if side == "positive" else "negative"): (english, chinese)
        for category, side, english, chinese in rows
    }
