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
    assert empty == {
        "id": "leer",
        "summary": "没有可以参考的评价。",
        "points": [],
        "left_out": 0,
        "bursts": [],
    }


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
        ({"reviews": [{"text": "x", "rating": True}]}, "review 0: the rating True is no whole number"),
        ({"reviews": [{"text": "x", "rating": 4.5}]}, "the rating 4.5 is no whole number from 1 to 5"),
        ({"reviews": ["x", {"text": "x", "rating": 0}]}, "review 1: the rating 0"),
        ({"reviews": [{"text": "x", "rating": "5"}]}, "the rating '5'"),
    ],
)
def test_an_unusable_line_is_refused_with_the_reason(row, message) -> None:
    with pytest.raises(LineInvalid, match=message):
        digest_row({"id": 1, **row})


def test_stars_written_with_a_point_count_as_the_verdict() -> None:
    rows = [{"text": "It hums a tune.", "rating": 5.0}, {"text": "It hums a tune.", "rating": 1.0}]
    summary = digest_row({"id": 1, "reviews": rows * 10 + [{"text": "Hm.", "rating": None}]})["summary"]
    assert summary.startswith("21 reviews: 10 positive, 10 negative, 1 mixed or neutral.")


@pytest.mark.parametrize(
    ("language", "reason"),
    [("en", "3 reviews by 3 authors are word for word the same"), ("zh", "3 位作者的 3 条评价一字不差")],
)
def test_copied_reviews_are_pointed_out_to_the_merchant(language, reason) -> None:
    copies = [{"text": "Best lamp ever, buy it now!", "author": name} for name in ("Ann", "Bo", "Cy")]
    row = digest_row({"id": 1, "language": language, "reviews": ["The shade is crooked.", *copies]})
    assert row["bursts"] == [{"sign": "same text", "reviews": [1, 2, 3], "reason": reason}]


def test_a_burst_of_stars_within_days_is_pointed_out() -> None:
    quiet = [
        {"text": f"Lamp {n * 7919}", "rating": 1 + n % 5, "created": f"2026-0{1 + n % 6}-11"}
        for n in range(20)
    ]
    loud = [{"text": f"Wow {n * 31}", "rating": 5, "created": "2026-03-20"} for n in range(15)]
    (burst,) = digest_row({"id": 1, "reviews": quiet + loud})["bursts"]
    assert burst["sign"] == "burst"
    assert set(range(20, 35)) <= set(burst["reviews"])


def test_the_command_needs_files_or_the_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))
    assert main(["digest"]) == 1
    assert "--shop" in capsys.readouterr().err
