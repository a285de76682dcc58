"""`kill -9` in the middle of a streaming reply: no message that the server took is lost."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ecomlm.models.adapter import AdapterRefused, find_adapter
from ecomlm.models.base import prepare_base
from ecomlm.settings import Settings
from tests.crash import processes

pytestmark = [pytest.mark.slow, pytest.mark.model]

SEED = 20261122
KILLS = 10
START_SECONDS = 240.0
MESSAGES = [
    ("What do buyers say about the battery?", "tavik-n3"),
    ("这款手机的屏幕怎么样？", "osmi-pocket-2"),
    ("waterproof hiking boots under $150", None),
    ("How long do I have to return shoes?", None),
    ("鞋子多久内可以退？", None),
    ("Is the case any good and does it come with a charger?", "carrow-lite-4"),
    ("保温瓶推荐一下", None),
    ("Is it loud?", "sweepwell-stick-vacuum"),
    ("这个容易清洗吗？", "mellow-air-fryer"),
    ("Can I pay with a gift card?", None),
]


@dataclass
class Sent:
    """A message that the server acknowledged, and what of its reply had arrived."""

    client_id: str
    text: str
    page: str | None
    reply: str = ""
    is_done: bool = False


@dataclass
class Shopper:
    """One visitor who comes back after every crash."""

    token: str
    sent: list[Sent] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop, indexed, with its model ready."""
    folder = tmp_path_factory.mktemp("serve")
    home, log = folder / "home", folder / "log"
    processes.run(home, "knowledge", "import", "--sample", log=log)
    processes.run(home, "ecomlm", "index", log=log, limit_seconds=300)
    prepare_base(Settings(home=home))
    return home


def _settings(home: Path, port: int) -> dict[str, str]:
    """Serve with the adapter that the repository ships, or without one where there is none yet."""
    settings = {"ECOMLM_PORT": str(port), "ECOMLM_VISITOR_MESSAGES_PER_MINUTE": "1000"}
    try:
        find_adapter(Settings(home=home), prepare_base(Settings(home=home)))
    except AdapterRefused:
        settings["ECOMLM_ADAPTER"] = ""
    return settings


async def _serve(
    http: aiohttp.ClientSession, home: Path, log: Path
) -> tuple[processes.subprocess.Popen[bytes], str]:
    """Start the server and wait until it says that it is ready."""
    port = processes.free_port()
    address = f"http://127.0.0.1:{port}"
    process = processes.start(home, "bot", "serve", log=log, settings=_settings(home, port))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            async with http.get(f"{address}/readyz") as response:
                if response.status == 200:
                    return process, address
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(0.1)
    processes.kill(process)
    pytest.fail(f"the server was not ready after {START_SECONDS:.0f} s:\n{processes.tail(log)}")


async def test_no_acknowledged_message_is_lost_when_the_server_is_killed(home: Path, tmp_path: Path) -> None:
    log, draw = tmp_path / "log", random.Random(SEED)
    cut_off = 0
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        process, address = await _serve(http, home, log)
        try:
            shopper = await _visit(http, address)
            for number in range(KILLS):
                text, page = MESSAGES[number]
                sent = Sent(f"client-{number}", text, page)
                killing = asyncio.create_task(_kill_later(process, draw.uniform(0.0, 0.6)))
                await _send(http, address, shopper, sent)
                cut_off += await killing and not sent.is_done
                process, address = await _serve(http, home, log)
                await _assert_nothing_lost(http, address, shopper)
            again = Sent("client-0", *MESSAGES[0])
            await _send(http, address, shopper, again)
            assert again.is_done, "a message that is sent again gets its whole reply"
            await _assert_nothing_lost(http, address, shopper)
        finally:
            processes.kill(process)
    assert cut_off >= KILLS // 3, f"only {cut_off} of {KILLS} replies were cut off; kill earlier"


async def _kill_later(process: processes.subprocess.Popen[bytes], seconds: float) -> bool:
    await asyncio.sleep(seconds)
    return processes.kill(process)


async def _visit(http: aiohttp.ClientSession, address: str) -> Shopper:
    async with http.post(f"{address}/api/session", json={}) as response:
        assert response.status == 201, await response.text()
        return Shopper((await response.json())["token"])


async def _send(http: aiohttp.ClientSession, address: str, shopper: Shopper, sent: Sent) -> None:
    """Send a message and follow its reply; what the server's death cuts off stays cut off."""
    body: dict[str, Any] = {"text": sent.text, "client_id": sent.client_id}
    if sent.page:
        body["page"] = {"product": sent.page}
    try:
        async with http.post(f"{address}/api/messages", json=body, headers=shopper.headers) as response:
            assert response.status == 200, await response.text()
            if sent.client_id not in {known.client_id for known in shopper.sent}:
                shopper.sent.append(sent)
            async for event in _events(response):
                sent.reply += event.get("text", "") if event["type"] == "text" else ""
                sent.is_done = sent.is_done or event["type"] == "done"
    except aiohttp.ClientError:
        pass


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    async for line in response.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


async def _assert_nothing_lost(http: aiohttp.ClientSession, address: str, shopper: Shopper) -> None:
    """Every acknowledged message is there once, in order, with a reply that is whole or says it failed."""
    async with http.get(f"{address}/api/conversation", headers=shopper.headers) as response:
        assert response.status == 200, await response.text()
        messages = (await response.json())["messages"]
    asked = [message["text"] for message in messages if message["role"] == "shopper"]
    assert len(asked) == len(set(asked)), asked
    acknowledged = {sent.text for sent in shopper.sent}
    assert [text for text in asked if text in acknowledged] == [sent.text for sent in shopper.sent]
    replies = [message for message in messages if message["role"] == "assistant"]
    assert len(replies) == len(asked)
    assert {reply["state"] for reply in replies} <= {"complete", "failed"}
    stored = dict(zip(asked, replies, strict=True))
    for sent in shopper.sent:
        if sent.is_done:
            assert stored[sent.text]["state"] == "complete"
            assert stored[sent.text]["text"] == sent.reply
