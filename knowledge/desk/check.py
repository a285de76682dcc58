"""Find texts that contradict the rules: articles, canned replies, examples, in both languages.

A text is read sentence by sentence. A sentence says something of a rule when it speaks of the rule's matter
("return", "exchange", "warranty" ...) and holds a number with the rule's unit; a part of a sentence that
names groups of products ("shoes"), itself or just before, is held against the value of each of them, one
that names none against any value of the rule. Questions promise nothing and are passed over. Knows only what
the patterns below can read: a wording that none of them matches is not checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from knowledge.desk.rules import Group, Rules, Scoped
from knowledge.errors import EcomlmError
from knowledge.records import Article, Language

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_PART = re.compile(r"[,，、：:;；]|\band\b|\bbut\b|而|但")
_QUESTION = re.compile(
    r"^\W*(?:can|may|is|are|do|does|did|how|what|when|which|where|will|would|could|should)\b|多久|多少|几天|能不能",
    re.IGNORECASE,
)
_EVERYTHING = re.compile(r"\b(?:else|other|others|most)\b|其他|其余|大多数", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_DATE = re.compile(
    r"(?P<d>\d{1,2}) (?P<m>"
    + "|".join(_MONTHS)
    + r") (?P<y>20\d\d)|(?P<zy>20\d\d)年(?P<zm>\d{1,2})月(?P<zd>\d{1,2})日",
    re.IGNORECASE,
)
_DAYS = re.compile(r"(\d+)[ -]?days?\b|(\d+)\s*(?:天|日内)", re.IGNORECASE)
_WORKING_DAYS = re.compile(
    r"(?P<a>\d+)(?: to (?P<b>\d+))? (?:working|business) days?|(?P<za>\d+)(?:至(?P<zb>\d+))?个?工作日",
    re.IGNORECASE,
)
_MONTH_COUNT = re.compile(r"(\d+)[ -]?months?\b|(\d+)\s*个月", re.IGNORECASE)
_RETURN = re.compile(r"\breturn(?:ed|able)?\b|退货|可以退|能退", re.IGNORECASE)
_RETURN_UNTIL = re.compile(r"\breturned until\b|退货期延长到", re.IGNORECASE)
_UNTIL = re.compile(r"\buntil\s*$|延长到\s*$", re.IGNORECASE)
_RETURN_FEE = re.compile(
    r"\breturn[^.]*\b(?:label|fee|cost)|label off the refund|退货.{0,6}费|标签费", re.IGNORECASE
)
_EXCHANGE = re.compile(r"\bexchange\b|可以换|能换|换货", re.IGNORECASE)
_WARRANTY = re.compile(r"\bwarranty\b|\bguarantee\b|: \d+ months\b|保修|质保|[：拉链]\d+个月", re.IGNORECASE)
_NOTICE = re.compile(r"keep the request|登记保留", re.IGNORECASE)
# Sentences with days or months of another matter: the label, how long something is held, reviews ...
_OTHER_DAYS = re.compile(
    r"drop-off|label by|refund the price|\bhold\b|arrives? damaged|pick-up|\bexchange\b"
    r"|寄件点|保留|自提|可以换|换货",
    re.IGNORECASE,
)
_OTHER_MONTHS = re.compile(r"\breview|评价|batter|电池|product page|spare parts|配件", re.IGNORECASE)
_HELD = re.compile(r"\bhold\b|保留", re.IGNORECASE)
_REPLACEMENT_MONTHS = ("6",)  # what a replacement is covered for at least
_MONEY = re.compile(r"\$\s?(\d+(?:\.\d\d)?)|(\d+(?:\.\d\d)?)\s*(?:dollars|美元)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence that says otherwise than a rule: where it stands, what it says, what the rule says."""

    place: str
    rule: str
    sentence: str
    said: str
    expected: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.place}: says {self.said}, but {self.rule} is "
            f"{' or '.join(self.expected) or 'not there'}: “{self.sentence}”"
        )


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a rule is about in texts, the numbers it speaks in, and its value for a group or all of them."""

    rule: str
    about: re.Pattern[str]
    number: Callable[[str], Iterable[str]]
    rules: tuple[Scoped, ...]
    shown: Callable[[Any], str]
    also: tuple[str, ...] = ()
    unless: re.Pattern[str] | None = None


def check_texts(texts: Iterable[tuple[str, str]], rules: Rules) -> list[Contradiction]:
    """Return what in the texts, given as (place, text), contradicts the rules."""
    matters = _matters(rules)
    return [
        found
        for place, text in texts
        for sentence in _sentences(text)
        for matter in matters
        for found in _held_against(place, sentence, matter, rules.groups)
    ]


def texts_of(article: Article) -> Iterator[tuple[str, str]]:
    """Yield an article's title and body in each language, with the place to look."""
    for language in ("en", "zh"):
        exact: Language = "zh" if language == "zh" else "en"
        for name, text in (("title", article.title), ("text", article.body)):
            if wording := text.exact(exact):
                yield f"article {article.id} ({name}, {language})", wording


def texts_in(file: Path) -> Iterator[tuple[str, str]]:
    """Yield every text in a YAML, JSON Lines, JSON, Markdown or text file, with the place to look.

    Raises:
        EcomlmError: when the file cannot be read.
    """
    try:
        content = file.read_text(encoding="utf-8")
        if file.suffix in (".yml", ".yaml"):
            loaded: Any = yaml.load(content, yaml.CSafeLoader)
        elif file.suffix == ".jsonl":
            loaded = [json.loads(line) for line in content.splitlines() if line.strip()]
        elif file.suffix == ".json":
            loaded = json.loads(content)
        else:
            loaded = content
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError) as exc:
        raise EcomlmError(
            f"cannot read {str(file)!r}: {exc}. Give YAML, JSON or plain text in UTF-8"
        ) from exc
    yield from _strings(loaded, file.name)


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{place}, {key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _strings(inner, f"{place}, {number}")


def _sentences(text: str) -> list[str]:
    found = [part.strip() for part in _SENTENCE.split(text)]
    return [
        part for part in found if part and not part.endswith(("?", "？", "吗")) and not _QUESTION.search(part)
    ]


def _held_against(
    place: str, sentence: str, matter: _Matter, groups: Mapping[str, Group]
) -> Iterator[Contradiction]:
    if not matter.about.search(sentence) or (matter.unless and matter.unless.search(sentence)):
        return
    whole, before = _named(sentence, groups), list[str]()
    for part in _PART.split(sentence):
        own = _named(part, groups)
        named = own or before
        numbers = list(matter.number(part))
        for said in numbers:
            allowed = [_expected(matter, [name]) for name in named] or [_expected(matter, whole)]
            wrong = [values for values in allowed if said not in values]
            if wrong:
                yield Contradiction(place, matter.rule, sentence, said, tuple(sorted(set().union(*wrong))))
        before = [] if numbers else before + own


def _named(text: str, groups: Mapping[str, Group]) -> list[str]:
    """Return the groups that a text names; an empty name stands for whatever no other rule is about."""
    lowered = text.casefold()
    language: Language = "zh" if _HAN.search(text) else "en"
    found = [
        (name, word)
        for name, group in groups.items()
        for word in group.words.get(language, ())
        if (word in lowered if language == "zh" else re.search(rf"\b{re.escape(word)}\b", lowered))
    ]
    said = {word for _, word in found}
    rest = [""] if _EVERYTHING.search(text) else []
    return rest + [n for n, word in found if not any(word in other and word != other for other in said)]


def _expected(matter: _Matter, named: list[str]) -> set[str]:
    """Return how the rule's value for these groups is written; for none of them, any of its values."""
    if not named:
        return {matter.shown(rule.value) for rule in matter.rules} | set(matter.also)
    values = set()
    for name in named:
        fitting = (rule for rule in matter.rules if not rule.groups or name in rule.groups)
        if rule := next(fitting, None):
            values.add(matter.shown(rule.value))
    return (values or {matter.shown(rule.value) for rule in matter.rules}) | set(matter.also)


def _matters(rules: Rules) -> list[_Matter]:
    dates = tuple(_written(extension.until) for extension in rules.returns.extensions)
    returned, exchanged = rules.returns, rules.exchanges
    return [
        _Matter("return.windows", _RETURN, _counts(_DAYS), returned.windows, str, unless=_OTHER_DAYS),
        _Matter("return.extensions", _RETURN_UNTIL, _last_dates, tuple(map(Scoped, dates)), str),
        _Matter("return.fees", _RETURN_FEE, _amounts, _positive(returned.fees), lambda fee: f"{fee:.2f}"),
        _Matter("exchange.windows", _EXCHANGE, _counts(_DAYS), exchanged.windows, str, unless=_HELD),
        _Matter(
            "warranty.terms", _WARRANTY, _counts(_MONTH_COUNT), rules.warranty, str, _REPLACEMENT_MONTHS,
            _OTHER_MONTHS,
        ),
        _Matter("notice.days", _NOTICE, _counts(_DAYS), (Scoped(rules.notice_days),), str),
        *_refunds(rules),
    ]  # fmt: skip


def _refunds(rules: Rules) -> Iterator[_Matter]:
    """Yield for each way of paying how long a refund takes; each stands in a part of its own."""
    words = {"card": r"to a card|银行卡", "paypal": r"to paypal|paypal", "alipay": r"to alipay|支付宝"}
    for kind, about in words.items():
        for known, days in rules.refund_days.items():
            if known == kind:
                number = _spans_after(about)
                yield _Matter(f"refund.working_days.{kind}", _any(about), number, (Scoped(days),), _span)


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _counts(pattern: re.Pattern[str]) -> Callable[[str], list[str]]:
    def read(part: str) -> list[str]:
        bare = _WORKING_DAYS.sub(" ", part)
        return [next(group for group in match.groups() if group) for match in pattern.finditer(bare)]

    return read


def _amounts(part: str) -> list[str]:
    return [f"{Decimal(match[1] or match[2]):.2f}" for match in _MONEY.finditer(part)]


def _spans_after(about: str) -> Callable[[str], list[str]]:
    near = re.compile(
        rf"(?P<first>\d+(?: to \d+)? working days?) (?:{about})"
        rf"|(?:{about})\D{{0,8}}(?P<last>\d+(?:至\d+)?个?工作日)",
        re.IGNORECASE,
    )

    def read(part: str) -> list[str]:
        found = []
        for match in near.finditer(part):
            days = [int(number) for number in re.findall(r"\d+", match["first"] or match["last"])]
            found.append(_span((days[0], days[-1])))
        return found

    return read


def _span(days: tuple[int, int]) -> str:
    return f"{days[0]} to {days[1]}"


def _last_dates(part: str) -> list[str]:
    """Return the dates until when something is said to go on."""
    found = []
    for match in _DATE.finditer(part):
        if not _UNTIL.search(part[: match.start()]):
            continue
        if match["d"]:
            found.append(date(int(match["y"]), _MONTHS.index(match["m"].casefold()) + 1, int(match["d"])))
        else:
            found.append(date(int(match["zy"]), int(match["zm"]), int(match["zd"])))
    return [_written(day) for day in found]


def _written(day: date) -> str:
    return day.isoformat()


def _positive(rules: tuple[Scoped, ...]) -> tuple[Scoped, ...]:
    return tuple(rule for rule in rules if rule.value)
