"""Perplexity by language with what an interval needs, over texts of this project alone."""

import pytest
import torch

from tests.training.tiny import tiny_model, tiny_tokenizer
from training.data.rows import Text
from training.evaluate.facts import differences_of, rows_of
from training.evaluate.forgetting import LENGTH, losses, per_character, per_token, perplexity_facts, text_sets
from training.evaluate.texts import TextInvalid, read_lines, read_rows
from training.perplexity import perplexity


@pytest.mark.parametrize("language", ["en", "zh"])
def test_general_sentences_are_at_least_sixty_and_none_stands_twice(language):
    lines = read_lines(f"general.{language}.txt")
    assert len(lines) == len(set(lines)) >= 60


def test_sets_are_of_both_kinds_and_languages_within_the_limit():
    sets = text_sets(3, 7)
    assert set(sets) == {"general EN", "shop EN", "general ZH", "shop ZH"}
    assert all(len(texts) == 3 for texts in sets.values())


def test_figures_are_those_of_all_texts_together():
    words = tiny_tokenizer()
    model = tiny_model(len(words))
    texts = [Text(line, "en", "general") for line in read_lines("general.en.txt")[:4]]
    table = losses(model, words, texts)
    whole = perplexity(model, words, texts, LENGTH)["en"]
    assert per_token(table) == pytest.approx(whole["perplexity"], rel=1e-3)
    assert per_character(table[:, [0, 2]]) == pytest.approx(whole["bits_per_character"], rel=1e-3)
    assert table[:, 1].sum() == whole["tokens"]


def test_a_model_that_forgot_is_clearly_worse_on_the_same_texts():
    words = tiny_tokenizer()
    model = tiny_model(len(words))
    sets = {"general EN": [Text(line, "en", "general") for line in read_lines("general.en.txt")[:20]]}
    before = perplexity_facts("base", model, words, sets)
    with torch.no_grad():
        model.model.embed_tokens.weight.mul_(3)
    after = perplexity_facts("shop", model, words, sets)
    rows = rows_of([*before, *after], 7)
    assert rows[1]["perplexity"] > rows[0]["perplexity"]
    found = differences_of([*before, *after], [("base", "shop")], 7)
    assert {item["figure"]: item["clear"] for item in found} == {
        "perplexity": True,
        "bits_per_character": True,
    }


def test_line_without_its_cells_is_named(tmp_path):
    (tmp_path / "x.tsv").write_text("# head\na\tb\nc\t\n", encoding="utf-8")
    with pytest.raises(TextInvalid, match=r"x\.tsv: \['c', ''\] is not 2 cells"):
        read_rows("x.tsv", 2, tmp_path)
