"""A product from its form.

A row that was not touched stays exactly as the record has it, so that nothing is lost that the form does not
show. Faults are named by their field, all at once. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.console.product_form import (
    ATTRIBUTE,
    AVAILABILITIES,
    OPTIONS,
    PLAIN,
    VARIANT,
    Fault,
    FormRow,
    ProductForm,
    options_of,
    paired,
)
from knowledge.errors import RecordInvalid
from knowledge.importers import values
from knowledge.importers.facts import key_of, plain_number
from knowledge.importers.markup import tidy
from knowledge.importers.money import money, read_number
from knowledge.importers.report import BadValue
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import (
    Attribute,
    AttributeValue,
    Money,
    Offer,
    Option,
    Product,
    ProductId,
    Sku,
    Text,
    Variant,
)
from knowledge.tables import row as stored_row

_LONGEST_KEY = 80
_LARGEST_AMOUNT = Decimal(10) ** 12
_OFFER = ("price", "list_price", "currency", "availability", "stock")
_VALUE = ("type", "value", "value_zh", "unit")
_KEPT = (
    "title", "description", "highlights", "brand", "department", "categories", "tags", "barcode", "url",
    "image", "released", "offer",
)  # fmt: skip


def read_product(form: ProductForm, before: Product | None = None) -> Product | None:
    """Return the product that a form describes; None where its `faults` tell why there is none.

    Args:
        before: the product as it is, of which what was not touched is kept as it is.
    """
    try:
        product = _Reader(form, before).product()
        stored_row(product)
    except RecordInvalid as error:
        form.faults.setdefault("", Fault("invalid", {"fault": str(error)}))
        return None
    return None if form.faults else product


class _Reader:
    """Reads one form; faults are noted in it."""

    def __init__(self, form: ProductForm, before: Product | None) -> None:
        self.form, self.before = form, before
        self.shown = ProductForm.of(before) if before else ProductForm()

    def product(self) -> Product:
        """Return what the form says, with stand-ins where there are faults."""
        form, plain = self.form, self.form.fields
        id = form.id if self.before else self._checked("id", lambda: values.identifier(form.id, "id"))
        title = self._text("title")
        if not title:
            self._note("title", "no_title")
            title = Text("-")
        product = Product(
            ProductId(id or "-"),
            title,
            self._text("description", lines=True),
            highlights=self._texts("highlights"),
            brand=tidy(plain["brand"]) or None,
            department=self._text("department"),
            categories=self._texts("categories"),
            attributes=tuple(self._attributes()),
            variants=tuple(self._variants()),
            offer=self._offer(plain, ""),
            barcode=tidy(plain["barcode"]) or None,
            url=self._link(plain["url"], "url"),
            image=self._link(plain["image"], "image"),
            tags=tuple(dict.fromkeys(_filled(plain["tags"]))),
            released=self._checked("released", lambda: values.day(plain["released"], "released")),
            is_published=form.is_published,
        )
        return self._untouched(product) if self.before and not form.faults else product

    def _untouched(self, product: Product) -> Product:
        """Keep what the form shows in another shape than the record where nobody touched it."""
        given, shown = self.form.fields, self.shown.fields
        same = {
            name: getattr(self.before, name)
            for name in _KEPT
            if all(given[part] == shown[part] for part in _parts(name))
        }
        return replace(product, **same)

    def _text(self, name: str, *, lines: bool = False) -> Text:
        read = _paragraphs if lines else tidy
        return Text(read(self.form.fields[f"{name}_en"]), read(self.form.fields[f"{name}_zh"]))

    def _texts(self, name: str) -> tuple[Text, ...]:
        return paired(self.form.fields[f"{name}_en"], self.form.fields[f"{name}_zh"])

    def _note(self, place: str, reason: str, **values: object) -> None:
        self.form.faults[place] = Fault(reason, values)

    def _checked(self, place: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except BadValue as fault:
            names = {"id": "bad_id", "sku": "bad_id", "released": "bad_day", "value": "bad_yes_no"}
            reason = names.get(place.rpartition(".")[2], "bad_link")
            self._note(place, reason, value=fault.value)
            return None

    def _link(self, text: str, place: str) -> str | None:
        link: str | None = self._checked(place, lambda: values.link(text.strip(), place))
        return link

    def _attributes(self) -> Iterator[Attribute]:
        before = self.before.attributes if self.before else ()
        known = dict(zip((row["key"] for row in self.shown.attributes), before, strict=True))
        rows = {row["key"]: row for row in self.shown.attributes}
        seen: set[str] = set()
        for number, row in enumerate(self.form.attributes):
            if not any(row[name].strip() for name in ATTRIBUTE if name != "type"):
                continue
            place, same = f"attribute.{number}", row["key"]
            if row == rows.get(same):
                attribute = known[same]
            else:
                attribute = self._attribute(row, place)
                if same in rows and all(row[name] == rows[same][name] for name in _VALUE):
                    attribute = replace(known[same], label=attribute.label)
            if attribute.key in seen:
                self._note(f"{place}.key", "key_twice", value=attribute.key)
            seen.add(attribute.key)
            yield attribute

    def _attribute(self, row: FormRow, place: str) -> Attribute:
        label = Text(tidy(row["label_en"]), tidy(row["label_zh"]))
        key = self._key(row["key"], label, f"{place}.key")
        value, wording = self._value(row, f"{place}.value")
        unit = tidy(row["unit"]) or None
        if unit and row["type"] != "number":
            self._note(f"{place}.unit", "unit_of_no_number")
            unit = None
        return Attribute(key, value, unit, label, wording)

    def _key(self, text: str, label: Text, place: str) -> str:
        key = tidy(text) or (key_of(label.best("en")) if label else "")
        if not re.fullmatch(r"\w+", key) or len(key) > _LONGEST_KEY:
            self._note(place, "bad_key", value=key[:_LONGEST_KEY])
        return key

    def _value(self, row: FormRow, place: str) -> tuple[AttributeValue, Text]:
        english, chinese = tidy(row["value"]), tidy(row["value_zh"])
        match row["type"]:
            case "number":
                number = read_number(english)
                if number is not None:
                    return plain_number(number), Text()
                self._note(place, "bad_number")
            case "yes_no":
                is_yes = self._checked(place, lambda: values.yes_no(english, "value", default=False))
                if english and is_yes is not None:
                    return bool(is_yes), Text()
                self.form.faults.setdefault(place, Fault("no_value"))
            case "list":
                if found := values.strings(row["value"], "value"):
                    return found, Text(zh=chinese)
                self._note(place, "no_value")
            case _:
                if english or chinese:
                    return english or chinese, Text(english, chinese) if chinese else Text()
                self._note(place, "no_value")
        return "", Text()

    def _options(self) -> list[Option]:
        found: list[Option] = []
        for number, row in enumerate(self.form.options):
            label, place = Text(tidy(row["label_en"]), tidy(row["label_zh"])), f"option.{number}.key"
            key = self._key(row["key"], label, place) if any(row.values()) else ""
            if key and key in {option.key for option in found}:
                self._note(place, "key_twice", value=key)
            found.append(Option(key, Text(), label))
        return found

    def _variants(self) -> Iterator[Variant]:
        options = self._options()
        is_same = [row for row in self.form.options if any(row.values())] == self.shown.options
        kept = _by_row(self.shown.variants, self.before.variants) if self.before and is_same else {}
        skus: set[str] = set()
        for number, row in enumerate(self.form.variants):
            if not any(row[name].strip() for name in VARIANT if name != "currency"):
                continue
            place = f"variant.{number}"
            variant = kept.get(tuple(row.values())) or self._variant(row, place, options)
            if variant.sku in skus:
                self._note(f"{place}.sku", "sku_twice", value=variant.sku)
            skus.add(variant.sku)
            yield variant

    def _variant(self, row: FormRow, place: str, options: list[Option]) -> Variant:
        sku = self._sku(row["sku"], f"{place}.sku")
        chosen = []
        for number, option in enumerate(options[:OPTIONS], start=1):
            value = Text(tidy(row[f"option{number}_en"]), tidy(row[f"option{number}_zh"]))
            if value and not option.key:
                self._note(f"option.{number - 1}.key", "no_option_name")
            if value:
                chosen.append(replace(option, value=value))
        chosen += self._options_beyond(sku)
        offer, image = self._offer(row, f"{place}."), self._link(row["image"], f"{place}.image")
        return Variant(Sku(sku), tuple(chosen), offer, tidy(row["barcode"]) or None, image)

    def _options_beyond(self, sku: str) -> list[Option]:
        """The options of a variant that the form has no column for."""
        if self.before is None:
            return []
        beyond = {option.key for option in options_of(self.before)[OPTIONS:]}
        mine = (variant.options for variant in self.before.variants if variant.sku == sku)
        return [option for options in mine for option in options if option.key in beyond]

    def _sku(self, text: str, place: str) -> str:
        if not text.strip():
            self._note(place, "no_sku")
            return ""
        sku: str = self._checked(place, lambda: values.identifier(text, "sku")) or ""
        return sku

    def _offer(self, row: Mapping[str, str], place: str) -> Offer:
        currency = row["currency"].strip().upper() or self.form.fields["currency"].strip().upper()
        price = self._money(row["price"], currency, f"{place}price", place)
        regular = self._money(row["list_price"], currency, f"{place}list_price", place)
        stock: int | None = None
        if text := row["stock"].strip():
            if re.fullmatch(r"\d{1,9}", text):
                stock = int(text)
            else:
                self._note(f"{place}stock", "bad_stock", value=text[:40])
        availability = next((name for name in AVAILABILITIES if name == row["availability"]), None)
        return Offer(price, regular, availability, stock)

    def _money(self, text: str, currency: str, place: str, row: str) -> Money | None:
        text = text.strip()
        if not text:
            return None
        amount = read_number(text)
        if amount is None or amount >= _LARGEST_AMOUNT:
            self._note(place, "bad_price", value=text[:40])
        elif amount < 0:
            self._note(place, "negative_price")
        elif currency not in vocabulary().currencies:
            reason = "bad_currency" if currency else "no_currency"
            self._note(f"{row}currency", reason, value=currency[:10])
        else:
            return money(amount, currency)
        return None


def _by_row(shown: Sequence[FormRow], items: Sequence[Any]) -> dict[tuple[str, ...], Any]:
    return {tuple(row.values()): item for row, item in zip(shown, items, strict=True)}


def _parts(name: str) -> tuple[str, ...]:
    if name == "offer":
        return _OFFER
    return (name,) if name in PLAIN else (f"{name}_en", f"{name}_zh")


def _paragraphs(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.strip().splitlines()))


def _filled(text: str) -> list[str]:
    return [line for part in text.splitlines() if (line := tidy(part))]
