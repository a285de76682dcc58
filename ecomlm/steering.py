"""Texts of others that try to steer the assistant or to lure shoppers away.

Knows the usual wordings in English and Chinese. Knows nothing of where a text came from.
"""

from __future__ import annotations

import re

_STEERING = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt|rule|above|previous)|\bsystem\s*[:：]"
    r"|\b(?:system|your|my|this|above|previous|hidden|following)\s+prompts?\b|\bprompt\s*[:：]"
    r"|\b(?:new|following) (?:instruction|rule|order)s?\b|^\W*(?:assistant|chatbot|ai|bot)\b\s*[,:]"
    r"|\b(?:instruction|message|note|order)s?\b.{0,12}\b(?:ai|assistant|chatbot|bot|language model)\b"
    r"|\b(?:tell|ask)\b.{0,30}\b(?:shoppers?|customers?|users?|buyers?)\b(?!\s+(?:service|support|care|rep))"
    r"|\b(?:e-?mail|send|text|give|enter|share)\b.{0,30}\b(?:card (?:number|detail)s?|cvv|passwords?|bank)\b"
    r"|https?://|www\.|\S+@\S+"
    r"|忽略.{0,12}(?:指令|提示|规则|要求)|系统\s*[:：]|[【\[]系统|新的?指令|加(?:微信|我|v)|点击.{0,6}链接"
    r"|全场.{0,4}折|(?:告诉|通知)(?:所有|每位|全部)?的?(?:顾客|客户|买家|用户)"
    r"|(?:发|发送|提供|告诉|填写|输入|报).{0,12}(?:卡号|密码|验证码|身份证号)",
    re.IGNORECASE,
)


def steers(text: str) -> bool:
    """Tell whether a text gives orders to the assistant, or leads away to an address or a person."""
    return steering_at(text) is not None


def steering_at(text: str) -> int | None:
    """Return where in a text the first such order or address begins; None where there is none."""
    match = _STEERING.search(text)
    return match.start() if match else None
