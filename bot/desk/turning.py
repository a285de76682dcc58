"""Which business a message is about: the one under way, a new one, or several; what is left for later.

Changes the conversation's memory of parked business, and nothing else. Knows nothing of orders or rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.desk import reading
from bot.desk.talk import Talk
from bot.desk.task import READING, Kind, Task
from bot.desk.wishes import read_wishes
from bot.tracker import Request
from ecomlm.language import has_chinese

_PARKED = 12
_OF_ORDERS = re.compile(
    r"\b(?:orders?|ordered|pending|bought|purchased?|received|delivered)\b|订单|退货|换货|退款|买的|收到",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\bhow (?:do|does|can|could|to|long|much|many|would)\b"
    r"|\b(?:ask|know|wonder\w*|see|tell me) (?:if|whether|how|about|what)\b"
    r"|\b(?:can|could|may) i\b|\bit (?:is )?possible to\b|\bpolic(?:y|ies)\b|\bexplain\b"
    r"|怎么|如何|能不能|可不可以|政策|规定",
    re.IGNORECASE,
)
_OF_ORDERS_ZH = re.compile(r"取消|退|订单|单号|[这那]单|买的|收到|发货|换货|地址|下单|刚下")
_PLAIN = frozenset({"cancel", "return", "exchange", "address", "profile"})
_ITEMS = frozenset({"items", "exchange"})
_TAKING: tuple[Kind, ...] = ("return", "exchange", "warranty")
_WITH_MONEY: tuple[Kind, ...] = ("return", "exchange", "items", "cancel")


def queued(tasks: Sequence[Task], talk: Talk) -> None:
    """Keep business for later, the first of it to come first."""
    later = [task.as_json() for task in reversed(tasks)]
    talk.request.remember(parked=(*talk.request.memory.parked, *later)[-_PARKED:])


def states_business(request: Request) -> bool:
    """Whether a message plainly states business with an order: no question, not about what was looked at."""
    if reading.is_question(request.text) or _ASKS.search(request.text):
        return False
    if has_chinese(request.text) and not _OF_ORDERS.search(request.text):
        return False
    is_browsing = bool(request.memory.query or request.memory.shown or request.memory.page)
    kinds = {wish.kind for wish in read_wishes(request.text)}
    if has_chinese(request.text) and not _OF_ORDERS_ZH.search(request.text):
        return False
    is_of_order = not is_browsing or bool(_OF_ORDERS.search(request.text))
    return bool(kinds & _PLAIN) or (bool(kinds & {"items"}) and is_of_order)


def taken_up(talk: Talk) -> tuple[Task | None, str]:
    """Return the business that a message is about and its words; further wishes in it are kept for later."""
    wishes = read_wishes(talk.text)
    if len(wishes) < 2:
        return _one_taken_up(talk), talk.text
    first, *others = wishes
    task = talk.task
    if task is None or not _belongs(first.kind, task, is_named=True):
        task = _new(first.kind, talk, first.text)
    queued([Task(wish.kind, said=wish.text) for wish in others], talk)
    return task, first.text


def _one_taken_up(talk: Talk) -> Task | None:
    task, request = talk.task, talk.request
    if task and task.asked == "whole" and reading.accepts_whole(talk.text):
        return replace(task, items=None, asked=None)
    kind = reading.read_kind(talk.text, request.intent)
    wishes = read_wishes(talk.text)
    named = wishes[0].kind if wishes else reading.named_kind(talk.text)
    if wishes and (kind is None or task is None):
        kind = wishes[0].kind
    if task is None:
        if not wishes and reading.refuses(talk.text):
            return None
        return Task(kind) if kind else Task("status") if request.intent == "order_status" else None
    if task.asked == "proof" and wishes and reading.named_kind(task.said or "") is None:
        return replace(task, kind=wishes[0].kind)  # so far only guessed
    if kind is None or named is None or _belongs(kind, task, is_named=bool(wishes)):
        return task
    return _new(kind, talk, talk.text)


def _belongs(kind: Kind, task: Task, *, is_named: bool) -> bool:
    """Whether words of one kind only tell more about the business under way."""
    if kind == task.kind or {kind, task.kind} <= _ITEMS:
        return True
    if kind == "payment" and task.kind in _WITH_MONEY:
        return True
    if task.asked == "reason" and kind in ("cancel", "return"):
        return True
    if is_named:
        return False
    return task.asked in ("payment", "address", "new_items", "fault", "reason", "proof") and kind in (
        "payment", "address", "items", "exchange", "return", "status", "refund",
    )  # fmt: skip


def _new(kind: Kind, talk: Talk, text: str) -> Task:
    """Begin other business; what was under way is left for later, unless the message gave it up."""
    task = talk.task
    if task is None:
        return Task(kind)
    if task.asked == "proof" and task.kind in READING:  # still saying what it is about
        return replace(task, kind=kind)
    gives_up = (
        reading.begins_with_no(text) or task.asked in ("whole", "new_items") or _replaces(kind, task, text)
    )
    if task.kind not in READING and task.asked and not gives_up:
        queued([replace(task, asked=None, proposal=None)], talk)
    if not reading.refers(text):
        return Task(kind)
    keeps_items = kind in _TAKING and task.kind in _TAKING
    return Task(kind, order=task.order, items=task.items if keeps_items else None, reason=task.reason)


def _replaces(kind: Kind, task: Task, text: str) -> bool:
    """Whether one business takes the other's place: "then return it instead"."""
    return kind in (*_TAKING, "cancel") and task.kind in (*_TAKING, "items") and reading.refers(text)
