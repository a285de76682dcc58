import numpy as np
import pytest

from ecomlm.search.embed import MINILM, NANO_E5, EmbedderUnavailable, open_embedder, open_embedders
from ecomlm.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(home=tmp_path_factory.mktemp("home"), threads=1)


@pytest.fixture(scope="module")
def minilm(settings):
    return open_embedder(MINILM, settings)


def test_near_meanings_are_near_in_english(minilm):
    question = minilm.encode_queries(["notebook computer"])[0]
    laptop, boots = minilm.encode_passages(["a thin laptop with 16 GB", "leather hiking boots"])
    assert question @ laptop > question @ boots + 0.2


def test_near_meanings_are_near_across_languages(settings):
    embedder = open_embedder(NANO_E5, settings)
    question = embedder.encode_queries(["登山靴 防雨"])[0]
    boots, kettle = embedder.encode_passages(["防水登山鞋", "电热水壶"])
    assert question @ boots > question @ kettle


def test_vectors_have_unit_length_and_do_not_depend_on_their_neighbours(minilm):
    texts = ["short", "a considerably longer text about a waterproof jacket", "USB cable"]
    together = minilm.encode_passages(texts)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([minilm.encode_passages([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


def test_many_passages_give_what_single_ones_give(minilm):
    texts = [f"product number {number} in the shop" for number in range(70)]
    assert np.all(np.sum(minilm.encode_passages(texts) * minilm.encode_queries(texts), axis=1) > 0.999)


def test_a_very_long_text_is_cut_not_refused(minilm):
    assert minilm.encode_passages(["word " * 5000]).shape == (1, 384)


def test_no_texts_give_no_vectors(minilm):
    assert minilm.encode_queries([]).shape == (0, 384)


def test_the_same_model_for_both_languages_is_loaded_once(tmp_path):
    both = open_embedders(Settings(home=tmp_path, embedder_zh=MINILM, threads=1))
    assert both["en"] is both["zh"]


def test_an_unknown_model_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EmbedderUnavailable, match="embedder_en or embedder_zh"):
        open_embedder(str(tmp_path / "absent"), Settings(home=tmp_path))


def test_questions_asked_again_keep_their_order_and_vectors(minilm):
    texts = ["tents", "a warm jacket", "帐篷"]
    first = minilm.encode_queries(texts)
    mixed = minilm.encode_queries(["a warm jacket", "something new", "tents", "a warm jacket"])
    assert np.array_equal(mixed[[2, 0]], first[[0, 1]])
    assert np.array_equal(mixed[0], mixed[3])
    assert mixed.shape == (4, minilm.dimensions)
    assert not np.allclose(mixed[1], mixed[2])
