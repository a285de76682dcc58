"""What an import understood, assumed, and could not use."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowledge.errors import ImportFailed
from knowledge.records import Product
from knowledge.spreadsheets import neutral
from knowledge.writer import Changes

KEPT_BAD_ROWS = 100_000
_SHOWN = 20


class BadValue(Exception):
    """One value of one row cannot be used; the row is reported and nothing else is affected."""

    def __init__(self, column: str, value: object, problem: str, remedy: str) -> None:
        self.column, self.value = column, _short(value)
        self.problem, self.remedy = problem, remedy
        self.line: int | None = None  # where it stands, if that is not the first line of its product
        super().__init__(f"{column} = {self.value!r} {problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class BadRow:
    """Where a fault is, what stands there, and what to do.

    `line` counts lines, or items where `place` says so (in XML and JSON lists).
    """

    line: int
    column: str
    value: str
    problem: str
    remedy: str
    place: str = "line"

    def __str__(self) -> str:
        return f"{self.place} {self.line}, {self.column}: {self.value!r} {self.problem}; {self.remedy}"


@dataclass
class Prices:
    """How many products have a price in one currency, and between which bounds."""

    products: int
    lowest: Decimal
    highest: Decimal


@dataclass
class Report:
    """The account of one file. Every row is in `rows`, and is either used or among the bad rows."""

    file: str
    format: str = ""
    place: str = "line"
    rows: int = 0
    products: int = 0
    variants: int = 0
    with_description: int = 0
    with_image: int = 0
    without_price: int = 0
    unpublished: int = 0
    others: int = 0
    prices: dict[str, Prices] = field(default_factory=dict)
    languages: Counter[str] = field(default_factory=Counter)
    attributes: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    bad_row_count: int = 0
    changes: Changes | None = None

    def add(self, product: Product) -> None:
        """Count a product that was understood."""
        self.products += 1
        self.variants += len(product.variants)
        self.with_description += bool(product.description)
        self.with_image += product.image is not None
        self._add_price(product)
        self.unpublished += not product.is_published
        self.languages.update(name for name in ("en", "zh") if getattr(product.title, name))
        names = (attribute.label.best("en") or attribute.key for attribute in product.attributes)
        self.attributes.update(dict.fromkeys(names, 1))

    def _add_price(self, product: Product) -> None:
        price = product.lowest_price
        if price is None:
            self.without_price += 1
            return
        known = self.prices.setdefault(price.currency, Prices(0, price.amount, price.amount))
        known.products += 1
        known.lowest, known.highest = min(known.lowest, price.amount), max(known.highest, price.amount)

    def note(self, text: str) -> None:
        """Remember something the operator should know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def bad(self, line: int, fault: BadValue) -> None:
        """Remember a row that cannot be used; a hundred thousand of them in full."""
        self.bad_row_count += 1
        if len(self.bad_rows) < KEPT_BAD_ROWS:
            said = (fault.column, fault.value, fault.problem, fault.remedy)
            self.bad_rows.append(BadRow(fault.line or line, *said, self.place))

    def bad_rows_text(self) -> str:
        """Return the bad rows as lines to read."""
        lines = [f"  {row}" for row in self._in_order()[:_SHOWN]]
        if self.bad_row_count > len(lines):
            more = self.bad_row_count - len(lines)
            lines.append(f"  ... and {more:,} more; to have them all in a file: --bad-rows FILE.csv")
        return "\n".join(lines)

    def _in_order(self) -> list[BadRow]:
        return sorted(self.bad_rows, key=lambda row: row.line)

    def write_bad_rows(self, file: Path) -> None:
        """Write the bad rows as a CSV file that spreadsheets open as it is meant.

        Raises:
            ImportFailed: when the file cannot be written.
        """
        try:
            with file.open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(item.name for item in fields(BadRow))
                for row in self._in_order():
                    writer.writerow(neutral(str(getattr(row, item.name))) for item in fields(BadRow))
        except OSError as exc:
            raise ImportFailed(f"cannot write {file}: {exc.strerror or exc}") from exc

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values, all bad rows that were kept included."""
        return asdict(self) | {
            "languages": dict(self.languages),
            "attributes": dict(self.attributes.most_common(50)),
            "bad_rows": [asdict(row) for row in self._in_order()],
            "prices": {
                currency: {
                    "products": each.products,
                    "lowest": str(each.lowest),
                    "highest": str(each.highest),
                }
                for currency, each in self.prices.items()
            },
        }

    def __str__(self) -> str:
        read = counted(self.rows, "row")
        lines = [f"{self.file} ({self.format}): {read} read, {self.bad_row_count:,} not usable"]
        if self.products:
            lines.append(f"  {self._products()}")
            lines += [
                f"  prices in {currency}: {counted(each.products, 'product')}, "
                f"{each.lowest:,} to {each.highest:,}"
                for currency, each in self.prices.items()
            ]
            lines.append(f"  languages of the titles: {_counts(self.languages, 2)}")
            lines.append(f"  most common attributes: {_counts(self.attributes, 8)}")
        if self.others:
            lines.append(f"  {counted(self.others, 'other record')} (reviews, articles, customers, orders)")
        lines += [f"  note: {note}" for note in self.notes]
        if self.bad_rows:
            lines += ["not usable:", self.bad_rows_text()]
        if self.changes:
            lines.append(f"written: {written(self.changes)}")
        return "\n".join(lines)

    def _products(self) -> str:
        hidden = f", {self.unpublished:,} not published" if self.unpublished else ""
        return (
            f"{counted(self.products, 'product')}, {counted(self.variants, 'variant')}, "
            f"{self.with_description:,} with a description, {self.with_image:,} with a picture, "
            f"{self.without_price:,} without price{hidden}"
        )


class RowsUnusable(ImportFailed):
    """The file holds rows that cannot be used, and was to be imported whole or not at all."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(
            f"{report.file}: {report.bad_row_count:,} of {report.rows:,} rows cannot be used, "
            "nothing was written. Correct them, or import the good rows only: --on-error skip\n"
            f"{report.bad_rows_text()}"
        )


def written(changes: Changes) -> str:
    """Return what was written, in words."""
    counts = (changes.created, changes.updated, changes.unchanged)
    return "{:,} created, {:,} updated, {:,} unchanged".format(*counts)


def no_currency_named(what: str, taken: str) -> str:
    """Return the note on prices whose currency had to be assumed."""
    return f"{what}; {taken} was taken. To change that: --currency CODE, such as EUR or CNY"


def counted(count: int, noun: str) -> str:
    """Return `1 product`, `2 products`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _counts(counter: Counter[str], most: int) -> str:
    shown = ", ".join(f"{name} ({count:,})" for name, count in counter.most_common(most))
    more = len(counter) - most
    return (shown or "none") + (f" and {more:,} more" if more > 0 else "")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."
