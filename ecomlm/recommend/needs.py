"""What a wish tells of the goods, without the person: `for my father, 70, likes fishing` -> fishing.

Only takes words away; what is left is read by the search's own understanding. Knows nothing of products.
"""

from __future__ import annotations

import re

_PERSON = (
    r"(?:dad|daddy|father|mum|mom|mother|husband|wife|boyfriend|girlfriend|partner|friend|brother|sister|son"
    r"|daughter|uncle|aunt|cousin|niece|nephew|boss|teacher|colleague|coworker|neighbou?r|parents?"
    r"|grand(?:ma|pa|mother|father|parents?|son|daughter|child(?:ren)?)|in-laws?|someone|somebody)"
)
_GROWN_UP = r"(?:[2-9]\d|1[89]|1[01]\d)"
_NOISE = (
    re.compile(
        rf"\bfor (?:(?:my|our|an?|the|his|her) )?(?:(?:old|elderly|young|best|little) )?{_PERSON}s?(?:'s)?\b"
        r"(?: (?:birthday|anniversary|wedding))?"
    ),
    re.compile(
        rf"(?:,\s*|\b(?:who |he |she |they )?(?:is|are|was|aged?|turns|turning) )(?:aged? )?{_GROWN_UP}"
        r"(?:[ -]?years?[ -]?olds?)?(?=\s*(?:,|and\b|who\b|he\b|she\b|that\b|$))"
        rf"|\b{_GROWN_UP}[ -]?years?[ -]?olds?\b"
    ),
    re.compile(
        r"\b(?:who |he |she |they |that )?(?:really |also |always )?"
        r"(?:likes?|loves?|enjoys?|adores?|(?:is|are) (?:into|fond of|keen on"
        r"|mad about|crazy about|a fan of))"
        r"(?: to)?\b"
    ),
    re.compile(r"\b(?:an? )?(?:gifts?|presents?)(?: ideas?)? for(?: an?| the| my)?\b"),
    re.compile(
        r"\b(?:birthday|christmas|xmas|anniversary|wedding|graduation|housewarming|valentine'?s?(?: day)?)"
        r"(?: (?:gifts?|presents?))?\b(?! (?:cake|card|cards|dress|ring|rings|tree))"
    ),
    re.compile(
        r"\b(?:can you |could you |please |would you )*(?:recommend|suggest|advise)(?: me| us)?\b"
        r"|\b(?:recommendations?|suggestions?|ideas?|advice)(?: for| on)?\b|\b(?:lover|fan|enthusiast)s?\b"
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
    re.compile(r"(?:适合)?(?:给|送给?)?(?:我|他|她|咱)?(?:的)?(?:老)?(?:爸爸?|妈妈?|父亲|母亲|父母|爸妈|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母"
               r"|公公|婆婆|老公|老婆|丈夫|妻子|男友|女友|男朋友|女朋友|朋友|同事|老师|领导|长辈|哥哥|姐姐|弟弟|妹妹|叔叔|阿姨)"),
    re.compile(r"(?:他|她|平时|特别|非常|很|比较|最)*(?:喜欢|爱好是?|热爱|迷上了?|(?<!可)爱(?=[\u4e00-\u9fff]))"),
    re.compile(r"适合送人的?|送人|送?什么(?:东西)?(?:比较|最)?(?:好|合适)|(?:过)?(?:生日|节日|圣诞节?|乔迁|毕业)(?!蛋糕|卡|帽|树)"),
    re.compile(r"(?:过)?(?:结婚|纪念日)?(?:礼物|礼品)|推荐(?:点|些|个|几款|几个|一下)?|建议|送(?=什么|点|些)"),
)  # fmt: skip
_LOOSE = re.compile(r"\s*[,，、;；]\s*(?=[,，、;；]|$)|^\s*[,，、;；]\s*")


def need_of(text: str) -> str:
    """Return what of a wish is about the goods; empty where nothing is."""
    left = text.lower()
    for pattern in _NOISE:
        left = pattern.sub(" ", left)
    before = ""
    while left != before:
        before, left = left, _LOOSE.sub(" ", " ".join(left.split())).strip(" .。!！?？")
    return left
