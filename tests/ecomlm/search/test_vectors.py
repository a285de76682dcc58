import numpy as np
import pytest

from ecomlm.search.vectors import VectorCache, VectorIndex

from .hash_embedder import HashEmbedder


@pytest.fixture
def vectors():
    made = np.random.default_rng(7).standard_normal((200, 32)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_the_nearest_are_those_of_brute_force(vectors, tmp_path):
    VectorIndex.build(vectors).save(tmp_path / "vectors.faiss")
    index = VectorIndex.load(tmp_path / "vectors.faiss")
    for question in vectors[:20] + 0.1:
        rows, near = index.nearest(question, 10)
        everything = vectors @ question
        assert rows.tolist() == np.argsort(-everything)[:10].tolist()
        assert np.allclose(near, everything[rows], atol=1e-5)


def test_similarities_of_chosen_rows_are_exact(vectors):
    rows = np.array([3, 50, 199])
    found = VectorIndex.build(vectors).similarities(vectors[0], rows)
    assert np.allclose(found, vectors[rows] @ vectors[0], atol=1e-5)


def test_asking_for_more_than_there_is_gives_all(vectors):
    assert len(VectorIndex.build(vectors[:5]).nearest(vectors[0], 100)[0]) == 5


class CountingEmbedder(HashEmbedder):
    def __init__(self):
        super().__init__(16)
        self.encoded = []

    def encode_passages(self, texts):
        self.encoded.extend(texts)
        return super().encode_passages(texts)


def test_only_texts_that_changed_are_encoded_again(tmp_path):
    embedder = CountingEmbedder()
    with VectorCache(tmp_path / "vectors.db") as cache:
        first = cache.encode(embedder, ["a", "b", "c"])
    with VectorCache(tmp_path / "vectors.db") as cache:
        second = cache.encode(embedder, ["c", "b", "d"])
    assert embedder.encoded == ["a", "b", "c", "d"]
    assert np.array_equal(first[[2, 1]], second[:2])


def test_what_was_encoded_before_a_crash_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("ecomlm.search.vectors.STEP", 2)
    embedder = CountingEmbedder()

    def crash(texts):
        if "dddd" in texts:
            raise KeyboardInterrupt
        return CountingEmbedder.encode_passages(embedder, texts)

    with VectorCache(tmp_path / "vectors.db") as cache:
        monkeypatch.setattr(embedder, "encode_passages", crash)
        with pytest.raises(KeyboardInterrupt):
            cache.encode(embedder, ["a", "bb", "ccc", "dddd"])
        monkeypatch.undo()
        embedder.encoded.clear()
        cache.encode(embedder, ["a", "bb", "ccc", "dddd"])
    assert embedder.encoded == ["ccc", "dddd"]


def test_progress_counts_every_text_once(tmp_path):
    counted = []
    with VectorCache(tmp_path / "vectors.db") as cache:
        cache.encode(HashEmbedder(8), ["a", "b"], counted.append)
        cache.encode(HashEmbedder(8), ["b", "c"], counted.append)
    assert sum(counted) == 4


def test_vectors_of_texts_that_are_gone_are_forgotten(tmp_path):
    embedder = CountingEmbedder()
    with VectorCache(tmp_path / "vectors.db") as cache:
        cache.encode(embedder, [str(number) for number in range(10)])
        cache.keep_only([(embedder, ["1", "2"])])
        embedder.encoded.clear()
        cache.encode(embedder, ["1", "5"])
    assert embedder.encoded == ["5"]
