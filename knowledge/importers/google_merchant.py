"""Google Merchant feeds: RSS or Atom XML with `g:` fields, streamed, and the same fields as TSV or CSV."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from defusedxml import ElementTree as SafeElementTree
from defusedxml.common import DefusedXmlException

from knowledge.errors import ImportFailed
from knowledge.importers import facts, rows, values
from knowledge.importers.columns import normal
from knowledge.importers.markup import as_text, plain, read_html
from knowledge.importers.money import read_price
from knowledge.importers.options import Options
from knowledge.importers.report import BadValue, Report
from knowledge.importers.rows import Row
from knowledge.importers.source import Source
from knowledge.records import Attribute, Offer, Option, Product, ProductId, Sku, Text, Variant

_ITEMS = frozenset(("item", "entry"))
_OPTIONS = ("color", "size", "material", "pattern")
_PLAIN_FACTS = (
    *_OPTIONS, "gender", "age_group", "condition", "mpn", "shipping_weight", "product_length",
    "product_width", "product_height", "product_weight", "energy_efficiency_class", "multipack",
)  # fmt: skip


def has_its_columns(names: Iterable[str]) -> bool:
    """Return whether these are the columns of a Merchant Center feed."""
    present = {normal(name).removeprefix("g:") for name in names}
    return {"id", "title", "link"} <= present and bool(
        {"image link", "item group id", "google product category"} & present
    )


def read(source: Source, options: Options, report: Report) -> Iterator[tuple[int, Product]]:
    """Yield each product with its item number; items of a group become one product and come last."""
    is_xml = source.head.lstrip("\ufeff \t\r\n").startswith("<")
    groups: dict[str, list[tuple[int, _Fields]]] = {}
    for row in _xml_items(source, report) if is_xml else rows.read_rows(source, report):
        fields = _Fields(row)
        try:
            if group := fields.text("item_group_id"):
                groups.setdefault(group, []).append((row.line, fields))
            else:
                yield row.line, _product(fields, options)
        except BadValue as fault:
            report.bad(row.line, fault)
    for group, members in groups.items():
        yield from _family(group, members, options, report)


class _Fields:
    """One item: each field with all its values."""

    def __init__(self, row: Row) -> None:
        self._values: dict[str, list[Any]] = {}
        for name, value in row.cells.items():
            key = normal(name).removeprefix("g:").replace(" ", "_")
            self._values[key] = value if isinstance(value, list) else [value]

    def text(self, name: str) -> str:
        """Return the first value of a field."""
        first = next(iter(self._values.get(name, [])), "")
        return first.strip() if isinstance(first, str) else ""

    def all(self, name: str) -> list[Any]:
        """Return all values of a field."""
        return [value for value in self._values.get(name, []) if value]


def _xml_items(source: Source, report: Report) -> Iterator[Row]:
    report.place = "item"
    with source.bytes() as stream:
        bounded = _Bounded(stream, source)
        opened: list[ElementTree.Element] = []
        try:
            for event, element in SafeElementTree.iterparse(bounded, ("start", "end"), forbid_dtd=True):
                if event == "start":
                    opened.append(element)
                    continue
                opened.pop()
                if _local(element) in _ITEMS:
                    report.rows += 1
                    yield Row(report.rows, _item(element))
                    bounded.since_item = 0
                    if opened:
                        opened[-1].clear()  # flat memory, however long the feed
        except DefusedXmlException as exc:
            raise ImportFailed(
                f"{source.path.name} declares a document type or entities, which can read files or "
                "exhaust memory; product feeds need none: remove the DOCTYPE"
            ) from exc
        except ElementTree.ParseError as exc:
            raise ImportFailed(
                f"{source.path.name} is not well-formed XML, or is cut off ({exc}); export the feed again"
            ) from exc
        except (LookupError, ValueError) as exc:
            raise ImportFailed(
                f"{source.path.name}: its XML encoding is not usable ({exc}); save it as UTF-8"
            ) from exc


class _Bounded:
    """The stream for the parser, which stops at an item without end."""

    def __init__(self, stream: BinaryIO, source: Source) -> None:
        self._stream, self._source = stream, source
        self.since_item = 0

    def read(self, size: int = -1) -> bytes:
        """Read on, unless the current item is already too long."""
        self.since_item += size
        if self.since_item > self._source.longest_line + 65_536:
            raise self._source.too_long("an item")
        return self._stream.read(size)


def _item(element: ElementTree.Element) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for child in element:
        name = _local(child)
        value: Any = {_local(part): (part.text or "").strip() for part in child} or (child.text or "").strip()
        if name == "link" and not value:
            value = child.get("href", "")
        found.setdefault(name, []).append(value)
    return found


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _product(fields: _Fields, options: Options) -> Product:
    language = options.language
    title = plain(fields.text("title"))
    if not title:
        raise BadValue("title", "", "is empty", "give every item a title")
    page = read_html(fields.text("description"))
    stated, points = page.facts()
    kinds = [plain(part) for part in re.split(r"\s*>\s*", fields.text("product_type"))]
    categories = [plain(part) for part in re.split(r"\s*>\s*", fields.text("google_product_category"))]
    path = [part for part in (kinds if kinds[0] else categories) if part and not part.isdigit()]
    highlights = [plain(str(value)) for value in fields.all("product_highlight")] + points
    return Product(
        ProductId(values.identifier(fields.text("id"), "id")),
        as_text(title, language),
        as_text(page.text, language) if page.text else Text(),
        highlights=tuple(as_text(text, language) for text in highlights),
        brand=plain(fields.text("brand")) or None,
        department=as_text(path[0], language) if path else Text(),
        categories=tuple(as_text(name, language) for name in path[1:]),
        attributes=facts.unique(_attributes(fields, stated, options)),
        offer=_offer(fields, options),
        barcode=fields.text("gtin") or None,
        url=values.link(fields.text("link"), "link"),
        image=values.link(fields.text("image_link"), "image_link"),
    )


def _attributes(
    fields: _Fields, stated: list[tuple[str, str]], options: Options
) -> Iterator[Attribute | None]:
    for detail in fields.all("product_detail"):
        if isinstance(detail, dict):
            pairs = [(detail.get("attribute_name", ""), detail.get("attribute_value", ""))]
        else:  # a table writes them as section:name:value, parted by commas
            parts = [part.split(":", 2) for part in str(detail).split(",")]
            pairs = [(part[1], part[2]) for part in parts if len(part) == 3]
        for name, value in pairs:
            if name.strip():
                yield facts.attribute(name, value, language=options.language)
    for name, value in stated:
        yield facts.attribute(name, value, language=options.language)
    for name in _PLAIN_FACTS:
        if text := fields.text(name):
            declared: facts.Declared = "text" if name in ("mpn", "size") else None
            yield facts.attribute(name.replace("_", " "), text, declared=declared, language=options.language)


def _offer(fields: _Fields, options: Options) -> Offer:
    regular = read_price(fields.text("price"), "price", options.currency)
    reduced = read_price(fields.text("sale_price"), "sale_price", options.currency)
    available = values.availability(fields.text("availability"), "availability")
    is_reduced = reduced is not None and (regular is None or reduced.amount < regular.amount)
    return Offer(reduced if is_reduced else regular, regular if is_reduced else None, available)


def _family(
    group: str, members: list[tuple[int, _Fields]], options: Options, report: Report
) -> Iterator[tuple[int, Product]]:
    good: list[tuple[int, _Fields, Product]] = []
    for line, fields in members:
        try:
            product = _product(fields, options)
            if product.id in (other.id for _, _, other in good):
                raise BadValue("id", product.id, "occurs again in its group", "give every item its own id")
            good.append((line, fields, product))
        except BadValue as fault:
            report.bad(line, fault)
    if not good:
        return
    given = [name for name in _OPTIONS if any(fields.text(name) for _, fields, _ in good)]
    varied = [name for name in given if len({fields.text(name) for _, fields, _ in good}) > 1] or given
    variants = tuple(_variant(fields, product, varied, options) for _, fields, product in good)
    line, _, first = good[0]
    yield (
        line,
        replace(
            first,
            id=ProductId(values.identifier(group, "item_group_id")),
            title=as_text(
                _common_title([product.title.best("en") for _, _, product in good]), options.language
            ),
            attributes=tuple(item for item in first.attributes if item.key not in (*varied, "mpn")),
            variants=variants,
            offer=Offer(),
            barcode=None,
        ),
    )


def _variant(fields: _Fields, product: Product, varied: list[str], options: Options) -> Variant:
    chosen = tuple(
        Option(name, as_text(plain(text), options.language), Text(name.capitalize()))
        for name in varied
        if (text := fields.text(name))
    )
    return Variant(Sku(product.id), chosen, product.offer, product.barcode, product.image)


def _common_title(titles: list[str]) -> str:
    words = [title.split() for title in titles]
    common = [group[0] for group in zip(*words, strict=False)]
    while common and any(title[: len(common)] != common for title in words):
        common.pop()
    text = " ".join(common).rstrip(" -–,/|(")
    return text if len(text) >= 5 else titles[0]
