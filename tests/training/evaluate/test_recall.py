"""Trained rows asked again with other passages: what remembers is told from what reads."""

import random

import pytest

from training.data.examples import Example
from training.evaluate import recall
from training.evaluate.facts import rows_of
from training.evaluate.recall import MOST, facts_of, numbers, probes, repeated, trained_rows
from training.evaluate.replies import Reply

EN = Example(
    "Shop item: Boot 45\n- Fact: Weight: 480 g\n- Fact: Pockets: 2\nQuestion: How heavy?\nAnswer:",
    "It weighs 480 g.", "en", "answer", "shop",
)  # fmt: skip
ZH = Example("商品：靴子\n- 参数：重量：480 克\n问题：多重？\n回答：", "重480克。", "zh", "answer", "shop")


@pytest.mark.parametrize("row", [EN, ZH], ids=["en", "zh"])
def test_changed_passages_hold_another_number_and_nothing_else_differs(row):
    (probe,) = probes([row], "changed", 0, 7)
    assert probe.old == "480"
    assert len(probe.new) == 3
    assert probe.new != probe.old
    assert probe.prompt == row.prompt.replace("480", probe.new)


def test_removed_passages_leave_subject_and_question():
    (probe,) = probes([EN], "removed", 0, 7)
    assert probe.prompt == "Shop item: Boot 45\nQuestion: How heavy?\nAnswer:"
    assert probe.asked().question == "How heavy?"


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Shop item: Boot\n- Weight: 480 g\nQuestion: Is it 480 g?\nAnswer:", "Yes, 480 g."),
        ("Shop item: Boot 480\n- Weight: 480 g\nQuestion: How heavy?\nAnswer:", "480 g."),
        ("Shop item: Boot\n- Weight: 480 g\nQuestion: How heavy?\nAnswer:", "The page does not say."),
        ("Shop item: Boot\n- 480 g\n- 20 cm\nQuestion: Size?\nAnswer:", "480 g and 20 cm."),
    ],
)
def test_row_whose_number_is_asked_or_that_has_none_or_two_is_no_probe(prompt, answer):
    assert probes([Example(prompt, answer, "en", "answer", "shop")], "changed", 0, 7) == []


def test_limit_takes_as_many_of_either_language():
    found = probes([EN, ZH] * 5, "changed", 4, 7)
    assert [probe.language for probe in found] == ["en", "en", "zh", "zh"]


def test_reader_and_rememberer_are_told_apart():
    found = probes([EN, ZH], "changed", 0, 7)
    reads = [(probe, Reply(probe.language, f"It is {probe.new} g.", probe.answer)) for probe in found]
    remembers = [(probe, Reply(probe.language, probe.answer, probe.answer)) for probe in found]
    (row,) = rows_of(facts_of("reads", "trained rows", reads), 7)
    assert (row["old_number"], row["old_answer"], row["new_number"]) == (0, 0, 1)
    (row,) = rows_of(facts_of("remembers", "trained rows", remembers), 7)
    assert (row["old_number"], row["old_answer"], row["new_number"]) == (1, 1, 0)
    assert list(repeated(reads)) == []
    assert len(list(repeated(remembers))) == 2


def test_without_passages_there_is_no_new_number_to_say():
    found = [(probe, Reply("en", "480", "")) for probe in probes([EN], "removed", 0, 7)]
    assert {fact.figure for fact in facts_of("shop", "trained rows", found)} == {"old_number", "old_answer"}


def test_rows_are_the_first_that_the_recipe_took(monkeypatch):
    seen = {}
    monkeypatch.setattr(
        recall, "build_mixture", lambda data, seed, shares: seen.update(shares | {"seed": seed}) or []
    )
    taken = {"hetpqa": 9, "shop_en": 5, "shop_zh": 5000, "written": 7}
    trained_rows("data", {"arguments": {"rows": taken}, "seed": 3})
    assert seen["hetpqa"] == 0
    assert (seen["shop_en"], seen["shop_zh"], seen["written"], seen["numbers"]) == (5, MOST, 7, 0)
    assert seen["seed"] == 3
    trained_rows("data", {"arguments": {}, "seed": 3})
    assert seen["numbers"] == MOST


def test_shares_name_sources_that_there_are(tmp_path):
    """A source that is renamed or added must be taken into account here."""
    from training.data.mixture import _sources

    assert set(_sources(tmp_path)) == {*recall.PROBED, *recall._LEFT_OUT}


def test_numbers_are_whole_ones():
    assert numbers("A14 has 2.5 kg, 1,299 and SPF50") == ["2.5", "1,299"]
    assert recall._other("7", set("123456789"), random.Random(1)) == ""
