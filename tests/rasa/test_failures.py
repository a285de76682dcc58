"""What a shopper gets behind Rasa when the shop's side fails: a sentence, and nothing of theirs in it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.actions.behind_rasa import conversation_of
from bot.desk.handoffs import Handoffs
from bot.settings import BotSettings
from knowledge.store import Store
from tests.rasa.servers import Rasa, post, stock_action_server

SECRET = "tomh@example.org"


def tracker(text: str, **changes: object) -> dict[str, object]:
    latest = {"text": text, "intent": {"name": "order_status", "confidence": 0.9}, "entities": []}
    return {"sender_id": "someone", "slots": {}, "latest_message": latest, "events": [], **changes}


@pytest.mark.slow
def test_the_stock_action_server_tells_a_broken_store_and_repeats_no_customer(
    rasa_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(rasa_home, home)
    calls = [
        {"next_action": "action_order_desk", "tracker": tracker(text), "domain": {}}
        for text in (f"where is my order LW-100290, {SECRET}", f"订单LW-100290到哪了，{SECRET}")
    ]
    with stock_action_server(home, tmp_path) as address:
        for call in calls:
            status, answer = post(f"{address}/webhook", call)
            assert status == 200
            assert "PP70129811" in str(answer)
        with closing(sqlite3.connect(home / "shop.db")) as broken, broken:
            broken.execute("ALTER TABLE orders RENAME TO gone")
        for call, told in zip(calls, ("went wrong", "出了点问题"), strict=True):
            status, answer = post(f"{address}/webhook", call)
            assert status == 200
            assert told in answer["responses"][-1]["text"]
            assert SECRET not in str(answer)


@pytest.mark.slow
def test_a_conversation_in_a_persons_hands_is_silent_behind_rasa(rasa: Rasa, rasa_home: Path) -> None:
    async def change(step: str) -> None:
        async with await Store.open(BotSettings(home=rasa_home)) as store:
            handoffs = Handoffs(store.engine)
            conversation = conversation_of("visitor-in-hands")
            await (handoffs.join(conversation, "Kim") if step == "join" else handoffs.hand_back(conversation))

    assert rasa.say("visitor-in-hands", "I want to talk to a human")
    asyncio.run(change("join"))
    assert rasa.say("visitor-in-hands", "hello, are you there?") == []
    asyncio.run(change("hand back"))
    assert rasa.say("visitor-in-hands", "hello")
