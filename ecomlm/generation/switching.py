"""The engine of the live adapter: when another is promoted, it is loaded aside and takes over.

Replies under way end on the engine they began with. Knows the registry's pointer; knows nothing of gates,
prompts or what an engine is made of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from ecomlm.generation.engine import Completion, Engine, Piece
from knowledge.errors import EcomlmError

LOOKS_EVERY_SECONDS = 1.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Place:
    """An engine in service with the number of replies that it is writing."""

    engine: Engine
    replies: int = 0
    is_free: asyncio.Event = field(default_factory=asyncio.Event)

    def taken(self) -> None:
        self.replies += 1
        self.is_free.clear()

    def left(self) -> None:
        self.replies -= 1
        if not self.replies:
            self.is_free.set()


class SwitchingEngine:
    """An engine that follows what is live. Make it with `await SwitchingEngine.open(live, start)`."""

    def __init__(
        self, engine: Engine, adapter: str, live: Callable[[], str], start: Callable[[], Awaitable[Engine]]
    ) -> None:
        self._place, self._serving, self._tried = _Place(engine), adapter, adapter
        self._live, self._start = live, start
        self._retiring: set[asyncio.Task[None]] = set()
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def open(cls, live: Callable[[], str], start: Callable[[], Awaitable[Engine]]) -> SwitchingEngine:
        """Start the engine of what is live now, and follow.

        `live` returns the name of the live adapter; `start` loads an engine with it.
        """
        adapter = await asyncio.to_thread(live)
        return cls(await start(), adapter, live, start)

    @property
    def name(self) -> str:
        """The name of the engine that the next reply is written by."""
        return self._place.engine.name

    async def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        """Stream the completion; see `Engine.complete`."""
        place = self._place
        place.taken()
        try:
            async with aclosing(place.engine.complete(request)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            place.left()

    async def prefill(self, prompt: str) -> None:
        """Read `prompt` into the prefix cache."""
        place = self._place
        place.taken()
        try:
            await place.engine.prefill(prompt)
        finally:
            place.left()

    async def close(self) -> None:
        """Stop following, and free every engine."""
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self._place.engine.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
            try:
                await self.follow()
            except EcomlmError as error:
                _log.error("the model in service stays %r: %s", self.name, error)

    async def follow(self) -> None:
        """Take over what is live now, if that is another adapter.

        Raises:
            EcomlmError: if it cannot be loaded; the engine in service stays, and this adapter is not tried
                again until another was promoted in between.
        """
        adapter = await asyncio.to_thread(self._live)
        if adapter in (self._serving, self._tried):
            self._tried = adapter
            return
        self._tried = adapter
        started = await self._start()
        old, self._place, self._serving = self._place, _Place(started), adapter
        _log.info("the live adapter is now %r", adapter)
        task = asyncio.create_task(_retire(old))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)


async def _retire(place: _Place) -> None:
    """Close an engine once its last reply is written."""
    try:
        if place.replies:
            await place.is_free.wait()
    finally:
        await place.engine.close()
