"""The file of rules is read completely, and every fault in it is named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from knowledge.desk.rules import RulesInvalid, load_rules
from knowledge.records import Product, ProductId, Text
from knowledge.settings import SAMPLE_RULES, KnowledgeSettings


def product(department: str, category: str = "") -> Product:
    return Product(ProductId("p"), Text("P"), department=Text(department), categories=(Text(category),))


def test_the_first_rule_that_is_about_a_product_counts() -> None:
    rules = load_rules()
    windows = rules.returns.windows
    assert rules.of(windows, product("Clothing and shoes")) == 45
    assert rules.of(windows, product("Outdoor", "Hiking boots")) == 45
    assert rules.of(windows, product("Outdoor", "Tents")) == 30
    assert rules.of(windows, None) == 30
    assert rules.of(rules.returns.fees, product("Home", "Furniture")) == Decimal(29)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[]", "must hold a table"),
        ("refunds: {}", "refunds: is no table of rules"),
        ("cancel: {when: [gone]}", "cancel.when: 'gone' is not one of"),
        ("change: {same_country: 3}", "change.same_country: 3 is neither true nor false"),
        ("return: {windows: [{days: -1}]}", "return.windows, rule 1: -1 is not a whole number"),
        ("return: {windows: [{day: 3}]}", "rule 1: needs 'days'"),
        ("return: {windows: [{days: 3, groups: [shoes]}]}", "'shoes' is not under groups"),
        ("return: {fees: [{amount: free}]}", "'free' is not an amount"),
        ("return: {conditions: [{condition: new}]}", "'new' is not one of unworn"),
        ("return: {extensions: [{until: soon}]}", "as dates"),
        ("identity: {proofs: [[order]]}", "is no proof"),
        ("refund: {working_days: {card: 3}}", "is not such as card"),
        ("hours: {timezone: Larkwood}", "is no time zone"),
        ("hours: {en: {someday: [1, 2]}}", "someday"),
        ("groups: {shoes: [1]}", "groups.shoes: needs departments"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RulesInvalid) as caught:
        load_rules(file)
    assert fault in str(caught.value)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("cancel: {when: [gone]}\nnotice: {days: many}\n", encoding="utf-8")
    with pytest.raises(RulesInvalid) as caught:
        load_rules(file)
    assert len(caught.value.faults) == 2


def test_the_shops_own_rules_go_before_the_sample_shops(tmp_path: Path) -> None:
    assert KnowledgeSettings(home=tmp_path).rules == SAMPLE_RULES
    (tmp_path / "rules.yaml").touch()
    assert KnowledgeSettings(home=tmp_path).rules == tmp_path / "rules.yaml"
    assert KnowledgeSettings(home=tmp_path, rules_file="other.yaml").rules == Path("other.yaml")
