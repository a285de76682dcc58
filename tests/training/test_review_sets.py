"""The public sets of reviews: how they are read, and how agreement is counted."""

import pytest

from ecomlm.reviews.opinions import Opinion
from ecomlm.reviews.schemes import laptop
from training.evaluate.review_figures import figures
from training.evaluate.reviews import (
    IMPLICIT,
    agreement,
    held_out,
    laptop_quads,
    read_chinese_aspects,
    read_laptop,
)
from training.evaluate.trained_quads import spans_of, tags_of


def test_a_line_of_quadruples_is_read(tmp_path):
    file = tmp_path / "side.tsv"
    file.write_text(
        "good lid , bad fan\t1,2 LAPTOP#GENERAL 2 0,1\t-1,-1 FANS#GENERAL 0 3,4\n", encoding="utf-8"
    )
    (row,) = read_laptop(file)
    assert row.quads == (
        ((1, 2), "LAPTOP#GENERAL", "positive", (0, 1)),
        (IMPLICIT, "FANS#GENERAL", "negative", (3, 4)),
    )


def test_an_aspect_stands_in_its_text_without_spaces(tmp_path):
    (tmp_path / "zh_aspect_phone.train.txt").write_text(
        "这 个 $T$ 很 好\n电 池\nPositive\n", encoding="utf-8"
    )
    (row,) = read_chinese_aspects(tmp_path, ["phone"])
    assert (row.text, row.aspect, row.start, row.polarity) == ("这个电池很好", "电池", 2, "positive")


def test_opinions_become_quadruples_over_words():
    opinion = Opinion("lid", "overall", "positive", "very good", (5, 8), (12, 21), "product#quality")
    assert laptop_quads("the  lid is very good", [opinion], laptop) == [
        ((2, 3), "LAPTOP#QUALITY", "positive", (5, 6))
    ]


def test_agreement_counts_each_thing_once():
    found = agreement([["a", "a", "b"], []], [["a"], ["c"]])
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)
    assert agreement([[]], [[]]).f1 == 0


def test_texts_held_out_are_not_learned_from():
    rows = [f"{number % 40}" for number in range(100)]
    learned, held = held_out(rows, str)
    assert not set(learned) & set(held)
    assert len(set(held)) == 8
    assert (learned, held) == held_out(rows, str)


def test_tags_and_spans_are_the_same_thing():
    spans = [(0, 1), (1, 3), (4, 5)]
    assert spans_of(tags_of(spans, 6)) == spans
    assert spans_of([2, 2, 0, 1]) == [(0, 2), (3, 4)]


def test_sets_that_are_absent_are_named(tmp_path, capsys):
    assert list(figures(tmp_path)) == []
    assert "left out acos_laptop.dev.tsv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("facet", "name"), [("screen#price", "DISPLAY#PRICE"), ("product#taste", "LAPTOP#GENERAL")]
)
def test_a_facet_has_a_name_in_the_laptop_scheme(facet, name):
    assert laptop(Opinion("", "", "positive", "", facet=facet)) == name
