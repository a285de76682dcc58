"""The shop of the tau2 benchmark, our scripted shoppers in it, and whether they got exactly what was right.

Each script is held by the code of `python -m bot replay`, in a fresh copy of the shop. Knows no pytest.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.settings import BotSettings
from bot.tools import Tools, open_tools
from bot.transcripts import Transcripts
from ecomlm.models.base import prepare_base
from ecomlm.search.index import build_index
from knowledge.importers import import_file
from knowledge.importers.options import Options
from knowledge.importers.tau2_retail import RULES
from knowledge.settings import KnowledgeSettings, load
from knowledge.store import Store
from tests.bot.desk.held import hold_alone

DATA = load(KnowledgeSettings).data / "service_desk"
SCRIPTS = Path(__file__).parents[2] / "data" / "desk"
NOW = datetime(2024, 5, 15, tzinfo=UTC)
WRITES = (
    "cancel_pending_order", "modify_pending_order_address", "modify_pending_order_items",
    "modify_pending_order_payment", "return_delivered_order_items", "exchange_delivered_order_items",
    "modify_user_address",
)  # fmt: skip

Call = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """What one script led to, and what would have been right."""

    task: str
    expected: tuple[Call, ...]
    done: tuple[Call, ...]
    turns: tuple[Mapping[str, Any], ...]
    store_changed: bool

    @property
    def is_exact(self) -> bool:
        """Whether the writes are exactly the right ones."""
        return sorted(map(_plain, self.done)) == sorted(map(_plain, self.expected))

    @property
    def reached_person(self) -> bool:
        """Whether a person was offered or took over."""
        return any(event["type"] == "handoff" for turn in self.turns for event in turn["events"])


def _plain(call: Call) -> str:
    """Return a call in a form that compares: items in pairs, whatever order they were named in."""
    name, arguments = call
    values = dict(arguments)
    items = values.pop("item_ids", [])
    new = values.pop("new_item_ids", [""] * len(items))
    pairs = sorted(zip(items, new, strict=True))
    return json.dumps([name, sorted(values.items()), pairs])


def _tasks() -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads((DATA / "tasks.train.json").read_text(encoding="utf-8"))
    return tasks


def wants_person() -> set[str]:
    """Return the tasks in which a person has to take over."""
    return {
        task["id"]
        for task in _tasks()
        if any(
            action["name"] == "transfer_to_human_agents" for action in task["evaluation_criteria"]["actions"]
        )
    }


def expected_calls() -> dict[str, tuple[Call, ...]]:
    """Return the right writes of every open task."""
    return {
        task["id"]: tuple(
            (action["name"], action["arguments"])
            for action in task["evaluation_criteria"]["actions"]
            if action["name"] in WRITES
        )
        for task in _tasks()
    }


def scripts(wording: str) -> list[dict[str, Any]]:
    """Return the scripted shoppers of one wording, `plain` or `rambling`."""
    lines = (SCRIPTS / f"tau2_{wording}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


async def build_shop(home: Path, models: Path | None = None) -> BotSettings:
    """Import and index the shop below `home`, with the models of another home or, without one, its own."""
    home.mkdir(parents=True, exist_ok=True)
    if models and not (home / "models").exists():
        (home / "models").symlink_to(models.absolute())
    settings = BotSettings(
        home=home, rules_file=str(RULES), adapter="", shop_name="our shop", shop_name_zh="本店"
    )
    if models is None:
        prepare_base(settings)
    async with await Store.open(settings) as store:
        await import_file(store, DATA / "db.json.gz", Options(format="tau2-retail"), who="test")
        await build_index(settings, store)
        await Transcripts.open(store.engine)  # its tables are copied with the shop, not made for each script
    return settings


@asynccontextmanager
async def open_shop(settings: BotSettings) -> AsyncIterator[Tools]:
    """Open the shop's tools once; each script gets its own copy of the store."""
    tools = await open_tools(settings)
    try:
        yield tools
    finally:
        await tools.close()


async def hold_all(tools: Tools, wording: str, folder: Path, only: Sequence[str] = ()) -> list[Outcome]:
    """Hold the scripts of one wording, each in a fresh copy of the shop in `folder`."""
    expected, outcomes = expected_calls(), []
    for script in scripts(wording):
        if only and script["id"] not in only:
            continue
        held = await hold_alone(tools, script, folder, NOW)
        done, replies = tuple(held.calls), tuple(held.replies)
        outcomes.append(Outcome(script["id"], expected[script["id"]], done, replies, held.has_changed))
    return outcomes
