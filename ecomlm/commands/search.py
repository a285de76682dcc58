"""`python -m ecomlm search`: find products for every question of a JSONL file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecomlm.batch import LineInvalid, Row, run_batch, text_of
from ecomlm.language import detect
from ecomlm.search.query import Query
from ecomlm.search.search import Search, SearchResult
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--input", type=Path, required=True, metavar="FILE", help='JSONL: {"id", "query"}')
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE",
        help='JSONL: {"id", "products": [{"id", "score"}], "filters"}',
    )  # fmt: skip
    parser.add_argument(
        "--top", type=_positive, default=10, metavar="N", help="at most N products (default: 10)"
    )


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Answer every line."""
    async with await Store.open(settings) as store, await Search.open(settings, store) as search:

        async def work(row: Row) -> dict[str, Any]:
            text = text_of(row, "query")
            found = await search.products(text, language=_language(row), limit=options.top, keep_tail=True)
            return as_json(found)

        report = await run_batch(options.input, options.output, work, required=("query",), label="search")
    return report.exit_status


def as_json(found: SearchResult) -> dict[str, Any]:
    """Return a result as plain values."""
    result: dict[str, Any] = {
        "products": [{"id": hit.product.id, "score": hit.score} for hit in found.hits],
        "filters": filters_of(found.query),
        "language": found.query.language,
        "total": found.total,
        "exact": found.exact,
    }
    if found.unmet:
        result["unmet"] = found.unmet.kind
    return result


def filters_of(query: Query) -> dict[str, Any]:
    """Return a question's conditions by kind; those that can be asked for several times as lists."""
    filters: dict[str, Any] = {}
    for item in query.filters:
        if item.kind in ("colour", "feature", "number"):
            filters.setdefault(f"{item.kind}s", []).append(item.as_json())
        else:
            filters[item.kind] = item.as_json()
    if query.superlative:
        order = "highest" if query.superlative.is_highest else "lowest"
        filters["superlative"] = {"fact": query.superlative.label.en, "order": order}
    return filters


def _language(row: Row) -> Language:
    match row.get("language"):
        case None:
            return detect(text_of(row, "query"))
        case "en":
            return "en"
        case "zh":
            return "zh"
        case other:
            raise LineInvalid(f"'language' is {other!r}, use 'en' or 'zh'")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number
