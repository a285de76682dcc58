"""The sample shop's files, turned into records.

All faults of all files are reported at once, each with its file and record. Knows nothing of the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from knowledge.errors import EcomlmError, RecordInvalid
from knowledge.importers.money import money
from knowledge.records import (
    Address,
    Article,
    ArticleId,
    Attribute,
    AttributeValue,
    Customer,
    CustomerId,
    Language,
    LineStatus,
    Money,
    Offer,
    Option,
    Order,
    OrderId,
    OrderLine,
    OrderStatus,
    Parcel,
    PaymentKind,
    PaymentMethod,
    Product,
    ProductId,
    Record,
    Review,
    ReviewId,
    Sku,
    Text,
    Variant,
)

FOLDER = Path(__file__).parent
CURRENCY = "USD"
_PAYMENT_WORDS: tuple[tuple[str, PaymentKind], ...] = (
    ("visa", "card"), ("mastercard", "card"), ("american express", "card"), ("paypal", "paypal"),
    ("alipay", "alipay"), ("wechat pay", "wechat_pay"), ("apple pay", "apple_pay"),
    ("gift card", "gift_card"),
)  # fmt: skip
_OFFER_FIELDS = ("sku", "price", "list_price", "stock", "barcode")


class SampleInvalid(EcomlmError):
    """The sample shop's files have faults; all of them are listed."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("the sample shop is not usable:\n" + "\n".join(f"  - {fault}" for fault in faults))


@dataclass
class _Shop:
    products: dict[str, Product] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    articles: dict[str, Article] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    skus: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def load_sample(folder: Path = FOLDER) -> list[Record]:
    """Return every record of the sample shop.

    Raises:
        SampleInvalid: with every fault of every file.
    """
    shop = _Shop()
    for file in sorted((folder / "products").glob("*.yaml")):
        _read_department(shop, file)
    for name, read in (("articles", _article), ("customers", _customer), ("orders", _order)):
        file = folder / f"{name}.yaml"
        if not file.exists():
            continue
        known: dict[str, Record] = getattr(shop, name)
        for place, entry in _entries(shop, file, _content(shop, file)):
            try:
                record = read(shop, entry)
                if record.id in known:
                    raise RecordInvalid(f"the id {record.id!r} is used twice")
                known[record.id] = record
            except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as exc:
                shop.faults.append(f"{place}: {_reason(exc)}")
    if shop.faults:
        raise SampleInvalid(shop.faults)
    groups = (shop.products, shop.articles, shop.customers, shop.orders)
    return [*(record for group in groups for record in group.values()), *shop.reviews]


def _read_department(shop: _Shop, file: Path) -> None:
    content = _content(shop, file)
    if not isinstance(content, dict) or not {"department", "attributes", "products"} <= set(content):
        shop.faults.append(f"{file.name}: needs department, attributes and products")
        return
    for place, entry in _entries(shop, file, content["products"]):
        try:
            product = _product(entry, content)
            if product.id in shop.products:
                raise RecordInvalid(f"the id {product.id!r} is used twice")
            shop.products[product.id] = product
            for sku in [variant.sku for variant in product.variants] or [entry["sku"]]:
                if sku in shop.skus:
                    raise RecordInvalid(f"the sku {sku!r} belongs to {shop.skus[sku]!r} already")
                shop.skus[sku] = product.id
            shop.reviews.extend(_reviews(product, entry.get("reviews") or []))
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as exc:
            shop.faults.append(f"{place}: {_reason(exc)}")


def _content(shop: _Shop, file: Path) -> Any:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        shop.faults.append(f"{file.name} is not valid YAML: {exc}")
        return None


def _entries(shop: _Shop, file: Path, content: Any) -> Iterator[tuple[str, Any]]:
    for number, entry in enumerate(content or [], start=1):
        if not isinstance(entry, dict):
            shop.faults.append(f"{file.name}, entry {number}: {entry!r} is not a record")
            continue
        yield f"{file.name}, {entry.get('id', f'entry {number}')}", entry


def _reason(exc: Exception) -> str:
    return f"{exc.args[0]!r} is missing or unknown" if isinstance(exc, KeyError) else str(exc)


def _product(entry: Mapping[str, Any], department: Mapping[str, Any]) -> Product:
    labels = department["attributes"]
    options = entry.get("options") or {}
    return Product(
        ProductId(entry["id"]),
        _both(entry["title"]),
        _both(entry["description"]),
        highlights=tuple(_both(text) for text in entry.get("highlights") or ()),
        brand=entry["brand"],
        department=_both(department["department"]),
        categories=(_both(entry["category"]),),
        attributes=tuple(
            _attribute(key, value, labels[key]) for key, value in (entry.get("attributes") or {}).items()
        ),
        variants=tuple(_variant(variant, options) for variant in entry.get("variants") or ()),
        offer=Offer() if entry.get("variants") else _offer(entry),
        barcode=entry.get("barcode"),
        tags=tuple(str(tag) for tag in entry.get("tags") or ()),
        released=_day(entry.get("released")),
    )


def _attribute(key: str, value: Any, label: Mapping[str, str]) -> Attribute:
    name = Text(label["en"], label["zh"])
    typed: AttributeValue
    if isinstance(value, bool):
        return Attribute(key, value, label=name)
    if isinstance(value, int | float):
        return Attribute(key, Decimal(str(value)), label.get("unit"), name)
    if isinstance(value, list):
        texts = [_wording(item) for item in value]
        typed = tuple(text.best("en") for text in texts)
        wording = Text(", ".join(typed), "、".join(text.best("zh") for text in texts))
    else:
        wording = _wording(value)
        typed = wording.best("en")
    return Attribute(key, typed, label=name, wording=wording)


def _variant(entry: Mapping[str, Any], options: Mapping[str, Any]) -> Variant:
    chosen = tuple(
        Option(key, _wording(value), _both(options[key]))
        for key, value in entry.items()
        if key not in _OFFER_FIELDS
    )
    return Variant(Sku(entry["sku"]), chosen, _offer(entry), entry.get("barcode"))


def _offer(entry: Mapping[str, Any]) -> Offer:
    listed = entry.get("list_price")
    return Offer(_money(entry["price"]), _money(listed) if listed else None, stock=int(entry["stock"]))


def _reviews(product: Product, entries: list[Mapping[str, Any]]) -> Iterator[Review]:
    for number, entry in enumerate(entries, start=1):
        if entry["lang"] not in get_args(Language):
            raise RecordInvalid(f"review {number}: lang {entry['lang']!r} is neither en nor zh")
        yield Review(
            ReviewId(f"{product.id}-{number}"),
            product.id,
            _said(entry["text"]),
            entry["lang"],
            entry.get("rating"),
            entry.get("title", ""),
            entry["by"],
            _moment(entry["date"]),
            bool(entry.get("verified", False)),
        )


def _article(_: _Shop, entry: Mapping[str, Any]) -> Article:
    return Article(
        ArticleId(entry["id"]),
        _both(entry["title"]),
        _both(entry["body"]),
        entry["topic"],
        tuple(_both(question) for question in entry.get("questions") or ()),
        bool(entry.get("published", True)),
        _moment(entry.get("updated")),
    )


def _customer(_: _Shop, entry: Mapping[str, Any]) -> Customer:
    return Customer(
        CustomerId(entry["id"]),
        entry["name"],
        entry["email"],
        str(entry.get("phone", "")),
        entry.get("language", "en"),
        tuple(_address(address) for address in entry.get("addresses") or ()),
        tuple(_payment(method) for method in entry.get("payments") or ()),
    )


def _payment(entry: Mapping[str, Any]) -> PaymentMethod:
    balance = _money(entry["balance"]) if "balance" in entry else None
    return PaymentMethod(str(entry["id"]), _choice(entry["kind"], PaymentKind), str(entry["label"]), balance)


def _address(entry: Mapping[str, Any]) -> Address:
    name, street, city, postcode, country = (
        str(entry[key]) for key in ("name", "street", "city", "postcode", "country")
    )
    return Address(name, street, city, postcode, country, str(entry.get("region") or ""))


def _order(shop: _Shop, entry: Mapping[str, Any]) -> Order:
    customer = shop.customers.get(entry["customer"])
    if customer is None:
        raise RecordInvalid(f"customer {entry['customer']!r} does not exist")
    lines = tuple(_line(shop, line, customer.language) for line in entry["lines"])
    shipping = _money(entry.get("shipping") or 0)
    goods = sum((line.price.amount * line.quantity for line in lines), Decimal())
    index = entry.get("address", 0)
    if not 0 <= index < len(customer.addresses):
        raise RecordInvalid(
            f"address {index}: customer {customer.id!r} has {len(customer.addresses)} addresses"
        )
    exchanged = {line.product_id for line in lines if line.status == "exchanged"}
    ordered = {line.sku for line in lines} | {Sku(sku) for sku in shop.skus if shop.skus[sku] in exchanged}
    placed = _moment(entry["placed"])
    assert placed is not None
    shop.customers[customer.id] = _with_payment(customer, str(entry.get("payment", "")))
    return Order(
        OrderId(str(entry["id"])),
        customer.id,
        _choice(entry["status"], OrderStatus),
        placed,
        lines,
        money(goods + shipping.amount, CURRENCY),
        shipping,
        str(entry.get("payment", "")),
        customer.addresses[index],
        tuple(_parcel(parcel, ordered) for parcel in entry.get("parcels") or ()),
        tuple(_money(refund) for refund in entry.get("refunds") or ()),
    )


def _with_payment(customer: Customer, paid_with: str) -> Customer:
    """Return the customer with this way of paying; what they paid with once is kept for them."""
    label = paid_with.partition(",")[0].strip()
    if not label or any(method.label == label for method in customer.payments):
        return customer
    id = "-".join(label.casefold().replace("ending in ", "").split())
    balance = _money(0) if (kind := payment_kind(label)) == "gift_card" else None
    method = PaymentMethod(id, kind, label, balance)
    return replace(customer, payments=(*customer.payments, method))


def payment_kind(label: str) -> PaymentKind:
    """Tell what kind of payment a label names; several at once count as other."""
    lowered = label.casefold()
    found = [kind for word, kind in _PAYMENT_WORDS if word in lowered]
    return found[0] if len(found) == 1 else "other"


def _line(shop: _Shop, entry: Mapping[str, Any], language: Language) -> OrderLine:
    product, sku = shop.products.get(entry["product"]), entry["sku"]
    if product is None:
        raise RecordInvalid(f"product {entry['product']!r} does not exist")
    if shop.skus.get(sku) != product.id:
        raise RecordInvalid(f"product {product.id!r} has no sku {sku!r}")
    if int(entry["quantity"]) < 1:
        raise RecordInvalid(f"quantity {entry['quantity']} of {sku!r} is below 1")
    status = _choice(entry.get("status", "ordered"), LineStatus)
    title = product.title.best(language)
    return OrderLine(product.id, Sku(sku), title, int(entry["quantity"]), _money(entry["price"]), status)


def _parcel(entry: Mapping[str, Any], ordered: set[Sku]) -> Parcel:
    unknown = set(entry["skus"]) - ordered
    if unknown:
        raise RecordInvalid(
            f"parcel {entry['tracking_number']!r} holds {sorted(unknown)}, which were not ordered"
        )
    return Parcel(
        entry["carrier"],
        str(entry["tracking_number"]),
        tuple(Sku(sku) for sku in entry["skus"]),
        entry["status"],
        _moment(entry.get("shipped")),
        _day(entry.get("expected")),
        _moment(entry.get("delivered")),
    )


def _choice(value: Any, choices: Any) -> Any:
    if value not in get_args(choices):
        raise RecordInvalid(f"{value!r} is not one of {', '.join(get_args(choices))}")
    return value


def _both(entry: Any) -> Text:
    if not isinstance(entry, dict) or not entry.get("en") or not entry.get("zh"):
        raise RecordInvalid(f"{entry!r} needs en and zh")
    return Text(_said(entry["en"]), _said(entry["zh"]))


def _wording(entry: Any) -> Text:
    return _both(entry) if isinstance(entry, dict) else Text(str(entry), str(entry))


def _said(entry: Any) -> str:
    if not isinstance(entry, str):
        raise RecordInvalid(f"{entry!r} is not text; put it in quotes")
    return entry.strip()


def _money(entry: Any) -> Money:
    return money(Decimal(str(entry)), CURRENCY)


def _day(entry: Any) -> date | None:
    moment = _moment(entry)
    return moment.date() if moment else None


def _moment(entry: Any) -> datetime | None:
    if not entry:
        return None
    if isinstance(entry, date) and not isinstance(entry, datetime):
        entry = datetime(entry.year, entry.month, entry.day, tzinfo=UTC)
    moment = entry if isinstance(entry, datetime) else datetime.fromisoformat(cast(str, entry))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
