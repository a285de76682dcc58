"""What a wish tells of the goods, without the person: `for my father, 70, likes fishing` -> fishing.

Only takes words away; what is left is read by the search's own understanding. Knows nothing of products.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PERSON = (
    r"(?:dad|daddy|father|mum|mom|mother|husband|wife|boyfriend|girlfriend|partner|friend|brother|sister|son"
    r"|daughter|uncle|aunt|cousin|niece|nephew|boss|teacher|colleague|coworker|neighbou?r|parents?"
    r"|grand(?:ma|pa|mother|father|parents?|son|daughter|child(?:ren)?)|in-laws?|someone|somebody)"
)
_GROWN_UP = r"(?:[2-9]\d|1[89]|1[01]\d)"
_ENDS = r"(?=\s*(?:[,.!?]|and\b|who\b|he\b|she\b|that\b|$))"
# A bare number is an age where it is said of a person: `my father, 70,`, but not `my budget is 80`.
_AGES = (
    re.compile(
        rf"(?P<person>\b{_PERSON}s?)"
        r"(?:\s*,\s*|\s+(?:(?:who|that) )?(?:is|are|was|turns|turned|turning)\s+|'s\s+)"
        rf"(?:aged? )?{_GROWN_UP}(?:[ -]?years?[ -]?olds?)?{_ENDS}"
    ),
    re.compile(
        r"(?P<person>)(?:\b(?:who|he|she|they)(?:'s|'re| is| are| was| turns| turned| just turned) |\baged? )"
        rf"(?:aged? )?{_GROWN_UP}(?:[ -]?years?[ -]?olds?)?{_ENDS}"
    ),
    re.compile(rf"(?P<person>)\b{_GROWN_UP}[ -]?years?[ -]?olds?\b"),
)
# A fan moves air, unless somebody is one.
_MOVES_AIR = (
    r"(?:ceiling|table|desk|tower|floor|stand|standing|pedestal|wall|window|box|exhaust|extractor|bathroom"
    r"|kitchen|bedroom|cooling|case|pc|computer|cpu|gpu|usb|neck|hand|handheld|electric|portable|bladeless"
    r"|quiet|silent|small|mini|turbo|oscillating|rechargeable|battery|hot|cold|air|stroller|car)"
)
_FAN = re.compile(
    r"(?P<person>)(?:\bfor |\b(?:(?:who|he|she|they|i) ?)?(?:is|am|are|'s|'m|'re) )"
    r"(?:(?:an?|my|our|the|all) )?"
    r"(?:(?:big|huge|great|real|true|keen|avid|die-?hard|lifelong) )?"
    rf"(?P<what>(?!{_MOVES_AIR}\b)[\w'’-]+(?: (?!{_MOVES_AIR}\b)[\w'’-]+){{0,2}}) fans?\b"
)
_RELATIVES = (
    r"(?:爸爸?|妈妈?|父亲|母亲|父母|爸妈|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母|公公|婆婆|老公|老婆|丈夫|妻子|爱人|男友|女友|男朋友|女朋友"
    r"|(?<!小)朋友|闺蜜|室友|同事|同学|老师|领导|长辈|邻居|亲戚|哥哥|姐姐|弟弟|妹妹|叔叔|阿姨|舅舅|舅妈|姑姑|姑妈|姨妈|婶婶|伯父|伯母|嫂子"
    r"|儿子|女儿|外孙女|外孙|孙女|孙子(?!兵法)|外甥女|外甥|侄女|侄子)"
)
# 爱 is a verb after who loves, or before what one does; elsewhere it may begin a name (爱普生).
_LOVED = re.compile(
    r"(?:他|她|平时|特别|非常|很|比较|最|超|也|都)*"
    r"(?:喜欢|爱好是?|热爱|迷上了?"
    r"|(?:(?<=[他她我们也都最很超常别较时])|(?<=[爸妈亲母爷奶公婆友子女儿孙甥哥姐弟妹叔姨舅姑夫人师事学]))爱(?=[\u4e00-\u9fff])"
    r"|(?<!可)爱(?=[钓喝吃玩看听打跑骑爬登唱跳读写画养种做运旅徒露游摄拍下健逛收]))"
)
_NOISE = (
    re.compile(
        rf"\bfor (?:(?:my|our|an?|the|his|her) )?(?:(?:old|elderly|young|best|little) )?{_PERSON}s?(?:'s)?\b"
        r"(?: (?:birthday|anniversary|wedding))?"
    ),
    re.compile(
        r"\b(?:who |he |she |they |that )?(?:really |also |always )?"
        r"(?:likes?|loves?|enjoys?|adores?|(?:is|are) (?:into|fond of|keen on"
        r"|mad about|crazy about|an? (?:big |huge |great )?fan of))"
        r"(?: to)?\b"
    ),
    re.compile(r"\b(?:an? )?(?:gifts?|presents?)(?: ideas?)? for(?: an?| the| my)?\b"),
    re.compile(
        r"\b(?:birthday|christmas|xmas|anniversary|wedding|graduation|housewarming|valentine'?s?(?: day)?)"
        r"(?: (?:gifts?|presents?))?\b(?! (?:cake|card|cards|dress|ring|rings|tree))"
    ),
    re.compile(
        r"\b(?:can you |could you |please |would you )*(?:recommend|suggest|advise)(?: me| us)?\b"
        r"|\b(?:recommendations?|suggestions?|ideas?|advice)(?: for| on)?\b|(?<=\w )(?:lover|enthusiast)s?\b"
        r"|\bhelp me (?:choose|pick|find|decide)\b|\bwhat (?:should|can|could) i (?:buy|get|take|give)\b"
        r"|\b(?:good|nice|great|best|suitable)(?= (?:gifts?|presents?|something))\b"
    ),
    re.compile(
        r"\bwhat(?:'s| is| are)?\b|\b(?:popular|trending|best[- ]?sell(?:ers?|ing)|staff picks?|surprise me"
        r"|right now|at the moment|these days)\b"
        r"|\b(?:do )?(?:most |other )?(?:customers|people|shoppers|others) (?:buy|like|choose|go for)"
        r"(?: most)?\b"
    ),
    re.compile(
        r"热门|热销|畅销|爆款|人气|最近|现在|随便"
        r"|(?:大家|别人|其他人)(?:都)?(?:在)?(?:买|喜欢|选)(?:了|的)?"
    ),
    re.compile(rf"(?:今年|已经|都)?(?:{_GROWN_UP}|[二三四五六七八九]十[一二三四五六七八九]?)(?:多)?岁(?:了|的)?"),
    re.compile(rf"(?:适合)?(?:给|送给?)?(?:我|他|她|咱)?(?:们)?(?:家)?(?:的)?(?:老|小|大)?{_RELATIVES}"),
    re.compile(r"适合送人的?|送人|送?什么(?:东西)?(?:比较|最)?(?:好|合适)|(?:过)?(?:生日|节日|圣诞节?|乔迁|毕业)(?!蛋糕|卡|帽|树)"),
    re.compile(r"(?:过)?(?:结婚|纪念日)?(?:礼物|礼品)|推荐(?:点|些|个|几款|几个|一下)?|建议|送(?=什么|点|些)"),
)  # fmt: skip
_LOOSE = re.compile(r"\s*[,，、;；]\s*(?=[,，、;；]|$)|(?:^|(?<=,))\s*(?:[,，、;；]|(?:and|but)\b)\s*")
_SET_ASIDE = 0xE000
"""Makers' names become single letters of Unicode's private use while the rest is read."""


def need_of(text: str, makers: Iterable[str] = ()) -> str:
    """Return what of a wish is about the goods; empty where nothing is.

    Args:
        makers: names that stay as they are (a Chinese one may begin with a verb or end like a relative).
    """
    left, kept = text.lower(), list[str]()
    for name in makers:
        if not name.isascii() and name.lower() in left:
            left = left.replace(name.lower(), chr(_SET_ASIDE + len(kept)))
            kept.append(name.lower())
    for pattern in (*_AGES, _FAN, _LOVED):
        left = pattern.sub(_person_or_thing, left)
    for pattern in _NOISE:
        left = pattern.sub(" ", left)
    before = ""
    while left != before:
        before, left = left, _LOOSE.sub(" ", " ".join(left.split())).strip(" .。!！?？")
    for number, name in enumerate(kept):
        left = left.replace(chr(_SET_ASIDE + number), name)
    return left


def _person_or_thing(match: re.Match[str]) -> str:
    """Keep the person for the patterns of persons, and what somebody loves."""
    found = match.groupdict()
    return f" {found.get('person') or found.get('what') or ''} "
