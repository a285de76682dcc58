"""The versions of a record, and how they differ, in a shape that can be read.

Knows records and their history. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Literal

from knowledge import codec
from knowledge.differences import Difference, differences
from knowledge.records import Record, RecordKind
from knowledge.store import Change, Store

SHOWN = 50
_MOST_LINES = 200
_LONGEST_COMPARED = 2000  # words; beyond, the two texts stand side by side
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[\u3400-\u9fff]|\w+|\s+|[^\w\s]")
_SHORTEST_COMPARED = 4
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_WITHOUT_WORD = frozenset({"offer", "number", "value", "amount"})
_USUAL = {"is_published": True, "is_verified": False}

Mark = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Line:
    """One changed value.

    `names` lead to it, each with whether it is the name of a field (to be worded) or the record's own word.
    `pieces` are the text with what is gone and what is new.
    """

    names: tuple[tuple[bool, str], ...]
    pieces: tuple[tuple[Mark, Any], ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One change of a record: who did it when, and what became different."""

    revision: int
    who: str
    at: datetime
    kind: Literal["created", "changed", "removed"]
    lines: tuple[Line, ...]
    left_out: int
    is_current: bool


def fingerprint(*records: Record) -> str:
    """Return a mark that changes when one of the records does."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(codec.encode(record).encode() + b"\0")
    return digest.hexdigest()[:32]


async def versions_of(store: Store, kind: RecordKind, id: str) -> list[Version]:
    """Return a record's last changes, the newest first; empty for a record that never was."""
    changes = await store.history(kind, id, newest=SHOWN)
    return [_version(change, is_current=change is changes[-1]) for change in reversed(changes)]


def lines_between(before: Record | None, after: Record | None) -> list[Line]:
    """Return what differs between two versions."""
    return [_line(item) for item in differences(before, after)]


def _version(change: Change, *, is_current: bool) -> Version:
    if change.before is None or change.after is None:
        kind: Literal["created", "removed"] = "created" if change.before is None else "removed"
        return Version(change.revision, change.who, change.at, kind, (), 0, is_current)
    found = differences(change.before, change.after)
    lines = tuple(_line(item) for item in found[:_MOST_LINES])
    left_out = len(found) - len(lines)
    return Version(change.revision, change.who, change.at, "changed", lines, left_out, is_current)


def _line(item: Difference) -> Line:
    usual = _USUAL.get(item.path)
    before, after = (usual if value is None else value for value in (item.before, item.after))
    return Line(tuple(_names(item.path)), tuple(_pieces(before, after)))


def _names(path: str) -> Iterator[tuple[bool, str]]:
    for field, own in _STEP.findall(path):
        if field and field not in _WITHOUT_WORD:
            yield True, field
        elif own:
            yield False, own


def _pieces(before: Any, after: Any) -> Iterator[tuple[Mark, Any]]:
    if isinstance(before, str) and isinstance(after, str):
        old, new = _WORD.findall(before), _WORD.findall(after)
        if _SHORTEST_COMPARED <= max(len(old), len(new)) <= _LONGEST_COMPARED:
            yield from _compared(old, new)
            return
    if before is not None:
        yield "gone", before
    if after is not None:
        yield "new", after


def _compared(old: list[str], new: list[str]) -> Iterator[tuple[Mark, str]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.3:
        yield "gone", "".join(old)
        yield "new", "".join(new)
        return
    for step, start, end, begin, until in matcher.get_opcodes():
        if step == "equal":
            yield "same", "".join(old[start:end])
            continue
        if end > start:
            yield "gone", "".join(old[start:end])
        if until > begin:
            yield "new", "".join(new[begin:until])
