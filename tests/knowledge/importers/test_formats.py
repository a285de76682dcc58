"""What each format's rows become."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge.errors import ImportFailed
from knowledge.importers import Options, Report, import_file
from knowledge.records import Attribute, Money, Offer, Option, Product, Text
from knowledge.settings import KnowledgeSettings, load
from knowledge.store import Store


async def _imported(store: Store, path: Path, text: str, options: Options | None = None) -> list[Product]:
    path.write_text(text, encoding="utf-8")
    await import_file(store, path, options)
    return await store.products()


def _usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


async def test_a_table_with_chinese_columns_and_values(store: Store, tmp_path: Path) -> None:
    text = (
        "商品编号,商品名称,品牌,价格,原价,库存,分类,描述,重量（克）,是否防水,材质\n"
        "1001,防水登山鞋,雀林,￥899.00,1299元,5,鞋靴>登山鞋,压胶防水膜。,480,是,磨砂牛皮\n"
    )
    (boot,) = await _imported(store, tmp_path / "a.csv", text)
    assert boot.title == Text(zh="防水登山鞋")
    assert boot.offer == Offer(Money(Decimal("899.00"), "CNY"), Money(Decimal("1299.00"), "CNY"), stock=5)
    assert boot.categories == (Text(zh="鞋靴"), Text(zh="登山鞋"))
    assert boot.attribute("weight") == Attribute("weight", Decimal(480), "g", Text(zh="重量"))
    assert boot.attribute("是否防水") == Attribute(
        "是否防水", True, label=Text(zh="是否防水"), wording=Text(zh="是")
    )
    assert boot.attribute("material") == Attribute("material", "磨砂牛皮", label=Text(zh="材质"))


async def test_traditional_columns_and_values_are_known_by_their_simplified_form(
    store: Store, tmp_path: Path
) -> None:
    text = (
        "商品編號,商品名稱,品牌,價格,原價,幣別,庫存狀態,分類,說明,商品連結,重量（公斤）,防水,顏色,成本價\n"
        "1001,防水登山鞋,雀林,3980,4980,TWD,現貨,鞋靴>登山鞋,壓膠防水膜。,https://a.example/1,0.48,無,黑色,2000\n"
    )
    (boot,) = await _imported(store, tmp_path / "a.csv", text)
    assert (boot.title, boot.description) == (Text(zh="防水登山鞋"), Text(zh="壓膠防水膜。"))
    assert (boot.brand, boot.url) == ("雀林", "https://a.example/1")
    assert boot.offer == Offer(
        Money(Decimal(3980), "TWD"), Money(Decimal(4980), "TWD"), availability="in_stock"
    )
    assert boot.categories == (Text(zh="鞋靴"), Text(zh="登山鞋"))
    assert boot.attribute("weight") == Attribute("weight", Decimal("0.48"), "kg", Text(zh="重量"))
    waterproof, colour = boot.attribute("waterproof"), boot.attribute("colour")
    assert waterproof
    assert colour
    assert (waterproof.value, waterproof.wording) == (False, Text(zh="無"))
    assert (colour.value, colour.label) == ("黑色", Text(zh="顏色"))
    assert len(boot.attributes) == 3  # what the goods cost the shop is nobody's business


async def test_a_table_in_both_languages(store: Store, tmp_path: Path) -> None:
    text = "id\ttitle_en\ttitle_zh\tdescription (en)\t描述（中文）\n1\tMug\t杯子\tBlue.\t蓝色。\n"
    (mug,) = await _imported(store, tmp_path / "a.tsv", text)
    assert (mug.title, mug.description) == (Text("Mug", "杯子"), Text("Blue.", "蓝色。"))


async def test_gb18030_and_utf_16_are_recognised(store: Store, tmp_path: Path) -> None:
    text = "商品编号,商品名称,描述\n{},防水登山鞋,舒适耐穿的登山鞋\n"
    (tmp_path / "a.csv").write_bytes(text.format("a").encode("gb18030"))
    (tmp_path / "b.csv").write_bytes(text.format("b").encode("utf-16"))
    (tmp_path / "c.csv").write_bytes(text.format("c").encode("utf-8-sig"))
    for name in ("a.csv", "b.csv", "c.csv"):
        await import_file(store, tmp_path / name)
    assert [(product.id, product.title.zh) for product in await store.products()] == [
        (id, "防水登山鞋") for id in "abc"
    ]


async def test_latin_1_is_read_when_it_is_declared(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,title\n1,Café crème\n".encode("latin-1"))
    await import_file(store, tmp_path / "a.csv", Options(encoding="latin-1"))
    assert (await store.product("1")).title.en == "Café crème"


async def test_columns_can_be_mapped_and_left_out(store: Store, tmp_path: Path) -> None:
    text = 'Art,Produktname,Preis,Interna\n7,Becher,"1.299,95",geheim\n'
    columns = {"id": "Art", "title": "Produktname", "price": "Preis"}
    options = Options(columns=columns, ignored=frozenset({"Interna"}), currency="EUR")
    (mug,) = await _imported(store, tmp_path / "a.csv", text, options)
    assert (mug.id, mug.title.en, mug.offer.price) == ("7", "Becher", Money(Decimal("1299.95"), "EUR"))
    assert mug.attributes == ()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"titel": "title"}, "no such field. Fields: id, title"),
        ({"title": "Name"}, "no such column. Columns: id, x"),
    ],
)
async def test_a_wrong_mapping_is_refused(
    columns: dict[str, str], message: str, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(ImportFailed, match=message):
        await _imported(store, tmp_path / "a.csv", "id,x\n1,Mug\n", Options(columns=columns))


async def test_what_a_shop_keeps_to_itself_does_not_become_an_attribute(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,title,Cost,Purchase Price,进价,Material\n1,Mug,2,3,4,steel\n")
    report = await import_file(store, tmp_path / "a.csv")
    assert [item.key for item in (await store.product("1")).attributes] == ["material"]
    assert "left out, as they look internal: Cost, Purchase Price, 进价" in str(report)


async def test_typed_and_coded_columns_of_json_lines(store: Store, tmp_path: Path) -> None:
    row = {
        "id": "1", "name": "X-1", "title": "Drive", "supplier": "Kestrel", "ean": ["123"], "price": 4995,
        "short_description": "Fast.", "date_released": "2009-12-10T00:00:00Z", "img_500x500": "http://a.example/b.jpg",
        "attr_n_thermal_design_power__tdp_": 25.0, "attr_b_rohs": True, "attr_t_hs_code": "0847330",
        "attr_t_turbo": "Y", "attr_n_height__cm__outer_carton": 3.5, "attr_n_set_width__inch_": 12,
    }  # fmt: skip
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as stream:
        stream.write(json.dumps(row) + "\n")
    report = await import_file(store, tmp_path / "a.jsonl.gz", Options(price_unit="cents"))
    drive = await store.product("1")
    assert (drive.brand, drive.barcode, drive.released) == ("Kestrel", "123", date(2009, 12, 10))
    assert (drive.lowest_price, drive.image, drive.description.en) == (
        _usd("49.95"),
        row["img_500x500"],
        "Fast.",
    )
    assert drive.attribute("thermal_design_power_tdp") == Attribute(
        "thermal_design_power_tdp", Decimal(25), label=Text("thermal design power (tdp)")
    )
    assert drive.attribute("rohs") == Attribute("rohs", True, label=Text("rohs"))
    assert drive.attribute("hs_code") == Attribute("hs_code", "0847330", label=Text("hs code"))
    assert drive.attribute("turbo") == Attribute("turbo", True, label=Text("turbo"), wording=Text("Y"))
    assert drive.attribute("set_width") == Attribute("set_width", Decimal(12), "in", Text("set width"))
    assert drive.attribute("name") == Attribute("name", "X-1", label=Text("name"))
    assert "1 product, 0 variants, 1 with a description, 1 with a picture, 0 without price" in str(report)


@pytest.mark.parametrize(
    ("prices", "currency", "expected"),
    [
        ([4995] * 6 + [129900 + 95] * 6, "EUR", "49.95"),
        ([4995] * 6 + [129900 + 95] * 6, "CNY", "4995.00"),
        ([4995] * 6 + [129900 + 95] * 6, "JPY", "4995"),
        ([4995, 129995], "EUR", "4995.00"),
        ([95] * 12, "EUR", "95.00"),
        ([1200, 3700] * 6, "EUR", "1200.00"),
        ([4995] * 11 + ["49.95"], "EUR", "4995.00"),
    ],
)
async def test_whole_prices_are_cents_only_where_the_file_shows_it(
    prices: list[object], currency: str, expected: str, store: Store, tmp_path: Path
) -> None:
    rows = [{"id": f"{number:02}", "title": "T", "price": price} for number, price in enumerate(prices)]
    products = await _imported(
        store, tmp_path / "a.json", json.dumps({"products": rows}), Options(currency=currency)
    )
    assert products[0].offer.price == Money(Decimal(expected), currency)


_SHOPIFY = """Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,\
Option1 Value,Option2 Name,\
Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,\
Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Variant Image,Status
boot,Boot,"<p>Dry feet.</p><ul><li>weight: 480 g</li><li>waterproof: Yes</li><li>Light and warm</li></ul>",\
Norrfell,Apparel > Shoes,Boots,"hiking, 登山",true,Size,42,Colour,Brown,B-42,,shopify,4,deny,129.00,159.00,111,https://a.example/b.jpg,,active
boot,,,,,,,,,43,,Brown,B-43,,shopify,0,continue,129.00,,222,,https://a.example/c.jpg,
boot,,,,,,,,,,,,,,,,,,,,https://a.example/d.jpg,,
mug,Mug,Plain text.,Kiln,,,,true,Title,Default Title,,,M-1,350,,,deny,12.5,10,333,,,draft
"""


async def test_shopify(store: Store, tmp_path: Path) -> None:
    boot, mug = await _imported(store, tmp_path / "a.csv", _SHOPIFY)
    assert (boot.description.en, boot.highlights) == ("Dry feet.", (Text("Light and warm"),))
    assert (boot.department, boot.categories, boot.tags) == (
        Text("Apparel"),
        (Text("Boots"),),
        ("hiking", "登山"),
    )
    assert boot.attribute("weight") == Attribute("weight", Decimal(480), "g", Text("weight"), Text("480 g"))
    assert boot.attribute("waterproof") == Attribute(
        "waterproof", True, label=Text("waterproof"), wording=Text("Yes")
    )
    first, second = boot.variants
    size, colour = Option("size", Text("42"), Text("Size")), Option("colour", Text("Brown"), Text("Colour"))
    assert (first.sku, first.options, first.barcode) == ("B-42", (size, colour), "111")
    assert first.offer == Offer(_usd("129.00"), _usd("159.00"), None, 4)
    assert second.offer == Offer(_usd("129.00"), None, "backorder", 0)
    assert second.image == "https://a.example/c.jpg"
    assert (mug.variants, mug.offer, mug.is_published) == ((), Offer(_usd("12.50"), None, "in_stock"), False)
    assert mug.attribute("weight") == Attribute("weight", Decimal(350), "g", Text("Weight"))


async def test_shopify_with_its_newer_headers(store: Store, tmp_path: Path) -> None:
    text = (
        "Title,URL handle,Description,Vendor,Published on online store,Status,SKU,"
        "Option1 name,Option1 value,Price,"
        "Compare-at price,Inventory tracker,Inventory quantity,"
        "Continue selling when out of stock,Product image URL\n"
        "Mug,mug,<p>Blue</p>,Kiln,TRUE,Active,M-1,,,12.50,,shopify,0,DENY,https://a.example/m.jpg\n"
    )
    (mug,) = await _imported(store, tmp_path / "a.csv", text)
    assert (mug.id, mug.description.en, mug.offer) == ("mug", "Blue", Offer(_usd("12.50"), None, None, 0))
    assert (mug.is_available, mug.image) == (False, "https://a.example/m.jpg")


async def test_woocommerce(store: Store, tmp_path: Path) -> None:
    text = (
        "ID,Type,SKU,Name,Published,Visibility in catalog,Short description,Description,In stock?,"
        "Stock,Sale price,"
        "Regular price,Categories,Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s),Weight (kg)\n"
        "12,variation,B-42,Boot - 42,1,visible,,,1,4,,129,,,,id:10,Size,42,\n"
        '10,variable,B,Boot,1,visible,Dry feet.,<p>Strong.</p>,1,,,,Shoes > Boots,"a, b",,,'
        'Size,"42, 43",0.48\n'
        "13,variation,B-43,Boot - 43,1,visible,,,0,0,99,129,,,,B,Size,43,\n"
        '20,simple,M,Mug,1,hidden,,,backorder,,10,12.50,"Kitchen, Gifts > Mugs",,"https://a.example/1.jpg, https://a.example/2.jpg",,'
        'Ports,"USB, PS/2",\n'
    )
    boot, mug = await _imported(store, tmp_path / "a.csv", text)
    assert (boot.id, boot.description.en, boot.department) == ("10", "Dry feet.\n\nStrong.", Text("Shoes"))
    assert [variant.sku for variant in boot.variants] == ["B-42", "B-43"]
    assert boot.variants[1].offer == Offer(_usd("99.00"), _usd("129.00"), "out_of_stock", 0)
    assert boot.attribute("weight") == Attribute(
        "weight", Decimal("0.48"), "kg", Text("Weight"), Text("0.48 kg")
    )
    assert boot.attribute("size") is None
    assert mug.offer == Offer(_usd("10.00"), _usd("12.50"), "backorder")
    assert (mug.is_published, mug.image) == (False, "https://a.example/1.jpg")
    assert mug.attribute("ports") == Attribute("ports", ("USB", "PS/2"), label=Text("Ports"))


_GOOGLE = """<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<title>S</title>
<item><g:id>1</g:id><g:title>Mug</g:title><g:description>&lt;p&gt;Blue&lt;/p&gt;</g:description>
<g:link>https://a.example/mug</g:link><g:availability>out of stock</g:availability>
<g:price>15.00 USD</g:price>
<g:sale_price>12.00 USD</g:sale_price><g:gtin>42</g:gtin><g:product_type>Kitchen > Mugs</g:product_type>
<g:product_detail><g:section_name>General</g:section_name><g:attribute_name>Volume</g:attribute_name>
<g:attribute_value>300 ml</g:attribute_value></g:product_detail>
<g:product_highlight>Safe</g:product_highlight></item>
<item><g:id>s-m</g:id><g:item_group_id>shirt</g:item_group_id><g:title>Linen shirt - M</g:title>
<g:size>M</g:size>
<g:color>blue</g:color><g:price>30 EUR</g:price><g:availability>in_stock</g:availability></item>
<item><g:id>s-l</g:id><g:item_group_id>shirt</g:item_group_id><g:title>Linen shirt - L</g:title>
<g:size>L</g:size>
<g:color>blue</g:color><g:price>31 EUR</g:price><g:availability>preorder</g:availability></item>
</channel></rss>"""


async def test_google_merchant(store: Store, tmp_path: Path) -> None:
    mug, shirt = await _imported(store, tmp_path / "feed.xml", _GOOGLE)
    assert (mug.description.en, mug.barcode, mug.url) == ("Blue", "42", "https://a.example/mug")
    assert mug.offer == Offer(_usd("12.00"), _usd("15.00"), "out_of_stock")
    assert (mug.department, mug.categories, mug.highlights) == (
        Text("Kitchen"),
        (Text("Mugs"),),
        (Text("Safe"),),
    )
    assert mug.attribute("volume") == Attribute("volume", Decimal(300), "ml", Text("Volume"), Text("300 ml"))
    assert (shirt.id, shirt.title) == ("shirt", Text("Linen shirt"))
    assert [variant.options for variant in shirt.variants] == [
        (Option("size", Text(size), Text("Size")),) for size in ("M", "L")
    ]
    assert shirt.variants[1].offer == Offer(Money(Decimal("31.00"), "EUR"), availability="preorder")
    assert shirt.attribute("color") is not None


async def test_google_merchant_as_a_table(store: Store, tmp_path: Path) -> None:
    text = (
        "id\ttitle\tlink\timage link\tprice\tavailability\tproduct detail\n"
        "1\t杯子\thttps://a.example/1\thttps://a.example/1.jpg\t15.00 CNY\tin stock\tGeneral:Volume:300 ml\n"
    )
    (mug,) = await _imported(store, tmp_path / "feed.tsv", text)
    assert (mug.title, mug.offer) == (
        Text(zh="杯子"),
        Offer(Money(Decimal("15.00"), "CNY"), None, "in_stock"),
    )
    assert mug.attribute("volume") is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rows", "products", "variants"),
    [
        ("shopify_products.csv", 1626, 1500, 228),
        ("woocommerce_products.csv", 800, 800, 0),
        ("google_merchant.xml", 800, 800, 0),
    ],
)
async def test_every_row_of_the_public_feeds_is_accounted_for(
    name: str, rows: int, products: int, variants: int, store: Store
) -> None:
    path = load(KnowledgeSettings).data / "icecat" / "feeds" / name
    if not path.exists():
        pytest.skip(f"{path} is not on this machine; ECOMLM_DATA names the folder of public data")
    report: Report = await import_file(store, path, dry_run=True)
    assert (report.rows, report.products, report.variants, report.bad_row_count) == (
        rows,
        products,
        variants,
        0,
    )
