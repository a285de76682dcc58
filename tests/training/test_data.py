"""Training rows: where they come from, and that held-out products stay out."""

import json
import random

import pytest

from ecomlm.generation.prompts import MAX_PASSAGES, abstention
from ecomlm.settings import Settings
from ecomlm.telling import spoken_value
from knowledge.sample.load import load_sample
from knowledge.settings import load
from training.data.examples import answered, data_hash, labelled, passage, unanswered
from training.data.product_qa import DataMissing, held_out_products, read_epqa, read_hetpqa_answers
from training.data.shop_facts import tell, wordings
from training.data.split import is_held_out, is_test_product
from training.data.written import Subjects, WrittenInvalid, read_blocks, written_blocks

DATA = load(Settings).data
needs_data = pytest.mark.skipif(
    not (DATA / "product_qa").exists(), reason="the public data sets are not here"
)


def test_every_written_block_can_be_read_and_asks_something():
    blocks = written_blocks()
    assert sum(len(block.questions) for block in blocks) > 500
    assert all(block.questions and block.passages for block in blocks)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- attribute | Weight: 1 g\n", "comes before the first"),
        ("= boot | Boot\n- rumour | heavy\n", "known source"),
        ("= boot | Boot\n- attribute | Weight: 1 g\n?2 heavy? > Yes.\n", "names passage 2 of 1"),
        ("= boot | Boot\nheavy? Yes.\n", r"is not '\?N question > answer'"),
        ("= boot Boot\n", "is not '= product id"),
    ],
)
def test_faulty_written_line_is_named(tmp_path, text, fault):
    (tmp_path / "w.txt").write_text(text)
    with pytest.raises(WrittenInvalid, match=fault):
        read_blocks(tmp_path / "w.txt")


def test_question_about_an_unknown_record_is_named():
    with pytest.raises(WrittenInvalid, match="no-such-thing"):
        Subjects(load_sample()).of("no-such-thing", "en")


def test_answer_and_its_passage_are_in_the_row():
    right, other = passage("Weight: 480 g", "attribute"), passage("Waterproof: yes", "attribute")
    row = answered("how heavy?", "Boot", [right], [other] * 5, "It weighs 480 g.", "en", random.Random(1))
    assert "Weight: 480 g" in row.prompt and row.answer == "It weighs 480 g."  # noqa: PT018  # one row, one look
    assert row.prompt.count("- Fact") <= MAX_PASSAGES


def test_row_without_an_answer_says_so_in_the_questions_language():
    row = unanswered("多重？", "靴子", [passage("防水：是", "attribute", "zh")], "zh", random.Random(1))
    assert row.answer == abstention("zh")


def test_every_wording_has_questions_and_an_answer_in_both_languages():
    table = wordings()
    for key, language in table:
        assert (key, "zh" if language == "en" else "en") in table
        assert all(table[key, language].questions), key
        assert "{v}" in table[key, language].yes or table[key, language].no, key


def test_facts_of_the_sample_shop_are_told_with_their_own_value():
    product = Subjects(load_sample()).products["ferrado-micro-128"]
    read, write = product.attribute("read_speed"), product.attribute("write_speed")
    assert tell(read, "en") == "It reads at 100 MB/s."
    assert tell(write, "zh") == "写入速度是60 MB/s。"
    assert spoken_value(product.attribute("warranty"), "zh") == "36个月"


def test_split_is_fixed():
    assert [number for number in range(40) if is_held_out(str(number))] == [
        number for number in range(40) if is_held_out(str(number))
    ]
    assert 0.15 < sum(is_held_out(str(number)) for number in range(2000)) / 2000 < 0.33
    assert is_test_product("ferrant-meridian-backpack")


def test_data_hash_tells_rows_apart():
    row = unanswered("a?", "b", [passage("c", "review")], "en", random.Random(1))
    assert data_hash([row]) == data_hash([row])
    assert data_hash([row]) != data_hash(labelled([row], "other"))


@needs_data
def test_nothing_is_trained_on_held_out_products():
    held_out = held_out_products(DATA)
    assert not {question.product for question in read_epqa(DATA, "train")} & held_out
    assert not {answer.product for answer in read_hetpqa_answers(DATA, "train")} & held_out
    assert {question.product for question in read_epqa(DATA, "held_out")} == held_out


def test_missing_data_set_is_named(tmp_path):
    with pytest.raises(DataMissing, match="ECOMLM_DATA"):
        read_epqa(tmp_path, "train")


def test_written_questions_parse_as_json():
    from training.data.written import FOLDER

    rows = [json.loads(line) for line in (FOLDER / "questions.jsonl").read_text().splitlines()]
    assert not any(is_test_product(row.get("product") or row["article"]) for row in rows)
