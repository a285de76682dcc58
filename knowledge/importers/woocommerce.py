"""WooCommerce's product CSV: simple and variable products, and their variations in rows of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from knowledge.importers import facts, rows, values
from knowledge.importers.markup import as_text, plain, read_html
from knowledge.importers.money import read_price
from knowledge.importers.options import Options
from knowledge.importers.report import BadValue, Report, no_currency_named
from knowledge.importers.rows import Row
from knowledge.importers.source import Source
from knowledge.records import Attribute, Offer, Option, Product, ProductId, Sku, Text, Variant

_SIMPLE = frozenset(("simple", "external", "grouped", ""))


def has_its_columns(names: Iterable[str]) -> bool:
    """Return whether these are the columns of a WooCommerce export."""
    present = {name.casefold() for name in names}
    return {"id", "type", "name"} <= present and bool({"regular price", "visibility in catalog"} & present)


def read(source: Source, options: Options, report: Report) -> Iterator[tuple[int, Product]]:
    """Yield each product with its line; variable products come last, when all their rows are known."""
    families = _Families()
    for row in rows.read_rows(source, report):
        cells = _Cells(row)
        kinds = {part.strip() for part in cells["Type"].casefold().split(",")} - {"virtual", "downloadable"}
        try:
            if "variation" in kinds:
                families.add_variation(cells, options)
            elif "variable" in kinds:
                families.add_parent(cells, _product(cells, options))
            elif not kinds or kinds & _SIMPLE:
                yield row.line, replace(_product(cells, options), offer=_offer(cells, options))
            else:
                raise BadValue("Type", cells["Type"], "is not known", "use simple, variable or variation")
        except BadValue as fault:
            report.bad(row.line, fault)
    yield from families.products(report)
    if not options.is_currency_given:
        report.note(no_currency_named("WooCommerce's file names no currency", options.currency))


class _Cells:
    """One row by WooCommerce's names; capitals do not matter."""

    def __init__(self, row: Row) -> None:
        self.line = row.line
        self._cells = {name.casefold(): value for name, value in row.cells.items()}

    def __getitem__(self, name: str) -> str:
        return str(self._cells.get(name.casefold(), "")).strip()

    def attributes(self) -> Iterator[tuple[str, list[str]]]:
        """Yield name and values of "Attribute 1 name", "Attribute 1 value(s)" and so on."""
        for column, name in self._cells.items():
            found = re.fullmatch(r"attribute (\d+) name", column)
            if found and name.strip():
                text = self[f"Attribute {found[1]} value(s)"]
                # A comma within a value is written with a backslash.
                parts = [part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),\s*", text)]
                yield name.strip(), [part for part in parts if part]


class _Families:
    """Variable products and the variations that wait for them."""

    def __init__(self) -> None:
        self._parents: dict[str, tuple[int, Product]] = {}
        self._by_sku: dict[str, str] = {}
        self._variations: list[tuple[_Cells, str, Variant]] = []

    def add_parent(self, cells: _Cells, product: Product) -> None:
        """Keep a variable product until its variations are known."""
        if product.id in self._parents:
            line = self._parents[product.id][0]
            raise BadValue(
                "ID", product.id, f"occurs again; it was first used in line {line}", "give each its own id"
            )
        self._parents[product.id] = (cells.line, product)
        if cells["SKU"]:
            self._by_sku[cells["SKU"]] = product.id

    def add_variation(self, cells: _Cells, options: Options) -> None:
        """Keep a variation for its parent, which may stand below it."""
        chosen = tuple(
            Option(
                facts.key_of(name), as_text(plain(value), options.language), as_text(name, options.language)
            )
            for name, found in cells.attributes()
            for value in found[:1]
        )
        sku = values.identifier(cells["SKU"] or cells["ID"], "SKU")
        image = values.link(cells["Images"], "Images")
        variant = Variant(Sku(sku), chosen, _offer(cells, options), _barcode(cells), image)
        self._variations.append((cells, cells["Parent"], variant))

    def products(self, report: Report) -> Iterator[tuple[int, Product]]:
        """Yield the variable products, complete."""
        variants: dict[str, dict[str, Variant]] = {}
        for cells, parent, variant in self._variations:
            id = parent.removeprefix("id:") if parent.startswith("id:") else self._by_sku.get(parent, parent)
            if id not in self._parents:
                problem = "is not a variable product of this file"
                report.bad(
                    cells.line, BadValue("Parent", parent, problem, "export parent and variations together")
                )
            elif variant.sku in variants.setdefault(id, {}):
                fault = BadValue(
                    "SKU", variant.sku, "is used twice by this product", "give each variation its own"
                )
                report.bad(cells.line, fault)
            else:
                variants[id][variant.sku] = variant
        for id, (line, product) in self._parents.items():
            own = tuple(variants.get(id, {}).values())
            varied = {option.key for variant in own for option in variant.options}
            kept = tuple(attribute for attribute in product.attributes if attribute.key not in varied)
            yield line, replace(product, variants=own, attributes=kept)


def _product(cells: _Cells, options: Options) -> Product:
    language = options.language
    title = plain(cells["Name"])
    if not title:
        raise BadValue("Name", "", "is empty", "give every product a name")
    page, short = read_html(cells["Description"]), read_html(cells["Short description"])
    stated, points = page.facts()
    short_facts, short_points = short.facts()
    paragraphs = list(dict.fromkeys(short.paragraphs + page.paragraphs))
    paths = [
        [plain(part) for part in path.split(">")] for path in re.split(r"(?<!\\),\s*", cells["Categories"])
    ]
    names = list(dict.fromkeys(name for path in paths for name in path[1:] if name))
    return Product(
        ProductId(values.identifier(cells["ID"] or cells["SKU"], "ID")),
        as_text(title, language),
        as_text("\n\n".join(paragraphs), language) if paragraphs else Text(),
        highlights=tuple(as_text(point, language) for point in dict.fromkeys(short_points + points)),
        brand=plain(cells["Brands"]) or None,
        department=as_text(paths[0][0], language) if paths[0][0] else Text(),
        categories=tuple(as_text(name, language) for name in names),
        attributes=facts.unique(_attributes(cells, stated + short_facts, options)),
        barcode=_barcode(cells),
        image=values.link(cells["Images"], "Images"),
        url=values.link(cells["External URL"], "External URL"),
        tags=values.strings(cells["Tags"], "Tags", r","),
        is_published=values.yes_no(cells["Published"], "Published", default=True)
        and cells["Visibility in catalog"].casefold() != "hidden",
    )


def _attributes(cells: _Cells, stated: list[tuple[str, str]], options: Options) -> Iterator[Attribute | None]:
    for name, found in cells.attributes():
        raw: Any = found if len(found) > 1 else "".join(found)
        yield facts.attribute(name, raw, language=options.language)
    for name, value in stated:
        yield facts.attribute(name, value, language=options.language)
    if cells["SKU"]:
        yield Attribute("sku", cells["SKU"], label=Text("SKU"))
    for name in ("Weight", "Length", "Width", "Height"):
        for unit in ("kg", "g", "lbs", "oz", "cm", "mm", "m", "in"):
            if value := cells[f"{name} ({unit})"]:
                yield facts.attribute(name, f"{value} {unit}", language=options.language)


def _barcode(cells: _Cells) -> str | None:
    return cells["GTIN, UPC, EAN, or ISBN"] or None


def _offer(cells: _Cells, options: Options) -> Offer:
    regular = read_price(cells["Regular price"], "Regular price", options.currency)
    reduced = read_price(cells["Sale price"], "Sale price", options.currency)
    state = cells["In stock?"].casefold()
    available = "backorder" if state == "backorder" else values.availability(state, "In stock?")
    counted = values.stock(cells["Stock"], "Stock")
    if counted == 0 and available == "in_stock":
        available = (
            "backorder" if cells["Backorders allowed?"].casefold() in ("1", "notify") else "out_of_stock"
        )
    is_reduced = reduced is not None and (regular is None or reduced.amount < regular.amount)
    return Offer(reduced if is_reduced else regular, regular if is_reduced else None, available, counted)
