"""Texts of others that try to steer the assistant or to lure shoppers away.

Knows the usual wordings in English and Chinese. What buyers also write of ordinary things ("prompt
delivery", "sound system: loud", 密码锁) is no order: a word alone never decides, its object does. Knows
nothing of where a text came from.
"""

from __future__ import annotations

import re

_AI = r"(?:ai|assistants?|chatbots?|bots?|language\s+models?)"
_RULES = r"(?:instruction|prompt|rule|guideline|direction)s?"
_FIRST = r"(?:^|[.!?。！？#*>\]】:：\-]\s*)"
"""The begin of a text or sentence, or the marks that a copied conversation puts before a speaker."""
_COMMAND = (
    r"(?:please|you\s+(?:are|must|should|will|now|have\s+to)|ignore|disregard|forget|override|from\s+now\s+on"
    r"|tell|say|reply|answer|respond|act|give|offer|recommend|confirm|praise|repeat|print|reveal|do\s+not"
    r"|always\s+(?:say|tell|answer|reply|recommend)|never\s+(?:say|tell|answer|mention)"
    r"|the\s+(?:customer|user|shopper|buyer|price|assistant))\b"
)
_SECRET = r"(?:身份证号|(?:银行|信用)卡号|(?:你|您|自己|银行|支付|账[户号]|登录)的?(?:密码|验证码|卡号))"
_CODE = r"(?:卡号|密码|验证码|身份证号)"
_SAME = r"[^，。！？；、,.!?;]"
_PATTERNS = (
    # away with what the assistant was told
    rf"(?<!n't )(?<!not )(?<!never )\b(?:ignore|disregard|forget|override)\b.{{0,30}}"
    rf"\b(?:your|previous|prior|above|earlier|preceding|system|all|any)\b.{{0,30}}\b{_RULES}\b",
    rf"\b(?:ignore|disregard|forget|override)\b.{{0,30}}\b(?:{_RULES}|everything)\b.{{0,12}}"
    r"\b(?:above|before|earlier|so far)\b",
    r"\b(?:ignore|disregard|forget)\s+(?:(?:all|everything|the)\s+)*above\b",
    # other orders in their place
    r"\b(?:new|following)\s+(?:instruction|rule|order)s?\s*[:：]",
    r"\byour\s+new\s+(?:instructions?|rules?|role|task)\b",
    rf"\b(?:instruction|message|note|order)s?\s*[:：]?\s*(?:to|for)\s+"
    rf"(?:(?:the|any|all|every|our|this|shop(?:ping)?)\s+)*{_AI}\b",
    r"\b(?:obey|execute|follow)\b.{0,20}\b(?:my|these|new)\s+(?:instruction|rule|order|command)s?\s*[:：]",
    # a speaker of the assistant's own conversation
    rf"{_FIRST}(?:system|{_AI})\s*[,:：\]】]\s*\W{{0,3}}{_COMMAND}",
    rf"{_FIRST}system\s+(?:note|message|override)\s*[:：]",
    rf"\bthe\s+{_AI}\s+(?:must|should|has\s+to|will)\s+(?:now\s+)?(?:reply|say|answer|tell|respond)\b",
    r"[\[<]\|?\s*/?\s*(?:system|assistant|inst)\s*\|?[\]>]",
    r"[\[【]系统(?:提示|指令|消息|通知|公告|命令)|从现在(?:起|开始)[，,]?你(?:是|要|必须)",
    r"(?:^|[.!?。！？#*>\]】]\s*)(?:(?:system|user)\s+)?prompt\s*[:：]",
    r"\b(?:system|hidden|above|previous)\s+prompts?\b",
    r"\b(?:your|my|this|following)\s+prompts?\b(?=\W{0,2}$|\s*[.!?;:。！？；：)\"'”])",
    r"系统\s*[:：]\s*(?:你(?:现在|是|必须|要|应|将)|忽略|无视|忘记|告诉|通知|请)",
    r"忽略.{0,6}(?:之前|以上|上述|上面|前面|所有|你的|系统|原来).{0,8}(?:指令|提示|规则|要求)|忽略.{0,6}指令",
    r"新的?指令",
    # to be passed on to shoppers
    r"(?<!would )(?<!could )(?<!should )(?<!will )(?<!'d )(?<!’d )(?<!\bi )(?<!they )(?<!we )(?<!can )"
    r"(?<!to )"
    r"\b(?:tell|ask)\s+(?:(?:all|every|each|any|the|your|our|other|these|those|future|potential|of)\s+){0,3}"
    r"(?:shoppers?|customers?|users?|buyers?)\b(?!\s+(?:service|support|care|rep))",
    r"(?:(?<![不没该会能])(?<!没有)告诉(?:所有|每位|全部|各位)?|通知(?:所有|每位|全部|各位))的?(?:顾客|客户|买家|用户)",
    # a secret to be given away
    r"\b(?:e-?mail|send|text|give|enter|share)\b.{0,30}\b(?:card\s+(?:number|detail)s?|cvv"
    r"|bank\s+(?:account|card|detail|login|number|data)s?|your\s+(?:\w+\s+)?passwords?)\b",
    rf"(?:发送?(?![现货生出票热])|提供|告诉|填写|输入|报){_SAME}{{0,12}}{_SECRET}",
    rf"(?:请|快|把)?{_SAME}{{0,6}}(?:发送?|告诉|提供){_SAME}{{0,6}}{_CODE}(?:到这|到下|给(?:我|客服)|过来)",
    rf"(?:请|快|把){_SAME}{{0,10}}{_CODE}{_SAME}{{0,4}}(?:发送?|告诉|提供|报|填)",
    # a way out of the shop
    r"https?://|www\.",
    r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}",
    r"(?<![参增添更叠外附])加(?:微信|我的?(?:微信|好友|qq|v)|我(?=[领返送加，。！,!\s]|$)|vx?(?![a-z0-9]))",
    r"点击.{0,6}链接|全场.{0,4}折",
)
_STEERING = re.compile("|".join(_PATTERNS), re.IGNORECASE)


def steers(text: str) -> bool:
    """Tell whether a text gives orders to the assistant, or leads away to an address or a person."""
    return steering_at(text) is not None


def steering_at(text: str) -> int | None:
    """Return where in a text the first such order or address begins; None where there is none."""
    match = _STEERING.search(text)
    return match.start() if match else None
