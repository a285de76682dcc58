"""Decide a yes/no question from a record's typed value, where it can be decided.

"Is it waterproof?" from a yes/no attribute, "OK for a 2 year old?" from "ages 3 and up", "does it take a
15-inch laptop?" from the largest size that fits. None where the record does not settle it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from ecomlm.evidence import Evidence
from ecomlm.language import normalise
from ecomlm.quantities import Quantity, quantities, topic
from ecomlm.search.amounts import amounts
from knowledge.records import Attribute, Language

_ENGLISH_QUESTION = re.compile(
    r"(?:^|[,.;:!?]\s*|\s[-–—]+\s*|\b(?:so|and|but|also|hi|hello|hey|ok|please)\s+)"
    r"(?:does|do|is|are|can|could|will|would|has|have|did|was|were|should|may|isn't|aren't|doesn't|don't|can't|won't)\b"
)
_CHINESE_QUESTION = re.compile(
    r"(?:吗|么|嘛)[？?。!！\s]*$|是否|有没有|能不能|可不可以|支不支持|是不是|会不会|行不行|好不好"
    r"|防不防|带不带|含不含|(?:没有|不)[？?]\s*$"
)
_YES = re.compile(
    r"^\s*(?:yes|yep|yeah|sure|correct)\b|^\s*(?:是的|是，|对|可以|能|支持|有的|会的|没错|适合|含有|防水)",
    re.I,
)
_NO = re.compile(
    r"^\s*no\b(?!\s+(?:problem|doubt))|\b(?:not|cannot|can't|isn't|aren't|doesn't|don't|won't|wasn't|never)\b"
    r"|^\s*(?:不|否|没有|没|无)|不(?:是|能|可以|支持|适合|含|带|防|会|行|建议)|没有",
    re.I,
)
_FLIPS = re.compile(
    r"\b(?:free|without|not|non|isn't|aren't|doesn't|don't|can't|no)\b|-free"
    r"|不含|无(?!线)|(?<!有)没有(?!吗)|不是|不会|不用|不需要"
)
_UPPER = re.compile(
    r"\b(?:max|maximum|up to|fits?|fitting|capacity|holds?|suitable|supports?)\b"
    r"|最大|最高|最多|适合|适用|可容|可放|承重|支持"
)
_LOWER = re.compile(r"\b(?:min|minimum|age|ages|from|recommended age)\b|最小|最低|年龄|适龄|以上|岁")
_DESIGNATION = re.compile(
    r"\b(?:usb(?:-[abc])?|hdmi|displayport|thunderbolt|bluetooth|wi-?fi|wlan|pcie?|ddr|windows|win|mac ?os"
    r"|os x|ios|android|office|version|ver|gen|generation|model|series|type|class|level|cat|dvb"
    r"|directx|opengl)"
    r"[\s.v-]*\d+(?:\.\d+)*|(?:蓝牙|版本|型号|系列|安卓)\s*v?\d+(?:\.\d+)*"
)
"""A number that is part of a name: `USB 3.0`, `Windows 10`."""
_OPPOSITES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"\bwired\b|有线", r"\bwireless(?:ly)?\b|无线"),
        (r"\bcorded\b|有绳", r"\bcordless\b|无绳"),
        (r"\b(?:hdd|hard disk drive)\b|机械硬盘", r"\b(?:ssd|solid[- ]state)\b|固态"),
        (r"\banalogu?e\b|模拟", r"\bdigital\b|数字式|数码式"),
        (r"\bmembrane\b|薄膜", r"\bmechanical\b|机械(?!硬盘)"),
        (r"\bmanual\b|手动", r"\bautomatic\b|自动"),
        (r"\bmatt?e?\b|哑光|雾面", r"\bgloss(?:y)?\b|亮面|镜面"),
        (r"\bindoor\b|室内", r"\boutdoor\b|室外|户外"),
        (r"\bmono(?:chrome)?\b|黑白", r"\bcolou?r (?:print|laser|display|screen)|彩色"),
    )
)
"""Kinds of which a thing is commonly one or the other; a record that names both has both."""
_ASKS_WHAT_IT_IS = re.compile(
    r"^(?!.*\b(?:there|come|comes|with|for|include[sd]?|have|has|support|supports)\b).*\b(?:is|are|isn't|aren't)\b"
    r"|^(?!.*(?:带|配|送|支持|有没有|适合|适用)).*是"
)
"""Of its kind, and not of what comes with it: a wired headset may have wireless charging."""
_TEXT_AGE = re.compile(
    r"(\d+)\s*(?:\+|years?\s+(?:and|or)\s+(?:up|older|above)|and\s+(?:up|older|above)|岁以上|岁及以上)", re.I
)


def is_yes_no(question: str, language: Language) -> bool:
    """Tell whether a question can be answered with yes or no."""
    plain = normalise(question).lower()
    if language == "zh":
        return bool(_CHINESE_QUESTION.search(plain)) or bool(_ENGLISH_QUESTION.search(plain))
    return bool(_ENGLISH_QUESTION.search(plain))


def polarity(sentence: str) -> bool | None:
    """Return True for a sentence that says yes, False for one that says no, None for neither."""
    if _YES.search(sentence):
        return not re.match(r"\s*(?:yes|是的)[,，]?\s*(?:it (?:is|does) not|不)", sentence, re.I)
    return False if _NO.search(sentence) else None


def decide(question: str, evidence: Evidence, language: Language) -> bool | None:
    """Return what the record answers to a yes/no question, None where it does not settle it."""
    attribute = evidence.attribute
    if attribute is None or not is_yes_no(question, language):
        return None
    plain = normalise(question).lower()
    label = topic(f"{attribute.key.replace('_', ' ')} {attribute.label.en} {attribute.label.zh}")
    if isinstance(attribute.value, bool):
        if not label & topic(plain) or _FLIPS.search(plain):
            return None
        return attribute.value
    if asked := quantities(_DESIGNATION.sub(" ", plain)):
        return _by_number(plain, asked, attribute, evidence.text, is_named=bool(label & topic(plain)))
    if _FLIPS.search(plain):
        return None
    return _by_wording(plain, label, attribute)


def _by_number(
    plain: str, asked: Sequence[Quantity], attribute: Attribute, text: str, *, is_named: bool
) -> bool | None:
    if len(asked) != 1:
        return None
    wanted = asked[0]
    told = _told(attribute, text)
    if told is None or (wanted.unit and told.unit and wanted.unit != told.unit):
        return None
    if not is_named and not (wanted.unit and told.unit):
        return None  # bare numbers of what may be two things
    about = f"{attribute.key.replace('_', ' ')} {attribute.label.en} {attribute.label.zh} {text}".lower()
    want = wanted.amount if told.unit and wanted.unit else wanted.value
    have = told.amount if told.unit and wanted.unit else told.value
    bound = next(iter(amounts(plain)), None)
    if bound is not None and not bound.is_exact:
        factor = want / wanted.value if wanted.value else Decimal(1)
        low_holds = bound.low is None or have >= bound.low * factor
        return low_holds and (bound.high is None or have <= bound.high * factor)
    if _LOWER.search(about):
        return want >= have
    if _UPPER.search(about):
        return want <= have
    return want == have if is_named else None


def _told(attribute: Attribute, text: str) -> Quantity | None:
    if isinstance(attribute.value, Decimal):
        read = quantities(f"{attribute.value} {attribute.unit or ''}".strip())
    elif age := _TEXT_AGE.search(text):
        read = quantities(f"{age[1]} years")
    else:
        return None
    return read[0] if len(read) == 1 else None


def _by_wording(plain: str, label: frozenset[str], attribute: Attribute) -> bool | None:
    value = attribute.value if isinstance(attribute.value, tuple) else (str(attribute.value),)
    wording = f"{' '.join(value)} {attribute.wording.en} {attribute.wording.zh}"
    if (opposed := _by_opposite(plain, normalise(wording).lower())) is not None:
        return opposed
    asked = topic(plain) - label
    return True if asked and asked <= topic(wording) else None


def _by_opposite(plain: str, told: str) -> bool | None:
    """Decide `is it wireless?` from "wired"; a question for one or the other is no yes/no question."""
    if not _ASKS_WHAT_IT_IS.search(plain):
        return None
    for pair in _OPPOSITES:
        asks, says = ([bool(kind.search(text)) for kind in pair] for text in (plain, told))
        if sum(asks) == 1 and any(says):
            return says[asks.index(True)]
    return None
