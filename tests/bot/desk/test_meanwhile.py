"""An order that changes while details of a wish about it are asked for, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.desk.task import Task
from knowledge.records import Order, OrderLine, OrderStatus
from knowledge.store import Store
from tests.bot.desk.conftest import Chat, DeskTools
from tests.knowledge.desk.conftest import DELIVERED, PENDING


async def _becomes(
    store: Store, order: Order, status: OrderStatus, line: Callable[[OrderLine], OrderLine]
) -> None:
    await store.save([replace(order, status=status, lines=tuple(map(line, order.lines)))], who="shop")


def _task(chat: Chat) -> Task | None:
    return Task.from_json(chat.slots.get("task"))


@pytest.mark.parametrize(
    ("wish", "answer", "told"),
    [
        ("exchange the boots in LW-1001 for another size", "43 black", "is cancelled"),
        ("把LW-1001的登山鞋换个尺码", "43码黑色", "已取消"),
        ("exchange the boots in LW-1001 for another size", "yes", "is cancelled"),
        ("把LW-1001的登山鞋换个尺码", "是的", "已取消"),
    ],
)
async def test_a_form_that_was_asked_for_an_order_cancelled_meanwhile(
    ann: Chat, tools: DeskTools, wish: str, answer: str, told: str
) -> None:
    await ann.say(wish)
    asked = _task(ann)
    assert asked is not None
    assert asked.asked == "new_items"
    await _becomes(tools.store, PENDING, "cancelled", lambda line: replace(line, status="cancelled"))
    said = await ann.say(answer)
    assert told in said.text
    assert said.calls == []


@pytest.mark.parametrize(
    ("wish", "other"),
    [("return the frying pans of LW-1003", "LW-1001"), ("退LW-1003的平底锅", "LW-1001")],
)
async def test_another_order_is_named_where_a_number_of_pieces_was_asked(
    ann: Chat, wish: str, other: str
) -> None:
    said = await ann.say(wish)
    task = _task(ann)
    assert task is not None
    assert task.asked == "count", said.text
    said = await ann.say(other)
    assert said.trace["refused"]["code"] == "not_delivered"
    assert other in said.text


@pytest.mark.parametrize(
    ("wish", "answer"),
    [("return the frying pans of LW-1003", "one"), ("退LW-1003的平底锅", "一个")],
)
async def test_a_number_of_pieces_was_asked_of_what_is_gone_meanwhile(
    ann: Chat, tools: DeskTools, wish: str, answer: str
) -> None:
    await ann.say(wish)
    task = _task(ann)
    assert task is not None
    assert task.asked == "count"
    await _becomes(
        tools.store,
        DELIVERED,
        "delivered",
        lambda line: replace(line, status="return_requested") if line.sku == "pan" else line,
    )
    said = await ann.say("LW-1003")
    assert said.trace["refused"]["code"] == "not_delivered"
    assert said.calls == []
    said = await ann.say(answer)
    assert said.calls == []
