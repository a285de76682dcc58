"""The data card: what a data set holds, where it comes from, and what was left out of it.

Counts as rows pass by; nothing grows with their number but a temporary file. Knows nothing of how rows are
read.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.records import Product, Record
from knowledge.sample.load import load_sample
from training.data.cleaning import Cleaner, question_of
from training.data.examples import Example, Preference
from training.data.rows import Value
from training.data.split import is_test_product

LICENCES: Mapping[str, str] = {
    "epqa": "CDLA-Sharing-1.0",
    "hetpqa": "CDLA-Sharing-1.0",
    "semipqa": "CDLA-Sharing-1.0",
    "shop": "Apache-2.0 (this project)",
    "written": "Apache-2.0 (this project)",
}
NOT_STATED = "not stated"
_EDGES = (64, 128, 256, 512, 1024, 2048, 4096)
_BAR = 30


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file as it was read or written: `sha256` over its bytes."""

    name: str
    bytes: int
    sha256: str
    format: str = ""


@dataclass
class Card:
    """The account of a data set. Every `Counter` counts rows."""

    name: str
    inputs: list[DataFile] = field(default_factory=list)
    outputs: list[DataFile] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)
    read: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    licences: dict[str, str] = field(default_factory=dict)
    wordings: dict[str, dict[str, Any]] = field(default_factory=dict)
    held_back: int = 0
    settings: dict[str, Any] = field(default_factory=dict)

    def take_over(self, cleaner: Cleaner) -> None:
        """Add what a cleaner counted."""
        self.read = cleaner.read
        self.dropped.update(cleaner.dropped)
        self.masked.update(cleaner.masked)
        self.dropped.update({f"unreadable: {name}": n for name, n in _unreadable(cleaner).items()})
        self.notes.update(cleaner.faults.notes)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        plain = {
            item.name: dict(value) if isinstance(value := getattr(self, item.name), Counter) else value
            for item in fields(self)
        }
        return plain | {"inputs": list(map(asdict, self.inputs)), "outputs": list(map(asdict, self.outputs))}

    def write(self, path: Path) -> None:
        """Write the card as Markdown, and as JSON beside it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.markdown(), encoding="utf-8")
        text = json.dumps(self.as_json(), ensure_ascii=False, indent=2)
        path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")

    def markdown(self) -> str:
        """Return the card to read."""
        total = self.rows.total()
        parts = [
            f"# Data card: {self.name}\n",
            f"{total:,} rows kept of {self.read:,} read.\n",
            _table("Rows", ("kind", "rows", "share"), _shares(self.rows)),
            _table("Languages", ("language", "rows", "share"), _shares(self.languages)),
            _table("Tasks", ("task", "rows", "share"), _shares(self.tasks)),
            _table(
                "Sources",
                ("source", "rows", "share", "licence"),
                [(*row, self.licences.get(row[0], NOT_STATED)) for row in _shares(self.sources)],
            ),
            self._wording_text(),
            _table("Length in characters", ("up to", "rows", ""), self._histogram()),
            _table("Left out", ("why", "rows", "share"), _shares(self.dropped, self.read)),
            _table("Masked", ("what", "times", "share"), _shares(self.masked)),
            _table("Notes", ("what", "rows", "share"), _shares(self.notes)),
            self._files_text("Read", self.inputs),
            self._files_text("Written", self.outputs),
            f"Rows about products on which the sample shop's answers are measured: {self.held_back:,}\n",
        ]
        return "\n".join(part for part in parts if part)

    def _wording_text(self) -> str:
        rows = [
            (
                name,
                f"{found['rows']:,}",
                f"{found['distinct_rate']:.1%}",
                f"{found['top_share']:.1%}",
                found["top"],
            )
            for name, found in sorted(self.wordings.items())
        ]
        head = ("text", "rows", "distinct wordings", "most common one's share", "most common one")
        note = "Two texts count as one wording where only numbers and case differ.\n"
        return _table("Wording", head, rows) + (f"\n{note}" if rows else "")

    def _histogram(self) -> list[tuple[str, str, str]]:
        top = max(self.lengths.values(), default=1)
        names = [f"{edge:,}" for edge in _EDGES] + ["more"]
        found = [(name, self.lengths[name]) for name in names if self.lengths[name]]
        return [(name, f"{count:,}", "█" * max(1, round(_BAR * count / top))) for name, count in found]

    def _files_text(self, title: str, files: list[DataFile]) -> str:
        rows = [(f.name, f.format, f"{f.bytes:,}", f"`{f.sha256}`") for f in files]
        return _table(title, ("file", "format", "bytes", "SHA-256"), rows)


class Counting:
    """Counts rows into a card; call `finish` when all have passed."""

    def __init__(self, card: Card, licences: Mapping[str, str] | None = None) -> None:
        self._card = card
        self._licences = dict(LICENCES) | dict(licences or {})
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(
            "CREATE TABLE wordings (kind TEXT, key BLOB, count INTEGER, text TEXT, PRIMARY KEY (kind, key))"
        )

    def add(self, value: Value, part: str) -> None:
        """Count one row that belongs to `part` (train, dev ...)."""
        card = self._card
        task = "read"
        match value:
            case Example():
                kind, text = "examples", value.prompt + value.answer
                task = str(value.task)
                self._word(f"questions, {value.language}", question_of(value.prompt))
                self._word(f"answers, {value.language}", value.answer)
            case Preference():
                kind, task, text = "preferences", "prefer", value.prompt + value.chosen
                self._word(f"questions of pairs, {value.language}", question_of(value.prompt))
            case _:
                kind, text = "texts", value.text
        card.rows[f"{kind} {part}".strip()] += 1
        card.languages[value.language] += 1
        card.sources[value.source] += 1
        card.tasks[task] += 1
        card.lengths[next((f"{edge:,}" for edge in _EDGES if len(text) <= edge), "more")] += 1
        card.held_back += value.product in _measured_products()

    def finish(self) -> None:
        """Work out the rates, and give the temporary file back."""
        query = "SELECT kind, SUM(count), COUNT(*), MAX(count), text FROM wordings GROUP BY kind"
        for kind, rows, distinct, most, text in self._database.execute(query):
            self._card.wordings[kind] = {
                "rows": rows, "distinct": distinct, "distinct_rate": distinct / rows,
                "top_share": most / rows, "top": text,
            }  # fmt: skip
        self._card.licences = {
            name: self._licences.get(name, NOT_STATED) for name in sorted(self._card.sources)
        }
        self._database.close()

    def _word(self, kind: str, text: str) -> None:
        plain = re.sub(r"\d+(?:[.,]\d+)*", "0", " ".join(text.lower().split()))
        key = hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        self._database.execute(
            "INSERT INTO wordings VALUES (?, ?, 1, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET count = count + 1",
            (kind, key, text[:80]),
        )


def data_file(path: Path, format: str = "") -> DataFile:
    """Return a file's name, size and hash."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return DataFile(path.name, path.stat().st_size, digest, format)


@cache
def sample_records() -> tuple[Record, ...]:
    """Return the sample shop's records, read once."""
    return tuple(load_sample())


@cache
def _measured_products() -> frozenset[str]:
    products = (record.id for record in sample_records() if isinstance(record, Product))
    return frozenset(product for product in products if is_test_product(product))


def _unreadable(cleaner: Cleaner) -> Counter[str]:
    """Return the refused rows that never reached the cleaner, by kind."""
    refused = Counter(
        {name.removesuffix(" refused"): n for name, n in cleaner.faults.counts.items() if "refused" in name}
    )
    seen = Counter(
        {name.removeprefix("refused: "): n for name, n in cleaner.dropped.items() if "refused" in name}
    )
    return refused - seen


def _shares(counts: Counter[str], total: int = 0) -> list[tuple[str, str, str]]:
    whole = total or counts.total() or 1
    return [(name, f"{count:,}", f"{count / whole:.1%}") for name, count in counts.most_common()]


def _table(title: str, head: tuple[str, ...], rows: list[Any]) -> str:
    if not rows:
        return ""
    lines = [f"## {title}\n", " | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    return "\n".join([lines[0], *(f"| {line} |" for line in lines[1:])]) + "\n"
