"""How replies are compared with what a person answered."""

import pytest

from training.evaluate.product_questions import table
from training.evaluate.replies import Reply, abstains, agrees, bleu, rouge, silence


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
    replies = [Reply("en", "Yes.", "Yes."), Reply("en", "Yes.", "The page does not say.")]
    assert silence(replies) == 0.5


def test_same_words_score_full_marks():
    replies = [Reply("en", "it comes with two spare laces", "it comes with two spare laces")]
    assert rouge(replies) == 1
    assert bleu(replies) == pytest.approx(100)


def test_table_names_every_set_system_and_size():
    rows = [{"set": "own EN", "system": "base", "questions": 7, "silence": 0.5, "agrees": 0.25}]
    text = table({"rows": rows, "seed": 3, "limit": 0})
    for part in ("own EN", "base", "7", "0.250", "seed 3", "limit none"):
        assert part in text
