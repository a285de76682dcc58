"""A customer with orders in every state, and the rules of the sample shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from knowledge.desk.orders import LocalOrders
from knowledge.desk.plans import Situation
from knowledge.desk.rules import Rules, load_rules
from knowledge.records import (
    Address,
    Customer,
    CustomerId,
    Money,
    Offer,
    Option,
    Order,
    OrderId,
    OrderLine,
    Parcel,
    PaymentMethod,
    Product,
    ProductId,
    Record,
    Sku,
    Text,
    Variant,
)
from knowledge.store import Store
from tests.knowledge.desk.shop_server import Shop

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOME = Address("Ann Lee", "1 Elm Street, Suite 9", "Portland", "97214", "US", "OR")
OFFICE = Address("Ann Lee", "90 Pearl Court", "Portland", "97209", "US", "OR")
VISA = PaymentMethod("visa", "card", "Visa ending in 4821")
PAYPAL = PaymentMethod("paypal", "paypal", "PayPal")
GIFT = PaymentMethod("gift", "gift_card", "Gift card ending in 7KQ2", Money(Decimal("12.50"), "USD"))
ANN = Customer(
    CustomerId("ann"), "Ann Lee", "ann@example.com", addresses=(HOME, OFFICE), payments=(VISA, PAYPAL, GIFT)
)
BO = Customer(CustomerId("bo"), "陈波", "bo@example.com", language="zh", addresses=(HOME,), payments=(VISA,))


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def _shoe(size: str, colour: str, price: str, stock: int) -> Variant:
    options = (
        Option("size", Text(size, size), Text("Size", "尺码")),
        Option("colour", Text(colour, {"black": "黑色", "brown": "棕色"}[colour]), Text("Colour", "颜色")),
    )
    return Variant(Sku(f"boot-{size}-{colour}"), options, Offer(usd(price), stock=stock))


BOOT = Product(
    ProductId("boot"),
    Text("Ridge hiking boot", "岭登山鞋"),
    department=Text("Outdoor", "户外"),
    categories=(Text("Hiking boots", "登山鞋"),),
    variants=(
        _shoe("42", "brown", "129.00", 4),
        _shoe("43", "brown", "129.00", 2),
        _shoe("43", "black", "139.00", 1),
        _shoe("44", "brown", "129.00", 0),
    ),
)
PAN = Product(
    ProductId("pan"),
    Text("Frying pan", "平底锅"),
    department=Text("Kitchen", "厨房"),
    offer=Offer(usd("24.90"), stock=5),
)
TEA = Product(
    ProductId("tea"),
    Text("Green tea", "绿茶"),
    department=Text("Tea, coffee and food", "茶咖食品"),
    offer=Offer(usd("9.00"), stock=5),
)


def line(product: Product, sku: str, price: str, status: str, quantity: int = 1) -> OrderLine:
    return OrderLine(product.id, Sku(sku), product.title.en, quantity, usd(price), status)  # type: ignore[arg-type]  # a status of the tests' own choice


def order(
    id: str, status: str, *lines: OrderLine, payment: str = "Visa ending in 4821", **more: object
) -> Order:
    total = sum((item.price.amount * item.quantity for item in lines), Decimal("5.90"))
    values = {"shipping": usd("5.90"), "payment": payment, "address": HOME, **more}
    placed = datetime(2026, 11, 15, 9, tzinfo=UTC)
    return Order(OrderId(id), ANN.id, status, placed, lines, Money(total, "USD"), **values)  # type: ignore[arg-type]  # plain test values


def delivered(sku: str, day: int = 10, month: int = 11) -> Parcel:
    return Parcel(
        "UPS", f"1Z-{sku}", (Sku(sku),), "delivered", delivered=datetime(2026, month, day, tzinfo=UTC)
    )


PENDING = order(
    "LW-1001",
    "paid",
    line(BOOT, "boot-42-brown", "129.00", "ordered"),
    line(PAN, "pan", "24.90", "ordered", 2),
)
UNPAID = order(
    "LW-1002", "pending", line(PAN, "pan", "24.90", "ordered"), payment="PayPal, not yet confirmed"
)
DELIVERED = order(
    "LW-1003",
    "delivered",
    line(BOOT, "boot-42-brown", "129.00", "delivered"),
    line(PAN, "pan", "24.90", "delivered", 2),
    line(TEA, "tea", "9.00", "delivered"),
    parcels=(delivered("boot-42-brown"), delivered("pan"), delivered("tea")),
)
OLD = replace(
    order("LW-1004", "delivered", line(PAN, "pan", "24.90", "delivered"), parcels=(delivered("pan", 1, 9),)),
    placed=datetime(2026, 8, 30, tzinfo=UTC),
)
MIXED = order(
    "LW-1005",
    "shipped",
    line(BOOT, "boot-42-brown", "129.00", "delivered"),
    line(PAN, "pan", "24.90", "ordered"),
    parcels=(delivered("boot-42-brown"),),
)
OTHERS = replace(order("LW-1006", "paid", line(PAN, "pan", "24.90", "ordered")), customer_id=BO.id)
RECORDS: tuple[Record, ...] = (
    BOOT,
    PAN,
    TEA,
    ANN,
    BO,
    PENDING,
    UNPAID,
    DELIVERED,
    OLD,
    MIXED,
    OTHERS,
)
PRODUCTS = {product.id: product for product in (BOOT, PAN, TEA)}
LATE = date(2027, 2, 1)


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()


@pytest.fixture
def about(rules: Rules):
    """A situation about one of the orders."""

    def make(order: Order | None, **more: object) -> Situation:
        return (
            Situation(rules, ANN, NOW, order, PRODUCTS, **more)
            if not more
            else replace(Situation(rules, ANN, NOW, order, PRODUCTS), **more)
        )

    return make


@pytest.fixture
async def desk_store(any_store: Store) -> Store:
    await any_store.save(RECORDS, who="test")
    return any_store


@pytest.fixture
def desk(desk_store: Store) -> LocalOrders:
    return LocalOrders(desk_store, clock=lambda: NOW)


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    """The shop's order system as a server on loopback."""
    await store.save(RECORDS, who="test")
    shop = Shop(store, lambda: NOW)
    await shop.server.start_server()
    yield shop
    await shop.close()
