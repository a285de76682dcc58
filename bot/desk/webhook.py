"""Tell the shop's help desk of handoffs: signed, in order, tried again until it answers.

One POST an event. `X-Ecomlm-Signature` is `sha256=` and the hexadecimal HMAC-SHA256 of `timestamp.body`
with the shared secret, `X-Ecomlm-Timestamp` that timestamp in Unix seconds, `X-Ecomlm-Delivery` a number that
stays the same when an event is sent again. Knows the outbox. Knows nothing of conversations.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import aiohttp
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.tables import outbox
from knowledge import database

log = logging.getLogger(__name__)
TRIES = 10
_TIMEOUT_SECONDS = 10
_LOOK_SECONDS = 1.0


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of `X-Ecomlm-Signature`."""
    signed = str(timestamp).encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, "sha256").hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


class Webhook:
    """Sends what is in the outbox to one address."""

    def __init__(
        self, engine: AsyncEngine, url: str, secret: str, clock: Callable[[], datetime] = _now
    ) -> None:
        self._engine, self._url, self._secret, self._clock = engine, url, secret, clock

    async def run(self) -> None:
        """Send for as long as the server runs."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)) as session:
            while True:
                await self.send_due(session)
                await asyncio.sleep(_LOOK_SECONDS)

    async def send_due(self, session: aiohttp.ClientSession) -> int:
        """Send what is due, the oldest first, up to the first that is not taken; return how many were."""
        sent = 0
        while True:
            async with self._engine.connect() as connection:
                row = (await connection.execute(select(outbox).order_by(outbox.c.id).limit(1))).first()
            if row is None or row.due > self._clock():
                return sent
            is_taken = await self._post(session, row.id, json.dumps(row.body, ensure_ascii=False).encode())
            async with database.writing(self._engine) as connection:
                if is_taken or row.tries + 1 >= TRIES:
                    await connection.execute(delete(outbox).where(outbox.c.id == row.id))
                else:
                    due = self._clock() + timedelta(seconds=2 ** (row.tries + 1))
                    later = update(outbox).where(outbox.c.id == row.id)
                    await connection.execute(later.values(tries=row.tries + 1, due=due))
            if not is_taken:
                if row.tries + 1 >= TRIES:
                    log.error("handoff event %s was given up after %s tries", row.id, TRIES)
                return sent
            sent += 1

    async def _post(self, session: aiohttp.ClientSession, delivery: int, body: bytes) -> bool:
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "X-Ecomlm-Timestamp": str(timestamp),
            "X-Ecomlm-Signature": signature(self._secret, timestamp, body),
            "X-Ecomlm-Delivery": str(delivery),
        }
        try:
            async with session.post(self._url, data=body, headers=headers, allow_redirects=False) as response:
                return response.status < 300
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("handoff event %s was not taken: %s", delivery, type(error).__name__)
            return False
