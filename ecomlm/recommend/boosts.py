"""The operator's own word on what is shown first: rules in a file, checked when it is read.

    rules:
      - name: Stove week
        brand: Ember            # or department, category, tag, products: [id, ...]
        boost: 0.3              # share of the best score that is added; below 0 pushes back
        sponsored: true         # somebody pays for it: every card says so
        from: 2026-06-01
        until: 2026-06-30

Each use of a rule is told with the suggestion, to the shopper and in the trace. Knows nothing of scores.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import EcomlmError
from knowledge.records import Product

log = logging.getLogger(__name__)
FILE = "boosts.yaml"
_KEYS = frozenset(
    {"name", "boost", "sponsored", "from", "until", "products", "brand", "department", "category", "tag"}
)
_CHOICES = ("products", "brand", "department", "category", "tag")


class BoostsInvalid(EcomlmError, ValueError):
    """The file of boosts cannot be used; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Boost:
    """A rule: what `kind` of a product's names (`brand`, `tag` ...) must be one of `values`, and how much."""

    name: str
    amount: float
    kind: str
    values: frozenset[str]
    is_sponsored: bool = False
    begins: date | None = None
    ends: date | None = None

    def applies(self, product: Product, today: date) -> bool:
        """Tell whether the rule is about a product on that day."""
        if (self.begins and today < self.begins) or (self.ends and today > self.ends):
            return False
        return bool(self.values & _names(product, self.kind))


@dataclass(frozen=True)
class Boosts:
    """The rules in force, in the file's order."""

    rules: tuple[Boost, ...] = ()

    def of(self, product: Product, today: date) -> Boost | None:
        """Return the first rule that is about a product."""
        return next((rule for rule in self.rules if rule.applies(product, today)), None)


class BoostsFile:
    """The rules of a file that may be edited while the shop runs; a broken edit leaves the last good ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._rules = Boosts()
        if path.exists():
            self._rules, self._seen = read_boosts(path), _mark(path)

    @property
    def rules(self) -> Boosts:
        """The rules as the file has them now."""
        mark = _mark(self._path) if self._path.exists() else None
        if mark != self._seen:
            self._seen = mark
            try:
                self._rules = read_boosts(self._path) if mark else Boosts()
                log.warning("boosts: %d rules read from %s", len(self._rules.rules), self._path.name)
            except BoostsInvalid as error:
                log.error("boosts: the rules read before stay in force. %s", error)
        return self._rules


def read_boosts(path: Path) -> Boosts:
    """Read the rules.

    Raises:
        BoostsInvalid: with every fault of the file.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise BoostsInvalid(f"{path.name} cannot be read: {error}") from error
    rows = content.get("rules") if isinstance(content, Mapping) and set(content) <= {"rules"} else None
    if content is None:
        return Boosts()
    if not isinstance(rows, list):
        raise BoostsInvalid(f"{path.name} must hold 'rules:' with a list, and nothing else")
    faults: list[str] = []
    rules = []
    for number, row in enumerate(rows, 1):
        found = list(_faults(row))
        faults += [f"rule {number}{_called(row)}: {fault}" for fault in found]
        if not found:
            rules.append(_rule(row))
    names = [rule.name for rule in rules]
    faults += [f"the name {name!r} is used twice" for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise BoostsInvalid(f"{path.name}: {'; '.join(faults)}")
    return Boosts(tuple(rules))


def _called(row: Any) -> str:
    return f" ({row['name']})" if isinstance(row, Mapping) and row.get("name") else ""


def _faults(row: Any) -> Iterator[str]:
    if not isinstance(row, Mapping):
        yield f"is {row!r}, not keys with values"
        return
    name, amount = row.get("name"), row.get("boost")
    if unknown := set(map(str, row)) - _KEYS:
        yield f"unknown keys {', '.join(sorted(unknown))}; known are {', '.join(sorted(_KEYS))}"
    if not isinstance(name, str) or not name.strip():
        yield "'name' is missing"
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not -1 <= amount <= 1 or not amount:
        yield f"'boost' is {amount!r}, not a number from -1 to 1 other than 0"
    chosen = [key for key in _CHOICES if key in row]
    if len(chosen) != 1:
        yield f"needs one of {', '.join(_CHOICES)}, and has {len(chosen)}"
    for key in chosen:
        if not _listed(row[key]):
            yield f"{key!r} is {row[key]!r}, not a text or a list of texts"
    if not isinstance(row.get("sponsored", False), bool):
        yield f"'sponsored' is {row['sponsored']!r}, not true or false"
    begins, ends = row.get("from"), row.get("until")
    for key, day in (("from", begins), ("until", ends)):
        if day is not None and type(day) is not date:
            yield f"{key!r} is {day!r}, not a day such as 2026-06-01"
    if type(begins) is date and type(ends) is date and begins > ends:
        yield f"ends on {ends}, before it begins on {begins}"


def _listed(values: Any) -> list[str]:
    """Return one text or several as a list, empty where there is anything else."""
    listed = values if isinstance(values, list) else [values]
    return listed if all(isinstance(value, str) and value for value in listed) else []


def _rule(row: Mapping[str, Any]) -> Boost:
    kind = next(key for key in _CHOICES if key in row)
    values = frozenset(value if kind == "products" else value.casefold() for value in _listed(row[kind]))
    is_sponsored, begins, ends = row.get("sponsored", False), row.get("from"), row.get("until")
    return Boost(row["name"], float(row["boost"]), kind, values, is_sponsored, begins, ends)


def _names(product: Product, kind: str) -> set[str]:
    match kind:
        case "products":
            return {product.id}
        case "brand":
            return {product.brand.casefold()} if product.brand else set()
        case "tag":
            return {tag.casefold() for tag in product.tags}
        case "department":
            texts: Sequence[str] = (product.department.en, product.department.zh)
        case _:
            texts = [text for item in product.categories for text in (item.en, item.zh)]
    return {text.casefold() for text in texts if text}


def _mark(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
