"""What an import understood, assumed, and could not use."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from knowledge.errors import ImportFailed
from knowledge.records import Product
from knowledge.writer import Changes

KEPT_BAD_ROWS = 1000
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
        self.without_price += product.lowest_price is None
        self.unpublished += not product.is_published
        self.languages.update(name for name in ("en", "zh") if getattr(product.title, name))
        self.attributes.update(
            {attribute.label.best("en") or attribute.key for attribute in product.attributes}
        )

    def note(self, text: str) -> None:
        """Remember something the operator should know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def bad(self, line: int, fault: BadValue) -> None:
        """Remember a row that cannot be used; the first thousand in full."""
        self.bad_row_count += 1
        if len(self.bad_rows) < KEPT_BAD_ROWS:
            said = (fault.column, fault.value, fault.problem, fault.remedy)
            self.bad_rows.append(BadRow(fault.line or line, *said, self.place))

    def bad_rows_text(self) -> str:
        """Return the bad rows as lines to read."""
        lines = [f"  {row}" for row in self.bad_rows[:_SHOWN]]
        if self.bad_row_count > len(lines):
            lines.append(f"  ... and {self.bad_row_count - len(lines):,} more")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values, all bad rows that were kept included."""
        return asdict(self) | {
            "languages": dict(self.languages),
            "attributes": dict(self.attributes.most_common(50)),
        }

    def __str__(self) -> str:
        lines = [f"{self.file} ({self.format}): {self.rows:,} rows read, {self.bad_row_count:,} not usable"]
        if self.products:
            lines.append(f"  {self._products()}")
            lines.append(f"  languages of the titles: {_counts(self.languages, 2)}")
            lines.append(f"  most common attributes: {_counts(self.attributes, 8)}")
        if self.others:
            lines.append(f"  {self.others:,} other records (reviews, articles, customers, orders)")
        lines += [f"  note: {note}" for note in self.notes]
        if self.bad_rows:
            lines += ["not usable:", self.bad_rows_text()]
        if self.changes:
            lines.append(f"written: {written(self.changes)}")
        return "\n".join(lines)

    def _products(self) -> str:
        hidden = f", {self.unpublished:,} not published" if self.unpublished else ""
        return (
            f"{self.products:,} products, {self.variants:,} variants, "
            f"{self.with_description:,} with a description, {self.with_image:,} with a picture, "
            f"{self.without_price:,} without price{hidden}"
        )


class RowsUnusable(ImportFailed):
    """The file holds rows that cannot be used, and was to be imported whole or not at all."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(
            f"{report.file}: {report.bad_row_count:,} of {report.rows:,} rows are not usable, "
            "nothing was written. Correct them, or import the good rows only: --on-error skip\n"
            f"{report.bad_rows_text()}"
        )


def written(changes: Changes) -> str:
    """Return what was written, in words."""
    counts = (changes.created, changes.updated, changes.unchanged)
    return "{:,} created, {:,} updated, {:,} unchanged".format(*counts)


def _counts(counter: Counter[str], most: int) -> str:
    shown = ", ".join(f"{name} ({count:,})" for name, count in counter.most_common(most))
    more = len(counter) - most
    return (shown or "none") + (f" and {more:,} more" if more > 0 else "")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."
