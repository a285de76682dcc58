"""`python -m ecomlm reviews`: what it reads and writes, and what it says of bad lines."""

import json

import pytest

from ecomlm.__main__ import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))

    def run_rows(*lines, options=("--quick",)):
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        source.write_text("\n".join(texts) + "\n", encoding="utf-8")
        status = main(["reviews", "--input", str(source), "--output", str(target), *options])
        return status, [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]

    return run_rows


def test_every_review_is_read_in_order(run):
    status, results = run({"id": "b", "text": "电池很耐用"}, {"id": "a", "text": "The zip broke."})
    assert status == 0
    assert [(row["id"], row["language"], row["polarity"]) for row in results] == [
        ("b", "zh", "positive"), ("a", "en", "negative"),
    ]  # fmt: skip
    (found,) = results[1]["aspects"]
    assert (found["aspect"], found["category"], found["polarity"]) == ("zip", "accessories", "negative")
    assert (found["opinion"], found["span"]) == ("broke", [4, 7])


def test_with_an_aspect_only_that_is_told(run):
    text = "屏幕很大，电池不耐用"
    _, (one, other) = run(
        {"id": 1, "text": text, "aspect": "电池"}, {"id": 2, "text": text, "aspect": "屏幕"}
    )
    assert [row["aspect"] for row in one["aspects"]] == ["电池"]
    assert (one["polarity"], other["polarity"]) == ("negative", "positive")


def test_bad_lines_are_named_and_the_rest_goes_on(run, capsys):
    status, results = run(
        "no json", {"id": 1}, {"id": 2, "text": 5}, {"id": 3, "text": "fine", "language": "fr"},
        {"id": 4, "text": "fine", "aspect": 7}, {"id": 5, "text": ""},
    )  # fmt: skip
    assert status == 0
    assert [row["id"] for row in results] == [5]
    assert results[0]["polarity"] == "neutral"
    faults = capsys.readouterr().err
    for expected in (
        "line 1: not JSON",
        "line 2: lacks text",
        "line 3: 'text' is 5",
        "'fr', use 'en' or 'zh'",
        "line 5",
    ):
        assert expected in faults


def test_categories_are_named_as_in_the_laptop_scheme_on_demand(run):
    line = {"id": 1, "text": "the battery life is great ."}
    _, (row,) = run(line, options=["--scheme", "laptop", "--quick"])
    assert row["aspects"][0]["category"] == "BATTERY#OPERATION_PERFORMANCE"


@pytest.mark.model
def test_what_the_words_leave_open_is_decided_by_meaning(run):
    texts = ["The courier threw it over the fence and drove off.", "快递扔在门口就走了，盒子湿透了"]
    rows = [{"id": text, "text": text} for text in texts]
    _, quick = run(*rows)
    _, careful = run(*rows, options=())
    assert [row["score"] for row in careful] < [row["score"] for row in quick]
    assert [row["polarity"] for row in careful] == ["negative", "negative"]


def test_nothing_but_bad_lines_is_a_failure(run):
    assert run("no json")[0] == 1
