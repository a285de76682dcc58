"""Recognise text that tries to steer the assistant or to lure shoppers away, in a review or a record.

Knows wordings alone; who wrote the text, and what is done about it, is for the caller to judge.
"""

from __future__ import annotations

import re

_STEERING = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt|rule|above|previous)|\bsystem\s*[:：]|\bprompt\b"
    r"|\b(?:new|following) (?:instruction|rule|order)s?\b|^\W*(?:assistant|chatbot|ai|bot)\b\s*[,:]"
    r"|\b(?:instruction|message|note|order)s?\b.{0,12}\b(?:ai|assistant|chatbot|bot|language model)\b"
    r"|\b(?:tell|ask)\b.{0,30}\b(?:shoppers?|customers?|users?)\b|https?://|www\.|\S+@\S+"
    r"|忽略.{0,12}(?:指令|提示|规则|要求)|系统\s*[:：]|[【\[]系统|新的?指令|加(?:微信|我|v)|点击.{0,6}链接"
    r"|全场.{0,4}折|告诉(?:所有)?(?:顾客|客户|买家)",
    re.I,
)


def steers(text: str) -> bool:
    """Tell whether a text gives orders to the assistant, or leads away to an address or a person."""
    return steering_at(text) is not None


def steering_at(text: str) -> int | None:
    """Return where in a text the first such order or address begins; None where there is none."""
    match = _STEERING.search(text)
    return match.start() if match else None
