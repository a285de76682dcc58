"""Rows of a CSV, TSV, JSON Lines or JSON file, streamed, each with its line number."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from knowledge.errors import ImportFailed
from knowledge.importers.report import BadValue, Report
from knowledge.importers.source import Source

Layout = Literal["csv", "jsonl", "json"]
_LIST_START = re.compile(r'"(?:products|items|data|records|rows|商品)"\s*:\s*\[')
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands and what its columns hold."""

    line: int
    cells: dict[str, Any]


def layout(head: str) -> Layout:
    """Tell the layout from the beginning of a file."""
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return "json"
    if not start.startswith("{"):
        return "csv"
    first_line = start.splitlines()[0]
    try:
        json.loads(first_line)
    except (ValueError, RecursionError):
        is_list_inside = _LIST_START.search(start[:_CHUNK]) is not None
        return "json" if is_list_inside or first_line.strip() == "{" else "jsonl"
    return "json" if _LIST_START.match(start[1:].lstrip()) else "jsonl"


def header(source: Source) -> list[str]:
    """Return the column names of a CSV file."""
    for cells in csv.reader(source.head.lstrip("\ufeff").splitlines(), delimiter=_delimiter(source.head)):
        if cells:
            return [cell.strip() for cell in cells]
    return []


def read_rows(source: Source, report: Report) -> Iterator[Row]:
    """Yield the rows of the file; a row that cannot be read goes to the report."""
    kind = layout(source.head)
    if kind == "csv":
        return _csv_rows(source, report)
    return _jsonl_rows(source, report) if kind == "jsonl" else _json_rows(source, report)


def _delimiter(head: str) -> str:
    first_line = re.sub(r'"[^"]*"', "", next(iter(head.lstrip("\ufeff\r\n").splitlines()), ""))
    return max("\t,;|", key=first_line.count) if any(mark in first_line for mark in "\t,;|") else ","


def _csv_rows(source: Source, report: Report) -> Iterator[Row]:
    csv.field_size_limit(source.longest_line)
    reader = csv.reader(source.lines(), delimiter=_delimiter(source.head), strict=True)
    names: list[str] | None = None
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as exc:
            if "field larger" in str(exc):
                raise source.too_long(f"line {line}") from exc
            raise ImportFailed(
                f"{source.path.name}, line {line}: {exc}. A quote is missing or doubled; "
                "correct it and import again"
            ) from exc
        if cells is None:
            break
        start, line = line, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if names is None:
            names = _names([cell.strip().lstrip("\ufeff") for cell in cells], report)
            continue
        report.rows += 1
        has_surplus = any(cell.strip() for cell in cells[len(names) :])
        if has_surplus or len(cells) < len(names):
            problem = f"has {len(cells)} cells where the header has {len(names)}"
            report.bad(start, BadValue("row", cells[0], problem, "quote cells that hold the separator"))
            continue
        yield Row(start, dict(zip(names, cells, strict=False)))


def _names(cells: list[str], report: Report) -> list[str]:
    names: list[str] = []
    for number, name in enumerate(cells, start=1):
        if name in names:
            report.note(f"column {name!r} occurs more than once; the first is used")
            name = f"{name}#{number}"
        names.append(name or f"#{number}")
    return names


def _jsonl_rows(source: Source, report: Report) -> Iterator[Row]:
    for number, line in enumerate(source.lines(), start=1):
        if not line.strip():
            continue
        report.rows += 1
        try:
            value = json.loads(line.lstrip("\ufeff"), parse_float=Decimal)
        except (ValueError, RecursionError) as exc:
            problem = f"is not valid JSON ({_fault(exc)})"
            report.bad(number, BadValue("row", line.strip(), problem, "correct it"))
            continue
        row = _row(number, value, report)
        if row:
            yield row


def _json_rows(source: Source, report: Report) -> Iterator[Row]:
    """Take a JSON list apart object by object, so that it need not fit into memory."""
    report.place = "item"
    decoder = json.JSONDecoder(parse_float=Decimal)
    with source.text() as stream:
        buffer = _Buffer(source, stream)
        buffer.enter_list()
        while not buffer.starts_with("]"):
            value = buffer.next_value(decoder)
            report.rows += 1
            row = _row(report.rows, value, report)
            if row:
                yield row
            if not buffer.skip(","):
                break
        if not buffer.skip("]"):
            raise ImportFailed(f"{source.path.name} is cut off: its list does not end; copy the file again")


class _Buffer:
    """The unread part of a JSON text."""

    def __init__(self, source: Source, stream: Any) -> None:
        self._source, self._stream = source, stream
        self._text, self._at, self._items = "", 0, 0

    def enter_list(self) -> None:
        """Go to the first element of the list of products."""
        self._fill()
        start = self._text.lstrip("\ufeff \t\r\n")
        found = re.match(r"\[", start) or _LIST_START.search(start)
        if found is None:
            raise ImportFailed(
                f"{self._source.path.name} holds no list of products; "
                "write a JSON list of objects, or one object a line"
            )
        self._text = start[found.end() :]

    def starts_with(self, mark: str) -> bool:
        """Return whether the mark comes next, after spaces."""
        while True:
            self._text = self._text[self._at :].lstrip()
            self._at = 0
            if self._text or not self._fill():
                return self._text.startswith(mark)

    def skip(self, mark: str) -> bool:
        """Go behind the mark if it comes next."""
        if not self.starts_with(mark):
            return False
        self._at = len(mark)
        return True

    def next_value(self, decoder: json.JSONDecoder) -> Any:
        """Return the next element, reading on until it is complete."""
        self.starts_with("")
        self._items += 1
        while True:
            try:
                value, end = decoder.raw_decode(self._text)
                if end < len(self._text) or not self._fill():
                    self._at = end
                    return value
            except RecursionError as exc:
                raise ImportFailed(
                    f"{self._source.path.name}, item {self._items}: {_fault(exc)}; is this a product file?"
                ) from exc
            except ValueError as exc:
                if len(self._text) > self._source.longest_line:
                    raise self._source.too_long(f"item {self._items}") from exc
                if not self._fill():
                    where = f"{self._source.path.name}, item {self._items}"
                    raise ImportFailed(f"{where}: not valid JSON, or cut off ({_fault(exc)})") from exc

    def _fill(self) -> bool:
        more = self._source.decoded(lambda: self._stream.read(max(_CHUNK, len(self._text))), self._items)
        self._source.refuse_nul(more, self._items)
        self._text += more
        return bool(more)


def _fault(exc: Exception) -> str:
    """Return what is wrong with a JSON text, without the parser's own count of lines."""
    if isinstance(exc, RecursionError):
        return "lists or objects are nested too deep"
    return f"{exc.msg}, character {exc.pos + 1}" if isinstance(exc, json.JSONDecodeError) else str(exc)


def _row(number: int, value: Any, report: Report) -> Row | None:
    if isinstance(value, dict):
        return Row(number, value)
    problem = f"is a {_JSON_NAMES.get(type(value), 'value')}, not an object"
    report.bad(
        number, BadValue("row", json.dumps(value, default=str), problem, 'write {"id": ..., "title": ...}')
    )
    return None


_JSON_NAMES = {
    list: "list",
    str: "text",
    int: "number",
    Decimal: "number",
    bool: "yes/no value",
    type(None): "null",
}
