"""`python -m bot replay`: hold the conversations of a file, as shoppers would."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.assistant import Assistant, open_assistant
from bot.commands.prepare import as_prepared
from bot.events import Done, as_json
from bot.settings import BotSettings
from bot.transcripts import Incoming
from bot.turn import Turn
from ecomlm.batch import LineInvalid, Row, run_batch
from ecomlm.language import detect
from knowledge.errors import RecordNotFound


async def replay(settings: BotSettings, source: Path, target: Path) -> int:
    """Hold every conversation, each new; nothing of them is kept."""
    async with open_assistant(as_prepared(settings)) as assistant:
        await assistant.tools.recommender.warm()

        async def work(row: Row) -> Mapping[str, Any]:
            return await hold(assistant, row)

        report = await run_batch(source, target, work, required=("turns",), label="replay")
    return report.exit_status


async def hold(assistant: Assistant, row: Row) -> dict[str, Any]:
    """Hold one conversation; return its turns and whether the shop's records changed."""
    turns = row["turns"]
    if not isinstance(turns, list) or not all(isinstance(text, str) and text.strip() for text in turns):
        raise LineInvalid(f"'turns' is {turns!r}, not a list of texts")
    page = await _page(assistant, row.get("page"))
    before = await assistant.tools.store.revision()
    conversation = f"replay:{secrets.token_urlsafe(12)}"
    told = []
    for text in turns:
        incoming = Incoming(text, detect(text), page, channel="replay")
        turn = await assistant.turns.start(conversation, incoming)
        told.append(await _told(text, turn))
    await assistant.transcripts.delete(conversation)
    return {"turns": told, "store_changed": await assistant.tools.store.revision() != before}


async def _told(text: str, turn: Turn) -> dict[str, Any]:
    events = [event async for _, event in turn.follow()]
    done = next(event for event in events if isinstance(event, Done))
    trace = turn.trace
    action = {
        "name": trace.get("action"),
        "arguments": trace.get("arguments", {}),
        "result": trace.get("result", {}),
    }
    return {
        "text": text,
        "reply": turn.text.strip(),
        "intent": done.intent,
        "actions": [*([action] if action["name"] else []), *trace.get("calls", [])],
        "events": [as_json(event) for event in events],
        "seconds": {name: done.seconds.get(name) for name in ("cards", "first_text", "total")},
    }


async def _page(assistant: Assistant, page: Any) -> str | None:
    """Return the product whose page is open, given as its id or as {"product": id}."""
    product = page.get("product") if isinstance(page, dict) else page
    if not product:
        return None
    try:
        return (await assistant.tools.store.product(str(product))).id
    except RecordNotFound as error:
        raise LineInvalid(f"'page' names {product!r}, which is not in the shop") from error
