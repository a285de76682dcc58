"""The shop's rules: what may be cancelled, changed, returned, exchanged, and within which time.

One file that operators edit. Every fault in it is reported at once, with its place. Knows how a rule is
chosen for a product. Knows nothing of orders, texts or dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from knowledge.errors import EcomlmError
from knowledge.records import Language, OrderStatus, PaymentKind, Product
from knowledge.settings import SAMPLE_RULES

ProofPart = Literal["order", "email", "postcode", "name"]
Condition = Literal["unworn", "unopened"]
RefundTo = Literal["original", "gift_card", "other"]
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


class RulesInvalid(EcomlmError):
    """The file of rules cannot be used; all its faults are listed."""

    def __init__(self, file: Path, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        listed = "\n".join(f"  - {fault}" for fault in faults)
        super().__init__(f"the rules in {file.name} are not usable:\n{listed}")


@dataclass(frozen=True, slots=True)
class Group:
    """Products that a rule is about, and how texts speak of them."""

    departments: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    words: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)

    def holds(self, product: Product) -> bool:
        """Whether a product belongs to the group."""
        return product.department.en in self.departments or any(
            category.en in self.categories for category in product.categories
        )


@dataclass(frozen=True, slots=True)
class Scoped:
    """A rule's value for the products of some groups; without groups for all that is left."""

    value: Any
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extension:
    """A later last day for orders placed within a time."""

    placed_from: date
    placed_until: date
    until: date


@dataclass(frozen=True, slots=True)
class Hours:
    """When people answer, for each language; an empty tuple is a closed day."""

    zone: ZoneInfo = ZoneInfo("UTC")
    open: Mapping[Language, Mapping[int, tuple[time, time]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """How a shopper proves who they are, for how long that holds, and how often they may try."""

    proofs: tuple[tuple[ProofPart, ...], ...] = (("order", "email"), ("order", "postcode"))
    minutes: int = 30
    tries_per_visitor: int = 5
    tries_per_order: int = 10
    tries_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Taking:
    """The rules for taking something back: of returns, or of exchanges."""

    windows: tuple[Scoped, ...] = ()
    extensions: tuple[Extension, ...] = ()
    never: tuple[str, ...] = ()
    conditions: tuple[Scoped, ...] = ()
    fees: tuple[Scoped, ...] = ()
    fee_country: str = ""
    countries: tuple[str, ...] = ()
    refund_to: tuple[RefundTo, ...] = ("original",)
    once: bool = False
    other_forms_only: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a shop. `articles` names the article that words a rule: `return`, `return.fee` ..."""

    groups: Mapping[str, Group]
    identity: Identity
    cancel_when: tuple[OrderStatus, ...]
    unpaid_when: tuple[OrderStatus, ...]
    cancel_reasons: tuple[str, ...]
    cancels_single_items: bool
    change_when: tuple[OrderStatus, ...]
    same_country: bool
    items_once: bool
    returns: Taking
    exchanges: Taking
    warranty: tuple[Scoped, ...]
    refund_days: Mapping[PaymentKind, tuple[int, int]]
    notice_days: int
    hours: Hours
    articles: Mapping[str, str]

    def of(self, rules: Sequence[Scoped], product: Product | None) -> Any:
        """Return the value of the first rule that is about the product; None where none is."""
        for rule in rules:
            if not rule.groups or (product and any(self.groups[name].holds(product) for name in rule.groups)):
                return rule.value
        return None

    def belongs(self, product: Product | None, names: Sequence[str]) -> bool:
        """Whether a product is in one of the groups."""
        return product is not None and any(self.groups[name].holds(product) for name in names)


def load_rules(file: Path = SAMPLE_RULES) -> Rules:
    """Read and check the rules.

    Raises:
        RulesInvalid: with every fault and its place in the file.
    """
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise RulesInvalid(file, [f"the file cannot be read: {exc}"]) from exc
    if not isinstance(content, dict):
        raise RulesInvalid(file, ["the file must hold a table such as 'cancel: {when: [pending]}'"])
    reader = _Reader(content)
    rules = reader.rules()
    if reader.faults:
        raise RulesInvalid(file, reader.faults)
    return rules


T = TypeVar("T")
_TABLES = {
    "groups", "identity", "cancel", "change", "return", "exchange", "warranty", "refund", "notice", "hours",
}  # fmt: skip


class _Reader:
    """Reads one file's content, noting every fault with its place."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.faults: list[str] = []
        self._content = content
        self._articles: dict[str, str] = {}
        for name in content:
            if name not in _TABLES:
                self._fault(name, f"is no table of rules; use {', '.join(sorted(_TABLES))}")
        self._groups = {str(name): self._group(str(name), value) for name, value in self._table("groups")}

    def rules(self) -> Rules:
        return Rules(
            groups=self._groups,
            identity=self._identity(),
            cancel_when=self._choices("cancel.when", OrderStatus, ("pending",)),
            unpaid_when=self._choices("cancel.unpaid_when", OrderStatus, ()),
            cancel_reasons=self._texts("cancel.reasons"),
            cancels_single_items=self._flag("cancel.single_items"),
            change_when=self._choices("change.when", OrderStatus, ("pending",)),
            same_country=self._flag("change.same_country"),
            items_once=self._flag("change.items_once"),
            returns=self._taking("return"),
            exchanges=self._taking("exchange"),
            warranty=self._scoped("warranty.terms", "months", self._count),
            refund_days=self._refund_days(),
            notice_days=self._count("notice.days", self._value("notice.days", 90)),
            hours=self._hours(),
            articles=self._read_articles(),
        )

    def _fault(self, place: str, problem: str) -> None:
        self.faults.append(f"{place}: {problem}")

    def _value(self, place: str, default: Any = None) -> Any:
        table, _, name = place.partition(".")
        found = self._content.get(table)
        return found.get(name, default) if isinstance(found, dict) else default

    def _table(self, name: str) -> list[tuple[Any, Any]]:
        found = self._content.get(name) or {}
        if not isinstance(found, dict):
            self._fault(name, "must be a table")
            return []
        return list(found.items())

    def _group(self, name: str, value: Any) -> Group:
        if not isinstance(value, dict) or not set(value) <= {"departments", "categories", "words"}:
            self._fault(f"groups.{name}", "needs departments or categories, and words")
            return Group()
        words = value.get("words") or {}
        return Group(
            tuple(map(str, value.get("departments") or ())),
            tuple(map(str, value.get("categories") or ())),
            {"en": tuple(map(str, words.get("en") or ())), "zh": tuple(map(str, words.get("zh") or ()))},
        )

    def _identity(self) -> Identity:
        proofs = []
        for proof in self._value("identity.proofs", Identity().proofs) or ():
            parts = tuple(proof) if isinstance(proof, list | tuple) else ()
            if not parts or not set(parts) <= set(get_args(ProofPart)) or parts == ("order",):
                self._fault("identity.proofs", f"{proof!r} is no proof; write such as [order, email]")
                continue
            proofs.append(parts)
        counts = {
            name: self._count(f"identity.{name}", self._value(f"identity.{name}", getattr(Identity(), name)))
            for name in ("minutes", "tries_per_visitor", "tries_per_order", "tries_minutes")
        }
        return Identity(tuple(proofs) or Identity().proofs, **counts)

    def _taking(self, table: str) -> Taking:
        default = ["original", "gift_card", "other"] if table == "exchange" else ["original"]
        return Taking(
            windows=self._scoped(f"{table}.windows", "days", self._count),
            extensions=self._extensions(f"{table}.extensions"),
            never=self._names(f"{table}.never", self._value(f"{table}.never", ())),
            conditions=self._scoped(f"{table}.conditions", "condition", self._condition),
            fees=self._scoped(f"{table}.fees", "amount", self._amount),
            fee_country=str(self._value(f"{table}.fee_country", "")),
            countries=self._texts(f"{table}.countries"),
            refund_to=self._choices(f"{table}.refund_to", RefundTo, tuple(default)),
            once=self._flag(f"{table}.once"),
            other_forms_only=self._flag(f"{table}.other_forms_only"),
        )

    def _scoped(self, place: str, key: str, read: Callable[[str, Any], Any]) -> tuple[Scoped, ...]:
        rules = []
        for number, entry in enumerate(self._value(place) or (), start=1):
            where = f"{place}, rule {number}"
            if not isinstance(entry, dict) or key not in entry or not set(entry) <= {key, "groups"}:
                self._fault(where, f"needs '{key}' and, where it is not for everything, 'groups'")
                continue
            rules.append(Scoped(read(where, entry[key]), self._names(where, entry.get("groups") or ())))
        return tuple(rules)

    def _extensions(self, place: str) -> tuple[Extension, ...]:
        found = []
        for entry in self._value(place) or ():
            values = [entry.get(name) for name in ("placed_from", "placed_until", "until")]
            if not all(isinstance(value, date) for value in values):
                self._fault(place, "needs placed_from, placed_until and until as dates such as 2026-12-24")
                continue
            found.append(Extension(*values))
        return tuple(found)

    def _refund_days(self) -> dict[PaymentKind, tuple[int, int]]:
        found: dict[PaymentKind, tuple[int, int]] = {}
        for kind, days in (self._value("refund.working_days") or {}).items():
            if kind not in get_args(PaymentKind) or not isinstance(days, list) or len(days) != 2:
                self._fault("refund.working_days", f"{kind}: {days!r} is not such as card: [3, 5]")
                continue
            found[kind] = (self._count("refund", days[0]), self._count("refund", days[1]))
        return found

    def _hours(self) -> Hours:
        name = str(self._value("hours.timezone", "UTC"))
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            self._fault("hours.timezone", f"{name!r} is no time zone such as Europe/Berlin")
            zone = ZoneInfo("UTC")
        languages: tuple[Language, Language] = ("en", "zh")
        return Hours(zone, {language: self._week(language) for language in languages})

    def _week(self, language: Language) -> dict[int, tuple[time, time]]:
        week: dict[int, tuple[time, time]] = {}
        for days, span in (self._value(f"hours.{language}") or {}).items():
            first, _, last = str(days).partition("-")
            known = first in _DAYS and (not last or last in _DAYS)
            times = [_CLOCK.fullmatch(str(part)) for part in span] if isinstance(span, list) else []
            if not known or len(times) != 2 or not all(times):
                self._fault(f"hours.{language}", f"{days}: {span!r} is not monday-friday: ['08:00', '20:00']")
                continue
            begin, end = (time(int(m[1]) % 24, int(m[2])) for m in times if m)
            for day in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
                week[day] = (begin, end)
        return week

    def _read_articles(self) -> dict[str, str]:
        found = {}
        for table in _TABLES - {"groups", "identity"}:
            for name, value in self._table(table):
                if name == "article":
                    found[table] = str(value)
                elif str(name).endswith("_article"):
                    found[f"{table}.{str(name).removesuffix('_article')}"] = str(value)
        return found

    def _names(self, place: str, names: Any) -> tuple[str, ...]:
        unknown = [name for name in names if name not in self._groups]
        for name in unknown:
            self._fault(place, f"{name!r} is not under groups; add it there or correct it")
        return tuple(str(name) for name in names if name not in unknown)

    def _choices(self, place: str, literal: Any, default: tuple[str, ...]) -> tuple[Any, ...]:
        values = self._value(place, default)
        for value in values:
            if value not in get_args(literal):
                self._fault(place, f"{value!r} is not one of {', '.join(get_args(literal))}")
        return tuple(value for value in values if value in get_args(literal))

    def _texts(self, place: str) -> tuple[str, ...]:
        return tuple(map(str, self._value(place) or ()))

    def _flag(self, place: str) -> bool:
        value = self._value(place, False)
        if not isinstance(value, bool):
            self._fault(place, f"{value!r} is neither true nor false")
        return bool(value)

    def _count(self, place: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._fault(place, f"{value!r} is not a whole number of 0 or more")
            return 0
        return value

    def _amount(self, place: str, value: Any) -> Decimal:
        try:
            amount = Decimal(str(value))
        except ArithmeticError:
            amount = Decimal(-1)
        if amount < 0:
            self._fault(place, f"{value!r} is not an amount such as '6.90'")
            return Decimal()
        return amount

    def _condition(self, place: str, value: Any) -> str:
        if value not in get_args(Condition):
            self._fault(place, f"{value!r} is not one of {', '.join(get_args(Condition))}")
        return str(value)
