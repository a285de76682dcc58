"""The real server as a process of its own, and shoppers who time it over HTTP.

Knows nothing of aims or tables.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.crash.processes import free_port, stop

ROOT = Path(__file__).parents[2]
START_SECONDS = 240.0


class ServerFailed(RuntimeError):
    """The server did not start."""


@dataclass(frozen=True)
class Timing:
    """Seconds from sending a message to what came of it; None for what did not come."""

    cards: float | None
    first_text: float | None
    total: float
    text: str = ""


@dataclass
class Server:
    """A running server."""

    address: str
    process: subprocess.Popen[bytes]
    start_seconds: float
    http: aiohttp.ClientSession

    def memory_bytes(self) -> int:
        """Return the resident memory of the server and of whatever it started."""
        main = psutil.Process(self.process.pid)
        return sum(part.memory_info().rss for part in (main, *main.children(recursive=True)))

    async def open_page(self, product: str) -> None:
        """Look at a product's page, as a shopper's browser does."""
        async with self.http.get(f"{self.address}/products/{product}") as response:
            await response.read()

    async def token(self) -> str:
        """Begin a visit."""
        async with self.http.post(f"{self.address}/api/session", json={}) as response:
            response.raise_for_status()
            token: str = (await response.json())["token"]
            return token

    async def ask(self, text: str, page: str | None = None, token: str = "") -> Timing:
        """Send one message, as a new visitor unless a token is given, and time its reply."""
        headers = {"Authorization": f"Bearer {token or await self.token()}"}
        body: dict[str, Any] = {"text": text} | ({"page": {"product": page}} if page else {})
        seconds: dict[str, float] = {}
        told = ""
        started = time.perf_counter()
        async with self.http.post(f"{self.address}/api/messages", json=body, headers=headers) as response:
            response.raise_for_status()
            async for line in response.content:
                if line.startswith(b"data: "):
                    event = json.loads(line.removeprefix(b"data: "))
                    seconds.setdefault(event["type"], time.perf_counter() - started)
                    told += event["text"] if event["type"] == "text" else ""
        return Timing(seconds.get("cards"), seconds.get("text"), time.perf_counter() - started, told)


@asynccontextmanager
async def serving(home: Path, adapter: str, log: Path) -> AsyncIterator[Server]:
    """Start `python -m bot serve` on a prepared home, wait until it is ready, and end it afterwards."""
    port = free_port()
    limits = ("VISITOR_MESSAGES", "ADDRESS_MESSAGES", "ADDRESS_SESSIONS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECOMLM_")}
    environment |= {f"ECOMLM_{name}_PER_MINUTE": "100000" for name in limits}
    environment |= {"ECOMLM_HOME": str(home), "ECOMLM_PORT": str(port), "ECOMLM_ADAPTER": adapter}
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    address = f"http://127.0.0.1:{port}"
    timeout = aiohttp.ClientTimeout(total=120)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http:
            await _ready(http, address, process, log)
            yield Server(address, process, time.perf_counter() - started, http)
    finally:
        stop(process)


async def _ready(
    http: aiohttp.ClientSession, address: str, process: subprocess.Popen[bytes], log: Path
) -> None:
    until = time.perf_counter() + START_SECONDS
    while process.poll() is None and time.perf_counter() < until:
        try:
            async with http.get(f"{address}/readyz") as response:
                if response.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(0.05)
    told = log.read_text(encoding="utf-8", errors="replace")[-1500:]
    raise ServerFailed(f"the server was not ready after {START_SECONDS:.0f} s: {told}")


async def ask_each(server: Server, asked: Sequence[tuple[str, str | None]], at_once: int) -> list[Timing]:
    """Ask everything, `at_once` shoppers at a time, each with a visit of their own."""
    waiting, timings = list(reversed(asked)), list[Timing]()

    async def one_shopper() -> None:
        while waiting:
            text, page = waiting.pop()
            timings.append(await server.ask(text, page, await server.token()))

    await asyncio.gather(*(one_shopper() for _ in range(at_once)))
    return timings
