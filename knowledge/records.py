"""The shop's records: what a product, a review, an article, an order and a customer are.

Plain frozen values. Knows nothing of where they are stored, searched or talked about.
Money is a decimal amount with an ISO 4217 currency; times are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NewType

from knowledge.errors import RecordInvalid

ProductId = NewType("ProductId", str)
ReviewId = NewType("ReviewId", str)
ArticleId = NewType("ArticleId", str)
OrderId = NewType("OrderId", str)
CustomerId = NewType("CustomerId", str)
Sku = NewType("Sku", str)

Language = Literal["en", "zh"]
Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder"]
AttributeValue = str | Decimal | bool | tuple[str, ...]
OrderStatus = Literal["pending", "paid", "shipped", "delivered", "cancelled"]
LineStatus = Literal[
    "ordered", "shipped", "delivered", "cancelled", "return_requested", "returned",
    "exchange_requested", "exchanged", "refunded",
]  # fmt: skip
PaymentKind = Literal["card", "paypal", "alipay", "wechat_pay", "apple_pay", "gift_card", "other"]
CaseKind = Literal[
    "cancel", "change_address", "change_items", "change_payment", "return", "exchange", "warranty",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """The same wording in English, Chinese or both; an empty string where it is not known."""

    en: str = ""
    zh: str = ""

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)

    def best(self, language: Language) -> str:
        """Return the wording in `language`, or in the other language where that is all there is."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)

    def exact(self, language: Language) -> str:
        """Return the wording in `language`, empty where the record has none."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, never a float."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not self.currency.isupper():
            raise RecordInvalid(f"currency {self.currency!r} is not an ISO 4217 code such as 'EUR'")
        if not self.amount.is_finite() or self.amount < 0:
            raise RecordInvalid(f"amount {self.amount} {self.currency} is not a price: it must be 0 or more")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One typed fact of a product.

    `key` is stable snake_case English (`read_speed`); `value` is text, a number, yes/no or a list;
    `unit` belongs to a number (`MB/s`); `label` is how the shop names the fact and `wording` how its
    source worded the value, so that nothing of the original is lost.
    """

    key: str
    value: AttributeValue
    unit: str | None = None
    label: Text = Text()
    wording: Text = Text()


@dataclass(frozen=True, slots=True)
class Option:
    """What sets one variant apart from its siblings: colour, size ..."""

    key: str
    value: Text
    label: Text = Text()


@dataclass(frozen=True, slots=True)
class Offer:
    """At what price, and whether, something can be had. `stock` is None where it is not counted."""

    price: Money | None = None
    list_price: Money | None = None
    availability: Availability | None = None
    stock: int | None = None

    def __post_init__(self) -> None:
        if self.stock is not None and self.stock < 0:
            raise RecordInvalid(f"stock {self.stock} is below zero")

    @property
    def is_available(self) -> bool | None:
        """True or false where the record tells; None where it says nothing about stock."""
        if self.stock is not None:
            return self.stock > 0 or self.availability in ("preorder", "backorder")
        if self.availability is not None:
            return self.availability != "out_of_stock"
        return None


@dataclass(frozen=True, slots=True)
class Variant:
    """One sellable form of a product (a size, a colour)."""

    sku: Sku
    options: tuple[Option, ...] = ()
    offer: Offer = Offer()
    barcode: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """What the shop sells. `offer` speaks where there are no variants; else the variants do."""

    id: ProductId
    title: Text
    description: Text = Text()
    highlights: tuple[Text, ...] = ()
    brand: str | None = None
    department: Text = Text()
    categories: tuple[Text, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    variants: tuple[Variant, ...] = ()
    offer: Offer = Offer()
    barcode: str | None = None
    url: str | None = None
    image: str | None = None
    tags: tuple[str, ...] = ()
    released: date | None = None
    is_published: bool = True

    def __post_init__(self) -> None:
        if not self.id or not self.title:
            raise RecordInvalid(f"product {self.id!r} needs an id and a title")

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The offers a shopper can choose among, never empty."""
        return tuple(variant.offer for variant in self.variants) or (self.offer,)

    @property
    def lowest_price(self) -> Money | None:
        """The cheapest offer's price, available ones first; None where no price is known."""
        return min(self._prices(), key=lambda price: price.amount, default=None)

    @property
    def highest_price(self) -> Money | None:
        """The dearest offer's price, available ones first; None where no price is known."""
        return max(self._prices(), key=lambda price: price.amount, default=None)

    def _prices(self) -> list[Money]:
        available = [offer.price for offer in self.offers if offer.price and offer.is_available is not False]
        return available or [offer.price for offer in self.offers if offer.price]

    @property
    def is_available(self) -> bool | None:
        """True if any offer can be had, false if none can, None where the record does not tell."""
        known = [offer.is_available for offer in self.offers if offer.is_available is not None]
        return any(known) if known else None

    def attribute(self, key: str) -> Attribute | None:
        """Return the attribute of that key, if the record has it."""
        return next((attribute for attribute in self.attributes if attribute.key == key), None)


@dataclass(frozen=True, slots=True)
class Review:
    """What a buyer wrote. `rating` is 1 to 5 stars, None where only text was given."""

    id: ReviewId
    product_id: ProductId
    text: str
    language: Language
    rating: int | None = None
    title: str = ""
    author: str = ""
    created: datetime | None = None
    is_verified: bool = False

    def __post_init__(self) -> None:
        if self.rating is not None and not 1 <= self.rating <= 5:
            raise RecordInvalid(f"review {self.id!r}: rating {self.rating} is not 1 to 5")


@dataclass(frozen=True, slots=True)
class Article:
    """A policy, guide or answer that the shop wrote. `body` is Markdown paragraphs parted by blank lines."""

    id: ArticleId
    title: Text
    body: Text
    topic: str = ""
    questions: tuple[Text, ...] = ()
    is_published: bool = True
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is delivered."""

    name: str
    street: str
    city: str
    postcode: str
    country: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way in which a customer pays; `balance` is what a gift card still holds."""

    id: str
    kind: PaymentKind
    label: str
    balance: Money | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who buys. Personal data: shown to nobody but that person and the shop's staff."""

    id: CustomerId
    name: str
    email: str
    phone: str = ""
    language: Language = "en"
    addresses: tuple[Address, ...] = ()
    payments: tuple[PaymentMethod, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One position of an order, at the price it was bought for."""

    product_id: ProductId
    sku: Sku
    title: str
    quantity: int
    price: Money
    status: LineStatus = "ordered"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A shipment on its way, with the carrier's latest word."""

    carrier: str
    tracking_number: str
    skus: tuple[Sku, ...]
    status: str
    shipped: datetime | None = None
    expected: date | None = None
    delivered: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """What of an order a case is about; `new_sku` is what comes instead."""

    sku: Sku
    title: str
    quantity: int
    new_sku: Sku | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Something that was done, or begun, about an order after it was placed.

    `payment` names the method that `refund` goes to or `charge` is taken from; `fee` is already taken off
    the refund. `reason` is in the shopper's words or one of the rules' names.
    """

    id: str
    kind: CaseKind
    opened: datetime
    lines: tuple[CaseLine, ...] = ()
    reason: str = ""
    payment: str = ""
    refund: Money | None = None
    charge: Money | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer bought, and where it is."""

    id: OrderId
    customer_id: CustomerId
    status: OrderStatus
    placed: datetime
    lines: tuple[OrderLine, ...]
    total: Money
    shipping: Money | None = None
    payment: str = ""
    address: Address | None = None
    parcels: tuple[Parcel, ...] = ()
    refunds: tuple[Money, ...] = field(default=())
    cases: tuple[Case, ...] = ()


Record = Product | Review | Article | Order | Customer
RecordKind = Literal["product", "review", "article", "order", "customer"]
