"""The ranker over passages of both languages."""

import json
from decimal import Decimal

import numpy as np
import pytest

from ecomlm.evidence import Evidence
from ecomlm.search.rank import (
    CALIBRATION,
    Logistic,
    Ranker,
    RankerMissing,
    bilingual,
    english,
    label_share,
    shared_words,
)
from ecomlm.settings import Settings
from knowledge.records import Attribute, Text

WEIGHT = Attribute("weight", Decimal(480), "g", Text("Weight", "重量"))
WATERPROOF = Attribute("waterproof", True, None, Text("Waterproof", "防水"))


def fact(attribute, text, language="en"):
    return Evidence("product:boot", f"attribute.{attribute.key}", "attribute", text, language, attribute)


def review(text, language="en"):
    return Evidence("review:1", "text.0", "review", text, language)


class SpelledEmbedder:
    """Vectors that count letters, so that like texts are near each other."""

    name, dimensions = "letters", 64

    def __init__(self):
        self.encoded = 0

    def encode_queries(self, texts):
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(self, texts):
        self.encoded += len(texts)
        return self.encode_queries(texts)

    def _vector(self, text):
        vector = np.full(64, 0.01, dtype=np.float32)
        for letter in text:
            vector[ord(letter) % 64] += 1
        return vector / np.linalg.norm(vector)


@pytest.fixture(scope="module")
def ranker():
    return Ranker.load(Settings(), SpelledEmbedder())


@pytest.mark.model
def test_passage_that_answers_comes_first(ranker):
    evidence = [
        fact(Attribute("care", "dry clean", None, Text("Care")), "Care: dry clean"),
        fact(WEIGHT, "Weight: 480 g"),
        review("The box arrived dented."),
    ]
    ranked = ranker.rank("how heavy is it?", "Boots", evidence, "en")
    assert ranked[0].evidence is evidence[1]
    assert [item.score for item in ranked] == sorted((item.score for item in ranked), reverse=True)


@pytest.mark.model
def test_every_passage_is_returned_once_with_a_probability(ranker):
    evidence = [review(f"Review number {number} about laces.") for number in range(70)]
    evidence += [review("鞋带很好", "zh"), fact(WATERPROOF, "防水：是", "zh")]
    ranked = ranker.rank("is it waterproof?", "Boots", evidence, "en")
    assert {id(item.evidence) for item in ranked} == {id(item) for item in evidence}
    assert all(0 < item.score < 1 for item in ranked)


@pytest.mark.model
def test_chinese_fact_is_read_in_english_for_an_english_question(ranker):
    evidence = [fact(WEIGHT, "重量：480 g", "zh"), fact(WATERPROOF, "防水：是", "zh")]
    assert ranker.rank("is it waterproof?", "Boots", evidence, "en")[0].evidence is evidence[1]


@pytest.mark.model
def test_chinese_question_finds_the_fact_in_both_languages(ranker):
    for evidence in (
        [fact(WEIGHT, "重量：480 g", "zh"), fact(WATERPROOF, "防水：是", "zh")],
        [fact(WEIGHT, "Weight: 480 g"), fact(WATERPROOF, "Waterproof: yes")],
    ):
        assert ranker.rank("这双鞋防水吗？", "登山鞋", evidence, "zh")[0].evidence is evidence[1]


@pytest.mark.model
def test_passages_compared_ahead_are_not_encoded_again():
    embedder = SpelledEmbedder()
    ranker = Ranker.load(Settings(), embedder)
    evidence = [fact(WEIGHT, "重量：480 g", "zh"), review("很好", "zh")]
    ranker.prepare(evidence, "zh")
    ranker.rank("多重？", "鞋", evidence, "zh")
    assert embedder.encoded == 2


@pytest.mark.model
def test_english_question_does_not_wait_for_chinese_reviews():
    embedder = SpelledEmbedder()
    ranker = Ranker.load(Settings(), embedder)
    ranker.rank("how heavy?", "Boots", [fact(WEIGHT, "Weight: 480 g"), review("很好", "zh")], "en")
    assert embedder.encoded == 0


@pytest.mark.model
def test_nothing_to_rank_gives_nothing(ranker):
    assert ranker.rank("is it waterproof?", "Boots", [], "en") == []


def test_missing_weights_are_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr("ecomlm.search.rank.files", lambda _: tmp_path)
    with pytest.raises(RankerMissing, match="python -m training ranker"):
        Ranker.load(Settings(home=tmp_path), SpelledEmbedder())


def test_damaged_weights_are_refused(tmp_path):
    folder = tmp_path / "models" / "ranker"
    folder.mkdir(parents=True)
    (folder / CALIBRATION).write_text(json.dumps({}))
    with pytest.raises(RankerMissing, match="damaged"):
        Ranker.load(Settings(home=tmp_path), SpelledEmbedder())


def test_logistic_is_a_probability():
    weights = Logistic(-1.0, {"a": 2.0})
    assert weights.probability({"a": 0.5}) == 0.5
    assert 0 < weights.probability({"a": -1e9}) < weights.probability({"a": 1e9}) < 1


def test_rare_shared_words_count_more():
    texts = ["the weight is low", "the colour is red", "the strap is red"]
    shares = shared_words("is the weight high", texts, "en")
    assert shares[0] > shares[1]


def test_shared_words_of_nothing_are_zero():
    assert shared_words("", ["a"], "en") == [0.0]
    assert shared_words("a", [], "en") == []


def test_name_of_a_fact_is_recognised_in_either_language():
    assert label_share("重量是多少", fact(WEIGHT, "Weight: 480 g")) == 1
    assert label_share("is it red", fact(WEIGHT, "Weight: 480 g")) == 0
    assert label_share("重量", review("heavy")) == 0


def test_question_carries_its_words_in_the_other_language():
    assert "waterproof" in bilingual("防水吗")


def test_only_english_wordings_are_read_as_english():
    assert english(fact(WATERPROOF, "防水：是", "zh")) == "Waterproof: yes"
    assert english(review("很好", "zh")) is None
    assert english(review("fine")) == "fine"
