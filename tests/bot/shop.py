"""A shop small enough to read: five products, their reviews, two articles; and parts that behave."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.responses import Responses
from bot.settings import BotSettings
from bot.tools import Tools
from bot.transcripts import Transcripts
from ecomlm.answer import Answerer
from ecomlm.evidence import Evidence, RankedEvidence
from ecomlm.generation.engine import Completion, Engine, EngineUnavailable, Piece
from ecomlm.language import detect, words
from ecomlm.search.embed import Embedder
from ecomlm.search.index import build_index
from ecomlm.search.search import Search
from knowledge.records import (
    Article,
    ArticleId,
    Attribute,
    Language,
    Money,
    Offer,
    Option,
    Product,
    ProductId,
    Review,
    ReviewId,
    Sku,
    Text,
    Variant,
)
from knowledge.store import Store


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def _colour(sku: str, english: str, chinese: str, stock: int, price: str = "89.00") -> Variant:
    option = Option("colour", Text(english, chinese), Text("Colour", "颜色"))
    return Variant(Sku(sku), (option,), Offer(usd(price), stock=stock))


_WATERPROOF = Text("Waterproof", "防水")
BOOT = Product(
    ProductId("boot"),
    Text("Norrfell Ridge waterproof hiking boots", "Norrfell Ridge 防水登山鞋"),
    Text(
        "Leather boots with a waterproof membrane. Made for wet trails.",
        "真皮登山鞋，防水透气膜。适合湿滑山路。",
    ),
    brand="Norrfell",
    department=Text("Outdoor", "户外"),
    categories=(Text("Hiking boots", "登山鞋"),),
    attributes=(
        Attribute("waterproof", True, label=_WATERPROOF),
        Attribute("weight", Decimal(980), "g", Text("Weight", "重量")),
    ),
    offer=Offer(usd("139.00"), stock=7),
)
LIGHT_BOOT = Product(
    ProductId("light-boot"),
    Text("Tarnvik Trail waterproof hiking boots", "Tarnvik Trail 防水登山鞋"),
    brand="Tarnvik",
    department=Text("Outdoor", "户外"),
    categories=(Text("Hiking boots", "登山鞋"),),
    attributes=(Attribute("waterproof", True, label=_WATERPROOF),),
    offer=Offer(usd("99.00"), stock=2),
)
BAG = Product(
    ProductId("bag"),
    Text("Harbour laptop bag", "海港电脑包"),
    Text("Padded sleeve for laptops up to 15.6 inches.", "带衬垫，可放15.6英寸以内的笔记本。"),
    department=Text("Bags", "箱包"),
    categories=(Text("Laptop bags", "电脑包"),),
    attributes=(Attribute("waterproof", True, label=_WATERPROOF),),
    variants=(_colour("bag-black", "Black", "黑色", 5), _colour("bag-blue", "Blue", "蓝色", 0, "94.00")),
)
DRIVE = Product(
    ProductId("drive"),
    Text("Kelvin X2 solid state drive", "Kelvin X2 固态硬盘"),
    department=Text("Electronics", "电子"),
    categories=(Text("Drives", "硬盘"),),
    attributes=(
        Attribute("read_speed", Decimal(3500), "MB/s", Text("Read speed", "读取速度")),
        Attribute("write_speed", Decimal(2900), "MB/s", Text("Write speed", "写入速度")),
    ),
    offer=Offer(usd("119.00"), stock=0),
)
SCRIPT = Product(
    ProductId("<img src=x>"),
    Text("<script>alert(1)</script> mug", "<script>alert(1)</script> 马克杯"),
    department=Text("Kitchen", "厨房"),
    offer=Offer(usd("12.00"), stock=40),
)
RETURNS = Article(
    ArticleId("returns"),
    Text("Returning shoes and clothing", "鞋服退货"),
    Text(
        "You can return unworn shoes within 45 days of delivery.\n\nWe refund within 5 days.",
        "未穿过的鞋子可在收货后45天内退货。\n\n我们会在5天内退款。",
    ),
    topic="returns",
)


def _review(number: int, product: Product, rating: int, text: str, language: Language = "en") -> Review:
    created = datetime(2026, 5, number, tzinfo=UTC)
    return Review(ReviewId(f"r{number}"), product.id, text, language, rating, created=created)


RECORDS = (
    BOOT, LIGHT_BOOT, BAG, DRIVE, SCRIPT, RETURNS,
    _review(1, BOOT, 5, "Kept my feet dry for a week of rain."),
    _review(2, BOOT, 2, "The sole came off after two months."),
    _review(3, BOOT, 4, "鞋子很轻，走一天不累。", "zh"),
)  # fmt: skip


class ScriptedEngine:
    """Writes what its script says of a prompt; `None` means that it cannot be reached."""

    name = "scripted"

    def __init__(self, text: str | None = "The page does not say.") -> None:
        self.text = text
        self.prompts: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_closed = False

    async def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        self.prompts.append(request.prompt)
        await self.gate.wait()
        if self.text is None:
            raise EngineUnavailable("the engine is gone")
        said = self.text.split(" ")
        for word in said:
            yield Piece(f" {word}")
        yield Piece("", prompt_tokens=12, generated_tokens=len(said), is_last=True)

    async def prefill(self, prompt: str) -> None:
        self.prompts.append(prompt)

    async def close(self) -> None:
        self.is_closed = True


class WordRanker:
    """Scores a passage by the share of the question's words that it says."""

    def rank(
        self, question: str, title: str, evidence: Sequence[Evidence], language: Language
    ) -> list[RankedEvidence]:
        asked = set(words(question, detect(question)))
        scored = [
            RankedEvidence(item, len(asked & set(words(item.text, item.language))) / (len(asked) or 1))
            for item in evidence
        ]
        return sorted(scored, key=lambda item: -item.score)

    def prepare(self, evidence: Sequence[Evidence], language: Language) -> None:
        pass


_filled = TemporaryDirectory(prefix="ecomlm-test-shop-")
"""Homes of the shop as it begins, one for each kind of embedder: made once, copied for each test."""


async def _fill(settings: BotSettings, embedders: dict[Language, Embedder]) -> None:
    async with await Store.open(settings) as store:
        await store.save(RECORDS, who="test")
        await Transcripts.open(store.engine)
        await build_index(settings, store, embedders=embedders)


async def open_shop(
    settings: BotSettings, engine: Engine, embedder: Embedder, router_embedder: Embedder
) -> Tools:
    """Open the tools over the filled and indexed shop, in a home that has none yet."""
    embedders: dict[Language, Embedder] = {"en": embedder, "zh": embedder}
    home = Path(_filled.name) / type(embedder).__name__
    if settings.database_url:
        await _fill(settings, embedders)
    elif not (settings.home / "shop.db").exists():
        if not home.exists():
            await _fill(replace(settings, home=home), embedders)
        shutil.copytree(home, settings.home, dirs_exist_ok=True)
    store = await Store.open(settings)
    search = await Search.open(settings, store, embedders)
    ranker = WordRanker()
    return Tools(
        settings, store, search, engine, Answerer(engine, ranker), ranker, Responses.load(),
        router_embedder.encode_queries,
    )  # fmt: skip
