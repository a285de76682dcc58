"""What each command does, and how records are printed for people."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import yaml

from knowledge import codec
from knowledge.differences import differences
from knowledge.errors import ImportFailed
from knowledge.importers import Options, Progress, import_file
from knowledge.importers.ecomlm_format import check_name, write_csv, write_jsonl
from knowledge.importers.report import Report, RowsUnusable, counted, written
from knowledge.records import Article, Customer, Order, Product, Record, RecordKind, Review
from knowledge.sample.load import load_sample
from knowledge.settings import KnowledgeSettings
from knowledge.store import Store
from knowledge.writer import Changes

_TELL_SECONDS = 0.3
_EVERYTHING: tuple[RecordKind, ...] = ("product", "review", "article", "customer", "order")


async def import_files(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Import the files, or the sample shop, and print what was understood and written."""
    if bool(options.files) == options.sample:
        raise ImportFailed("name a file to import, or --sample for the sample shop (not both)")
    async with await Store.open(settings) as store:
        if options.sample:
            return await _import_sample(store, dry_run=options.dry_run)
        for name in ("bad_rows", "report"):
            if getattr(options, name) and len(options.files) > 1:
                option = name.replace("_", "-")
                raise ImportFailed(f"--{option} is of one file; import the files one by one")
        for file in options.files:
            print(await _import_file(store, file, _import_options(settings, options), options))
            if options.dry_run:
                print("dry run: nothing was written")
    return 0


async def _import_file(store: Store, file: Path, how: Options, options: argparse.Namespace) -> Report:
    try:
        report = await import_file(
            store,
            file,
            how,
            who=f"{options.who or _who()} (import {file.name})",
            dry_run=options.dry_run,
            show_progress=sys.stderr.isatty(),
            told=_written_to(options.progress) if options.progress else None,
        )
    except RowsUnusable as exc:
        if options.report:
            _write_json(options.report, {**exc.report.as_json(), "is_refused": True})
        if options.bad_rows:
            exc.report.write_bad_rows(options.bad_rows)
        raise
    if options.bad_rows:
        report.write_bad_rows(options.bad_rows)
    if options.report:
        _write_json(options.report, report.as_json())
    return report


def _written_to(file: Path) -> Progress:
    """Return what keeps a file at how far an import has come, for whoever watches."""
    last = 0.0

    def tell(step: str, done: int, total: int | None) -> None:
        nonlocal last
        if (now := time.monotonic()) - last > _TELL_SECONDS:
            last = now
            _write_json(file, {"step": step, "done": done, "total": total})

    return tell


def _write_json(file: Path, value: Mapping[str, object]) -> None:
    """Write the file aside and put it in its place: a reader never sees half of it."""
    aside = file.with_name(f".{file.name}.partial")
    try:
        aside.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        aside.replace(file)
    except OSError as exc:
        raise ImportFailed(f"cannot write {file}: {exc.strerror or exc}") from exc


async def list_records(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Print one line for each record of a kind."""
    kind, wanted = options.kind, (options.search or "").casefold()
    async with await Store.open(settings) as store:
        total, shown = await store.count(kind), 0
        if not total:
            print(f"no {kind}s yet. Import some: python -m knowledge import FILE, or --sample")
            return 0
        async for record in store.each(kind):
            if wanted not in codec.encode(record).casefold():
                continue
            print("  ".join(_fitted(text, width) for text, width in _line(record)).rstrip())
            shown += 1
            if shown == options.limit:
                break
    if not shown:
        print(f"none of the {total:,} {kind}s holds {options.search!r}")
    elif wanted and shown < options.limit:
        print(f"({shown:,} of {total:,} hold {options.search!r})")
    elif shown < total:
        print(f"({shown:,} of {total:,}; more with --limit, or --search TEXT)")
    return 0


async def show(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Print one record in full, and its history if asked for."""
    async with await Store.open(settings) as store:
        changes = await store.history(options.kind, options.id) if options.history else []
        if not (changes and changes[-1].after is None):
            record = await store.get(options.kind, options.id)
            print(_readable(codec.to_json(record)))
        for change in changes:
            print(f"revision {change.revision}, {change.at:%Y-%m-%d %H:%M:%S} UTC, {change.who}")
            print(_difference(change.before, change.after))
    return 0


async def remove(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Remove records by id, or all of a kind."""
    if bool(options.ids) == options.all:
        raise ImportFailed(f"name the ids of the {options.kind}s to remove, or --all (not both)")
    async with await Store.open(settings) as store:
        ids = [record.id async for record in store.each(options.kind)] if options.all else options.ids
        changes = await store.remove(options.kind, ids, who=f"{_who()} (remove)")
    print(f"{counted(changes.removed, 'record')} removed")
    return 0


async def export(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Write records to a file, which appears only when it is complete."""
    file: Path = options.file
    check_name(file.name)
    partial = file.with_name(f".{file.name}.partial")
    try:
        async with await Store.open(settings) as store:
            # The mark at the beginning tells spreadsheets that it is UTF-8.
            encoding, newline = ("utf-8-sig", "") if file.suffix == ".csv" else ("utf-8", "\n")
            with partial.open("w", encoding=encoding, newline=newline) as stream:
                if file.suffix == ".csv":
                    count = await write_csv(store.each_product(), stream)
                else:
                    count = await write_jsonl(store, stream, _EVERYTHING)
                stream.flush()
                os.fsync(stream.fileno())
        partial.replace(file)
    except OSError as exc:
        raise ImportFailed(f"cannot write {file}: {exc.strerror or exc}") from exc
    finally:
        partial.unlink(missing_ok=True)
    print(f"{counted(count, 'record')} written to {file}")
    return 0


async def _import_sample(store: Store, *, dry_run: bool) -> int:
    records = load_sample()
    changes = Changes() if dry_run else await store.save(records, who=f"{_who()} (sample shop)")
    kinds = [codec.kind_of(record) for record in records]
    print("sample shop: " + ", ".join(f"{kinds.count(kind):,} {kind}s" for kind in _EVERYTHING))
    if dry_run:
        print("dry run: nothing was written")
    else:
        print(f"written: {written(changes)}")
    return 0


def _import_options(settings: KnowledgeSettings, options: argparse.Namespace) -> Options:
    columns: dict[str, str] = {}
    for entry in options.map:
        field, mark, column = entry.partition("=")
        if not (field and mark and column):
            raise ImportFailed(f"--map {entry}: write FIELD=COLUMN, such as --map title=Produktname")
        columns[field] = column
    return Options(
        format=None if options.format == "auto" else options.format,
        columns=columns,
        ignored=frozenset(options.ignore),
        currency=options.currency or settings.currency,
        is_currency_given=bool(options.currency),
        price_unit=options.price_unit,
        language=options.language,
        encoding=options.encoding,
        on_error=options.on_error,
    )


def _line(record: Record) -> list[tuple[str, int]]:
    match record:
        case Product():
            price = record.lowest_price
            stock = {True: "available", False: "sold out", None: ""}[record.is_available]
            return [
                (record.id, 28),
                (record.title.best("en"), 48),
                (f"{price.amount} {price.currency}" if price else "no price", 14),
                (stock, 9),
            ]
        case Review():
            stars = f"{record.rating}/5" if record.rating else ""
            return [
                (record.id, 32),
                (record.product_id, 28),
                (stars, 3),
                (record.text.replace("\n", " "), 50),
            ]
        case Article():
            return [(record.id, 28), (record.topic, 12), (record.title.best("en"), 40), (record.title.zh, 30)]
        case Order():
            total = f"{record.total.amount} {record.total.currency}"
            placed = f"{record.placed:%Y-%m-%d}"
            return [(record.id, 12), (record.customer_id, 20), (record.status, 10), (placed, 10), (total, 14)]
        case Customer():
            return [(record.id, 20), (record.name, 24), (record.email, 32), (record.language, 2)]


def _fitted(text: str, width: int) -> str:
    """Cut or fill the text to that many columns of a terminal; Chinese characters take two."""
    kept, used = "", 0
    for character in text:
        size = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used + size > width:
            return kept + " " * (width - used)
        kept, used = kept + character, used + size
    return kept + " " * (width - used)


def _readable(value: Mapping[str, object]) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110).rstrip()


def _difference(before: Record | None, after: Record | None) -> str:
    if before is None:
        return "  created"
    if after is None:
        return "  removed"
    return "\n".join(
        f"  {item.path}: {_shown(item.before)} -> {_shown(item.after)}" for item in differences(before, after)
    )


def _shown(value: object) -> object:
    return "(empty)" if value is None else value


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a user entry
        return "operator"
