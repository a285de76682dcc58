"""Which fact or sentence measures the part that a question asks for, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomlm.evidence import Evidence
from ecomlm.language import detect
from ecomlm.measures import asked_measure, measuring
from ecomlm.rendering import certain_facts, render
from ecomlm.search.passages import evidence_of
from knowledge.records import Attribute, Product, ProductId, Text


def number(key: str, value: str, unit: str | None, en: str, zh: str = "") -> Attribute:
    return Attribute(key, Decimal(value), unit, Text(en, zh))


MACHINE = Product(
    ProductId("machine"),
    Text("Alba Espresso Machine", "Alba 意式咖啡机"),
    Text(
        "Heats up in 40 seconds. The 1.2 litre tank lifts out at the back.",
        "40秒预热。1.2升水箱从后方取出。",
    ),
    attributes=(
        number("capacity", "1.5", "kg", "Capacity of the drawer", "抽屉容量"),
        number("cord_length", "90", "cm", "Cord length", "电源线长"),
        number("width", "18", "cm", "Width", "宽度"),
    ),
)
VACUUM = Product(
    ProductId("vacuum"),
    Text("Heron Vacuum Cleaner", "苍鹭吸尘器"),
    attributes=(
        number("dustbin", "0.6", "L", "Dustbin", "尘盒容量"),
        number("dustbin_height", "9", "cm", "Dustbin height", "尘盒高度"),
        number("run_time", "45", "min", "Run time", "续航时间"),
        number("battery", "2500", "mAh", "Battery", "电池"),
        number("load", "8", "kg", "Maximum load", "最大承重"),
    ),
)
ENGLISH_ONLY = Product(
    ProductId("e"),
    Text("Notebook"),
    attributes=(number("power_cord_length", "1.8", None, "power cord length"),),
)


def told(question: str, product: Product) -> str:
    language = detect(question)
    title = product.title.best(language)
    facts = certain_facts(question, title, evidence_of(product, (), language), language)
    return " ".join(render(item, question, language) for item in facts)


@pytest.mark.parametrize(
    ("question", "product", "part"),
    [
        ("how big is the water tank?", MACHINE, "1.2 litre tank"),
        ("how much water does the tank hold?", MACHINE, "1.2 litre tank"),
        ("水箱能装多少水？", MACHINE, "1.2升水箱"),
        ("水箱多大？", MACHINE, "1.2升水箱"),
        ("how long is the cord?", MACHINE, "Cord length: 90 cm"),
        ("how long is the cable?", MACHINE, "Cord length: 90 cm"),
        ("线有多长？", MACHINE, "电源线长：90 cm"),
        ("how big is the dustbin?", VACUUM, "Dustbin: 0.6 L"),
        ("集尘盒多大？", VACUUM, "尘盒容量：0.6 L"),
        ("how high is the dustbin?", VACUUM, "Dustbin height: 9 cm"),
        ("集尘盒有多高？", VACUUM, "尘盒高度：9 cm"),
        ("how long does the battery last?", VACUUM, "Run time: 45 min"),
        ("电池能用多久？", VACUUM, "续航时间：45分钟"),
        ("how much weight can it carry?", VACUUM, "Maximum load: 8 kg"),
        ("能承受多少公斤？", VACUUM, "最大承重：8 kg"),
        ("电源线多长？", ENGLISH_ONLY, "1.8"),
    ],
)
def test_the_part_that_is_measured_is_found(question: str, product: Product, part: str) -> None:
    assert part in told(question, product)


@pytest.mark.parametrize(
    ("question", "product"),
    [
        ("how wide is the water tank?", MACHINE),  # its volume is no width
        ("水箱多重？", MACHINE),
        ("how long is the strap?", MACHINE),
        ("背带多长？", MACHINE),
        ("how loud is the motor?", VACUUM),
        ("马达多响？", VACUUM),
    ],
)
def test_another_measure_or_another_part_is_no_answer(question: str, product: Product) -> None:
    assert told(question, product) == ""


@pytest.mark.parametrize("question", ["how big is it?", "有多大？", "is the tank big?", "水箱大吗？"])
def test_questions_about_the_whole_or_for_yes_and_no_measure_no_part(question: str) -> None:
    assert asked_measure(question, "Alba") is None


def test_a_number_of_the_next_clause_is_not_the_parts() -> None:
    sentence = Evidence("product:1", "description.0", "description", "水箱在后方，机身重1.2升装的水。", "zh")
    measure = asked_measure("水箱多大？", "Alba 咖啡机")
    assert measure is not None
    assert measuring(measure, [sentence]) is None
