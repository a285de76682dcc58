"""Run a piece of work over a JSONL file: a line in, a line out, in the same order.

A bad line is reported with its number and does not stop the rest. Knows nothing of what the work is.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO, cast

from tqdm import tqdm

from knowledge.errors import EcomlmError

Row = dict[str, Any]
Work = Callable[[Row], Awaitable[Mapping[str, Any]]]


class LineInvalid(EcomlmError, ValueError):
    """A line of a batch file cannot be worked on; the message says what is wrong with it."""


@dataclass
class BatchReport:
    """How a batch went; `faults` are (line number, what is wrong), `kept` the lines of an earlier run."""

    done: int = 0
    kept: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        """0 unless there was nothing but bad lines."""
        return 1 if self.faults and not (self.done or self.kept) else 0

    @property
    def told(self) -> str:
        """How it went, in words for the operator."""
        kept = f", {self.kept} kept" if self.kept else ""
        faults = f", {len(self.faults)} bad lines left out" if self.faults else ""
        return f"{self.done} lines done{kept}{faults}"


async def run_batch(
    source: Path,
    target: Path,
    work: Work,
    *,
    required: Sequence[str] = ("id",),
    label: str = "",
    resume: bool = False,
) -> BatchReport:
    """Work on every line of `source` and write each result to `target` with the line's id in front.

    `-` stands for standard input and output. Progress and faults go to standard error.

    Args:
        work: turns a row into its result; it raises an EcomlmError for a row it cannot work on.
        required: the keys that each row must have.
        resume: go on where an earlier run ended; as many lines of an id are kept as the output has.

    Raises:
        LineInvalid: where input or output cannot be opened, or the output to go on with is not such a file.
    """
    report, had = BatchReport(), written_ids(target) if resume else Counter()
    opened = _writing(target, is_added=resume)
    with _reading(source) as lines, opened as output, _bar(source, label) as advance:
        for number, line in _filled_lines(lines, advance):
            try:
                row = parse_line(line, required)
                if _is_written(row, had):
                    report.kept += 1
                    continue
                result = await work(row)
            except EcomlmError as error:
                report.faults.append((number, str(error)))
                tqdm.write(f"line {number}: {error}", file=sys.stderr)
                continue
            output.write(json.dumps({"id": row["id"], **result}, ensure_ascii=False) + "\n")
            output.flush()
            report.done += 1
    print(f"{label or 'batch'}: {report.told}", file=sys.stderr)
    return report


def _filled_lines(lines: Iterator[str], advance: Callable[[int], object]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        advance(1)
        if line.strip():
            yield number, line


def _is_written(row: Row, had: Counter[str]) -> bool:
    """Whether the output has the row; each line of it stands for one row."""
    is_written = had[str(row["id"])] > 0
    had.subtract([str(row["id"])])
    return is_written


def written_ids(target: Path) -> Counter[str]:
    """Return how often an output has each id; a last line that was cut off is taken out of it.

    Raises:
        LineInvalid: naming the first line that is no draft of a batch; the file is left as it is.
    """
    if str(target) == "-" or not target.exists():
        return Counter()
    ids: Counter[str] = Counter()
    end = size = 0
    with _opened(target, "rb") as file:
        for number, line in enumerate(file, 1):
            size += len(line)
            if not line.endswith(b"\n"):
                break
            end = size
            if line.strip():
                ids[_written_id(target, number, line)] += 1
    if end < size:
        with _opened(target, "rb+") as file:
            file.truncate(end)
    return ids


def _written_id(target: Path, number: int, line: bytes) -> str:
    try:
        return str(parse_line(line.decode("utf-8"), ())["id"])
    except (LineInvalid, UnicodeDecodeError) as error:
        raise LineInvalid(
            f"the output {str(target)!r} cannot be gone on with: line {number} is no line of such a file "
            f"({error}); correct or remove that line, or choose another output"
        ) from error


def _opened(target: Path, mode: str) -> IO[bytes]:
    try:
        return cast(IO[bytes], target.open(mode))
    except OSError as error:
        raise LineInvalid(f"the output {str(target)!r} cannot be gone on with: {error.strerror}") from error


def parse_line(line: str, required: Sequence[str]) -> Row:
    """Read one line.

    Raises:
        LineInvalid: when it is no JSON object, or lacks one of the required keys.
    """
    try:
        row = json.loads(line)
    except ValueError as error:
        raise LineInvalid(f"not JSON ({error}): {line.strip()[:80]!r}") from error
    if not isinstance(row, dict):
        raise LineInvalid(f"not a JSON object: {line.strip()[:80]!r}")
    missing = [key for key in ("id", *required) if key not in row]
    if missing:
        raise LineInvalid(
            f"lacks {', '.join(dict.fromkeys(missing))}; it has {', '.join(map(str, row)) or 'nothing'}"
        )
    return row


def text_of(row: Row, key: str) -> str:
    """Return a row's text.

    Raises:
        LineInvalid: when it is not a text.
    """
    value = row.get(key)
    if not isinstance(value, str):
        raise LineInvalid(f"{key!r} is {value!r}, not a text")
    return value


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[str]]:
    if str(path) == "-":
        yield iter(sys.stdin)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise LineInvalid(f"the input {str(path)!r} cannot be read: {error.strerror}") from error
    with file:
        yield (line.decode("utf-8", errors="replace") for line in file)


@contextmanager
def _writing(path: Path, *, is_added: bool = False) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdout
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a" if is_added else "w", encoding="utf-8")
    except OSError as error:
        raise LineInvalid(f"the output {str(path)!r} cannot be written: {error.strerror}") from error
    with file:
        yield file


@contextmanager
def _bar(source: Path, label: str) -> Iterator[Callable[[int], object]]:
    total = None
    if str(source) != "-":
        with source.open("rb") as file:
            total = sum(1 for _ in file)
    with tqdm(total=total, desc=label, unit="line", file=sys.stderr, mininterval=1.0) as bar:
        yield bar.update
