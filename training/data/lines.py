"""The JSON objects of a file, one by one, each with its place; what is no object is named and left out.

Plain or gzip, JSON Lines or one JSON list. A line of any length, in whatever encoding, costs no more memory
than the longest allowed line. Knows nothing of what the objects mean.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from knowledge.importers.report import Report
from knowledge.importers.rows import layout, read_rows
from knowledge.importers.source import Source
from training.data.rows import DataRefused, Faults, Place, Unusable

LONGEST_LINE = 1_000_000
_BUFFER = 65_536
_CHINESE_TEXT = re.compile(r"^[\u0000-\u007f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2010-\u2026]*$")


def open_source(path: Path, longest_line: int = LONGEST_LINE) -> Source:
    """Open a data file.

    Raises:
        DataRefused: when there is no such file, it is empty, or in an encoding without plain line ends.
        ImportFailed: when it is binary, or its gzip is damaged.
    """
    if not path.is_file():
        raise DataRefused(f"no data file {path}. Check the name")
    if not path.stat().st_size:
        raise DataRefused(f"{path.name} is empty; write it again")
    source = Source(path, longest_line=longest_line)
    if source.encoding.startswith(("utf-16", "utf-32")):
        raise DataRefused(f"{path.name} is in {source.encoding}; save it as UTF-8")
    return source


def objects(source: Source, faults: Faults) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield every JSON object of the file with its place."""
    if layout(source.head) == "json":
        yield from _list_items(source, faults)
        return
    name = source.path.name
    with source.bytes() as stream:
        for number, line in enumerate(_bounded_lines(stream, source.longest_line), start=1):
            place = Place(name, number)
            try:
                if line is None:
                    raise Unusable(
                        "long_line",
                        f"is longer than {source.longest_line:,} bytes",
                        "split or shorten this row",
                    )
                text = _decoded(line, source.encoding, place, faults)
                if text.strip():
                    yield place, _object(text)
            except Unusable as fault:
                faults.refuse(place, fault)


def _bounded_lines(stream: BinaryIO, longest: int) -> Iterator[bytes | None]:
    """Yield each line; None for one that is too long, whose rest is skipped without being kept."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), _BUFFER)
    while line := buffered.readline(longest + 1):
        if len(line) <= longest or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = buffered.readline(longest + 1)
        yield None


def _decoded(line: bytes, encoding: str, place: Place, faults: Faults) -> str:
    try:
        text = line.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as exc:
        bad = line[exc.start : exc.start + 4].hex(" ")
        problem = f"the bytes {bad} are not {encoding} text, unlike the rest of the file"
        fault = Unusable("encoding", problem, "save the row as UTF-8")
        faults.mend_or_raise(place, fault)
        return _decoded_otherwise(line, fault)
    if "\0" in text:
        raise Unusable("encoding", "holds a NUL byte: it is damaged or binary", "export the row again")
    return text


def _decoded_otherwise(line: bytes, fault: Unusable) -> str:
    """Decode as UTF-8 or Chinese GB 18030, else as Western Windows text."""
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _CHINESE_TEXT.match(text):
            return text
    raise fault


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise Unusable("not_json", f"is not valid JSON ({exc})", "correct this line") from exc
    if not isinstance(value, dict):
        raise Unusable("schema", f"is a {type(value).__name__}, not an object", 'write {"prompt": ..., ...}')
    return value


def _list_items(source: Source, faults: Faults) -> Iterator[tuple[Place, dict[str, Any]]]:
    report = Report(source.path.name)
    seen = 0
    for row in read_rows(source, report):
        seen = _pass_on(report, seen, faults)
        yield Place(source.path.name, row.line, "item"), row.cells
    _pass_on(report, seen, faults)


def _pass_on(report: Report, seen: int, faults: Faults) -> int:
    for bad in report.bad_rows[seen:]:
        place = Place(report.file, bad.line, "item")
        faults.refuse(place, Unusable("schema", f"{bad.value!r} {bad.problem}", 'write {"prompt": ..., ...}'))
    return len(report.bad_rows)
