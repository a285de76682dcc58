"""Each rule of the voice catches what breaks it, and the shipped rules let plain replies pass."""

import pytest

from training.data.examples import passage
from training.evaluate.replies import Asked, Reply
from training.evaluate.voice import Voice, broken, offences, read_voice, voice_cases, voice_rows
from training.recipe import RecipeInvalid

PROMPT = "Shop item: Boot\n- Fact: Weight: 480 g\n- Price: 10% off this week\nQuestion: 20% off?\nAnswer:"


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "It weighs 480 g.", ""),
        ("en", "", "empty"),
        ("en", "a" * 400, "400 characters, more than 320"),
        ("en", "One. Two. Three. Four. Five.", "5 sentences, more than 4"),
        ("en", "Great! Really!", "2 exclamation marks"),
        ("en", "As an AI language model I like it.", "forbidden: as an AI language model"),
        ("en", "See www.example.org", "link: www."),
        ("en", "Nice \U0001f600", "emoji"),
        ("en", "- light\n- dry", "markup"),
        ("en", "You get 20% off.", "discount that nobody gave: 20% off"),
        ("en", "It is 10% off this week.", ""),
        ("en", "There is no discount.", ""),
        ("en", "It is a lollipop.", ""),
        ("zh", "重量是480克。", ""),
        ("zh", "作为一个人工智能，我不知道。", "forbidden: 作为一个人工智能"),
        ("zh", "您好，你要什么？", "both 您 and 你"),
        ("zh", "太好了！真的！", "2 exclamation marks"),
        ("zh", "给您打八折。", "discount that nobody gave: 八折"),
        ("zh", "可以折叠收纳，对折叠好。", ""),
        ("zh", "没有优惠。", ""),
        ("zh", "啊" * 150, "150 characters, more than 140"),
    ],
)
def test_shipped_rules_catch_what_breaks_them(language, text, told):
    found = "; ".join(broken(text, PROMPT, language, read_voice()))
    assert (told in found) if told else found == ""


@pytest.mark.parametrize(
    ("address", "text", "kept"), [("您", "你好", False), ("你", "您好", False), ("您", "您好", True)]
)
def test_one_way_to_address_a_reader_may_be_demanded(address, text, kept):
    assert (broken(text, PROMPT, "zh", Voice(address_zh=address)) == []) is kept


def test_faults_of_a_rule_file_are_told_at_once(tmp_path):
    path = tmp_path / "voice.toml"
    path.write_text('max_sentences = 0\naddress_zh = "thou"\n[forbidden]\nfr = ["non"]\n', encoding="utf-8")
    with pytest.raises(RecipeInvalid, match="thou"):
        read_voice(path)
    path.write_text('max_sentences = 0\n[forbidden]\nfr = ["non"]\nen = [""]\n', encoding="utf-8")
    with pytest.raises(RecipeInvalid) as caught:
        read_voice(path)
    for part in ("max_sentences = 0", "fr: the languages are en and zh", "empty phrase"):
        assert part in str(caught.value)


def test_share_and_offending_texts_agree():
    shown = (passage("Weight: 480 g", "attribute"),)
    asked = Asked(PROMPT, "How heavy?", "en", "", shown)
    pairs = [(asked, Reply("en", "480 g.", "")), (asked, Reply("en", "Wow! 480 g! Buy now!", ""))]
    assert voice_rows(pairs, read_voice()).mean() == 0.5
    (found,) = offences("own EN", pairs, read_voice())
    assert found.text == "Wow! 480 g! Buy now!"
    assert found.rules == ("3 exclamation marks", "forbidden: buy now")


def test_tempting_questions_are_asked_in_both_languages_with_facts():
    cases = voice_cases(0, 7)
    assert {language: sum(case.language == language for case in cases) for language in ("en", "zh")} == {
        "en": 20,
        "zh": 20,
    }
    assert all(case.evidence and case.subject for case in cases)
    assert len(voice_cases(3, 7)) == 6
