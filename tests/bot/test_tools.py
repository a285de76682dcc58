"""Opening the tools: all of them, or none is left open."""

from __future__ import annotations

import threading

import pytest

from bot.settings import BotSettings
from bot.tools import open_tools
from ecomlm.generation.engine import Engine, EngineUnavailable
from ecomlm.search.rank import CALIBRATION, WEIGHTS, RankerMissing
from tests.bot.shop import ScriptedEngine, WordRanker, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder


@pytest.fixture
async def indexed(settings: BotSettings, monkeypatch: pytest.MonkeyPatch) -> BotSettings:
    """Settings of an indexed shop, whose embedders are quick."""
    embedder = HashEmbedder()
    tools = await open_shop(settings, ScriptedEngine(), embedder, embedder)
    await tools.close()
    monkeypatch.setattr("ecomlm.search.embed.open_embedders", lambda _: {"en": embedder, "zh": embedder})
    return settings


@pytest.fixture
def started(engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    """The engine that is started in place of the language model."""

    async def start(_: BotSettings) -> ScriptedEngine:
        return engine

    monkeypatch.setattr("ecomlm.generation.start.start_engine", start)
    return engine


def _left_open(before: set[threading.Thread]) -> list[str]:
    """Return the threads of the store's connections and of the search that are still there."""
    new = [thread for thread in set(threading.enumerate()) - before if not thread.name.startswith("asyncio")]
    for thread in new:
        thread.join(timeout=5)  # a thread that was told to end may take a moment
    return [thread.name for thread in new if thread.is_alive()]


async def test_tools_open_and_close(
    indexed: BotSettings, started: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(threading.enumerate())
    monkeypatch.setattr("ecomlm.search.rank.Ranker.load", lambda *_: WordRanker())
    tools = await open_tools(indexed)
    assert await tools.store.count("product") == 5
    assert not started.is_closed
    await tools.close()
    assert started.is_closed
    assert _left_open(before) == []


async def test_a_damaged_ranker_leaves_nothing_open(indexed: BotSettings) -> None:
    folder = indexed.home / "models" / WEIGHTS
    folder.mkdir(parents=True)
    (folder / CALIBRATION).write_text("damaged")
    before = set(threading.enumerate())
    with pytest.raises(RankerMissing, match="is damaged"):
        await open_tools(indexed)
    assert _left_open(before) == []


async def test_a_failing_wrapper_leaves_nothing_open(indexed: BotSettings, started: ScriptedEngine) -> None:
    def wrap(_: Engine) -> Engine:
        raise EngineUnavailable("cannot be wrapped")

    before = set(threading.enumerate())
    with pytest.raises(EngineUnavailable, match="cannot be wrapped"):
        await open_tools(indexed, wrap)
    assert started.is_closed
    assert _left_open(before) == []


async def test_an_engine_that_does_not_start_leaves_nothing_open(
    indexed: BotSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: BotSettings) -> Engine:
        raise EngineUnavailable("does not start")

    monkeypatch.setattr("ecomlm.generation.start.start_engine", fail)
    before = set(threading.enumerate())
    with pytest.raises(EngineUnavailable, match="does not start"):
        await open_tools(indexed)
    assert _left_open(before) == []


async def test_a_search_that_fails_to_warm_up_leaves_nothing_open(
    indexed: BotSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: HashEmbedder, texts: object) -> None:
        raise MemoryError("no room for vectors")

    monkeypatch.setattr(HashEmbedder, "encode_queries", fail)
    before = set(threading.enumerate())
    with pytest.raises(MemoryError, match="no room"):
        await open_tools(indexed)
    assert _left_open(before) == []
