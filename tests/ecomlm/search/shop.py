"""A tiny shop for search tests."""

from __future__ import annotations

from decimal import Decimal

from knowledge.records import (
    Article,
    ArticleId,
    Attribute,
    Money,
    Offer,
    Option,
    Product,
    ProductId,
    Sku,
    Text,
    Variant,
)


def money(amount: float) -> Money:
    return Money(Decimal(str(amount)), "USD")


def product(
    id: str, en: str, zh: str, category: tuple[str, str], price: float, stock: int = 5, **more: object
) -> Product:
    offer = Offer(price=money(price), stock=stock)
    return Product(ProductId(id), Text(en, zh), categories=(Text(*category),), offer=offer, **more)  # type: ignore[arg-type]  # plain test values


def flag(key: str, en: str, zh: str, value: bool = True) -> Attribute:
    return Attribute(key, value, label=Text(en, zh))


def weight(grams: int) -> Attribute:
    return Attribute("weight", Decimal(grams), "g", Text("Weight", "重量"))


def boot(id: str, name: str, price: float, waterproof: bool, sizes: dict[str, int]) -> Product:
    word, zh = ("Waterproof ", "防水") if waterproof else ("", "")
    return Product(
        ProductId(id),
        Text(f"{name} {word}Hiking Boots", f"{name} {zh}登山鞋"),
        brand=name,
        categories=(Text("Hiking boots", "登山鞋"),),
        attributes=(flag("waterproof", "Waterproof", "防水", waterproof), weight(900)),
        variants=tuple(
            Variant(
                Sku(f"{id}-{size}"),
                (
                    Option("size", Text(size), Text("Size", "尺码")),
                    Option("colour", Text("brown", "棕色"), Text("Colour", "颜色")),
                ),
                Offer(price=money(price), stock=stock),
            )
            for size, stock in sizes.items()
        ),
    )


def products() -> list[Product]:
    camera = ("Cameras", "相机")
    return [
        boot("ridge", "Norrfell", 129, True, {"42": 4, "43": 0}),
        boot("massif", "Norrfell", 219, True, {"42": 1}),
        boot("dust", "Calderry", 75, False, {"42": 0, "43": 3}),
        product("cam-small", "Palewick Compact Camera", "Palewick 便携相机", camera, 289,
                attributes=(weight(300),)),
        product("cam-big", "Orrin Mirrorless Camera", "Orrin 微单相机", camera, 2899,
                attributes=(weight(700),)),
        product("cam-bag", "Norwick Camera Bag", "Norwick 相机包", ("Camera bags", "相机包"), 3999),
        product("laptop", "Halden Laptop, 14 inch", "Halden 14英寸笔记本电脑",
                ("Laptops", "笔记本电脑"), 849,
                attributes=(Attribute("ram", Decimal(16), "GB", Text("RAM", "内存")),
                            Attribute("screen_size", Decimal("14.0"), "inch",
                                      Text("Screen size", "屏幕尺寸")))),
        product("laptop-bag", "Drywick Waterproof Laptop Bag", "Drywick 防水电脑包",
                ("Laptop bags", "电脑包"), 42,
                attributes=(flag("waterproof", "Waterproof", "防水"),)),
        product("tea", "Mistfold Green Tea", "Mistfold 绿茶", ("Tea", "茶叶"), 12, stock=0),
        product("red-dress", "Fennelle Red Dress", "Fennelle 红色连衣裙", ("Dresses", "连衣裙"), 84),
    ]  # fmt: skip


def articles() -> list[Article]:
    return [
        Article(
            ArticleId("returns"),
            Text("Returns", "退货"),
            Text(
                "You can return shoes within 45 days.\n\nSend them in their box.",
                "鞋子45天内可以退货。\n\n请放回鞋盒。",
            ),
            questions=(Text("How long can I return shoes?", "鞋子多久内可以退？"),),
        ),
        Article(
            ArticleId("delivery"),
            Text("Delivery", "配送"),
            Text("Delivery to Canada takes 5 days.", "送到加拿大需要5天。"),
        ),
    ]
