"""How replies are compared with what a person answered."""

import pytest
from sacrebleu.metrics import BLEU

from training.evaluate.replies import (
    Reply,
    abstains,
    agrees,
    balanced,
    bleu,
    bleu_rows,
    rouge_rows,
    says_same,
    silence_rows,
)


@pytest.mark.parametrize(
    ("language", "text", "reference", "right"),
    [
        ("en", "Yes, it weighs 480 g.", "It weighs 480 g.", True),
        ("en", "It weighs 740 g.", "It weighs 480 g.", False),
        ("en", "It weighs 0.48 kg.", "It weighs 480 g.", True),
        ("en", "Yes, it is waterproof.", "No, it is not waterproof.", False),
        ("en", "The page does not say.", "It weighs 480 g.", False),
        ("en", "The page does not say.", "The page does not say.", True),
        ("en", "It reads at 260 MB/s and writes at 260 MB/s.", "It reads at 260 MB/s.", True),
        ("en", "It reads at 260 MB/s and writes at 140 MB/s.", "It reads at 260 MB/s.", False),
        ("zh", "不能，不防水。", "可以，防水。", False),
        ("zh", "重量是480克。", "重量是 480 g。", True),
        ("zh", "页面没有说明。", "页面没有说明。", True),
    ],
)
def test_silence_yes_or_no_and_numbers_must_agree(language, text, reference, right):
    assert agrees(Reply(language, text, reference)) is right


def test_silence_is_known_with_and_without_its_full_stop():
    assert abstains("the page does not say", "en")
    assert abstains("页面没有说明。", "zh")
    assert not abstains("It does.", "en")


def test_always_answering_is_no_better_than_chance_at_silence():
    replies = [Reply("en", "Yes.", "Yes.")] * 3 + [Reply("en", "Yes.", "The page does not say.")]
    assert balanced(silence_rows(replies)) == 0.5


def test_same_words_score_full_marks():
    replies = [Reply("en", "it comes with two spare laces", "it comes with two spare laces")]
    assert rouge_rows(replies).mean() == 1
    assert bleu(bleu_rows(replies)) == pytest.approx(100)


def test_bleu_is_that_of_the_whole_set():
    texts = ["it has two spare laces and a bag", "it weighs 480 g", "no"]
    right = ["it comes with two spare laces and a bag", "one boot weighs 480 g", "no, it is not waterproof"]
    replies = [Reply("en", *each) for each in zip(texts, right, strict=True)]
    assert bleu(bleu_rows(replies)) == pytest.approx(BLEU().corpus_score(texts, [right]).score)


@pytest.mark.parametrize(
    ("one", "other", "languages", "same"),
    [
        ("It weighs 480 g.", "The weight is 0.48 kg.", ("en", "en"), True),
        ("It weighs 480 g.", "重量是480克。", ("en", "zh"), True),
        ("It weighs 480 g.", "重量是740克。", ("en", "zh"), False),
        ("It weighs 480 g.", "It weighs 480 g and packs to 30 cm.", ("en", "en"), False),
        ("It weighs 480 g and packs to 30 cm.", "It weighs 480 g.", ("en", "en"), False),
        ("Yes, it is waterproof.", "No, it is not waterproof.", ("en", "en"), False),
        ("The page does not say.", "页面没有说明。", ("en", "zh"), True),
        ("The page does not say.", "It is made of wool.", ("en", "en"), False),
    ],
)
def test_two_replies_say_the_same_by_silence_yes_or_no_and_numbers(one, other, languages, same):
    assert says_same(one, other, languages) is same
