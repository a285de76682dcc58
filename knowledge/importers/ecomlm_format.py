"""Our own export: JSON Lines with one record of any kind a line, and CSV with one product a row.

Both come back exactly as they went out.
"""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, TextIO

from knowledge import codec
from knowledge.errors import ImportFailed, RecordInvalid
from knowledge.importers import rows
from knowledge.importers.options import Options
from knowledge.importers.report import BadValue, Report
from knowledge.importers.source import Source
from knowledge.records import Product, Record, RecordKind
from knowledge.spreadsheets import neutral, original
from knowledge.store import Store

_TEXTS = ("title", "description", "department")
_PLAIN = ("brand", "barcode", "url", "image", "released")
_LISTS = ("highlights", "categories", "attributes", "variants", "tags")
_OFFER = ("price", "list_price")
COLUMNS = (
    "id", "title_en", "title_zh", "brand", "price", "list_price", "currency", "availability", "stock",
    "department_en", "department_zh", "description_en", "description_zh", "barcode", "url", "image",
    "released", "is_published", "highlights_json", "categories_json", "attributes_json", "variants_json",
    "tags_json",
)  # fmt: skip


def is_ours(start: str) -> bool:
    """Return whether a JSON Lines file begins like our export."""
    try:
        first = json.loads(start.splitlines()[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and set(first) == {"kind", "record"} and first["kind"] in codec.KINDS


def has_our_columns(names: Iterable[str]) -> bool:
    """Return whether these are the columns of our CSV export."""
    return {"id", "attributes_json", "variants_json"} <= set(names)


def read(source: Source, options: Options, report: Report) -> Iterator[tuple[int, Record]]:
    """Yield each record with its line."""
    is_csv = rows.layout(source.head) == "csv"
    for row in rows.read_rows(source, report):
        try:
            if is_csv:
                yield row.line, _product(row.cells)
            else:
                kind = row.cells.get("kind")
                if kind not in codec.KINDS:
                    raise BadValue("kind", kind, "is no kind of record", f"use {', '.join(codec.KINDS)}")
                yield row.line, codec.from_json(kind, row.cells.get("record"))
        except RecordInvalid as exc:
            report.bad(row.line, BadValue("record", row.cells.get("id", ""), str(exc), "export it again"))
        except BadValue as fault:
            report.bad(row.line, fault)


async def write_jsonl(store: Store, stream: TextIO, kinds: Iterable[RecordKind]) -> int:
    """Write every record of these kinds and return how many; owners before what belongs to them."""
    count = 0
    for kind in kinds:
        async for record in store.each(kind):
            line = {"kind": kind, "record": codec.to_json(record)}
            stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


async def write_csv(products: AsyncIterator[Product], stream: TextIO) -> int:
    """Write every product as one row and return how many; no cell can act as a formula."""
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    count = 0
    async for product in products:
        writer.writerow({name: neutral(value) for name, value in _row(product).items()})
        count += 1
    return count


def _row(product: Product) -> dict[str, str]:
    record = codec.to_json(product)
    offer = record.get("offer", {})
    row = {"id": product.id, "is_published": str(product.is_published).lower()}
    row |= {
        f"{name}_{language}": record.get(name, {}).get(language, "")
        for name in _TEXTS
        for language in ("en", "zh")
    }
    row |= {name: record.get(name) or "" for name in _PLAIN}
    row |= {name: offer.get(name, {}).get("amount", "") for name in _OFFER}
    row["currency"] = next((offer[name]["currency"] for name in _OFFER if name in offer), "")
    row["availability"] = offer.get("availability") or ""
    row["stock"] = str(offer["stock"]) if "stock" in offer else ""
    return row | {f"{name}_json": _json(record[name]) if record.get(name) else "" for name in _LISTS}


def _product(cells: dict[str, Any]) -> Product:
    plain = {name: original(str(value)) for name, value in cells.items()}
    record: dict[str, Any] = {"id": plain["id"]}
    record["is_published"] = plain.get("is_published", "true").casefold() != "false"
    for name in _TEXTS:
        text = {language: text for language in ("en", "zh") if (text := plain.get(f"{name}_{language}", ""))}
        if text:
            record[name] = text
    record |= {name: plain[name] for name in _PLAIN if plain.get(name)}
    offer: dict[str, Any] = {
        name: {"amount": plain[name], "currency": plain.get("currency", "")}
        for name in _OFFER
        if plain.get(name)
    }
    if plain.get("availability"):
        offer["availability"] = plain["availability"]
    try:
        if plain.get("stock"):
            offer["stock"] = int(plain["stock"])
        for name in _LISTS:
            if plain.get(f"{name}_json"):
                record[name] = json.loads(plain[f"{name}_json"])
    except ValueError as exc:
        raise RecordInvalid(f"{plain['id']!r}: a cell was changed and is no longer readable ({exc})") from exc
    product = codec.from_json("product", record | ({"offer": offer} if offer else {}))
    assert isinstance(product, Product)
    return product


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def check_name(name: str) -> None:
    """Raise ImportFailed unless the name ends like a format that can be written."""
    if not name.endswith((".csv", ".jsonl")):
        raise ImportFailed(
            f"cannot write {name!r}: use a name that ends in .csv (products) or .jsonl (everything)"
        )
