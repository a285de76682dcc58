import numpy as np
import pytest

from ecomlm.search.lexical import WordIndex

TEXTS = [["red", "shoe", "shoe"], ["blue", "shoe"], ["red", "hat", "with", "feather"], []]


def test_scores_are_those_of_bm25s():
    bm25s = pytest.importorskip("bm25s")
    reference = bm25s.BM25(method="lucene")
    reference.index([list(text) for text in TEXTS], create_empty_token=False, show_progress=False)
    index = WordIndex.build(TEXTS)
    for question in (["red"], ["red", "shoe"], ["feather", "hat"]):
        assert np.allclose(index.scores(question)[0], reference.get_scores(question))


def test_texts_added_later_score_as_if_they_had_been_there():
    index = WordIndex.build(TEXTS)
    assert np.allclose(
        index.added(TEXTS).scores(["red", "shoe"])[0], index.scores(["red", "shoe"])[0], atol=1e-6
    )


def test_cover_is_the_share_of_the_question_that_a_text_holds():
    cover = WordIndex.build(TEXTS).scores(["red", "shoe"])[1]
    assert cover[0] == pytest.approx(1)
    assert 0 < cover[1] < 1
    assert cover[3] == 0


def test_an_unknown_word_counts_against_the_cover():
    assert WordIndex.build(TEXTS).scores(["red", "elephant"])[1].max() < 0.5


def test_an_index_survives_being_written_and_read(tmp_path):
    index = WordIndex.build(TEXTS)
    index.save(tmp_path / "words")
    loaded = WordIndex.load(tmp_path / "words")
    assert np.allclose(loaded.scores(["red", "shoe"]), index.scores(["red", "shoe"]))


def test_an_index_without_words_finds_nothing(tmp_path):
    index = WordIndex.build([[], []])
    index.save(tmp_path / "words")
    assert WordIndex.load(tmp_path / "words").scores(["red"])[0].tolist() == [0, 0]
