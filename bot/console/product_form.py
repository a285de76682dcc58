"""A product as a form.

Every field is text, rows (attributes, options, variants) lie in lists of the same length. What somebody sends
becomes a product in `bot.console.product_reading`. Knows nothing of HTTP.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import get_args

from knowledge.errors import RecordInvalid
from knowledge.importers.markup import tidy
from knowledge.records import Attribute, Availability, Money, Offer, Option, Product, Text, Variant

OPTIONS = 3
SPARE_ROWS = 2
TYPES = ("text", "number", "yes_no", "list")
AVAILABILITIES: tuple[Availability, ...] = get_args(Availability)
PLAIN = (
    "title_en", "title_zh", "description_en", "description_zh", "highlights_en", "highlights_zh", "brand",
    "department_en", "department_zh", "categories_en", "categories_zh", "tags", "barcode", "url", "image",
    "released", "price", "list_price", "currency", "availability", "stock",
)  # fmt: skip
ATTRIBUTE = ("key", "label_en", "label_zh", "type", "value", "value_zh", "unit")
OPTION = ("key", "label_en", "label_zh")
VARIANT = (
    "sku", "price", "list_price", "currency", "availability", "stock", "barcode", "image",
    *(f"option{number}_{language}" for number in range(1, OPTIONS + 1) for language in ("en", "zh")),
)  # fmt: skip
_LINES = ("attribute", "option", "variant")
_COLUMNS = {"attribute": ATTRIBUTE, "option": OPTION, "variant": VARIANT}
YES, NO = "yes", "no"
FormRow = dict[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a field cannot be used: `reason` is a wording's name under `product_form.`, with its values."""

    reason: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass
class ProductForm:
    """What stands in the form. `faults` are by field: `price`, `attribute.0.value`, `variant.2.sku`."""

    id: str = ""
    fields: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PLAIN, ""))
    attributes: list[FormRow] = field(default_factory=list)
    options: list[FormRow] = field(default_factory=list)
    variants: list[FormRow] = field(default_factory=list)
    is_published: bool = False
    faults: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def of(cls, product: Product) -> ProductForm:
        """Return the form that shows a product."""
        options = options_of(product)
        return cls(
            product.id,
            _plain_fields(product),
            [_attribute_row(attribute) for attribute in product.attributes],
            [_option_row(option) for option in options],
            [_variant_row(variant, [option.key for option in options]) for variant in product.variants],
            product.is_published,
        )

    @classmethod
    def sent(cls, id: str, given: Mapping[str, Sequence[str]]) -> ProductForm:
        """Return what somebody sent.

        Raises:
            RecordInvalid: where the rows are torn: not what one of our forms sends.
        """
        rows = {name: _sent_rows(name, given) for name in _LINES}
        form = cls(id, {name: _one(given, name) for name in PLAIN})
        form.attributes, form.options, form.variants = (rows[name] for name in _LINES)
        form.is_published = _one(given, "is_published") == YES
        return form

    def with_spare_rows(self) -> ProductForm:
        """Return the form with empty rows to write into, at the end of each list."""

        def spare(rows: list[FormRow], columns: Sequence[str], at_least: int) -> list[FormRow]:
            return [*rows, *({name: "" for name in columns} for _ in range(at_least))]

        return replace(
            self,
            attributes=spare(self.attributes, ATTRIBUTE, SPARE_ROWS),
            options=spare(self.options, OPTION, max(0, OPTIONS - len(self.options))),
            variants=spare(self.variants, VARIANT, SPARE_ROWS),
        )


def paired(english: str, chinese: str) -> tuple[Text, ...]:
    """Return lines in both languages as texts: the first with the first, the second with the second."""
    lines = itertools.zip_longest(english.splitlines(), chinese.splitlines(), fillvalue="")
    texts = (Text(tidy(en), tidy(zh)) for en, zh in lines)
    return tuple(text for text in texts if text)


def amount_text(money: Money | None) -> str:
    """Return an amount as a form shows it."""
    return format(money.amount, "f") if money else ""


def _plain_fields(product: Product) -> dict[str, str]:
    offer = _offer_fields(product.offer)
    if not offer["currency"] and product.lowest_price:
        offer["currency"] = product.lowest_price.currency
    texts = {
        f"{name}_{language}": getattr(product, name).exact(language)
        for name in ("title", "description", "department")
        for language in ("en", "zh")
    }
    lists = {
        f"{name}_{language}": "\n".join(text.exact(language) for text in getattr(product, name)).rstrip("\n")
        for name in ("highlights", "categories")
        for language in ("en", "zh")
    }
    single = {name: getattr(product, name) or "" for name in ("brand", "barcode", "url", "image")}
    released = product.released.isoformat() if product.released else ""
    return {**texts, **lists, **single, **offer, "tags": "\n".join(product.tags), "released": released}


def _offer_fields(offer: Offer) -> FormRow:
    priced = offer.price or offer.list_price
    return {
        "price": amount_text(offer.price),
        "list_price": amount_text(offer.list_price),
        "currency": priced.currency if priced else "",
        "availability": offer.availability or "",
        "stock": "" if offer.stock is None else str(offer.stock),
    }


def _attribute_row(item: Attribute) -> FormRow:
    said = item.wording
    match item.value:
        case bool():
            kind, value, chinese = "yes_no", YES if item.value else NO, ""
        case Decimal():
            kind, value, chinese = "number", format(item.value, "f"), ""
        case tuple():
            kind, value, chinese = "list", "\n".join(item.value), said.zh
        case _:
            kind, value, chinese = "text", said.en or ("" if said.zh == item.value else item.value), said.zh
    cells = (item.key, item.label.en, item.label.zh, kind, value, chinese, item.unit or "")
    return dict(zip(ATTRIBUTE, cells, strict=True))


def options_of(product: Product) -> list[Option]:
    """What sets the variants apart, each once, in the order of their first use."""
    found: dict[str, Option] = {}
    for variant in product.variants:
        for option in variant.options:
            found.setdefault(option.key, option)
    return list(found.values())


def _option_row(option: Option) -> FormRow:
    return dict(zip(OPTION, (option.key, option.label.en, option.label.zh), strict=True))


def _variant_row(variant: Variant, keys: Sequence[str]) -> FormRow:
    values = {option.key: option.value for option in variant.options}
    row = {name: "" for name in VARIANT} | _offer_fields(variant.offer)
    row |= {"sku": variant.sku, "barcode": variant.barcode or "", "image": variant.image or ""}
    for number, key in enumerate(keys[:OPTIONS], start=1):
        value = values.get(key, Text())
        row |= {f"option{number}_en": value.en, f"option{number}_zh": value.zh}
    return {name: row[name] for name in VARIANT}


def _sent_rows(name: str, given: Mapping[str, Sequence[str]]) -> list[FormRow]:
    columns = [given.get(f"{name}_{column}", ()) for column in _COLUMNS[name]]
    if len({len(column) for column in columns}) > 1:
        raise RecordInvalid(f"the rows of {name} are torn; open the page again")
    rows = [dict(zip(_COLUMNS[name], cells, strict=True)) for cells in zip(*columns, strict=True)]
    return [{column: _plain_lines(cell) for column, cell in row.items()} for row in rows]


def _one(given: Mapping[str, Sequence[str]], name: str) -> str:
    found = given.get(name, ())
    return _plain_lines(found[-1]) if found else ""


def _plain_lines(text: str) -> str:
    """Browsers send line ends as CR LF."""
    return text.replace("\r\n", "\n")
