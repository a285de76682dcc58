"""A real shop for the tests: records, index, model, router; and a shopper who talks to it.

The home is built once by the program's own parts. What shoppers get is read from the events of `bot.turn`,
as every channel does. Knows nothing of what a right answer is.
"""

from __future__ import annotations

import gzip
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.actions import make_executor
from bot.events import (
    Button,
    Buttons,
    Card,
    Cards,
    Done,
    Failure,
    Handoff,
    Opinions,
    SourceLink,
    Sources,
    Table,
    TextPiece,
)
from bot.router import Router
from bot.settings import BotSettings
from bot.tools import Tools, open_tools
from bot.transcripts import Incoming, Transcripts
from bot.turn import Turns
from ecomlm.language import detect
from ecomlm.models.adapter import AdapterRefused, find_adapter
from ecomlm.models.base import prepare_base
from ecomlm.search.index import build_index
from knowledge.importers import import_file
from knowledge.records import Product, Record
from knowledge.sample.load import load_sample
from knowledge.store import Store


@dataclass(frozen=True)
class Reply:
    """What a shopper got for one message."""

    text: str
    cards: tuple[Card, ...] = ()
    note: str = ""
    sources: tuple[SourceLink, ...] = ()
    buttons: tuple[Button, ...] = ()
    has_handoff: bool = False
    intent: str = ""
    language: str = ""
    abstained: bool = False
    failure: str = ""
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """The ids of the products on the cards."""
        return [card.id for card in self.cards]

    @property
    def cited(self) -> list[str]:
        """The records behind the reply, as `kind:id`."""
        return [source.id.partition("#")[0] for source in self.sources]

    def __str__(self) -> str:
        shown = f" cards={self.ids}" if self.cards else ""
        return f"[{self.intent}/{self.language}] {self.text!r}{shown} sources={[s.id for s in self.sources]}"


class Shop:
    """An open shop. Make it with `await Shop.open(settings)`."""

    def __init__(self, settings: BotSettings, tools: Tools, transcripts: Transcripts, turns: Turns) -> None:
        self.settings, self.tools, self.transcripts, self.turns = settings, tools, transcripts, turns

    @classmethod
    async def open(cls, settings: BotSettings) -> Shop:
        """Open all parts, as the server does at its start."""
        tools = await open_tools(settings)
        transcripts = await Transcripts.open(tools.store.engine)
        router = await Router.open(settings, tools.embed, tools.brands)
        return cls(settings, tools, transcripts, Turns(settings, transcripts, router, make_executor(tools)))

    async def close(self) -> None:
        """Let the replies under way end, and free everything."""
        await self.turns.drain(10)
        await self.tools.close()

    def shopper(self, page: str | None = None) -> Shopper:
        """A new visitor, looking at a product's page or at none."""
        return Shopper(self, page)

    async def ask(self, text: str, page: str | None = None) -> Reply:
        """Send one message of a new visitor."""
        return await self.shopper(page).say(text)

    async def products(self) -> dict[str, Product]:
        """Every product by its id."""
        return {product.id: product for product in await self.tools.store.products()}


class Shopper:
    """One visitor's conversation."""

    def __init__(self, shop: Shop, page: str | None = None) -> None:
        self.page = page
        self.conversation = secrets.token_hex(8)
        self._shop = shop

    async def say(self, text: str) -> Reply:
        """Send a message and return the whole reply."""
        turn = await self._shop.turns.start(self.conversation, Incoming(text, detect(text), self.page))
        reply = Reply("")
        async for _, event in turn.follow():
            match event:
                case TextPiece():
                    reply = replace(reply, text=reply.text + event.text)
                case Cards():
                    reply = replace(reply, cards=reply.cards + event.products, note=event.note)
                case Sources():
                    reply = replace(reply, sources=event.sources)
                case Handoff():
                    reply = replace(reply, has_handoff=True)
                case Failure():
                    reply = replace(reply, failure=f"{event.code}: {event.text}")
                case Done():
                    reply = replace(
                        reply, intent=event.intent, language=event.language, abstained=event.abstained
                    )
                case Buttons():
                    reply = replace(reply, buttons=event.buttons)
                case Table() | Opinions():
                    reply = replace(reply, text=f"{reply.text}\n{event.text}\n")
        return replace(reply, trace=turn.trace)


async def build_home(home: Path, records: Sequence[Record] | Path) -> BotSettings:
    """Fill a home with the sample shop's records or a product file, index it, and return its settings."""
    settings = choose_adapter(BotSettings(home=home))
    async with await Store.open(settings) as store:
        if isinstance(records, Path):
            await import_file(store, records, who="test")
        else:
            await store.save(records, who="test")
        await build_index(settings, store)
    return settings


def choose_adapter(settings: BotSettings) -> BotSettings:
    """Keep the adapter that the repository ships, or run the base alone where there is none that fits."""
    try:
        find_adapter(settings, prepare_base(settings))
    except AdapterRefused:
        return replace(settings, adapter="")
    return settings


def sample_records() -> list[Record]:
    """The sample shop."""
    return load_sample()


def first_rows(source: Path, count: int, target: Path) -> Path:
    """Copy the first rows of a packed JSON Lines file."""
    with gzip.open(source, "rb") as rows:
        target.write_bytes(b"".join(itertools.islice(rows, count)))
    return target
