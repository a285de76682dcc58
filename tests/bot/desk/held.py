"""Dialogues held with the whole assistant over the sample shop, each on a store of its own.

A dialogue is a row of `tests/data/desk`: the shopper's turns and the write actions they should lead to. It
is held by the code behind `python -m bot replay`. Knows nothing of languages or of what is expected.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.assistant import running_turns
from bot.commands.replay import hold
from bot.desk.service import Desk
from bot.tools import Tools
from knowledge import database
from knowledge.store import Store

DATA = Path(__file__).parents[2] / "data" / "desk"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""When the dialogues are held: a day after the sample shop's last order."""
_RECORDS = ("orders", "customers", "products", "receipts", "stock_notices", "history")

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Held:
    """What came of a dialogue: the write actions done, the replies, and whether any record changed."""

    row: Mapping[str, Any]
    calls: list[Call]
    replies: list[dict[str, Any]]
    has_changed: bool

    @property
    def expected(self) -> list[Call]:
        """The write actions that the dialogue should lead to."""
        return [(call["name"], call["arguments"]) for call in self.row["calls"]]

    def __str__(self) -> str:
        told = [f"{self.row['id']}: did {self.calls}, should do {self.expected}"]
        for turn in self.replies:
            told += [f"  > {turn['text']}", f"  < [{turn['intent']}] {turn['reply']}"]
        return "\n".join(told)


def dialogues(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of dialogues."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


async def hold_alone(tools: Tools, row: Mapping[str, Any], folder: Path, now: datetime = NOW) -> Held:
    """Hold one dialogue with open tools on a copy of their store, at a time of the desk's clock."""
    file = folder / f"{row['id']}.db"
    _copy(tools.settings.home / "shop.db", file)
    before = digest(file)
    async with Store(database.open_engine(f"sqlite:///{file}")) as store:
        fresh = replace(tools, store=store)
        vars(fresh)["desk"] = Desk.open(fresh, lambda: now)
        async with running_turns(tools.settings, fresh) as assistant:
            told = await hold(assistant, dict(row))
    calls = [
        (action["name"], action["arguments"])
        for turn in told["turns"]
        for action in turn["actions"]
        if "receipt" in action.get("result", {})
    ]
    has_changed = digest(file) != before
    file.unlink()
    return Held(row, calls, told["turns"], has_changed or told["store_changed"])


def digest(file: Path) -> str:
    """Return what tells a store's records, receipts and history from any other's."""
    content = hashlib.sha256()
    with sqlite3.connect(file) as connection:
        for table in _RECORDS:
            for row in connection.execute(f"select * from {table} order by rowid"):
                content.update(repr(row).encode())
    connection.close()
    return content.hexdigest()


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()
