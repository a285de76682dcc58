"""The lists of words: how they are read, and what is said of a bad line."""

import pytest

from ecomlm.reviews import taxonomy
from ecomlm.reviews.lexicon import Entry, Lexicon, LexiconInvalid, lexicon
from ecomlm.reviews.reading import read


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_phrase_is_longer_than_a_clause(language):
    assert len(lexicon(language).entries) > 1500
    assert max(map(len, lexicon(language).entries)) < 12


def test_the_longest_phrase_counts():
    words = Lexicon("en")
    words.add("bad", Entry(score=-1))
    words.add("not bad", Entry(score=0.5))
    (term,) = words.find(read("it is not bad"))
    assert (term.first, term.last, term.entry.score) == (2, 4, 0.5)


def test_a_phrase_without_words_is_refused():
    with pytest.raises(LexiconInvalid, match="holds no word"):
        Lexicon("en").add("...", Entry())


@pytest.mark.parametrize("line", ["zip\t拉链\tthing\tzip\t拉链", "zip\t拉链\tpart"])
def test_a_category_that_is_neither_part_nor_trait_is_refused(tmp_path, line):
    file = tmp_path / "taxonomy.tsv"
    file.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(taxonomy.TaxonomyInvalid, match="'zip' needs five columns"):
        taxonomy.read(file)


def test_a_word_of_an_unknown_trait_is_refused(tmp_path):
    file = tmp_path / "taxonomy.tsv"
    file.write_text("zip\t拉链\tpart\tzip>shine\t拉链\n", encoding="utf-8")
    with pytest.raises(taxonomy.TaxonomyInvalid, match="'shine' is no trait"):
        taxonomy.read(file)


def test_an_unknown_category_is_named_with_those_there_are():
    with pytest.raises(
        taxonomy.TaxonomyInvalid, match="no category 'colour of money'; there are: overall, price"
    ):
        taxonomy.category("colour of money")


def test_who_asks_for_a_form_while_it_is_searched_is_answered_too(monkeypatch):
    words = Lexicon("en")
    words.add("crash", Entry(score=-1))
    heard = []

    def slowly(word):
        if not heard:
            heard.append(None)
            heard[0] = words.find(read("crashes"))
        return ("crash",)

    monkeypatch.setattr("ecomlm.reviews.lexicon.base_forms", slowly)
    assert words.find(read("crashes")) == heard[0] != []
