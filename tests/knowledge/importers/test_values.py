"""Prices, numbers, units, names and wordings, one by one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from knowledge.importers import facts, values
from knowledge.importers.markup import as_text, plain, read_html
from knowledge.importers.money import read_price
from knowledge.importers.report import BadValue
from knowledge.records import Attribute, Money, Text


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("15.00 USD", "EUR", "15.00 USD"),
        ("USD 15", "EUR", "15.00 USD"),
        ("$1,299.95", "EUR", "1299.95 USD"),
        ("$5", "CAD", "5.00 CAD"),
        ("US$5", "CAD", "5.00 USD"),
        ("1.299,95 €", "USD", "1299.95 EUR"),
        ("1 299,95", "EUR", "1299.95 EUR"),
        ("1,299", "EUR", "1299.00 EUR"),
        ("12,5", "EUR", "12.50 EUR"),
        ("1.234.567", "EUR", "1234567.00 EUR"),
        ("￥129", "USD", "129.00 CNY"),
        ("¥129", "JPY", "129 JPY"),
        ("129元", "USD", "129.00 CNY"),
        ("129 RMB", "USD", "129.00 CNY"),
        ("12.345", "KWD", "12.345 KWD"),
        ("0", "EUR", "0.00 EUR"),
    ],
)
def test_prices_are_read_as_shops_write_them(text: str, currency: str, expected: str) -> None:
    amount, code = expected.split()
    price = read_price(text, "price", currency)
    assert price == Money(Decimal(amount), code)
    assert str(price.amount) == amount


def test_an_empty_price_is_no_price() -> None:
    assert read_price("  ", "price", "EUR") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("abc", "is not a price"),
        ("5 or 6", "is not a price"),
        ("€5€", "is not a price"),
        ("1,2,3", "is not a price"),
        ("-5", "negative"),
        ("-$5", "negative"),
        ("−5", "negative"),
        ("5 XXQ", "unknown currency"),
        ("9" * 14, "too large"),
        ("NaN", "is not a price"),
    ],
)
def test_what_is_no_price_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadValue, match=problem):
        read_price(text, "price", "EUR")


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("Weight", "480 g", Attribute("weight", Decimal(480), "g", wording=Text("480 g"))),
        ("Weight (kg)", "1.5", Attribute("weight", Decimal("1.5"), "kg")),
        ("重量", "480克", Attribute("weight", Decimal(480), "g", wording=Text(zh="480克"))),
        (
            "Read speed",
            "3,500 MB/s",
            Attribute("read_speed", Decimal(3500), "MB/s", wording=Text("3,500 MB/s")),
        ),
        ("Screen", '15.6"', Attribute("screen", Decimal("15.6"), "in", wording=Text('15.6"'))),
        ("Area", "20 m²", Attribute("area", Decimal(20), "m²", wording=Text("20 m²"))),
        ("Length", "2.0", Attribute("length", Decimal(2))),
        ("Zip code", "01234", Attribute("zip_code", "01234")),
        ("HS code", "8473305100", Attribute("hs_code", "8473305100")),
        ("Die", "62.5/125", Attribute("die", "62.5/125")),
        ("Delivery", "5 wonders", Attribute("delivery", "5 wonders")),
        ("Vegan", "No", Attribute("vegan", False, wording=Text("No"))),
        ("防水", "支持", Attribute("waterproof", True, wording=Text(zh="支持"))),
        ("Ports", "USB|HDMI", Attribute("ports", ("USB", "HDMI"), wording=Text("USB|HDMI"))),
        ("Ports", ["USB", "HDMI"], Attribute("ports", ("USB", "HDMI"))),
        ("Width (W)", "5", Attribute("width_w", Decimal(5))),
        ("Print speed (min)", "5", Attribute("print_speed_min", Decimal(5))),
        ("Sizes", {"a": 1}, Attribute("sizes", '{"a": 1}')),
        ("Notes", "one\\ntwo", Attribute("notes", "one\ntwo")),
    ],
)
def test_attributes_take_their_type_and_unit_from_what_is_written(
    name: str, raw: object, expected: Attribute
) -> None:
    found = facts.attribute(name, raw)
    assert found is not None
    assert (found.key, found.value, found.unit, found.wording) == (
        expected.key,
        expected.value,
        expected.unit,
        expected.wording,
    )


@pytest.mark.parametrize(
    ("declared", "problem"), [("number", "is not a number"), ("yes_no", "neither yes nor no")]
)
def test_a_value_of_another_type_than_declared_is_refused(declared: facts.Declared, problem: str) -> None:
    with pytest.raises(BadValue, match=problem):
        facts.attribute("size", "large", declared=declared)


@pytest.mark.parametrize("empty", ["", None, [], " "])
def test_an_empty_value_is_no_attribute(empty: object) -> None:
    assert facts.attribute("size", empty) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("thermal_design_power__tdp_", "thermal design power (tdp)"),
        ("master__outer__case_width", "master (outer) case width"),
        ("intel__turbo_boost_technology", "intel turbo boost technology"),
        ("dimensions__w_x_d_x_h___imperial_", "dimensions (w x d x h) (imperial)"),
        ("connector_s_", "connector(s)"),
        ("weight", "weight"),
    ],
)
def test_coded_names_become_readable(name: str, label: str) -> None:
    assert facts.coded_name(name) == label


def test_html_becomes_paragraphs_points_and_facts() -> None:
    page = read_html(
        "<h2>Boot</h2><p>Dry &amp; warm.<br>Light.</p><script>alert(1)</script>"
        "<ul><li>Weight: 480 g</li><li>Made well. Really: yes</li></ul>"
    )
    assert page.paragraphs == ["Boot", "Dry & warm.", "Light."]
    assert page.facts() == ([("Weight", "480 g")], ["Made well. Really: yes"])


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<b>Mug</b>", "Mug"),
        ("Screens < 24 inch > 20", "Screens < 24 inch > 20"),
        ("AT&amp;T", "AT&T"),
        ("a\u202eb\u200bc\x07", "abc"),
        ("&lt;script&gt;x&lt;/script&gt;Cup", "Cup"),
        ("  two   words ", "two words"),
    ],
)
def test_titles_are_plain_text(raw: str, text: str) -> None:
    assert plain(raw) == text


def test_the_language_is_told_by_the_characters_unless_given() -> None:
    assert as_text("Boot 靴", None) == Text(zh="Boot 靴")
    assert as_text("Boot", None) == as_text("Boot 靴", "en").__class__("Boot")
    assert as_text("くつ靴", None).en == "くつ靴"
    assert as_text("Boot", "zh") == Text(zh="Boot")


def test_stock_below_zero_is_an_empty_shelf() -> None:
    assert values.stock("-3", "stock") == 0
    assert values.stock("1,200", "stock") == 1200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In Stock", "in_stock"),
        ("out_of_stock", "out_of_stock"),
        ("预售", "preorder"),
        ("on-backorder", None),
    ],
)
def test_availability_in_its_spellings(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(BadValue, match="is no availability"):
            values.availability(text, "availability")
    else:
        assert values.availability(text, "availability") == expected


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-12", "2026-03-12"),
        ("2026/3/12", "2026-03-12"),
        ("12.03.2026", "2026-03-12"),
        ("2026年3月12日", "2026-03-12"),
    ],
)
def test_dates_as_they_are_written(text: str, iso: str) -> None:
    found = values.day(text, "released")
    assert found is not None
    assert found.isoformat() == iso


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", "ftp://a/b", "http://["]
)
def test_addresses_that_are_no_web_pages_are_refused(address: str) -> None:
    with pytest.raises(BadValue, match="is not a web address"):
        values.link(address, "url")


def test_addresses_of_the_web_and_of_the_shop_are_taken() -> None:
    assert (
        values.link("https://a.example/1,2.jpg, https://a.example/3.jpg", "image")
        == "https://a.example/1,2.jpg"
    )
    assert values.link("/products/mug", "url") == "/products/mug"


@pytest.mark.parametrize("id", ["", "x" * 201, "two\nlines"])
def test_ids_are_one_printable_line(id: str) -> None:
    with pytest.raises(BadValue, match="is empty|is not an id"):
        values.identifier(id, "id")
