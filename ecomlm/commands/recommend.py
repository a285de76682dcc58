"""`python -m ecomlm recommend`: learn from histories, then suggest products for every shopper of a file.

Works on files alone; the shop's own records and events are not read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecomlm.batch import LineInvalid, Row, parse_line, run_batch
from ecomlm.commands.search import _positive
from ecomlm.language import detect
from ecomlm.recommend.catalogue import Item, plain
from ecomlm.recommend.model import Model
from ecomlm.recommend.reasons import reason_text
from ecomlm.settings import Settings
from knowledge.records import Language

_LONGEST_TITLE = 200
_TEXTS = ("brand", "category", "categories", "department")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--items", type=Path, required=True, metavar="FILE",
        help='JSONL: {"id", "title", "brand"?, "categories"?, "in_stock"?}; sold out ones are not suggested',
    )  # fmt: skip
    parser.add_argument(
        "--histories", type=Path, required=True, metavar="FILE",
        help='JSONL to learn from: {"id", "history": [item ids, oldest first]}',
    )  # fmt: skip
    parser.add_argument(
        "--input", type=Path, required=True, metavar="FILE", help='JSONL: {"id", "history": [item ids]}'
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE",
        help='JSONL: {"id", "items": [{"id", "score", "reason"}]}',
    )  # fmt: skip
    parser.add_argument("--top", type=_positive, default=10, metavar="N", help="N products (default: 10)")
    parser.add_argument("--varied", action="store_true", help="keep one kind of thing from filling a list")


@dataclass(frozen=True)
class Shelf:
    """The products of a file: as the model reads them, their ids as written there, and what is sold out."""

    items: list[Item]
    ids: Mapping[str, Any]
    sold_out: frozenset[str]


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Learn, then answer every line."""
    shelf = read_items(options.items)
    histories = list(read_histories(options.histories))
    print(f"recommend: learning from {len(histories):,} histories", file=sys.stderr)
    model = await asyncio.to_thread(Model.of_histories, shelf.items, histories)
    titles = {item.id: item.title for item in shelf.items}

    async def work(row: Row) -> dict[str, Any]:
        history = history_of(row)
        found = model.suggest(
            history, options.top, allowed=lambda id: id not in shelf.sold_out, is_varied=options.varied
        )
        language = _language(row)
        return {
            "items": [
                {
                    "id": shelf.ids[item.id],
                    "score": item.score,
                    "reason": _reason(item.cause, titles, language or detect(titles[item.id])),
                }
                for item in found
            ]
        }

    report = await run_batch(options.input, options.output, work, required=("history",), label="recommend")
    return report.exit_status


def _reason(cause: Any, titles: Mapping[str, str], language: Language) -> str:
    return reason_text(cause, titles.get(cause.beside, ""), language)


def read_items(path: Path) -> Shelf:
    """Read the products; a bad line is named on standard error and left out.

    Raises:
        LineInvalid: when the file cannot be read or holds no product.
    """
    items: list[Item] = []
    ids: dict[str, Any] = {}
    sold_out = set()
    for row in _rows(path, ("id",)):
        id = str(row["id"])
        title = _text(row.get("title")) or _text(row.get("description"))[:_LONGEST_TITLE]
        texts = [title, *(_text(row.get(name)) for name in _TEXTS)]
        items.append(Item(id, texts[0], " ".join(filter(None, texts)), _text(row.get("brand"))))
        ids[id] = row["id"]
        if row.get("in_stock") is False or row.get("availability") == "out_of_stock":
            sold_out.add(id)
    if not items:
        raise LineInvalid(f"{str(path)!r} holds no product; a line is {{'id': '7', 'title': 'Binder'}}")
    return Shelf(items, ids, frozenset(sold_out))


def read_histories(path: Path) -> Iterator[list[str]]:
    """Yield the histories of a file; a bad line is named on standard error and left out."""
    for number, row in enumerate(_rows(path, ("history",)), 1):
        try:
            yield history_of(row)
        except LineInvalid as error:
            print(f"{path.name}, history {number}: {error}", file=sys.stderr)


def history_of(row: Row) -> list[str]:
    """Return a line's product ids as texts.

    Raises:
        LineInvalid: when they are no list of ids.
    """
    history = row["history"]
    if not isinstance(history, list) or not all(isinstance(id, str | int) for id in history):
        raise LineInvalid(f"'history' is {json.dumps(history)[:80]}, not a list of item ids")
    return [str(id) for id in history]


def _rows(path: Path, required: tuple[str, ...]) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    yield parse_line(line, required)
                except LineInvalid as error:
                    print(f"{path.name}, line {number}: {error}", file=sys.stderr)
    except OSError as error:
        raise LineInvalid(f"{str(path)!r} cannot be read: {error.strerror}") from error


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_text, value))
    return plain(value) if isinstance(value, str) else ""


def _language(row: Row) -> Language | None:
    match row.get("language"):
        case None | "":
            return None
        case "en":
            return "en"
        case "zh":
            return "zh"
        case other:
            raise LineInvalid(f"'language' is {other!r}, use 'en' or 'zh'")
