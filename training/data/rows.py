"""What the readers hand on: a row with its place, what it holds, and the faults of those that hold nothing.

Knows nothing of file formats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from knowledge.errors import EcomlmError
from knowledge.records import Language
from training.data.examples import Example, Preference

FaultKind = Literal[
    "long_line", "encoding", "damaged_text", "not_json", "schema", "empty", "too_long", "duplicate_id",
    "secret", "card",
]  # fmt: skip
REPAIRABLE: tuple[FaultKind, ...] = ("encoding", "damaged_text", "duplicate_id", "secret", "card")
"""Faults that can be mended: decoded otherwise, restored, renamed, masked. The others always cost the row."""
_SHOWN, _KEPT = 20, 1000


class DataRefused(EcomlmError, ValueError):
    """A data file or setting cannot be used at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands. `line` counts from 1; in a JSON list it counts items, and `unit` says so."""

    file: str
    line: int
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.file}, {self.unit} {self.line}"


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text to pretrain on. `label` is the intent of an utterance, empty for other text."""

    text: str
    language: Language
    source: str
    product: str = ""
    label: str = ""


Value = Example | Preference | Text


@dataclass(frozen=True, slots=True)
class Row:
    """A value with its origin. Rows of one `group` (conversation, product) must not be split."""

    place: Place
    value: Value
    id: str = ""
    group: str = ""


class Unusable(Exception):
    """Why one row cannot be used, with what to do about it; the row is named and left out."""

    def __init__(self, kind: FaultKind, problem: str, remedy: str) -> None:
        self.kind, self.problem, self.remedy = kind, problem, remedy
        super().__init__(f"{problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A faulty row and what became of it."""

    place: Place
    kind: FaultKind
    problem: str
    remedy: str
    action: Literal["refused", "cleaned"]

    def __str__(self) -> str:
        return f"{self.place}: {self.problem} ({self.action}); {self.remedy}"


@dataclass
class Faults:
    """The account of the bad rows. `clean` names the kinds that are mended instead of refused.

    `notes` counts what is no fault but worth telling (replies that nobody approved).
    """

    clean: Collection[FaultKind] = ()
    rows: list[BadRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for kind in self.clean:
            if kind not in REPAIRABLE:
                raise DataRefused(
                    f"rows with the fault {kind!r} cannot be cleaned, only {', '.join(REPAIRABLE)}"
                )

    def cleans(self, kind: FaultKind) -> bool:
        """Whether rows with this fault are mended."""
        return kind in self.clean

    def refuse(self, place: Place, fault: Unusable) -> None:
        """Name a row that is left out."""
        self._add(BadRow(place, fault.kind, fault.problem, fault.remedy, "refused"))

    def cleaned(self, place: Place, fault: Unusable) -> None:
        """Name a row that was mended."""
        self._add(BadRow(place, fault.kind, fault.problem, fault.remedy, "cleaned"))

    def mend_or_raise(self, place: Place, fault: Unusable) -> None:
        """Note the fault if its kind is mended here, else raise it."""
        if not self.cleans(fault.kind):
            raise fault
        self.cleaned(place, fault)

    @property
    def refused(self) -> int:
        """How many rows were left out."""
        return sum(count for name, count in self.counts.items() if name.endswith(" refused"))

    def as_json(self) -> dict[str, Any]:
        """Return counts and the first thousand rows as plain values."""
        return {
            "counts": dict(self.counts),
            "notes": dict(self.notes),
            "rows": [asdict(row) for row in self.rows],
        }

    def __str__(self) -> str:
        lines = [f"  {row}" for row in self.rows[:_SHOWN]]
        if (total := self.counts.total()) > len(lines):
            lines.append(f"  ... and {total - len(lines):,} more")
        return "\n".join(lines)

    def _add(self, row: BadRow) -> None:
        self.counts[f"{row.kind} {row.action}"] += 1
        if len(self.rows) < _KEPT:
            self.rows.append(row)


def fault_kinds(names: str) -> frozenset[FaultKind]:
    """Read `all`, or names parted by commas, as kinds of faults to mend.

    Raises:
        DataRefused: for a name that is no kind of fault.
    """
    if names == "all":
        return frozenset(REPAIRABLE)
    known = get_args(FaultKind)
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise DataRefused(f"{name!r} is no kind of fault. Known: all, {', '.join(REPAIRABLE)}")
    return frozenset(name for name in known if name in wanted)
