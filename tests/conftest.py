"""Fixtures for all tests: a small catalogue by hand, an empty store, and a store that holds it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from knowledge.records import (
    Address,
    Article,
    ArticleId,
    Attribute,
    Customer,
    CustomerId,
    Money,
    Offer,
    Option,
    Order,
    OrderId,
    OrderLine,
    Parcel,
    Product,
    ProductId,
    Record,
    Review,
    ReviewId,
    Sku,
    Text,
    Variant,
)
from knowledge.store import Store
from tests.postgresql import find_binaries, new_database, running_server


async def _make_tables(url: str) -> None:
    async with await Store.open(url):
        pass


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables of the shop's records, made once and copied for each test."""
    file = tmp_path_factory.mktemp("empty") / "shop.db"
    asyncio.run(_make_tables(f"sqlite:///{file}"))
    return file


@pytest_asyncio.fixture
async def store(empty_database: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store on SQLite; `any_store` is one on PostgreSQL too."""
    shutil.copy(empty_database, tmp_path / "shop.db")
    async with await Store.open(f"sqlite:///{tmp_path / 'shop.db'}") as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Path]:
    """The socket folder of a running PostgreSQL, or a skip with the reason."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's binaries are not on this machine")
    with running_server(binaries) as folder:
        yield folder


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, empty database, of each kind that is supported."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    return await new_database(request.getfixturevalue("postgresql_server"))


@pytest_asyncio.fixture
async def any_store(database_url: str) -> AsyncIterator[Store]:
    """An empty store, on each database that is supported."""
    async with await Store.open(database_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def tiny_store(store: Store, tiny_catalogue: tuple[Record, ...]) -> Store:
    """A store that holds the tiny catalogue."""
    await store.save(tiny_catalogue, who="test")
    return store


@pytest.fixture
def tiny_catalogue() -> tuple[Record, ...]:
    """Five products, two customers, three orders, three reviews and two articles."""
    return (*_products(), *_reviews(), *_articles(), *_customers(), *_orders())


def _dollars(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def _boot(size: str, stock: int) -> Variant:
    option = Option("size", Text(size, size), Text("Size", "尺码"))
    return Variant(Sku(f"boot-{size}"), (option,), Offer(_dollars("129.00"), stock=stock))


def _products() -> tuple[Product, ...]:
    outdoor, electronics = Text("Outdoor", "户外"), Text("Electronics", "电子产品")
    return (
        Product(
            ProductId("boot"),
            Text("Waterproof hiking boot", "防水登山鞋"),
            Text("A boot with a sealed membrane.", "带防水膜的登山鞋。"),
            brand="Norrfell",
            department=outdoor,
            categories=(Text("Boots", "靴子"),),
            attributes=(
                Attribute("weight", Decimal("480"), "g", Text("Weight", "重量")),
                Attribute("waterproof", True, label=Text("Waterproof", "防水")),
            ),
            variants=(_boot("42", 4), _boot("43", 0)),
            released=date(2026, 3, 12),
        ),
        Product(
            ProductId("tent"),
            Text("Two-person tent", "双人帐篷"),
            brand="Norrfell",
            department=outdoor,
            attributes=(Attribute("persons", Decimal("2"), label=Text("Persons", "人数")),),
            offer=Offer(_dollars("199.90"), _dollars("249.00"), stock=7),
        ),
        Product(
            ProductId("drive"),
            Text("Portable SSD 1 TB", "移动固态硬盘 1TB"),
            brand="Kestrel",
            department=electronics,
            attributes=(
                Attribute("read_speed", Decimal("3500"), "MB/s", Text("Read speed", "读取速度")),
                Attribute("write_speed", Decimal("2900"), "MB/s", Text("Write speed", "写入速度")),
            ),
            offer=Offer(_dollars("89.00"), stock=12),
        ),
        Product(
            ProductId("phone"),
            Text("Aria 5 smartphone", "Aria 5 智能手机"),
            brand="Aria",
            department=electronics,
            attributes=(Attribute("supports_5g", True, label=Text("5G", "5G")),),
            offer=Offer(_dollars("499.00"), stock=0),
        ),
        Product(ProductId("card"), Text("Gift card", "礼品卡")),
    )


def _reviews() -> tuple[Review, ...]:
    boot, when = ProductId("boot"), datetime(2026, 5, 12, tzinfo=UTC)
    return (
        Review(ReviewId("boot-1"), boot, "Dry feet all day.", "en", 5, author="Marta K.", created=when),
        Review(ReviewId("boot-2"), boot, "鞋底有点硬。", "zh", 3, author="陈**", is_verified=True),
        Review(ReviewId("drive-1"), ProductId("drive"), "Fast and tiny.", "en", 4),
    )


def _articles() -> tuple[Article, ...]:
    return (
        Article(
            ArticleId("returns"),
            Text("Returns", "退货"),
            Text("You can return shoes within 30 days.", "鞋类可在30天内退货。"),
            "returns",
            (Text("How long do I have to return shoes?", "鞋子多久内可以退？"),),
            updated=datetime(2026, 6, 1, tzinfo=UTC),
        ),
        Article(ArticleId("draft"), Text("Draft"), Text("Not yet."), is_published=False),
    )


def _home(name: str) -> Address:
    return Address(name, "1 Elm Street", "Springfield", "12345", "US")


def _customers() -> tuple[Customer, ...]:
    ann, bo = _home("Ann Lee"), _home("陈波")
    return (
        Customer(CustomerId("ann"), "Ann Lee", "Ann@example.com", addresses=(ann,)),
        Customer(CustomerId("bo"), "陈波", "bo@example.com", language="zh", addresses=(bo,)),
    )


def _orders() -> tuple[Order, ...]:
    ann, bo, when = CustomerId("ann"), CustomerId("bo"), datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    boot = OrderLine(ProductId("boot"), Sku("boot-42"), "Waterproof hiking boot", 1, _dollars("129.00"))
    tent = OrderLine(ProductId("tent"), Sku("tent"), "Two-person tent", 1, _dollars("199.90"), "shipped")
    drive = OrderLine(ProductId("drive"), Sku("drive"), "移动固态硬盘", 2, _dollars("89.00"), "delivered")
    parcel = Parcel("UPS", "1Z1", (Sku("tent"),), "in transit", when, date(2026, 7, 5))
    return (
        Order(OrderId("W1001"), ann, "pending", when, (boot,), _dollars("129.00")),
        Order(OrderId("W1002"), ann, "shipped", when, (tent,), _dollars("199.90"), parcels=(parcel,)),
        Order(OrderId("W1003"), bo, "delivered", when, (drive,), _dollars("178.00")),
    )
