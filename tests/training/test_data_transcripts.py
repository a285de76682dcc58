"""Only what a person stands for is learned from conversations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import abstention, answer_prompt
from training.data.examples import Example, Preference
from training.data.readers import read
from training.data.rows import Faults
from training.data.transcripts import TranscriptSettings

WEIGHT = {
    "record": "product:boot",
    "field": "attribute.weight",
    "source": "attribute",
    "text": "Weight: 480 g",
}
GEWICHT = WEIGHT | {"text": "重量：480克"}


def turn(**changes: Any) -> dict[str, Any]:
    return {
        "text": "how heavy is it?", "language": "en", "subject": "Boot", "product": "boot",
        "reply": "It weighs 480 g. [1]", "evidence": [WEIGHT],
    } | changes  # fmt: skip


def chinese(**changes: Any) -> dict[str, Any]:
    return turn(
        text="多重？", language="zh", subject="靴子", reply="重480克。[1]", evidence=[GEWICHT], **changes
    )


def rows_of(
    tmp_path: Path, *turns: dict[str, Any], faults: Faults | None = None, **settings: Any
) -> list[Any]:
    """Each turn is a conversation of its own."""
    path = tmp_path / "talks.jsonl"
    talks = [{"conversation": f"c{number}", "turns": [item]} for number, item in enumerate(turns)]
    path.write_text("".join(json.dumps(talk, ensure_ascii=False) + "\n" for talk in talks), encoding="utf-8")
    chosen = TranscriptSettings(**settings)
    return [row.value for row in read(path, faults or Faults(), transcripts=chosen)]


def shown(text: str, language: Any = "en", source: Any = "attribute") -> Evidence:
    return Evidence("", "", source, text, language)


ASKED = answer_prompt("how heavy is it?", "Boot", [shown("Weight: 480 g")], "en")


def test_an_approved_reply_is_learned_with_the_evidence_that_was_shown(tmp_path: Path) -> None:
    english, other = rows_of(tmp_path, turn(approved=True), chinese(approved=True))
    assert english == Example(ASKED, "It weighs 480 g.", "en", "answer", "talks", "boot")
    assert other.answer == "重480克。"
    assert other.prompt == answer_prompt("多重？", "靴子", [shown("重量：480克", "zh")], "zh")


@pytest.mark.parametrize(
    "changes",
    [{}, {"approved": None}, {"approved": False}, {"rating": "up"}, {"rating": "down"},
     {"correction": "It weighs 480 g.", "approved": False}, {"correction": "", "rating": "up"}],
)  # fmt: skip
@pytest.mark.parametrize("make", [turn, chinese])
def test_nothing_is_learned_that_nobody_stands_for(
    tmp_path: Path, make: Any, changes: dict[str, Any]
) -> None:
    faults = Faults()
    assert rows_of(tmp_path, make(**changes), faults=faults) == []
    assert faults.notes.total() == 1


def test_a_correction_is_learned_and_preferred_to_the_reply(tmp_path: Path) -> None:
    row, pair = rows_of(tmp_path, turn(reply="It is heavy. [1][2]", correction="It weighs 480 g."))
    assert row == Example(ASKED, "It weighs 480 g.", "en", "answer", "talks", "boot")
    assert pair == Preference(ASKED, "It weighs 480 g.", "It is heavy.", "en", "talks", "boot")


def test_a_chinese_correction_is_learned_and_preferred(tmp_path: Path) -> None:
    row, pair = rows_of(tmp_path, chinese(correction="每只重480克。"))
    assert (row.answer, pair.chosen, pair.rejected) == ("每只重480克。", "每只重480克。", "重480克。")


def test_a_reply_rated_down_loses_to_an_answer_approved_elsewhere(tmp_path: Path) -> None:
    row, pair = rows_of(
        tmp_path, turn(text="How heavy  is it?", reply="It is light.", rating="down"), turn(approved=True)
    )
    assert isinstance(row, Example)
    assert (pair.prompt, pair.chosen, pair.rejected) == (row.prompt, "It weighs 480 g.", "It is light.")


def test_each_worse_reply_is_paired_once_with_the_latest_correction(tmp_path: Path) -> None:
    values = rows_of(
        tmp_path,
        turn(approved=True, rating="up"),
        turn(reply="Heavy.", correction="It weighs 480 g a boot."),
        turn(reply="Heavy.", correction="480 g."),
        turn(reply="Heavy.", approved=False),
        turn(reply="Dear me.", rating="down"),
    )
    pairs = {pair.rejected: pair.chosen for pair in values if isinstance(pair, Preference)}
    assert pairs == {"Heavy.": "480 g.", "Dear me.": "480 g."}


def test_replies_to_other_questions_or_subjects_are_never_paired(tmp_path: Path) -> None:
    values = rows_of(
        tmp_path,
        turn(approved=True),
        turn(subject="Sandal", reply="It is light.", rating="down"),
        turn(text="is it heavy?", reply="Yes.", rating="down"),
    )
    assert not [value for value in values if isinstance(value, Preference)]


def test_an_approved_reply_that_a_shopper_dislikes_stays_an_answer(tmp_path: Path) -> None:
    values = rows_of(tmp_path, turn(approved=True, rating="down"))
    assert [type(value) for value in values] == [Example]


@pytest.mark.parametrize(
    ("setting", "passages"),
    [("as_evidence", ["It weighs 510 g.", "Weight: 480 g"]), ("keep", ["Weight: 480 g"]), ("drop", None)],
)
def test_a_correction_beyond_the_evidence_is_treated_as_set(
    tmp_path: Path, setting: str, passages: list[str] | None
) -> None:
    faults = Faults()
    values = rows_of(
        tmp_path, turn(reply="", correction="It weighs 510 g."), faults=faults, unsupported=setting
    )
    assert faults.notes["corrections that no shown passage supports"] == 1
    if passages is None:
        assert values == []
    else:
        sources = ["community"] * (len(passages) - 1) + ["attribute"]
        evidence = [shown(text, source=source) for text, source in zip(passages, sources, strict=True)]
        assert values[0].prompt == answer_prompt("how heavy is it?", "Boot", evidence, "en")


def test_an_approved_abstention_needs_no_evidence(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, turn(reply=abstention("en"), evidence=[], approved=True))
    assert row.task == "abstain"


def test_a_reply_that_rests_on_nothing_is_not_learned(tmp_path: Path) -> None:
    faults = Faults()
    assert rows_of(tmp_path, turn(evidence=[], approved=True), faults=faults) == []
    assert faults.notes["approved replies without evidence"] == 1


def test_the_question_that_was_understood_is_the_one_in_the_prompt(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, turn(text="and it?", question="how heavy is it?", approved=True))
    assert row.prompt == ASKED


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"text": ""}, "'text' is empty"),
        ({"text": 3}, "'text' is a int"),
        ({"rating": "five"}, "rating 'five'"),
        ({"approved": "yes"}, "approved is 'yes'"),
        ({"evidence": "Weight"}, "no list of passages"),
        ({"evidence": [{"source": "rumour", "text": "a"}]}, "comes from 'rumour'"),
        ({"evidence": [{"source": "review", "text": ""}]}, "has no text"),
        ({"language": "de"}, "language 'de'"),
        ({"text": "x" * 400, "approved": True}, "more than a prompt holds"),
    ],
)
def test_a_faulty_turn_is_named(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    faults = Faults()
    assert rows_of(tmp_path, turn(**changes), faults=faults) == []
    assert "talks.jsonl, line 1: turn 1" in str(faults)
    assert problem in str(faults)


@pytest.mark.parametrize("talk", [{"conversation": "", "turns": []}, {"conversation": "a", "turns": 3}])
def test_a_faulty_conversation_is_named(tmp_path: Path, talk: dict[str, Any]) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(json.dumps(talk))
    faults = Faults()
    assert list(read(path, faults)) == []
    assert "export the transcripts again" in str(faults)
