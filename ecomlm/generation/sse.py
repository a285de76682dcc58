"""Stream JSON objects from a completion server: a POST answered with server-sent `data:` lines."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp

from ecomlm.generation.engine import EngineUnavailable

_CONNECT_SECONDS, _SILENCE_SECONDS = 5, 60


class JsonStream:
    """Connections to one completion server."""

    def __init__(self, url: str, key: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """Yield each JSON object of the answer to `body`; closing the iterator drops the connection.

        Raises:
            EngineUnavailable: if the server refuses, falls silent or answers nonsense.
        """
        if self._session is None:
            timeout = aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS
            )
            # A kept-alive connection that the server has closed meanwhile would fail the next request.
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
            self._session = aiohttp.ClientSession(timeout=timeout, headers=self._headers, connector=connector)
        try:
            async with self._session.post(self._url + path, json=body) as response:
                if response.status != 200:
                    told = (await response.text())[:300]
                    raise EngineUnavailable(f"the model server answered {response.status}: {told}")
                async for line in response.content:
                    payload = line.removeprefix(b"data:").strip()
                    if payload == b"[DONE]":
                        return
                    if line.startswith(b"data:"):
                        yield json.loads(payload)
        except (aiohttp.ClientError, TimeoutError, json.JSONDecodeError) as error:
            raise EngineUnavailable(f"the model server {self._url} does not answer: {error!r}") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
