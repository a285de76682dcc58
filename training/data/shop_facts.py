"""Questions about the sample shop's facts, asked in wordings that were written per kind of fact.

The wordings are in `written/attributes.tsv`; numbers, yes and no come from the records. Knows nothing
of models or prompts beyond `training.data.examples`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from ecomlm.evidence import Evidence
from ecomlm.search.passages import evidence_of, label_text, number_text
from ecomlm.telling import AGES, CHINESE_UNITS, COUNTED, spoken_value
from knowledge.records import Attribute, Language, Product, Review
from training.data.examples import Example, answered, unanswered

WORDINGS = Path(__file__).parent / "written" / "attributes.tsv"
_FITS: dict[str, tuple[str, str]] = {
    "laptop_size": (
        "does a {n} inch laptop fit?|is it big enough for a {n}-inch notebook?|my laptop has {n} inches, ok?",
        "{n}寸的电脑放得下吗？|能放{n}英寸的笔记本吗？|我的电脑是{n}寸的，能装吗",
    ),
    "fits_laptop": (
        'does a {n} inch laptop fit?|will my {n}" notebook go in?',
        "{n}寸的电脑放得下吗？|能装{n}寸笔记本不",
    ),
    "persons": (
        "is it big enough for {n} people?|we are {n}, do we fit in?",
        "{n}个人够用吗？|{n}个人睡得下吗",
    ),
    "max_load": ("can it carry {n} {u}?|is {n} {u} too much for it?", "能装{n}{u}吗？|放{n}{u}没问题吧"),
    "load": ("can it hold {n} {u}?|does it bear {n} {u}?", "能承受{n}{u}吗？|放{n}{u}可以吗"),
    "fits_height": (
        "i am {n} cm tall, does it fit me?|is it ok for someone of {n} cm?",
        "身高{n}厘米能用吗？|{n}厘米高的人合适吗",
    ),
    "room_size": (
        "is it enough for a {n} m² room?|will it do for {n} square metres?",
        "{n}平米的房间够用吗？|{n}平的客厅可以吗",
    ),
    "oven_safe": (
        "can it go in the oven at {n} °C?|is {n} degrees in the oven ok?",
        "能进{n}度的烤箱吗？|烤箱{n}°C可以吗",
    ),
    "battery_life": (
        "does it last {n} hours?|is the battery good for {n} hours?",
        "能用{n}个小时吗？|续航有{n}小时吗",
    ),
    "age_from": (
        "is it ok for a {n} year old?|my child is {n}, can it play with it?|suitable for age {n}?",
        "{n}岁的孩子能玩吗？|孩子{n}岁，合适吗？|{n}岁可以玩吗",
    ),
}
_SHIFTS = (Decimal("0.4"), Decimal("0.6"), Decimal("0.8"), Decimal("1.25"), Decimal("1.5"), Decimal(2))


@dataclass(frozen=True, slots=True)
class Wording:
    """How shoppers ask for one kind of fact, and how it is told; `yes` and `no` differ for yes-no facts."""

    questions: tuple[str, ...]
    yes: str
    no: str


@cache
def wordings() -> dict[tuple[str, Language], Wording]:
    """Read the wordings of every kind of fact in both languages."""
    table: dict[tuple[str, Language], Wording] = {}
    for line in WORDINGS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        key, *cells = line.split("\t")
        by_language: tuple[Language, ...] = ("en", "zh")
        for language, asked, told in zip(by_language, cells[::2], cells[1::2], strict=True):
            yes, _, no = told.partition(" / ")
            table[key, language] = Wording(tuple(asked.split("|")), yes.strip(), no.strip())
    return table


def tell(attribute: Attribute, language: Language) -> str | None:
    """Return the fact as an answer; None where no wording is known."""
    wording = wordings().get((attribute.key, language))
    if wording is None:
        return None
    if isinstance(attribute.value, bool):
        return (wording.yes if attribute.value else wording.no) if wording.no else None
    if "{v}" not in wording.yes:
        return None
    told = wording.yes.replace("{v}", spoken_value(attribute, language))
    if language == "en" and attribute.value == 1:
        told = (
            told.replace("1 people", "1 person")
            .replace("1 pockets", "1 pocket")
            .replace("1 pieces", "1 piece")
        )
    return told


def fact_examples(
    product: Product, reviews: Sequence[Review], language: Language, chance: random.Random
) -> Iterator[Example]:
    """Yield rows about each fact of a product: plain, yes-no, two at once, absent, in the other language."""
    evidence = evidence_of(product, reviews, language)
    foreign = evidence_of(product, reviews, "en" if language == "zh" else "zh")
    subject = product.title.best(language)
    facts = [
        item for item in evidence if item.attribute and item.source == "attribute" and item.attribute.label
    ]
    for fact in facts:
        attribute = fact.attribute
        answer = tell(attribute, language) if attribute else None
        if attribute is None or answer is None:
            continue
        question = chance.choice(wordings()[attribute.key, language].questions)
        others = _distractors(evidence, fact, chance)
        if chance.random() < 0.6:
            yield answered(question, subject, [fact], others, answer, language, chance)
        if chance.random() < 0.3:
            yield unanswered(question, subject, _silent(evidence, attribute), language, chance)
        if chance.random() < 0.22:
            twin = next(item for item in foreign if item.field == fact.field)
            far = _distractors(foreign, twin, chance)
            title = product.title.best("en" if language == "zh" else "zh")
            yield answered(question, title, [twin], far, answer, language, chance)
        yield from _decided(fact, attribute, subject, others, language, chance)
    yield from _paired(facts, subject, language, chance)
    yield from _absent(product, evidence, subject, language, chance)


def _distractors(evidence: Sequence[Evidence], fact: Evidence, chance: random.Random) -> list[Evidence]:
    """Other passages of the product, of the same kind and unit first in half of the cases."""
    others = [
        item for item in evidence if item is not fact and item.source not in ("title", "price", "stock")
    ]
    unit = fact.attribute.unit if fact.attribute else None
    near = [item for item in others if unit and item.attribute and item.attribute.unit == unit]
    silent = [item for item in others if item.source == "attribute"]
    return (near or silent) if chance.random() < 0.6 else chance.sample(others, min(4, len(others)))


def _silent(evidence: Sequence[Evidence], attribute: Attribute) -> list[Evidence]:
    """Facts of the product that say nothing of `attribute`; prose is left out because it might."""
    words = set(attribute.key.split("_"))
    return [
        item
        for item in evidence
        if item.source == "attribute" and item.attribute and not words & set(item.attribute.key.split("_"))
    ]


def _decided(
    fact: Evidence,
    attribute: Attribute,
    subject: str,
    others: Sequence[Evidence],
    language: Language,
    chance: random.Random,
) -> Iterator[Example]:
    value = attribute.value
    if not isinstance(value, Decimal) or value <= 0 or chance.random() > 0.5:
        return
    number = value * chance.choice(_SHIFTS)
    number = (
        number.quantize(Decimal(1))
        if value >= 5 or attribute.unit in COUNTED
        else number.quantize(Decimal("0.1"))
    )
    if number == value or number <= 0:
        number = value + 1
    unit = {"in": "inch", "h": "hours"}.get(attribute.unit or "", attribute.unit or "")
    if language == "zh":
        unit = CHINESE_UNITS.get(attribute.unit or "", attribute.unit or "")
    if attribute.key in _FITS:
        question = chance.choice(_FITS[attribute.key][language == "zh"].split("|"))
        holds = number >= value if attribute.key in AGES else number <= value
        if "too much" in question:
            holds = not holds
    else:
        question, holds = _compared(attribute, number, language, chance)
    question = question.replace("{n}", number_text(number)).replace("{u}", unit)
    told = tell(attribute, language) or ""
    if language == "zh":
        answer = (
            ("可以，" if holds else "不行，") if attribute.key in _FITS else ("是的，" if holds else "不是，")
        )
    else:
        answer, told = ("Yes, " if holds else "No, "), told[:1].lower() + told[1:]
    yield answered(question, subject, [fact], others, answer + told, language, chance)


def _compared(
    attribute: Attribute, number: Decimal, language: Language, chance: random.Random
) -> tuple[str, bool]:
    label = label_text(attribute, language)
    value = attribute.value
    if not isinstance(value, Decimal):
        raise TypeError(f"{attribute.key} is not a number")
    if chance.random() < 0.5:
        return chance.choice(
            (f"{label}超过{{n}}{{u}}吗？", f"{label}有没有{{n}}{{u}}以上")
            if language == "zh"
            else (
                f"is the {label.lower()} more than {{n}} {{u}}?",
                f"is the {label.lower()} over {{n}} {{u}}?",
            )
        ), value > number
    return chance.choice(
        (f"{label}在{{n}}{{u}}以下吗？", f"{label}不到{{n}}{{u}}吧？")
        if language == "zh"
        else (f"is the {label.lower()} less than {{n}} {{u}}?", f"is the {label.lower()} under {{n}} {{u}}?")
    ), value < number


def _paired(
    facts: Sequence[Evidence], subject: str, language: Language, chance: random.Random
) -> Iterator[Example]:
    """Ask for two facts of the same unit at once, so that no number is told of the wrong one."""
    told = [item for item in facts if item.attribute and isinstance(item.attribute.value, Decimal)]
    chance.shuffle(told)
    for first, second in zip(told[::2], told[1::2], strict=False):
        if chance.random() > 0.5 or first.attribute is None or second.attribute is None:
            continue
        names = [label_text(item.attribute, language) for item in (first, second) if item.attribute]
        answers = [tell(item.attribute, language) for item in (first, second) if item.attribute]
        if None in answers:
            continue
        one, two = (str(answer) for answer in answers)
        if language == "zh":
            question = chance.choice(("{}和{}分别是多少？", "{}、{}各多少？")).format(*names)
            answer = one.rstrip("。") + "，" + two
        else:
            names = [name.lower() for name in names]
            question = chance.choice(("what are the {} and the {}?", "{} and {}?")).format(*names)
            answer = one.rstrip(".") + ", and " + two[:1].lower() + two[1:]
        rest = [item for item in facts if item not in (first, second)]
        yield answered(question, subject, [first, second], rest, answer, language, chance)


def _absent(
    product: Product,
    evidence: Sequence[Evidence],
    subject: str,
    language: Language,
    chance: random.Random,
) -> Iterator[Example]:
    """Ask for facts that the record does not have."""
    known = {attribute.key for attribute in product.attributes}
    text = " ".join(item.text for item in evidence).lower()
    missing = [
        (key, wording)
        for (key, spoken), wording in wordings().items()
        if spoken == language and key not in known and key.split("_")[0] not in text
    ]
    facts = [item for item in evidence if item.source == "attribute"]
    for _, wording in chance.sample(missing, min(2, len(missing))):
        yield unanswered(chance.choice(wording.questions), subject, facts, language, chance)
