"""Every format is recognised and read; every bad row is named with its place and a remedy."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import abstention, answer_prompt
from knowledge import codec
from knowledge.errors import ImportFailed
from knowledge.records import Product
from knowledge.sample.load import load_sample
from training.data.examples import Example, Preference
from training.data.lines import open_source
from training.data.readers import read, recognise_file
from training.data.rows import DataRefused, Faults, Row, Text, fault_kinds
from training.data.shop_texts import shop_texts

EN, ZH = "does it float?", "能浮起来吗？"


def prompt(question: str) -> str:
    return answer_prompt(question, "", [], "zh" if question == ZH else "en")


def write(path: Path, *items: Any) -> Path:
    lines = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read_all(path: Path, faults: Faults | None = None, **named: Any) -> list[Row]:
    return list(read(path, faults or Faults(), **named))


SHAPES = {
    "sharegpt": lambda asked, told: {
        "id": "a", "conversations": [{"from": "human", "value": asked}, {"from": "gpt", "value": told}]
    },
    "messages": lambda asked, told: {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": asked}]},
            {"role": "assistant", "content": told},
        ]
    },
    "alpaca": lambda asked, told: {"instruction": asked, "input": "", "output": told},
    "prompt-completion": lambda asked, told: {"prompt": asked, "completion": told},
    "examples": lambda asked, told: {"prompt": prompt(asked), "answer": told},
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("as_list", [False, True])
def test_each_shape_gives_the_same_examples_in_both_languages(
    tmp_path: Path, name: str, as_list: bool
) -> None:
    items = [SHAPES[name](EN, "Yes, it\nfloats."), SHAPES[name](ZH, "可以，能浮起来。")]
    path = write(tmp_path / "set.json", *([json.dumps(items, indent=1)] if as_list else items))
    assert recognise_file(open_source(path)) == name or as_list
    values = [row.value for row in read_all(path, format=name)]
    assert values == [
        Example(prompt(EN), "Yes, it floats.", "en", "answer", "set"),
        Example(prompt(ZH), "可以，能浮起来。", "zh", "answer", "set"),
    ]


def test_a_json_list_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([SHAPES["alpaca"](EN, "Yes.")]))
    assert recognise_file(open_source(path)) == "alpaca"


def test_what_alpaca_puts_in_is_shown_as_evidence(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", {"instruction": "多重？", "input": "重量480克。防水。", "output": "480克。"}
    )
    (row,) = read_all(path)
    shown = [Evidence("", "", "community", text, "zh") for text in ("重量480克。", "防水。")]
    assert row.value.prompt == answer_prompt("多重？", "", shown, "zh")


def test_every_question_of_a_conversation_becomes_a_row(tmp_path: Path) -> None:
    talk = [("human", EN), ("gpt", "Yes."), ("human", "how heavy?"), ("gpt", "480 g.")]
    path = write(tmp_path / "a.jsonl", {"id": 7, "conversations": [{"from": f, "value": v} for f, v in talk]})
    rows = read_all(path)
    assert [row.value.answer for row in rows] == ["Yes.", "480 g."]
    assert {row.id for row in rows} == {"7"}


@pytest.mark.parametrize(
    "item",
    [
        {"prompt": EN, "chosen": "Yes.", "rejected": "It is blue."},
        {
            "chosen": [{"role": "user", "content": EN}, {"role": "assistant", "content": "Yes."}],
            "rejected": [{"role": "user", "content": EN}, {"role": "assistant", "content": "It is blue."}],
        },
        {
            "prompt": [{"role": "user", "content": EN}],
            "chosen": [{"role": "assistant", "content": "Yes."}],
            "rejected": [{"role": "assistant", "content": "It is blue."}],
        },
    ],
)
def test_pairs_are_read_in_every_shape(tmp_path: Path, item: dict[str, Any]) -> None:
    (row,) = read_all(write(tmp_path / "pairs.jsonl", item))
    assert row.value == Preference(prompt(EN), "Yes.", "It is blue.", "en", "pairs")


def test_a_saved_abstention_is_its_own_task(tmp_path: Path) -> None:
    (row,) = read_all(write(tmp_path / "a.jsonl", {"prompt": ZH, "completion": abstention("zh")}))
    assert row.value.task == "abstain"


def test_rasa_utterances_keep_intent_and_line(tmp_path: Path) -> None:
    path = tmp_path / "nlu.yml"
    path.write_text(
        'version: "3.1"\nnlu:\n- intent: ask\n  examples: |\n    - is [it]{"entity": "x"} blue?\n    # no\n'
        "    - 有[蓝色](colour)的吗\n    wrong\n    - \n- synonym: blue\n  examples: |\n    - navy\n"
        "- intent: greet\n  examples:\n  - text: |\n      hello\n    metadata: {a: b}\nrules: []\n",
        encoding="utf-8",
    )
    faults = Faults()
    rows = read_all(path, faults)
    assert [(row.place.line, row.value) for row in rows] == [
        (5, Text("is it blue?", "en", "nlu", label="ask")),
        (7, Text("有蓝色的吗", "zh", "nlu", label="ask")),
        (15, Text("hello", "en", "nlu", label="greet")),
    ]
    assert [(bad.place.line, bad.kind) for bad in faults.rows] == [(8, "schema"), (9, "empty")]


def test_the_projects_own_nlu_file_is_read_whole() -> None:
    faults = Faults()
    rows = read_all(Path(__file__).parents[2] / "bot/rasa/data/nlu.yml", faults)
    assert len(rows) > 500
    assert {row.value.language for row in rows} == {"en", "zh"}
    assert not faults.rows


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "nlu.yml"
    path.write_text("nlu:\n- intent: a\n  examples: |\n    - b\n- intent: [\n")
    faults = Faults()
    assert len(read_all(path, faults)) == 1
    assert "is not valid YAML" in str(faults)


def test_records_become_text_without_what_changes(tmp_path: Path) -> None:
    records = load_sample()
    lines = [{"kind": type(record).__name__.lower(), "record": codec.to_json(record)} for record in records]
    rows = read_all(write(tmp_path / "shop.jsonl", *lines))
    assert {row.value.language for row in rows} == {"en", "zh"}
    product = next(record for record in records if isinstance(record, Product))
    texts = [row.value.text for row in rows if row.value.product == product.id]
    assert any(product.title.zh in text for text in texts)
    price = product.lowest_price
    assert price and not any(f"${price.amount}" in text or "in stock" in text for text in texts)  # noqa: PT018  # one row, one look
    emails = [row.value.text for row in rows if "@example." in row.value.text]
    assert not emails


def test_shop_texts_are_in_one_language_only() -> None:
    chinese = list(shop_texts(load_sample(), "zh"))
    assert len(chinese) > 100
    assert all(any("\u4e00" <= character <= "\u9fff" for character in text.text) for text in chinese)


BAD = [
    ('{"prompt": "a", ', "not_json", "is not valid JSON"),
    ("[1, 2]", "schema", "is a list, not an object"),
    ({"prompt": "a"}, "schema", "has no 'completion'"),
    ({"prompt": "a", "completion": 3}, "schema", "'completion' is a int"),
    ({"prompt": "a", "completion": "  "}, "empty", "'completion' is empty"),
    ({"prompt": "x" * 900, "completion": "b"}, "too_long", "more than a prompt holds"),
    ({"prompt": "a", "completion": "b", "language": "fr"}, "schema", "language 'fr'"),
    ({"prompt": "a", "completion": "b", "task": "sing"}, "schema", "task 'sing'"),
    ({"prompt": "a", "completion": "b", "id": [1]}, "schema", r"id \[1\]"),
    ('{"prompt": "a", "completion": "' + "x" * 2000 + '"}', "long_line", "longer than 1,500 bytes"),
    ('{"prompt": "a\0", "completion": "b"}', "encoding", "NUL"),
]


@pytest.mark.parametrize(("item", "kind", "problem"), BAD)
def test_a_bad_row_is_named_and_the_others_are_read(
    tmp_path: Path, item: Any, kind: str, problem: str
) -> None:
    good = {"prompt": EN, "completion": "Yes."}
    faults = Faults()
    rows = read_all(write(tmp_path / "a.jsonl", good, item, good), faults, longest_line=1500)
    assert [row.place.line for row in rows] == [1, 3]
    (bad,) = faults.rows
    assert (str(bad.place), bad.kind, bad.action) == ("a.jsonl, line 2", kind, "refused")
    assert bad.remedy
    with pytest.raises(AssertionError, match=problem):
        raise AssertionError(str(bad))


BAD_TALKS = [
    ({"messages": []}, "no list of messages"),
    ({"messages": ["hi"]}, "message 1 is a str"),
    ({"messages": [{"role": "cat", "content": "a"}]}, "by 'cat'"),
    ({"messages": [{"role": "user", "content": 5}]}, "message 1 is a int"),
    ({"messages": [{"role": "user", "content": ""}]}, "message 1 is empty"),
    ({"messages": [{"role": "user", "content": "a"}]}, "no question followed by an answer"),
    ({"chosen": "a", "rejected": "a", "prompt": "b"}, "are the same"),
    ({"chosen": "a", "rejected": "b"}, "has no 'prompt'"),
    (
        {
            "chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
            "rejected": [{"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}],
        },
        "same question",
    ),
    ({"instruction": "a", "output": "b", "input": 3}, "'input' is a int"),
    ({"instruction": "a", "output": "b", "input": "A b. C d. E f. G h."}, "4 sentences"),
    ({"kind": "product", "record": {"id": "a", "colour": 1}}, "is no record"),
    ({"kind": "planet", "record": {}}, "is no record"),
]


@pytest.mark.parametrize(("item", "problem"), BAD_TALKS)
def test_a_broken_conversation_is_named(tmp_path: Path, item: Any, problem: str) -> None:
    faults = Faults()
    assert not read_all(write(tmp_path / "a.jsonl", item), faults)
    assert problem in str(faults)


@pytest.mark.parametrize(
    ("text", "encoding"), [("这款能浮起来吗", "gb18030"), ("does the café float", "cp1252")]
)
def test_a_line_in_another_encoding_is_refused_or_mended(tmp_path: Path, text: str, encoding: str) -> None:
    good = json.dumps({"prompt": ZH, "completion": "是的。"}, ensure_ascii=False).encode()
    odd = json.dumps({"prompt": text, "completion": "yes"}, ensure_ascii=False).encode(encoding)
    path = tmp_path / "a.jsonl"
    path.write_bytes(good + b"\n" + odd + b"\n" + good + b"\n")
    faults = Faults()
    assert [row.place.line for row in read_all(path, faults)] == [1, 3]
    assert "are not utf-8 text" in str(faults)
    mended = Faults(clean=fault_kinds("encoding"))
    rows = read_all(path, mended)
    assert text in rows[1].value.prompt
    assert mended.rows[0].action == "cleaned"


def test_a_whole_file_in_gb18030_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        json.dumps({"prompt": ZH, "completion": "可以，能浮起来。"}, ensure_ascii=False).encode("gb18030")
    )
    (row,) = read_all(path)
    assert row.value.answer == "可以，能浮起来。"


def test_a_packed_file_is_read_and_a_cut_one_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(json.dumps({"text": f"text {n}"}).encode() + b"\n" for n in range(5000)))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(packed)
    assert len(read_all(path)) == 5000
    path.write_bytes(packed[:-20])
    with pytest.raises(ImportFailed, match="cut-off gzip"):
        read_all(path)


def test_a_line_of_ten_megabytes_costs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("w", encoding="utf-8") as out:
        out.write('{"text": "short"}\n{"text": "' + "x" * 10_000_000 + '"}\n{"text": "也短"}\n')
    faults = Faults()
    tracemalloc.start()
    rows = read_all(path, faults, longest_line=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.value.text for row in rows] == ["short", "也短"]
    assert str(faults.rows[0].place) == "a.jsonl, line 2"
    assert peak < 4_000_000


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for count in (800, 4000):
        items = ({"prompt": f"how heavy is {n}?", "completion": f"{n} g " * 60} for n in range(count))
        path = write(tmp_path / f"{count}.jsonl", *items)
        tracemalloc.start()
        assert sum(1 for _ in read(path, Faults())) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="no data file"):
        read_all(tmp_path / "no.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(DataRefused, match="is empty"):
        read_all(tmp_path / "empty.jsonl")
    with pytest.raises(DataRefused, match=r"keys colour.*--format"):
        read_all(write(tmp_path / "odd.jsonl", {"colour": 1}))
    (tmp_path / "wide.jsonl").write_text('{"text": "a"}\n' * 9, encoding="utf-16")
    with pytest.raises(DataRefused, match="save it as UTF-8"):
        read_all(tmp_path / "wide.jsonl")


def test_a_broken_first_line_does_not_hide_the_format(tmp_path: Path) -> None:
    faults = Faults()
    assert len(read_all(write(tmp_path / "a.jsonl", "{nonsense", {"text": "boot"}), faults)) == 1
    assert faults.refused == 1


def test_only_what_can_be_mended_can_be_asked_for() -> None:
    assert "secret" in fault_kinds("all")
    with pytest.raises(DataRefused, match="'everything' is no kind"):
        fault_kinds("everything")
    with pytest.raises(DataRefused, match="'empty' cannot be cleaned"):
        Faults(clean=fault_kinds("empty"))
