"""Who is told that something in a conversation has changed, and when.

What happens in this process wakes the followers at once (`wake`). For what other processes did, one query
looks every two seconds which conversations were touched: one whatever the number of open chats, none while
nobody follows. Knows nothing of HTTP, nor of what has changed: whoever is woken reads the conversation again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.limits import TooManyRequests
from bot.tables import conversations

log = logging.getLogger(__name__)
FOLLOWERS_AT_MOST = 10
_LOOK_SECONDS = 2.0
_OVERLAP = timedelta(seconds=30)  # how far the clocks of several servers may differ
_RETRY_SECONDS = 30


class Follower:
    """One open chat. The first `changed` is true at once: a follower begins by reading."""

    def __init__(self) -> None:
        self.is_over = False
        self._news = asyncio.Event()
        self._news.set()

    def wake(self) -> None:
        """Let `changed` return."""
        self._news.set()

    async def changed(self, seconds: float) -> bool:
        """Wait for a change; false when none came for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        is_changed = self._news.is_set()
        self._news.clear()
        return is_changed


class Live:
    """Wakes those who follow a conversation."""

    def __init__(self, engine: AsyncEngine, look_seconds: float = _LOOK_SECONDS) -> None:
        self._engine, self._look_seconds = engine, look_seconds
        self._followers: dict[str, set[Follower]] = {}
        self._touched: dict[str, datetime] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_closed = False

    @contextmanager
    def following(self, conversation: str) -> Iterator[Follower]:
        """Follow a conversation.

        Raises:
            TooManyRequests: when so many follow this one that they cannot be one shopper's tabs.
        """
        others = self._followers.setdefault(conversation, set())
        if len(others) >= FOLLOWERS_AT_MOST:
            raise TooManyRequests(_RETRY_SECONDS)
        follower = Follower()
        follower.is_over = self._is_closed
        others.add(follower)
        if self._looking is None and not self._is_closed:
            self._looking = asyncio.create_task(self._look())
        try:
            yield follower
        finally:
            others.discard(follower)
            if not others:
                self._followers.pop(conversation, None)
                self._touched.pop(conversation, None)

    def wake(self, conversation: str) -> None:
        """Tell the followers of a conversation that it has changed."""
        for follower in self._followers.get(conversation, ()):
            follower.wake()

    async def close(self) -> None:
        """End every follower's waiting: the server stops."""
        self._is_closed = True
        for followers in self._followers.values():
            for follower in followers:
                follower.is_over = True
                follower.wake()
        if self._looking:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def _look(self) -> None:
        since = datetime.now(UTC) - _OVERLAP
        while self._followers:
            await asyncio.sleep(self._look_seconds)
            until = datetime.now(UTC)
            try:
                await self._look_once(since)
            except (OSError, SQLAlchemyError):
                log.exception("which conversations have changed could not be looked up; trying again")
                continue
            since = until - _OVERLAP
        self._looking = None

    async def _look_once(self, since: datetime) -> None:
        query = select(conversations.c.id, conversations.c.updated).where(conversations.c.updated > since)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        for id, updated in rows:
            if id in self._followers and self._touched.get(id) != updated:
                self._touched[id] = updated
                self.wake(id)
