"""Unsure reviews are decided by meaning; sure ones stay as their words have them."""

import numpy as np
import pytest

from ecomlm.reviews.analysis import analyse
from ecomlm.reviews.leaning import (
    WEIGHTS,
    Leaning,
    LeaningUnusable,
    decided,
    decided_towards,
    examples,
)
from ecomlm.reviews.towards import towards
from ecomlm.settings import Settings


class OneNumber:
    """An encoder of one dimension that remembers what it read."""

    name, dimensions = "one", 1

    def __init__(self, value):
        self.value, self.read = value, []

    def encode_passages(self, texts):
        self.read += texts
        return np.full((len(texts), 1), self.value, dtype=np.float32)

    encode_queries = encode_passages


def leaning(value):
    return Leaning(OneNumber(value), np.ones(1, dtype=np.float32), 0.0)


@pytest.mark.parametrize(("value", "polarity"), [(5.0, "positive"), (-5.0, "negative")])
@pytest.mark.parametrize("text", ["The courier left it in the rain.", "快递放在雨里"])
def test_a_review_without_judging_words_is_decided(text, value, polarity):
    assert decided(analyse(text), text, leaning(value)).polarity == polarity


def test_a_sure_review_is_not_even_read():
    model = leaning(-5.0)
    text = "Excellent bag, great zip."
    assert decided(analyse(text), text, model) == analyse(text)
    assert model.embedder.read == []


def test_an_undecided_meaning_changes_no_side():
    text = "It is a bag."
    assert decided(analyse(text), text, leaning(0.0)).polarity == "neutral"


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_not_read(text):
    model = leaning(5.0)
    assert decided(analyse(text), text, model).polarity == "neutral"
    assert model.embedder.read == []


def test_an_asked_aspect_is_decided_by_its_sentence():
    model = leaning(-5.0)
    text = "Nice bag. The zip ended up in my pocket."
    found = decided_towards(
        towards("The zip ended up in my pocket.", "zip"), "The zip ended up in my pocket.", model
    )
    assert found.polarity == "negative"
    said = towards(text, "bag")
    assert decided_towards(said, text, model) == said
    assert model.embedder.read == ["The zip ended up in my pocket"]


def test_the_examples_are_of_both_sides_and_languages():
    listed = list(examples())
    assert {(item.language, item.is_content) for item in listed} == {
        ("en", True), ("en", False), ("zh", True), ("zh", False),
    }  # fmt: skip
    assert len({item.text for item in listed}) == len(listed)


def test_a_bad_example_is_named(tmp_path):
    (tmp_path / "examples_en.tsv").write_text("+\tfine\nbad\n", encoding="utf-8")
    with pytest.raises(LeaningUnusable, match=r"examples_en\.tsv, line 2"):
        list(examples(tmp_path))


def test_weights_that_do_not_fit_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ecomlm.reviews.leaning.open_embedder", lambda name, settings: OneNumber(0.0))
    with pytest.raises(LeaningUnusable, match=r"no weights in 'none\.npz'"):
        Leaning.open(Settings(home=tmp_path), tmp_path / "none.npz")
    with pytest.raises(LeaningUnusable, match=r"has \(384,\) weights, the encoder 1"):
        Leaning.open(Settings(home=tmp_path), WEIGHTS)
