"""Any table of products: CSV, TSV, JSON Lines or JSON with one product a row.

Columns are recognised by English and Chinese names or mapped by hand; columns that mean nothing to us
become attributes, except those that a shop keeps to itself (cost, margin, notes).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from knowledge.errors import ImportFailed
from knowledge.importers import facts, rows, values
from knowledge.importers.columns import Columns, learn, recognise
from knowledge.importers.markup import as_text, plain, read_html
from knowledge.importers.money import decimals_of, money, names_currency, read_price
from knowledge.importers.options import Options
from knowledge.importers.report import BadValue, Report, counted, no_currency_named
from knowledge.importers.rows import Row
from knowledge.importers.source import Source
from knowledge.records import Attribute, Money, Offer, Product, ProductId, Text

_SAMPLE_ROWS = 500
_DECLARED: dict[str, facts.Declared] = {"attr_t_": "text", "attr_n_": "number", "attr_b_": "yes_no"}


class RowUnusable(ImportFailed):
    """A row describes no product; the message names the column, its value and the remedy."""


def read(source: Source, options: Options, report: Report) -> Iterator[tuple[int, Product]]:
    """Yield each product with the line it came from."""
    stream = rows.read_rows(source, report)
    sample = list(itertools.islice(stream, _SAMPLE_ROWS))
    names = list(dict.fromkeys(name for row in sample for name in row.cells))
    columns = recognise(names, options)
    if names or not report.bad_row_count:
        _require(columns, names, source)
    table = _Table(columns, options, report)
    table.decide_price_unit(sample)
    for row in itertools.chain(sample, stream):
        try:
            for name in row.cells:
                learn(columns, name, options)
            yield row.line, table.product(row)
        except BadValue as fault:
            report.bad(row.line, fault)
    table.describe()


def product_of(cells: dict[str, Any], options: Options | None = None) -> Product:
    """Build the product that one row describes, as `read` would one of many.

    Raises:
        RowUnusable: naming the column, its value and the remedy.
    """
    options = options or Options()
    columns = recognise(cells, options)
    try:
        return _Table(columns, options, Report("row")).product(Row(1, dict(cells)))
    except BadValue as fault:
        raise RowUnusable(str(fault)) from fault


def _require(columns: Columns, names: list[str], source: Source) -> None:
    if not names:
        raise ImportFailed(f"{source.path.name} has no rows; export the products again")
    missing = [field for field in ("id", "title") if not columns.fields.get(field)]
    if "id" in missing and (columns.fields.get("sku") or columns.fields.get("barcode")):
        missing.remove("id")
    if missing:
        hint = ". From other systems only products are imported" if len(missing) == 2 else ""
        raise ImportFailed(
            f"{source.path.name}: no column is recognised as {' or '.join(missing)}. Columns found: "
            f"{', '.join(names[:40])}. Say which one it is, for example: --map {missing[0]}=COLUMN{hint}"
        )


class _Table:
    def __init__(self, columns: Columns, options: Options, report: Report) -> None:
        self._columns, self._options, self._report = columns, options, report
        self._is_in_cents = options.price_unit == "cents"
        self._zero_prices = self._prices_without_currency = 0

    def product(self, row: Row) -> Product:
        """Build the product of one row."""
        cells, columns = row.cells, self._columns
        id_column = columns.first("id") or columns.first("sku") or columns.first("barcode") or "id"
        title = self._wording(cells, "title")
        if not title:
            column = columns.first("title") or "title"
            raise BadValue(column, cells.get(column), "is empty", "give every product a title")
        published = columns.first("published")
        return Product(
            ProductId(values.identifier(cells.get(id_column), id_column)),
            title,
            self._description(cells),
            highlights=self._list(cells, "highlights", r"[|\n]"),
            brand=self._string(cells, "brand"),
            department=self._wording(cells, "department"),
            categories=self._list(cells, "categories", r"\s*(?:[|;\n>]|/(?=\s))\s*"),
            attributes=facts.unique(self._attributes(cells, title)),
            offer=self._offer(cells),
            barcode=self._string(cells, "barcode"),
            url=self._link(cells, "url"),
            image=self._link(cells, "image"),
            tags=values.strings(cells.get(tags), tags) if (tags := columns.first("tags")) else (),
            released=values.day(cells.get(when), when) if (when := columns.first("released")) else None,
            is_published=values.yes_no(cells.get(published), published, default=True) if published else True,
        )

    def decide_price_unit(self, sample: list[Row]) -> None:
        """Decide whether whole numbers are cents, by the rule in the note, and say so."""
        column = self._columns.first("price")
        if self._columns.first("price_cents") or column is None or self._options.price_unit != "auto":
            return
        prices = [price for row in sample if (price := row.cells.get(column)) not in (None, "")]
        if not prices or not all(str(price).isdigit() for price in prices):
            return
        amounts = sorted(int(price) for price in prices)
        charming = sum(1 for amount in amounts if amount % 100 in (95, 99))
        currency = self._options.currency
        is_typical = (
            len(amounts) >= 10 and charming >= 0.8 * len(amounts) and amounts[len(amounts) // 2] >= 1000
        )
        self._is_in_cents = is_typical and decimals_of(currency) == 2 and currency != "CNY"
        if self._is_in_cents:
            read, other = (
                f"cents ({amounts[0]} is {money(Decimal(amounts[0]) / 100, currency).amount})",
                "units",
            )
            why = f"{charming:,} of the first {len(amounts):,} end in 95 or 99 and half are above 1000"
        else:
            read, other, why = (
                f"whole units ({amounts[0]} is {amounts[0]} {currency})",
                "cents",
                "nothing shows cents",
            )
        self._report.note(
            f"the prices are whole numbers and were read as {read}: {why}. "
            f"If that is wrong: --price-unit {other}"
        )

    def describe(self) -> None:
        """Say what was assumed and what was left out."""
        if self._zero_prices:
            self._report.note(f"{self._zero_prices:,} prices of 0 were taken as not known")
        if self._prices_without_currency and not self._options.is_currency_given:
            unnamed = f"{counted(self._prices_without_currency, 'price')} without a currency"
            self._report.note(no_currency_named(unnamed, self._options.currency))
        others = [name for name in self._columns.attributes if not name.startswith(tuple(_DECLARED))]
        if others:
            self._report.note(f"columns taken as attributes: {', '.join(others[:20])}")
        if self._columns.private:
            self._report.note(
                f"left out, as they look internal: {', '.join(self._columns.private)}; "
                "name them with --map if they are not"
            )

    def _wording(self, cells: dict[str, Any], field: str) -> Text:
        marked = [
            Text(zh=text) if language == "zh" else Text(en=text)
            for language in ("en", "zh")
            for name in self._columns.names(field, language)
            if (text := plain(values.string(cells.get(name), name)))
        ]
        free = [
            as_text(text, self._options.language)
            for name in self._columns.names(field)
            if (text := plain(values.string(cells.get(name), name)))
        ][:1]
        wording = Text()
        for found in marked + free:
            wording = values.joined(wording, found)
        return wording

    def _description(self, cells: dict[str, Any]) -> Text:
        wording = Text()
        for field in ("short_description", "description"):
            for name in self._columns.names(field):
                page = read_html(values.string(cells.get(name), name))
                text = "\n\n".join([*page.paragraphs, *page.points])
                wording = _followed_by(wording, as_text(text, self._options.language))
            wording = _followed_by(wording, self._marked_only(cells, field))
        return wording

    def _marked_only(self, cells: dict[str, Any], field: str) -> Text:
        found = {"en": "", "zh": ""}
        for _, name, language in self._columns.fields.get(field, []):
            if language and not found[language]:
                found[language] = read_html(values.string(cells.get(name), name)).text
        return Text(**found)

    def _list(self, cells: dict[str, Any], field: str, separators: str) -> tuple[Text, ...]:
        name = self._columns.first(field)
        items = values.strings(cells.get(name), name, separators) if name else ()
        return tuple(as_text(item, self._options.language) for item in items)

    def _string(self, cells: dict[str, Any], field: str) -> str | None:
        for _, name, _ in self._columns.fields.get(field, []):
            cell = cells.get(name)
            first = next((item for item in cell if item), None) if isinstance(cell, list) else cell
            if text := plain(values.string(first, name)):
                return text
        return None

    def _link(self, cells: dict[str, Any], field: str) -> str | None:
        return next(
            (
                url
                for _, name, _ in self._columns.fields.get(field, [])
                if (url := values.link(cells.get(name), name))
            ),
            None,
        )

    def _attributes(self, cells: dict[str, Any], title: Text) -> Iterator[Attribute | None]:
        for name, raw in cells.items():
            if raw is None or raw == "" or name not in self._columns.attributes:
                continue
            declared = _DECLARED.get(name[:7])
            label = facts.coded_name(name[7:]) if declared else name.replace("_", " ").strip()
            yield facts.attribute(label, raw, declared=declared, language=self._options.language)
        for _, name, language in self._columns.fields.get("title", []):
            second = plain(values.string(cells.get(name), name))
            if language is None and second and second not in (title.en, title.zh):
                yield facts.attribute(name, second, declared="text", language=self._options.language)
        if (sku := self._columns.first("sku")) and self._columns.first("id"):
            yield facts.attribute(sku, cells.get(sku), declared="text")

    def _offer(self, cells: dict[str, Any]) -> Offer:
        currency = self._currency(cells)
        if cents := self._columns.first("price_cents"):
            price = self._money(cells, cents, currency, is_in_cents=True)
        else:
            price = self._best_money(cells, "price", currency)
        reduced = self._best_money(cells, "sale_price", currency)
        listed = self._best_money(cells, "list_price", currency)
        if reduced is not None:
            price, listed = reduced, listed or price
        if listed is not None and price is not None and listed.amount <= price.amount:
            listed = None
        stock, available = self._columns.first("stock"), self._columns.first("availability")
        return Offer(
            price,
            listed,
            values.availability(cells.get(available), available) if available else None,
            values.stock(cells.get(stock), stock) if stock else None,
        )

    def _currency(self, cells: dict[str, Any]) -> str:
        column = self._columns.first("currency")
        text = values.string(cells.get(column), column) if column else ""
        found = read_price(f"1 {text}", column, self._options.currency) if text and column else None
        return found.currency if found else self._options.currency

    def _best_money(self, cells: dict[str, Any], field: str, currency: str) -> Money | None:
        for _, name, _ in self._columns.fields.get(field, []):
            amount = self._money(cells, name, currency, is_in_cents=self._is_in_cents)
            if amount is not None:
                return amount
        return None

    def _money(self, cells: dict[str, Any], name: str, currency: str, *, is_in_cents: bool) -> Money | None:
        text = values.string(cells.get(name), name)
        price = read_price(text, name, currency)
        if price is None:
            return None
        if not self._columns.first("currency") and not names_currency(text):
            self._prices_without_currency += 1
        if price.amount == 0:
            self._zero_prices += 1
            return None
        return money(price.amount / 100, price.currency) if is_in_cents else price


def _followed_by(first: Text, second: Text) -> Text:
    return Text(_appended(first.en, second.en), _appended(first.zh, second.zh))


def _appended(first: str, second: str) -> str:
    if not first or first in second:
        return second or first
    return first if second in first else f"{first}\n\n{second}"
