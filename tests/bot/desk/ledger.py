"""What may have been written, worked out beside the code under test; every step is held against it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from bot.desk.planning import make_plan
from bot.desk.reading import PAYLOAD, is_plain_yes
from bot.desk.task import Task
from knowledge.desk.orders import receipt_number
from knowledge.desk.plans import Plan
from knowledge.desk.refusals import Refused
from tests.bot.desk.conftest import Clock
from tests.bot.desk.world import Look, moment, settled, situation_of

_CHANGED_NOTHING = re.compile(r"All right, I have changed nothing|好的，没有做任何更改")
_RECEIPT = re.compile(r"R-[0-9A-F]{10}")
_NOTHING = Plan("cancel_pending_order", {}, (), ())
"""What stands for a refusal: no proposal has its digest."""


@dataclass(frozen=True)
class Sent:
    """A message as it was first sent; `confirms` are the proposals to which it says an explicit yes."""

    conversation: str
    text: str
    client_id: str
    confirms: frozenset[str]


@dataclass(frozen=True)
class Heard:
    """What came back on a message. `is_replay` where it had its reply before."""

    sent: Sent
    text: str
    is_replay: bool


class Ledger:
    """The shop's records as they must be, and what its customers were told of it."""

    def __init__(self, look: Look, clock: Clock) -> None:
        self._look, self._clock = look, clock
        self.records = look.records()
        self._receipts: set[str] = set()
        self._untold: set[str] = set()

    def message(self, conversation: str, text: str, client_id: str) -> Sent:
        """Return a message with what it says yes to: by a button of its own conversation, or right after."""
        confirms: Set[str] = set()
        if payload := PAYLOAD.match(text):
            found = self._look.proposal(payload[2])
            if payload[1] == "affirm" and found and found["conversation_id"] == conversation:
                confirms = {payload[2]}
        elif is_plain_yes(text):
            confirms = self._look.offered(conversation)
        return Sent(conversation, text, client_id, frozenset(confirms))

    def customer_of(self, conversation: str) -> str:
        """Return whom a conversation is proven to be with now."""
        return self._look.customer_of(conversation, self._clock())

    def due(self, sent: Sent) -> str | None:
        """Return the proposal that a message must carry out, if everything about it is in order."""
        if self._look.is_with_agent(sent.conversation) or self._look.is_answered(sent.client_id):
            return None
        for id in sent.confirms:
            found = self._look.proposal(id)
            assert found is not None
            is_open = found["state"] == "open" and moment(found["expires"]) > self._clock()
            if not is_open or found["customer_id"] != self.customer_of(sent.conversation):
                return None
            plan = self._plan(found)
            return id if plan is None or plan.digest == found["digest"] else None
        return None

    def check_writes(self, messages: Sequence[Sent], verified: Mapping[str, str]) -> list[str]:
        """Compare what was written with what these messages confirm; return the new receipts' keys."""
        allowed = {id for message in messages for id in message.confirms}
        kept = self._look.receipts()
        new = [key for key in kept if key not in self._receipts]
        for key in new:
            assert key in allowed, "written without a yes to exactly that"
            found = self._look.proposal(key)
            assert found is not None
            self._check_owner(kept[key], found, verified)
            self._enter(kept[key], found)
        self._receipts |= set(new)
        assert self._look.records() == self.records, "the records are not as the receipts say"
        return new

    def _check_owner(self, kept: sqlite3.Row, found: sqlite3.Row, verified: Mapping[str, str]) -> None:
        assert kept["customer_id"] == found["customer_id"]
        conversation = found["conversation_id"]
        proven = {verified.get(conversation, ""), self.customer_of(conversation)}
        assert found["customer_id"] in proven, "written for somebody who was not verified"

    def _enter(self, kept: sqlite3.Row, found: sqlite3.Row) -> None:
        """Work out what the proposal stands for, of the records before it, and expect just that."""
        content, plan = json.loads(kept["data"]), self._plan(found)
        assert content["digest"] == found["digest"]
        if plan is None:  # a notice changes no record
            return
        assert plan.digest == found["digest"], "done although the records had changed"
        assert content["arguments"] == json.loads(json.dumps(dict(plan.arguments)))
        self.records |= settled(plan, receipt_number(kept["key"]), moment(kept["at"]))

    def _plan(self, found: sqlite3.Row) -> Plan | None:
        task = Task.from_json(json.loads(found["task"]))
        assert task is not None
        if task.kind == "notice":
            return None
        situation = situation_of(self.records, found["customer_id"], task.order, self._clock())
        try:
            return make_plan(task, situation)
        except Refused:
            return _NOTHING

    def check_told(self, heard: Sequence[Heard], new: Sequence[str]) -> None:
        """Hold what was said against what was done."""
        numbers = {receipt_number(key): key for key in self._receipts}
        self._untold |= set(new)
        for item in heard:
            told = set(_RECEIPT.findall(item.text))
            assert told <= set(numbers), "told a receipt of something that was not done"
            self._untold -= {numbers[number] for number in told}
        for item in heard:
            if not item.is_replay and _CHANGED_NOTHING.search(item.text):
                hidden = [key for key in self._untold if self._is_in(key, item.sent.conversation)]
                assert not hidden, "told that nothing was changed after something had been done"

    def _is_in(self, key: str, conversation: str) -> bool:
        found = self._look.proposal(key)
        return found is not None and found["conversation_id"] == conversation

    def check_history(self) -> None:
        """At the end: each receipt is one revision or one notice, and the history leads to the records."""
        kept, notices = self._look.receipts(), self._look.rows("SELECT sku, email FROM stock_notices")
        of_notices = {key for key, row in kept.items() if row["tool"] == "request_stock_notice"}
        query = "SELECT DISTINCT revision, who FROM history WHERE who LIKE 'service desk%'"
        written = sorted(row["who"].rpartition(" ")[2] for row in self._look.rows(query))
        assert written == sorted(receipt_number(key) for key in kept if key not in of_notices)
        assert bool(notices) == bool(of_notices)
        latest = "SELECT kind, id, after FROM history ORDER BY number"
        last = {(row["kind"], row["id"]): row["after"] for row in self._look.rows(latest)}
        assert {place: last[place] for place in self.records} == self.records
