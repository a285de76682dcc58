"""More rows from the sample shop: what is in the box, what it is made of, variants, reasons for a hit.

Knows nothing of models or prompts beyond `training.data.examples`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import reason_prompt
from ecomlm.search.passages import evidence_of, label_text, money_text
from ecomlm.telling import spoken_value
from knowledge.records import Attribute, Language, Product, Variant
from training.data.examples import Example, answered
from training.data.shop_facts import tell

_MATERIALS: dict[Language, tuple[str, ...]] = {
    "en": ("leather", "cotton", "wool", "polyester", "nylon", "plastic", "wood", "steel", "glass",
           "aluminium", "silk"),
    "zh": ("皮", "棉", "羊毛", "涤纶", "尼龙", "塑料", "木", "钢", "玻璃", "铝", "真丝"),
}  # fmt: skip


def choice_examples(
    product: Product, foreign_items: Sequence[str], language: Language, chance: random.Random
) -> Iterator[Example]:
    """Yield rows about material, box and variants; `foreign_items` come with other products."""
    evidence = evidence_of(product, (), language)
    subject = product.title.best(language)
    facts = [item for item in evidence if item.source in ("attribute", "highlight")]
    for fact in facts:
        if fact.attribute is None:
            continue
        others = [item for item in facts if item is not fact]
        if fact.attribute.key == "material":
            asked = _material(fact.attribute, language, chance)
        elif fact.attribute.key == "includes":
            asked = _in_the_box(fact.attribute, foreign_items, language, chance)
        else:
            continue
        for question, answer in asked:
            yield answered(question, subject, [fact], others, answer, language, chance)
    for variant in chance.sample(product.variants, min(2, len(product.variants))):
        passage = next(item for item in evidence if item.field == f"variant.{variant.sku}")
        others = [item for item in evidence if item.source == "variant" and item is not passage]
        question, answer = _variant(variant, language, chance)
        yield answered(question, subject, [passage], others, answer, language, chance)


def _material(attribute: Attribute, language: Language, chance: random.Random) -> Iterator[tuple[str, str]]:
    value = spoken_value(attribute, language)
    within = [name for name in _MATERIALS[language] if name in value.lower()]
    without = [name for name in _MATERIALS[language] if name not in value.lower()]
    name = chance.choice(within) if within and chance.random() < 0.5 else chance.choice(without)
    if language == "zh":
        question = chance.choice((f"是{name}的吗？", f"材质是{name}的吗", f"用的是不是{name}"))
        yield question, f"{'是的' if name in within else '不是'}，材质是{value}。"
    else:
        question = chance.choice(
            (f"is it {name}?", f"is this made of {name}?", f"is there any {name} in it?")
        )
        yield question, f"{'Yes' if name in within else 'No'}, it is made of {value}."


def _in_the_box(
    attribute: Attribute, foreign_items: Sequence[str], language: Language, chance: random.Random
) -> Iterator[tuple[str, str]]:
    value = spoken_value(attribute, language)
    own = [part.strip() for part in value.split("、" if language == "zh" else ", ")]
    for item in (
        chance.choice(own),
        chance.choice([name for name in foreign_items if name not in value] or own),
    ):
        holds = item in own
        if language == "zh":
            question = chance.choice((f"送{item}吗？", f"带{item}吗", f"包装里有没有{item}？"))
            answer = f"有，包装内含{item}。" if holds else f"包装内含{value}，没有列出{item}。"
        else:
            question = chance.choice(
                (f"does it come with {item}?", f"is {item} included?", f"do I get {item} with it?")
            )
            answer = (
                f"Yes, {item} is in the box." if holds else f"The box contains {value}; {item} is not listed."
            )
        yield question, answer


def _variant(variant: Variant, language: Language, chance: random.Random) -> tuple[str, str]:
    named = " ".join(option.value.best(language) for option in variant.options)
    price = money_text(variant.offer.price, language) if variant.offer.price else ""
    stock = variant.offer.stock or 0
    if price and chance.random() < 0.3:
        return (f"{named}多少钱？", f"{named}的价格是{price}。") if language == "zh" else (
            f"how much is {named}?", f"{named[:1].upper()}{named[1:]} costs {price}."
        )  # fmt: skip
    if language == "zh":
        question = chance.choice((f"{named}有货吗？", f"{named}还有吗", f"有没有{named}的"))
        return question, f"有货，剩余{stock}件。" if stock else f"{named}缺货。"
    question = chance.choice((f"do you have {named}?", f"is {named} in stock?", f"can I get it in {named}?"))
    return question, f"Yes, {named} is in stock, {stock} left." if stock else f"No, {named} is out of stock."


def reason_examples(product: Product, language: Language, chance: random.Random) -> Iterator[Example]:
    """Yield rows that say why a product fits what a shopper looks for."""
    evidence = evidence_of(product, (), language)
    kind = product.categories[-1].best(language).lower() if product.categories else ""
    facts = [
        item for item in evidence if item.attribute and item.source == "attribute" and item.attribute.label
    ]
    price = product.lowest_price
    for _ in range(2):
        chosen = chance.sample(facts, min(len(facts), chance.choice((1, 1, 2))))
        reasons, wishes, shown = [], [], []
        for fact in chosen:
            told = _reason(fact, language)
            if told:
                wishes.append(told[0])
                reasons.append(told[1])
                shown.append(fact)
        passage = next((item for item in evidence if item.field == "price"), None)
        if price and passage and chance.random() < 0.6:
            limit = math.ceil(price.amount / 10) * 10 + chance.choice((0, 10, 20))
            wishes.append(f"{limit}美元以下" if language == "zh" else f"under ${limit}")
            amount = money_text(price, language)
            is_range = product.highest_price != price
            if language == "zh":
                reasons.append(f"价格{amount}{'起' if is_range else ''}")
            else:
                reasons.append(f"{'costs from' if is_range else 'costs'} {amount}")
            shown.append(passage)
        if not reasons or not kind:
            continue
        rest = [item for item in facts if item not in shown]
        shown += chance.sample(rest, min(len(rest), max(0, 3 - len(shown)), chance.randint(0, 2)))
        chance.shuffle(shown)
        wish = "".join(wishes) + "的" + kind if language == "zh" else f"{kind} {', '.join(wishes)}"
        answer = "，".join(reasons) + "。" if language == "zh" else _sentence(reasons)
        prompt = reason_prompt(wish, product.title.best(language), shown, language)
        yield Example(prompt, answer, language, "reason", "shop", product.id)


def _reason(fact: Evidence, language: Language) -> tuple[str, str] | None:
    attribute = fact.attribute
    told = tell(attribute, language) if attribute else None
    if attribute is None or told is None or attribute.value is False:
        return None
    label = label_text(attribute, language)
    if attribute.value is True:
        wish = label if language == "zh" else label.lower()
        return wish, told.removeprefix("Yes, ").removeprefix("是的，").rstrip("。.")
    if isinstance(attribute.value, Decimal):
        return (f"看重{label}", told.rstrip("。")) if language == "zh" else (
            f"with a good {label.lower()}", told.rstrip(".")
        )  # fmt: skip
    value = spoken_value(attribute, language)
    return (
        (f"{label}{value}", told.rstrip("。"))
        if language == "zh"
        else (f"{label.lower()} {value}", told.rstrip("."))
    )


def _sentence(reasons: Sequence[str]) -> str:
    parts = [reason.removeprefix("it ").removeprefix("It ") for reason in reasons]
    starts_with_it = reasons[0][:3].lower() == "it " or reasons[0].startswith("costs")
    first = f"It {parts[0]}" if starts_with_it else parts[0][:1].upper() + parts[0][1:]
    rest = [
        part if reason != part or part.startswith("costs") else part[:1].lower() + part[1:]
        for part, reason in zip(parts[1:], reasons[1:], strict=True)
    ]
    return " and ".join([first, *rest]) + "."
