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
    r"(?:^|[,.;:!?]\s*|\b(?:so|and|but|also|hi|hello|hey|ok|please)\s+)"
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
    r"|不含|无(?!线)|没有(?!吗)|不是|不会|不用|不需要"
)
_UPPER = re.compile(
    r"\b(?:max|maximum|up to|fits?|fitting|capacity|holds?|suitable|supports?)\b"
    r"|最大|最高|最多|适合|适用|可容|可放|承重|支持"
)
_LOWER = re.compile(r"\b(?:min|minimum|age|ages|from|recommended age)\b|最小|最低|年龄|适龄|以上|岁")
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
    asked = quantities(plain)
    if asked:
        return _by_number(plain, asked, attribute, evidence.text)
    if _FLIPS.search(plain):
        return None
    return _by_wording(plain, label, attribute)


def _by_number(plain: str, asked: Sequence[Quantity], attribute: Attribute, text: str) -> bool | None:
    if len(asked) != 1:
        return None
    wanted = asked[0]
    told = _told(attribute, text)
    if told is None or (wanted.unit and told.unit and wanted.unit != told.unit):
        return None
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
    if topic(f"{attribute.key.replace('_', ' ')} {attribute.label.en} {attribute.label.zh}") & topic(plain):
        return want == have
    return None


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
    told = topic(" ".join(value)) | topic(f"{attribute.wording.en} {attribute.wording.zh}")
    asked = topic(plain) - label
    return True if asked and asked <= told else None
