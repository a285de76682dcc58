"""Shopify's product CSV, old and new headers: the variants of a handle stand in rows below each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from knowledge.importers import facts, rows, values
from knowledge.importers.markup import as_text, plain, read_html
from knowledge.importers.money import read_price
from knowledge.importers.options import Options
from knowledge.importers.report import BadValue, Report, no_currency_named
from knowledge.importers.rows import Row
from knowledge.importers.source import Source
from knowledge.records import Attribute, Availability, Offer, Option, Product, ProductId, Sku, Text, Variant

# Our name for a column: Shopify's classic name, then its newer ones; capitals do not matter.
_COLUMNS = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "body": ("Body (HTML)", "Body HTML", "Description"),
    "vendor": ("Vendor",),
    "category": ("Product Category", "Product category", "Standard Product Type"),
    "type": ("Type", "Custom Product Type"),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "sku": ("Variant SKU", "SKU"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "price": ("Variant Price", "Price"),
    "list_price": ("Variant Compare At Price", "Compare-at price"),
    "barcode": ("Variant Barcode", "Barcode"),
    "image": ("Image Src", "Product image URL"),
    "variant_image": ("Variant Image", "Variant image URL"),
}
_CARRIED_ON = frozenset(("continue", "true", "yes"))


def has_its_columns(names: Iterable[str]) -> bool:
    """Return whether these are the columns of a Shopify export."""
    present = {name.casefold() for name in names}
    is_classic = "handle" in present and any(name.startswith("variant ") for name in present)
    return is_classic or ("url handle" in present and "title" in present)


def read(source: Source, options: Options, report: Report) -> Iterator[tuple[int, Product]]:
    """Yield each product with the line of its first row."""
    stream = rows.read_rows(source, report)
    for handle, group in itertools.groupby(stream, key=lambda row: _Cells(row)["handle"]):
        members = [_Cells(row) for row in group]
        line = members[0].line
        try:
            if not handle:
                raise BadValue("Handle", "", "is empty", "give every row the handle of its product")
            yield line, _product(handle, members, options)
        except BadValue as fault:
            report.bad(line, fault)
    if not options.is_currency_given:
        report.note(no_currency_named("Shopify's file names no currency", options.currency))


class _Cells:
    """One row by our names of the columns."""

    def __init__(self, row: Row) -> None:
        self.line = row.line
        self._cells: Mapping[str, Any] = {name.casefold(): value for name, value in row.cells.items()}

    def __getitem__(self, name: str) -> str:
        return next((text for title in _COLUMNS[name] if (text := self.raw(title))), "")

    def raw(self, title: str) -> str:
        """Return the cell below that title."""
        return str(self._cells.get(title.casefold(), "")).strip()

    def column(self, name: str) -> str:
        """Return the title under which the file has that column."""
        return next((title for title in _COLUMNS[name] if title.casefold() in self._cells), _COLUMNS[name][0])

    def has(self, name: str) -> bool:
        """Return whether the file has that column at all."""
        return any(title.casefold() in self._cells for title in _COLUMNS[name])

    def metafields(self) -> Iterator[tuple[str, str]]:
        """Yield the shop's own fields: "Fabric (product.metafields.custom.fabric)"."""
        for name, value in self._cells.items():
            if "(product.metafields." in name and value:
                yield name.split("(product.metafields.")[0].strip(), str(value)


def _product(handle: str, members: list[_Cells], options: Options) -> Product:
    first = members[0]
    language = options.language
    title = plain(first["title"])
    if not title:
        raise BadValue(
            "Title", "", "is empty in the first row of its handle", "keep the rows of a product together"
        )
    page = read_html(first["body"])
    stated, points = page.facts()
    sold = [cells for cells in members if cells["price"] or cells["sku"] or cells.raw("Option1 Value")]
    variants = _variants(handle, sold, options)
    attributes = facts.unique(facts.attribute(name, value, language=language) for name, value in stated)
    offer = Offer()
    if not variants and sold:
        offer = _offer(sold[0], options)
        attributes += tuple(_single(sold[0]))
    more = (facts.attribute(name, value, language=language) for name, value in first.metafields())
    return Product(
        ProductId(values.identifier(handle, "Handle")),
        as_text(title, language),
        as_text(page.text, language) if page.text else Text(),
        highlights=tuple(as_text(point, language) for point in points),
        brand=plain(first["vendor"]) or None,
        department=_department(first, options),
        categories=tuple(as_text(plain(name), language) for name in (first["type"],) if name),
        attributes=facts.unique([*attributes, *more]),
        variants=variants,
        offer=offer,
        barcode=None if variants or not sold else sold[0]["barcode"] or None,
        image=next((url for cells in members if (url := values.link(cells["image"], "Image Src"))), None),
        tags=values.strings(first["tags"], "Tags", r","),
        is_published=_is_published(first),
    )


def _department(first: _Cells, options: Options) -> Text:
    parts = [plain(part) for part in first["category"].split(">")]
    return as_text(parts[0], options.language) if parts[0] else Text()


def _is_published(first: _Cells) -> bool:
    is_active = first["status"].casefold() in ("", "active")
    return is_active and values.yes_no(first["published"], first.column("published"), default=True)


def _single(cells: _Cells) -> Iterator[Attribute]:
    if cells["sku"]:
        yield Attribute("sku", cells["sku"], label=Text("SKU"))
    if cells["grams"] and (weight := facts.attribute("Weight (g)", cells["grams"], declared="number")):
        yield weight


def _variants(handle: str, sold: list[_Cells], options: Options) -> tuple[Variant, ...]:
    named = {
        number: name for number in (1, 2, 3) if (name := sold[0].raw(f"Option{number} Name") if sold else "")
    }
    if not named or (len(sold) == 1 and _is_default(sold[0])):
        return ()
    found: dict[str, Variant] = {}
    for cells in sold:
        chosen = tuple(
            Option(
                facts.key_of(name),
                as_text(plain(value), options.language),
                as_text(plain(name), options.language),
            )
            for number, name in named.items()
            if (value := cells.raw(f"Option{number} Value"))
        )
        sku = cells["sku"] or "-".join([handle, *(option.value.best("en") for option in chosen)])
        if sku in found:
            raise _at(
                cells,
                BadValue(cells.column("sku"), sku, "is used twice by this product", "give each its own"),
            )
        image = values.link(cells["variant_image"], "Variant Image")
        found[sku] = Variant(Sku(sku), chosen, _offer(cells, options), cells["barcode"] or None, image)
    return tuple(found.values())


def _is_default(cells: _Cells) -> bool:
    return cells.raw("Option1 Value").casefold() in ("default title", "")


def _offer(cells: _Cells, options: Options) -> Offer:
    try:
        price = read_price(cells["price"], cells.column("price"), options.currency)
        listed = read_price(cells["list_price"], cells.column("list_price"), options.currency)
        counted = values.stock(cells["stock"], cells.column("stock")) if _is_counted(cells) else None
    except BadValue as fault:
        raise _at(cells, fault) from fault
    if listed is not None and (price is None or listed.amount <= price.amount):
        listed = None
    sells_on = cells["policy"].casefold() in _CARRIED_ON
    availability: Availability | None = (
        None if counted is not None else "in_stock" if cells["price"] else None
    )
    if counted == 0 and sells_on:
        availability = "backorder"
    return Offer(price, listed, availability, counted)


def _is_counted(cells: _Cells) -> bool:
    # Without a tracker Shopify sells without counting, whatever the quantity says.
    return bool(cells["tracker"]) or not cells.has("tracker")


def _at(cells: _Cells, fault: BadValue) -> BadValue:
    fault.line = cells.line
    return fault
