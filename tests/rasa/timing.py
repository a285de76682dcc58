"""How long the same turn takes: the action behind Rasa, Rasa's whole turn, our own server's whole turn.

Knows nothing of whether the replies are right.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from tests.rasa.servers import PROJECT, Rasa, post

TURNS = {
    "small talk": "hello there",
    "small talk (zh)": "你好呀",
    "product search": "waterproof hiking boots under $150",
    "product search (zh)": "150美元以下的防水登山鞋",
    "order status with proof": "where is my order LW-100290? my email is tomh@example.org",
    "order status with proof (zh)": "我的订单LW-100289到哪了？邮箱chensiyuan@example.com",
}


@dataclass(frozen=True)
class Timed:
    """Medians of one turn in milliseconds."""

    turn: str
    action: float
    rasa: float
    own: float

    def __str__(self) -> str:
        return (
            f"| {self.turn} | {self.action:.0f} ms | {self.rasa:.0f} ms | {self.own:.0f} ms "
            f"| {self.own / self.rasa:.2f} |"
        )


HEADER = (
    "| turn | the action alone | Rasa's whole turn | our own server's whole turn | own / Rasa |\n"
    "|---|---|---|---|---|"
)


def measure(rasa: Rasa, own: str, samples: int) -> list[Timed]:
    """Time every turn `samples` times each way, taking turns, each by a visitor of its own."""
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    return [_timed(name, text, rasa, own, domain, samples) for name, text in TURNS.items()]


def _timed(name: str, text: str, rasa: Rasa, own: str, domain: dict[str, Any], samples: int) -> Timed:
    call = _call(rasa, text, domain)

    def through_rasa() -> None:
        assert rasa.say(secrets.token_hex(8), text)

    def through_own() -> None:
        body = {"sender": secrets.token_hex(8), "message": text}
        status, answer = post(f"{own}/webhooks/rest/webhook", body)
        assert status == 200, answer
        assert answer

    def the_action() -> None:
        status, answer = post(f"{rasa.actions}/webhook", call | {"tracker": _somebody(call["tracker"])})
        assert status == 200, answer
        assert answer["responses"]

    ways = (the_action, through_rasa, through_own)
    seconds: dict[Callable[[], None], list[float]] = {way: [] for way in ways}
    for number in range(samples + 1):
        for way in ways:
            started = time.perf_counter()
            way()
            if number:  # the first of each warms up
                seconds[way].append(time.perf_counter() - started)
    medians = (statistics.median(seconds[way]) * 1000 for way in ways)
    return Timed(name, *medians)


def _call(rasa: Rasa, text: str, domain: dict[str, Any]) -> dict[str, Any]:
    """Return what Rasa sends to the action server for a message: the action it chose, tracker and domain."""
    sender = secrets.token_hex(8)
    rasa.say(sender, text)
    tracker = rasa.tracker(sender)
    chosen = [e["name"] for e in tracker["events"] if e["event"] == "action" and e["name"] != "action_listen"]
    version = "3.6.21"
    return {
        "next_action": chosen[-1], "sender_id": sender, "tracker": {**tracker, "slots": {}},
        "domain": domain, "version": version,
    }  # fmt: skip


def _somebody(tracker: dict[str, Any]) -> dict[str, Any]:
    return {**tracker, "sender_id": secrets.token_hex(8)}
