"""The ranker over passages of both languages."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from ecomlm.evidence import Evidence
from ecomlm.search.rank import (
    CALIBRATION,
    NEW_AT_MOST,
    Logistic,
    Ranker,
    RankerMissing,
    bilingual,
    english,
    label_share,
    shared_words,
    told,
)
from ecomlm.settings import Settings
from knowledge.records import Attribute, Text

WEIGHT = Attribute("weight", Decimal(480), "g", Text("Weight", "重量"))
WATERPROOF = Attribute("waterproof", True, None, Text("Waterproof", "防水"))


def fact(attribute, text, language="en"):
    return Evidence("product:boot", f"attribute.{attribute.key}", "attribute", text, language, attribute)


def review(text, language="en"):
    return Evidence("review:1", "text.0", "review", text, language)


class LettersReader:
    """Finds texts alike that share letters, and says which passages it read."""

    def __init__(self):
        self.known = []

    def remember(self, texts, at_most=0):
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        self.known += new[: at_most or len(new)]

    def scores(self, question, texts, *, new=0):
        self.remember(texts, new)
        return [
            len(set(question) & set(text)) / len(set(question)) if text in self.known else None
            for text in texts
        ]


@pytest.fixture(scope="module")
def ranker():
    return Ranker.load(Settings())


@pytest.fixture
def reader():
    return LettersReader()


@pytest.fixture
def by_letters(reader):
    plain = Logistic(0.0, {"alike": 1.0})
    return Ranker(reader, {"en": plain, "zh": plain})


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


def test_passages_read_ahead_are_those_that_are_ranked(by_letters, reader):
    evidence = [fact(WEIGHT, "重量：480 g", "zh"), review("很好", "zh")]
    for language in ("en", "zh"):
        by_letters.prepare(evidence, language)
    ahead = list(reader.known)
    by_letters.rank("how heavy?", "Boots", evidence, "en")
    by_letters.rank("多重？", "鞋", evidence, "zh")
    assert reader.known == ahead
    assert "attribute: Weight: 480 g" in ahead
    assert "attribute: 重量：480 g" in ahead


def test_of_many_passages_those_that_share_words_are_read_first(by_letters, reader):
    evidence = [review(f"Review number {number}.") for number in range(NEW_AT_MOST + 20)]
    evidence.append(review("The laces broke."))
    ranked = by_letters.rank("do the laces last?", "Boots", evidence, "en")
    assert len(reader.known) == NEW_AT_MOST
    assert "review: The laces broke." in reader.known
    assert len(ranked) == len(evidence)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_features_tell_alike_and_how_far_behind_the_best(by_letters, language):
    evidence = [review("abc"), review("xyz"), fact(WEIGHT, "Weight: 480 g")]
    found = by_letters.features("weight 重量", evidence, language)
    assert max(each["behind"] for each in found) == 0
    assert all(each["behind"] <= 0 for each in found)
    assert [each["buyer"] for each in found] == [1, 1, 0]
    assert [each["fact"] for each in found] == [0, 0, 1]
    assert found[2]["label"] == 1


@pytest.mark.model
def test_nothing_to_rank_gives_nothing(ranker):
    assert ranker.rank("is it waterproof?", "Boots", [], "en") == []


def test_missing_weights_are_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr("ecomlm.search.rank.files", lambda _: tmp_path)
    with pytest.raises(RankerMissing, match="python -m training ranker"):
        Ranker.load(Settings(home=tmp_path))


def test_damaged_weights_are_refused(tmp_path):
    folder = tmp_path / "models" / "ranker"
    folder.mkdir(parents=True)
    (folder / CALIBRATION).write_text(json.dumps({}))
    with pytest.raises(RankerMissing, match="damaged"):
        Ranker.load(Settings(home=tmp_path))


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


def test_community_answer_is_read_without_the_question_it_was_given_to():
    answer = "It holds two litres. Question: how much does it hold?"
    item = Evidence("product:boot", "community.0", "community", answer, "en", None)
    assert told(item, "en") == "community: It holds two litres."
    assert told(replace(item, text="Question: why?"), "en") == "community: Question: why?"
    assert told(replace(item, source="review"), "en") == f"review: {answer}"


@pytest.mark.parametrize(
    ("language", "sure", "unsure"),
    [
        ("en", "It fits a 15-inch laptop.", "I think it fits a 15-inch laptop."),
        ("zh", "放得下15寸电脑。", "应该放得下15寸电脑吧。"),
    ],
)
def test_a_passage_that_only_supposes_is_told_from_one_that_knows(by_letters, language, sure, unsure):
    found = by_letters.features("laptop 电脑", [review(sure, language), review(unsure, language)], language)
    assert [each["unsure"] for each in found] == [0, 1]
