"""Whole conversations through a real Rasa: the action that ran, what was said, what was changed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.actions import ACTIONS
from tests.rasa.records import State, state_of
from tests.rasa.servers import Rasa

_PLAYS = yaml.safe_load((Path(__file__).parent / "conversations.yml").read_text(encoding="utf-8"))
CONVERSATIONS = {str(play["id"]): play for play in _PLAYS if "id" in play}
CHANGES: dict[str, dict[str, str]] = next(play["changes"] for play in _PLAYS if "changes" in play)
NAMES = {action.action_name for action in ACTIONS}


@dataclass(frozen=True)
class Turn:
    """One turn as it went: Rasa's messages, the actions that ran for it, and the slots after it."""

    expected: dict[str, Any]
    messages: list[dict[str, Any]]
    actions: list[str]
    slots: dict[str, Any]

    @property
    def told(self) -> str:
        return json.dumps(self.messages, ensure_ascii=False)

    @property
    def text(self) -> str:
        return " ".join(message["text"] for message in self.messages if message.get("text"))


@dataclass(frozen=True)
class Played:
    """All conversations, played once, and the store before and after them."""

    before: tuple[State, int]
    after: tuple[State, int]
    turns: dict[str, list[Turn]] = field(default_factory=dict)


def play(rasa: Rasa, id: str) -> list[Turn]:
    """Play one conversation."""
    sender, turns = f"visitor-{id}", list[Turn]()
    for expected in CONVERSATIONS[id]["turns"]:
        text = expected.get("say")
        if text is None:
            shown = [button for message in turns[-1].messages for button in message.get("buttons", ())]
            text = shown[expected["press"]]["payload"]
        messages = rasa.say(sender, str(text), CONVERSATIONS[id].get("page"))
        tracker = rasa.tracker(sender)
        turns.append(Turn(expected, messages, actions_since_message(tracker), tracker["slots"]))
    return turns


def actions_since_message(tracker: dict[str, Any]) -> list[str]:
    """Return the actions of ours that Rasa ran since the last message."""
    events = tracker["events"]
    last = max(number for number, event in enumerate(events) if event["event"] == "user")
    return [event["name"] for event in events[last:] if event["event"] == "action" and event["name"] in NAMES]


@pytest.fixture(scope="session")
def played(rasa: Rasa, rasa_home: Path) -> Played:
    """Every conversation, one after the other."""
    before = state_of(rasa_home)
    turns = {id: play(rasa, id) for id in CONVERSATIONS}
    return Played(before, state_of(rasa_home), turns)


@pytest.mark.slow
@pytest.mark.parametrize("id", CONVERSATIONS)
def test_a_conversation_runs_the_expected_actions_and_tells_what_the_records_say(
    played: Played, id: str
) -> None:
    for number, turn in enumerate(played.turns[id], start=1):
        expected, seen = turn.expected, f"turn {number}: {turn.actions} {turn.told}"
        assert turn.text or any("custom" in message for message in turn.messages), seen
        assert len(turn.actions) == 1, seen
        assert turn.actions[0] == expected.get("action", turn.actions[0]), seen
        if "asked" in expected:
            assert ((turn.slots["task"] or {}).get("asked") or "-") == expected["asked"], seen
        for fact in expected.get("has", ()):
            assert str(fact) in turn.told, f"{fact!r} is missing in {seen}"
        for fact in expected.get("lacks", ()):
            assert str(fact) not in turn.told, f"{fact!r} must not be in {seen}"


@pytest.mark.slow
@pytest.mark.parametrize("id", CONVERSATIONS)
def test_a_reply_is_in_the_language_of_its_message(played: Played, id: str) -> None:
    for turn in played.turns[id]:
        frame = re.sub(r"[“\"].*?[”\"]", "", turn.text)  # without what buyers wrote
        if frame:
            assert bool(re.search(r"[\u4e00-\u9fff]", frame)) == id.startswith("zh-"), turn.text


@pytest.mark.slow
def test_the_store_holds_what_was_confirmed_and_nothing_else(played: Played) -> None:
    (before, receipts_before), (after, receipts_after) = played.before, played.after
    changed = {
        order: {sku: state for sku, state in lines.items() if before[order][1][sku] != state}
        for order, (_, lines) in after.items()
        if after[order] != before[order]
    }
    assert changed == CHANGES
    assert receipts_after - receipts_before == len(CHANGES)


def test_there_are_fifteen_conversations_in_each_language() -> None:
    for language in ("en", "zh"):
        assert sum(id.startswith(f"{language}-") for id in CONVERSATIONS) == 15
    assert any("press" in turn for play in CONVERSATIONS.values() for turn in play["turns"])
