"""A server killed while it writes a reply loses no message."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.transcripts import Message, Transcripts
from knowledge import database

# Replies forever, a word at a time; says on standard output how many words it has sent.
SERVER = """
import asyncio, itertools, sys
from rasa_sdk.executor import ActionExecutor
from bot.events import TextPiece
from bot.router import Route
from bot.settings import BotSettings
from bot.transcripts import Incoming, Transcripts
from bot.turn import Turns
from knowledge import database

class Router:
    async def route(self, text, memory):
        return Route("other", 1.0, "en")

async def talk(dispatcher, tracker, domain):
    for number in itertools.count(1):
        await dispatcher.emit(TextPiece(f"word{number} "))
        await asyncio.sleep(0.005)

async def main(url):
    executor = ActionExecutor()
    executor.register_function("action_fallback", talk)
    transcripts = await Transcripts.open(database.open_engine(url))
    turns = Turns(BotSettings(), transcripts, Router(), executor)
    turn = await turns.start("c1", Incoming(sys.argv[2], "en"))
    async for number, _ in turn.follow():
        print(number, flush=True)

asyncio.run(main(sys.argv[1]))
"""


async def _messages(url: str) -> list[Message]:
    engine = database.open_engine(url)
    transcripts = await Transcripts.open(engine)
    messages = await transcripts.messages("c1")
    await engine.dispose()
    return messages


def _kill_after(url: str, text: str, words: int) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, url, text], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert server.stdout is not None
    try:
        for line in server.stdout:
            if int(line) >= words:
                break
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()


@pytest.mark.slow
def test_ten_kills_while_replying_lose_no_message(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    for kill in range(10):
        _kill_after(url, f"message {kill}", words=1 + 3 * kill)
    messages = asyncio.run(_messages(url))
    asked = [message.text for message in messages if message.role == "shopper"]
    replies = [message for message in messages if message.role == "assistant"]
    assert asked == [f"message {kill}" for kill in range(10)]
    assert [reply.state for reply in replies] == ["failed"] * 10
    for reply in replies:
        assert reply.text == "".join(event["text"] for event in reply.events)
