"""`python -m ecomlm digest`: lines in, digests out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecomlm.__main__ import main
from ecomlm.batch import LineInvalid
from ecomlm.commands.digest import digest_row


def test_every_line_has_a_summary_and_counted_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))
    rows = [
        {"id": "lamp", "reviews": ["Great battery.", {"text": "The battery is terrible.", "rating": 1}]},
        {"id": "bad", "reviews": "none"},
        {"id": "leer", "reviews": [], "language": "zh"},
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert main(["digest", "--input", str(source), "--output", str(target)]) == 0
    lamp, empty = map(json.loads, target.read_text(encoding="utf-8").splitlines())
    assert {(p["aspect"], p["polarity"], p["count"], p["of"]) for p in lamp["points"]} == {
        ("battery", "positive", 1, 2),
        ("battery", "negative", 1, 2),
    }
    assert [p["quotes"] for p in lamp["points"] if p["polarity"] == "negative"] == [[1]]
    assert empty == {"id": "leer", "summary": "没有可以参考的评价。", "points": [], "left_out": 0}


def test_many_reviews_are_told_with_their_counts_and_few_in_plain_words() -> None:
    many = digest_row({"id": 1, "reviews": ["The battery is terrible."] * 6 + ["Nice colour."] * 14})
    assert "battery (6 of 20)" in many["summary"]
    few = digest_row({"id": 1, "reviews": ["The battery is terrible."] * 2 + ["Nice colour."] * 2})
    assert " of " not in few["summary"]


def test_points_are_named_in_the_language_asked_for() -> None:
    row = {"id": 1, "language": "zh", "reviews": ["The battery is terrible.", "电池很差。"]}
    (point,) = digest_row(row)["points"]
    assert (point["aspect"], point["category"], point["count"]) == ("电池", "battery", 2)
    assert point["quotes"] == [1, 0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"reviews": {}}, "not a list"),
        ({"reviews": [3]}, "review 0 is '3'"),
        ({"reviews": [{"stars": 3}]}, "neither a text nor an object"),
        ({"reviews": ["x"], "language": "fr"}, "'fr', neither 'en' nor 'zh'"),
        ({"reviews": [{"text": "x", "created": "May"}]}, "'May' is no date"),
    ],
)
def test_an_unusable_line_is_refused_with_the_reason(row, message) -> None:
    with pytest.raises(LineInvalid, match=message):
        digest_row({"id": 1, **row})


def test_the_command_needs_files_or_the_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))
    assert main(["digest"]) == 1
    assert "--shop" in capsys.readouterr().err
