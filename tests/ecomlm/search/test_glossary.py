import pytest

from ecomlm.search.glossary import GlossaryInvalid, read_glossary

LINES = (
    "# zh\ten\n登山鞋\thiking boots|hiking shoes\tproduct\n防水\twaterproof\tfeature\n鞋\tshoes\tproduct\n\n"
)


@pytest.fixture
def glossary(tmp_path):
    path = tmp_path / "glossary.tsv"
    path.write_text(LINES, encoding="utf-8")
    return read_glossary(path)


def test_chinese_is_put_into_english_by_the_longest_word(glossary):
    assert glossary.to_english("我要防水登山鞋 Norrfell") == "waterproof hiking boots Norrfell"


def test_english_is_put_into_chinese_in_singular_and_plural(glossary):
    assert glossary.to_chinese("Waterproof hiking boots") == "防水 登山鞋"
    assert glossary.to_chinese("hiking shoes") == "登山鞋"


def test_every_english_name_is_listed(glossary):
    assert glossary.find_chinese("登山鞋") == [("登山鞋", ("hiking boots", "hiking shoes"))]
    assert glossary.find_english("red hiking boots") == [("hiking boots", ("登山鞋",))]


def test_a_word_inside_another_is_not_found(glossary):
    assert glossary.find_english("horseshoes") == []


def test_a_line_without_english_is_refused_with_its_number(tmp_path):
    path = tmp_path / "broken.tsv"
    path.write_text("鞋\tshoes\tproduct\n登山鞋\n", encoding="utf-8")
    with pytest.raises(GlossaryInvalid, match=r"broken\.tsv, line 2: '登山鞋'"):
        read_glossary(path)
