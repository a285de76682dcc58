"""`python -m ecomlm write`: draft product texts for every line of a JSONL file, or for a whole department.

Nothing is published: what comes out are drafts, each with its claims and what the check kept out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from ecomlm.batch import LineInvalid, Row, run_batch
from ecomlm.copywriting.kinds import PARTS, Kind, columns
from ecomlm.copywriting.voice import load_voice
from ecomlm.copywriting.writer import Draft, Writer
from ecomlm.generation.start import start_engine
from ecomlm.settings import Settings
from knowledge.importers.table import product_of
from knowledge.records import Language, Product, ProductId
from knowledge.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_GREEN, _RED, _PLAIN = "\033[32m", "\033[31m", "\033[0m"
_OWN_KEYS = ("language", "kind")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--kind", choices=get_args(Kind), required=True, help="what to write")
    parser.add_argument(
        "--input", type=Path, metavar="FILE",
        help='JSONL: {"id"} or {"id", "product_id"} of a product of the shop, or the product itself: '
        '{"id", "title", "brand", "attributes": {name: value} ...}; "language" chooses for a line',
    )  # fmt: skip
    parser.add_argument(
        "--department", metavar="NAME", help="every product of a department of the shop instead"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE",
        help='JSONL: {"id", "kind", "language", "text", "parts", "claims", "rejected", "source", "status"}',
    )  # fmt: skip
    parser.add_argument("--language", choices=get_args(Language), default="en", help="default: en")
    parser.add_argument("--voice", type=Path, metavar="FILE", help="the shop's voice (TOML)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another number, another wording")
    parser.add_argument("--no-model", action="store_true", help="write from the records alone")
    parser.add_argument("--resume", action="store_true", help="go on where an earlier run ended")
    parser.add_argument(
        "--show", action="store_true", help="show each draft on standard error, claims coloured"
    )


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write a draft for every line."""
    if (options.input is None) == (options.department is None):
        raise LineInvalid("give either --input FILE or --department NAME")
    voice = load_voice(options.voice)
    async with _opened(settings, options) as (store, engine):
        writer = Writer(voice, engine)

        async def work(row: Row) -> Mapping[str, Any]:
            product = await _product(row, store)
            draft = await writer.draft(product, options.kind, _language(row, options.language), options.seed)
            if options.show:
                print(shown(draft), file=sys.stderr)
            return as_json(draft)

        with tempfile.TemporaryDirectory() as folder:
            source = options.input or await _department(store, options.department, Path(folder))
            report = await run_batch(source, options.output, work, label="write", resume=options.resume)
    return report.exit_status


@asynccontextmanager
async def _opened(settings: Settings, options: argparse.Namespace) -> AsyncGenerator[tuple[Store, Any]]:
    async with await Store.open(settings) as store:
        engine = None if options.no_model else await start_engine(settings)
        try:
            yield store, engine
        finally:
            if engine is not None:
                await engine.close()


async def _product(row: Row, store: Store) -> Product:
    if "title" not in row:
        return await store.product(ProductId(str(row.get("product_id", row["id"]))))
    cells = {key: value for key, value in row.items() if key not in (*_OWN_KEYS, "attributes")}
    for key in ("title", "description"):
        if isinstance(wording := cells.get(key), dict):
            del cells[key]
            cells |= {f"{key}_{language}": wording.get(language) for language in get_args(Language)}
    return product_of(cells | _attributes(row.get("attributes")))


def _attributes(given: object) -> dict[str, Any]:
    """Return attributes as columns: from {name: value} or {name: {"value", "unit"}}, or a list of such."""
    if given is None:
        return {}
    if isinstance(given, list):
        given = {str(item.get("name") or item.get("key")): item for item in given if isinstance(item, dict)}
    if not isinstance(given, dict):
        raise LineInvalid(f"'attributes' is {given!r}, not {{name: value}}")
    found = {}
    for name, value in given.items():
        if isinstance(value, dict):
            unit = value.get("unit") or ""
            value = f"{value.get('value')} {unit}".strip() if unit else value.get("value")
        found[str(name)] = value
    return found


def _language(row: Row, default: Language) -> Language:
    language = row.get("language", default)
    if language == "zh":
        return "zh"
    if language == "en":
        return "en"
    raise LineInvalid(f"'language' is {language!r}, use 'en' or 'zh'")


async def _department(store: Store, name: str, folder: Path) -> Path:
    """Write the ids of a department's products to a file, in the store's order.

    Raises:
        LineInvalid: naming the departments there are, where no product is of this one.
    """
    products = [product async for product in store.each_product()]
    wanted = name.strip().lower()
    own = [item for item in products if wanted in (item.department.en.lower(), item.department.zh)]
    if not own:
        known = sorted({item.department.en or item.department.zh for item in products} - {""})
        raise LineInvalid(f"no product is of the department {name!r}; known are {', '.join(known) or 'none'}")
    path = folder / "department.jsonl"
    lines = (json.dumps({"id": item.id}, ensure_ascii=False) + "\n" for item in own if item.is_published)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def as_json(draft: Draft) -> dict[str, Any]:
    """Return a draft as plain values."""
    limits = {part.name: part.limit for part in PARTS[draft.kind]}
    return {
        "kind": draft.kind,
        "language": draft.language,
        "product": draft.product,
        "text": draft.text,
        "parts": [
            {
                "part": piece.part,
                "text": piece.text,
                "columns": columns(piece.text),
                "limit": limits[piece.part],
            }
            for piece in draft.pieces
        ],
        "claims": [asdict(claim) for claim in draft.claims],
        "rejected": [asdict(item) for item in draft.rejected],
        "source": draft.source,
        "status": draft.status,
    }


def shown(draft: Draft) -> str:
    """Return a draft for a terminal: its supported claims green, what was kept out of it red."""
    claims = {claim.text for claim in draft.claims if claim.is_supported}
    found = "|".join(re.escape(claim) for claim in sorted(claims, key=len, reverse=True))
    text = re.sub(found, lambda match: f"{_GREEN}{match[0]}{_PLAIN}", draft.text) if found else draft.text
    lines = [f"[{draft.product}, {draft.kind}, {draft.language}, {draft.source}]", text]
    for item in draft.rejected:
        why = [*(f"{claim.kind}: {claim.text}" for claim in item.claims), *item.faults]
        lines.append(f"{_RED}kept out {' / '.join(item.text.splitlines())}{_PLAIN} ({'; '.join(why)})")
    return "\n".join(lines)
