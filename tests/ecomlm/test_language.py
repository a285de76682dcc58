import pytest

from ecomlm.language import detect, normalise, segmenter, words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("waterproof hiking boots under $150", "en"),
        ("150美元以下的防水登山鞋", "zh"),
        ("我想要一个 laptop bag 要 waterproof 的", "zh"),
        ("有 waterproof laptop bag 吗", "zh"),
        ("华为 phone case with charger", "en"),
        ("这款手机支持5G吗？", "zh"),
        ("", "en"),
        ("42", "en"),
    ],
)
def test_the_language_of_mixed_texts_is_the_one_that_carries_them(text, language):
    assert detect(text) == language


def test_full_width_forms_become_plain():
    assert normalise("Ｌａｐｔｏｐ　１５．６，　＄１００") == "Laptop 15.6, $100"


def test_english_words_are_stemmed_and_stop_words_dropped():
    assert words("Do you have the Laptops?", "en") == ["laptop"]


@pytest.mark.parametrize("text", ["16GB", "16 GB", "16-gb"])
def test_a_number_keeps_its_unit_however_it_is_spaced(text):
    assert words(text, "en") == ["16gb"]


def test_inches_are_one_word_in_every_spelling():
    assert words('15.6"', "en") == words("15.6-inch", "en") == words("15.6 inches", "en")


def test_chinese_words_and_character_pairs_are_found():
    found = words("防水登山鞋", "zh")
    assert {"防水", "登山鞋", "登山", "山鞋"} <= set(found)


def test_mixed_text_yields_words_of_both_languages():
    assert set(words("我想要一个 laptop bag 要防水的", "zh")) == {"laptop", "bag", "防水"}


def test_the_segmenter_is_made_once():
    assert segmenter() is segmenter()
