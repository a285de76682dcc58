import os
from datetime import date
from decimal import Decimal

import pytest

from ecomlm.recommend.boosts import BoostsFile, BoostsInvalid, read_boosts
from knowledge.records import Money, Offer, Product, ProductId, Text

DAY = date(2026, 6, 15)
STOVE = Product(
    ProductId("stove"), Text("Stove"), brand="Ember", department=Text("Outdoor", "户外"),
    categories=(Text("Stoves", "炉具"),), tags=("summer",), offer=Offer(Money(Decimal(9), "USD")),
)  # fmt: skip


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "about", ["products: [stove]", "brand: ember", "department: 户外", "category: Stoves", "tag: summer"]
)
def test_a_rule_is_about_products_brand_department_category_or_tag(tmp_path, about):
    path = write(tmp_path / "boosts.yaml", f"rules:\n  - {{name: a, boost: 0.2, {about}}}\n")
    rule = read_boosts(path).of(STOVE, DAY)
    assert rule is not None
    assert (rule.amount, rule.is_sponsored) == (0.2, False)


def test_a_rule_holds_from_its_first_to_its_last_day(tmp_path):
    text = "rules:\n  - {name: a, boost: 0.2, brand: Ember, from: 2026-06-15, until: 2026-06-16}\n"
    rules = read_boosts(write(tmp_path / "boosts.yaml", text))
    days = [rules.of(STOVE, date(2026, 6, day)) is not None for day in (14, 15, 16, 17)]
    assert days == [False, True, True, False]


def test_every_fault_of_the_file_is_told_at_once(tmp_path):
    text = """
rules:
  - {name: a, boost: 2, brand: Ember}
  - {name: b, boost: 0.1}
  - {name: c, boost: 0.1, brand: Ember, tag: x, color: red}
  - {boost: true, products: [], sponsored: perhaps, from: soon}
  - {name: e, boost: 0.1, brand: 7, from: 2026-06-02, until: 2026-06-01}
  - {name: f, boost: 0.1, brand: Ember, from: 2026-06-02, until: 2026-06-01}
  - plain words
"""
    with pytest.raises(BoostsInvalid) as raised:
        read_boosts(write(tmp_path / "boosts.yaml", text))
    told = str(raised.value)
    for part in (
        "rule 1 (a): 'boost' is 2", "rule 2 (b): needs one of", "unknown keys color", "and has 2",
        "'name' is missing", "'boost' is True", "'products' is []", "'sponsored' is 'perhaps'",
        "'from' is 'soon'", "'brand' is 7", "rule 6 (f): ends on 2026-06-01", "rule 7: is 'plain words'",
    ):  # fmt: skip
        assert part in told


@pytest.mark.parametrize("text", ["boosts: []", "rules: {a: 1}", "- a", "rules: [", "7"])
def test_a_file_of_another_shape_is_refused(tmp_path, text):
    with pytest.raises(BoostsInvalid, match=r"boosts\.yaml"):
        read_boosts(write(tmp_path / "boosts.yaml", text))


def test_two_rules_of_one_name_are_refused(tmp_path):
    rule = "  - {name: a, boost: 0.1, brand: Ember}\n"
    with pytest.raises(BoostsInvalid, match="'a' is used twice"):
        read_boosts(write(tmp_path / "boosts.yaml", f"rules:\n{rule}{rule}"))


def test_an_edit_counts_at_once_and_a_broken_one_not_at_all(tmp_path):
    path = tmp_path / "boosts.yaml"
    file = BoostsFile(path)
    assert file.rules.rules == ()
    write(path, "rules:\n  - {name: a, boost: 0.1, brand: Ember}\n")
    assert [rule.name for rule in file.rules.rules] == ["a"]
    write(path, "rules:\n  - {name: b, boost: nine}\n")
    os.utime(path, ns=(1, 1))
    assert [rule.name for rule in file.rules.rules] == ["a"]
    path.unlink()
    assert file.rules.rules == ()


def test_a_broken_file_keeps_the_shop_from_starting(tmp_path):
    with pytest.raises(BoostsInvalid):
        BoostsFile(write(tmp_path / "boosts.yaml", "rules: 7"))
