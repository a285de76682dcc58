"""Import a file: recognise it, read and check all of it, then write all of it at once.

The file is first read to its end into a temporary file; only then one transaction writes the records.
So a bad file changes nothing, the store is locked for seconds only, and a crash leaves it as it was.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from knowledge import codec
from knowledge.errors import ImportFailed, RecordInvalid
from knowledge.importers import (
    ecomlm_format,
    google_merchant,
    shopify,
    table,
    tau2_retail,
    woocommerce,
)
from knowledge.importers.options import FormatName, Options
from knowledge.importers.report import BadValue, Report, RowsUnusable
from knowledge.importers.rows import header, layout
from knowledge.importers.source import Source
from knowledge.records import Product, Record, RecordKind
from knowledge.store import Store
from knowledge.tables import Row, row

Progress = Callable[[str, int, int | None], None]
"""Told the step (`reading`, `writing`), how much of it is done, and how much there is if that is known."""
_Reader = Callable[[Source, Options, Report], Iterable[tuple[int, Record]]]
_READERS: dict[FormatName, _Reader] = {
    "shopify": shopify.read,
    "woocommerce": woocommerce.read,
    "google": google_merchant.read,
    "table": table.read,
    "ecomlm": ecomlm_format.read,
    "tau2-retail": tau2_retail.read,
}


async def import_file(
    store: Store,
    path: Path,
    options: Options | None = None,
    *,
    who: str = "",
    dry_run: bool = False,
    show_progress: bool = False,
    told: Progress | None = None,
) -> Report:
    """Import one file into the store and return the account of it.

    `told` is called often, from other threads too.

    Raises:
        ImportFailed: when the file cannot be used; its subclass RowsUnusable, with the report, when a row
            cannot be used and `on_error` is `stop`. Nothing was written then.
    """
    options = options or Options()
    report = Report(path.name)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        await asyncio.to_thread(_read_all, path, options, report, spool, show_progress, told)
        if report.bad_row_count and options.on_error == "stop":
            raise RowsUnusable(report)
        if not dry_run:
            spool.seek(0)
            report.changes = await store.save_rows(
                _spooled(spool, report, show_progress, told), who=who or f"import {path.name}"
            )
    return report


def detect(source: Source) -> FormatName:
    """Tell a file's format from its content."""
    start = source.head.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return "google"
    if layout(source.head) != "csv":
        return "ecomlm" if ecomlm_format.is_ours(start) else "table"
    names = header(source)
    if ecomlm_format.has_our_columns(names):
        return "ecomlm"
    if shopify.has_its_columns(names):
        return "shopify"
    if woocommerce.has_its_columns(names):
        return "woocommerce"
    if google_merchant.has_its_columns(names):
        return "google"
    if len(names) < 2 and not start[:2000].isprintable() and "\n" not in start:
        raise ImportFailed(
            f"{source.path.name} is of no known format; give a CSV, TSV, JSON, JSON Lines or XML file"
        )
    return "table"


def _read_all(
    path: Path,
    options: Options,
    report: Report,
    spool: TextIO,
    show_progress: bool,
    told: Progress | None,
) -> None:
    with _progress(path, show_progress, told) as advance:
        source = Source(path, encoding=options.encoding, longest_line=options.longest_line, progress=advance)
        report.format = options.format or detect(source)
        if source.encoding not in ("utf-8", "utf-8-sig"):
            report.note(f"the file was read as {source.encoding}")
        lines: dict[tuple[str, str], int] = {}
        for line, record in _READERS[options.format or detect(source)](source, options, report):
            key = (codec.kind_of(record), record.id)
            if key in lines:
                problem = f"occurs again; it was first used in {report.place} {lines[key]}"
                report.bad(line, BadValue("id", record.id, problem, "give every product its own id"))
                continue
            lines[key] = line
            try:
                found = row(record)
            except RecordInvalid as exc:
                report.bad(line, BadValue("record", record.id, f"cannot be kept ({exc})", "correct it"))
                continue
            if isinstance(record, Product):
                report.add(record)
            else:
                report.others += 1
            payload = found if isinstance(record, Product) else found["data"]
            spool.write(json.dumps([key[0], payload], ensure_ascii=False) + "\n")
    if not lines and not report.bad_row_count:
        raise ImportFailed(f"{path.name} holds no products; is it complete, and the right file?")


def _spooled(
    spool: TextIO, report: Report, show_progress: bool, told: Progress | None
) -> Iterator[tuple[RecordKind, Row]]:
    total = report.products + report.others
    lines = tqdm(spool, "writing", total, unit="records", disable=not show_progress, leave=False)
    for number, line in enumerate(lines, start=1):
        if told:
            told("writing", number, total)
        kind, payload = json.loads(line)
        yield kind, row(codec.decode(kind, payload)) if isinstance(payload, str) else payload


@contextmanager
def _progress(path: Path, is_shown: bool, told: Progress | None) -> Iterator[Callable[[int], None]]:
    done, size = 0, path.stat().st_size if path.is_file() else None
    with tqdm(
        desc="reading", total=size, unit="B", unit_scale=True, disable=not is_shown, leave=False
    ) as bar:

        def advance(count: int) -> None:
            nonlocal done
            done += count
            bar.update(count)
            if told:
                told("reading", done, size)

        yield advance
