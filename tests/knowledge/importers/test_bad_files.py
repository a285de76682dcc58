"""Every kind of broken file gives one clear error and leaves the store as it was."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from knowledge.errors import ImportFailed
from knowledge.importers import Options, import_file
from knowledge.importers.report import RowsUnusable
from knowledge.store import Store

_HEADER = "id,title,price\n"
_GOOD = "ok-1,Good mug,12.50\n"
_BOMB = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;">]>
<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><g:title>&b;</g:title></item></channel></rss>"""
_EXTERNAL = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><g:title>&a;</g:title></item></channel></rss>"""
_ITEM = "<item><g:id>{}</g:id><g:title>Mug</g:title><g:price>{}</g:price></item>"
_FEED = '<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{}</channel></rss>'
_SHOPIFY = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n"
_WOO = "ID,Type,SKU,Name,Regular price,Parent\n"

BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "latin-1 text without saying so": (
        "a.csv",
        (_HEADER + "1,Caf\xe9 cr\xe8me,3\n").encode("latin-1"),
        "not utf-8 text.*--encoding gb18030",
    ),
    "a missing title column": ("a.csv", b"id,price\n1,3\n", "no column is recognised as title.*--map title="),
    "a missing id column": ("a.csv", b"title,price\nMug,3\n", "no column is recognised as id"),
    "a negative price": (
        "a.csv",
        (_HEADER + _GOOD + "2,Mug,-3\n").encode(),
        "line 3, price: '-3' is a negative price",
    ),
    "a price that is no number": (
        "a.csv",
        (_HEADER + "1,Mug,abc\n").encode(),
        "line 2, price: 'abc' is not a price",
    ),
    "an unknown currency": ("a.csv", (_HEADER + "1,Mug,5 ZZZ\n").encode(), "unknown currency 'ZZZ'"),
    "the same id twice": (
        "a.csv",
        (_HEADER + _GOOD + _GOOD).encode(),
        "line 3, id: 'ok-1' occurs again; it was first used in line 2",
    ),
    "an empty title": ("a.csv", (_HEADER + "1,,3\n").encode(), "line 2, title: '' is empty"),
    "an empty id": ("a.csv", (_HEADER + ",Mug,3\n").encode(), "line 2, id: '' is empty"),
    "a row with too few cells": (
        "a.csv",
        (_HEADER + "1,Mug\n").encode(),
        "has 2 cells where the header has 3",
    ),
    "a row with too many cells": (
        "a.csv",
        (_HEADER + "1,Mug,1,5\n").encode(),
        "has 4 cells where the header has 3",
    ),
    "a quote that never ends": ("a.csv", (_HEADER + '1,"Mug,3\n').encode(), "quote is missing"),
    "a cut-off gzip": (
        "a.csv.gz",
        gzip.compress(_HEADER.encode() + b"1,Mug,3\n" * 999)[:-40],
        "cut-off gzip",
    ),
    "gzip in name and damaged inside": (
        "a.gz",
        b"\x1f\x8b\x08\x00" + b"rubbish" * 9,
        "damaged or cut-off gzip",
    ),
    "an XML bomb": ("a.xml", _BOMB.encode(), "document type or entities"),
    "an external entity": ("a.xml", _EXTERNAL.encode(), "document type or entities"),
    "cut-off XML": ("a.xml", _FEED.format(_ITEM.format(1, "5 EUR"))[:-20].encode(), "cut off"),
    "XML without products": ("a.xml", b"<urlset><url>x</url></urlset>", "holds no products"),
    "a web page": ("a.csv", b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "a.csv is a web page"),
    "orders": ("a.csv", b"order_id,customer\n1,Ann\n", "From other systems only products are imported"),
    "JSON that is nested too deep": (
        "a.jsonl",
        b'{"id": "1", "x": ' + b"[" * 99_999,
        "line 1, row: .*too deep",
    ),
    "a list that is nested too deep": ("a.json", b'[{"id": "1", "x": ' + b"[" * 99_999, "item 1: .*too deep"),
    "a number of too many digits": ("a.jsonl", b'{"id": ' + b"9" * 9999 + b"}", "line 1, row: .*digits"),
    "words in place of a link": ("a.csv", b"id,title,image\n1,Mug,not yet\n", "'not' is not a web address"),
    "the same id twice in XML": (
        "a.xml",
        _FEED.format(_ITEM.format(1, "5 EUR") * 2).encode(),
        "item 2, id: '1' occurs again; it was first used in item 1",
    ),
    "a bad price in XML": ("a.xml", _FEED.format(_ITEM.format(1, "five")).encode(), "item 1, price: 'five'"),
    "an empty file": ("a.csv", b"", "is empty"),
    "only a header": ("a.csv", _HEADER.encode(), "no rows|holds no products"),
    "a list of numbers": ("a.json", b"[1, 2]", "item 1, row: '1' is a number, not an object"),
    "a list that does not end": ("a.json", b'[{"id": "1", "title": "Mug"}', "cut off"),
    "an object without products": ("a.json", b'{\n"shop": "x"\n}', "holds no list of products"),
    "a line that is no JSON": (
        "a.jsonl",
        b'{"id": "1", "title": "Mug"}\n{"id": ',
        "line 2, row: .*is not valid JSON",
    ),
    "an object as price": (
        "a.jsonl",
        b'{"id": "1", "title": "Mug", "price": {"x": 1}}\n',
        "price: .*is an? object where text belongs",
    ),
    "NUL bytes": ("a.csv", (_HEADER + "1,M\0ug,3\n").encode(), "line 2: holds a NUL byte"),
    "an Excel workbook": ("a.xlsx", b"PK\x03\x04" + bytes(99), "Excel workbook.*save it as CSV"),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
    "a stock of letters": ("a.csv", b"id,title,stock\n1,Mug,lots\n", "stock: 'lots' is not a stock level"),
    "an impossible date": (
        "a.csv",
        b"id,title,release date\n1,Mug,2026-13-40\n",
        "'2026-13-40' is not a date",
    ),
    "a link that runs code": ("a.csv", b"id,title,url\n1,Mug,javascript:alert(1)\n", "is not a web address"),
    "an unknown availability": ("a.csv", b"id,title,availability\n1,Mug,perhaps\n", "is no availability"),
    "a Shopify price in words": (
        "a.csv",
        (_SHOPIFY + "mug,Mug,Title,Default Title,M1,five\n").encode(),
        "line 2, Variant Price: 'five' is not a price",
    ),
    "a Shopify sku used twice": (
        "a.csv",
        (_SHOPIFY + "mug,Mug,Colour,Red,M1,5\nmug,,,Blue,M1,5\n").encode(),
        "line 3, Variant SKU: 'M1' is used",
    ),
    "a Shopify handle without title": (
        "a.csv",
        (_SHOPIFY + "mug,,,Blue,M1,5\n").encode(),
        "Title: '' is empty",
    ),
    "a Shopify row without handle": (
        "a.csv",
        (_SHOPIFY + ",Mug,,Blue,M1,5\n").encode(),
        "Handle: '' is empty",
    ),
    "a Woo variation without parent": (
        "a.csv",
        (_WOO + "2,variation,M2,Mug,5,id:77\n").encode(),
        "Parent: 'id:77' is not a variable product",
    ),
    "an unknown Woo type": ("a.csv", (_WOO + "2,bundle,M2,Mug,5,\n").encode(), "Type: 'bundle' is not known"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
async def test_a_bad_file_is_refused_and_nothing_is_written(kind: str, store: Store, tmp_path: Path) -> None:
    name, content, message = BAD_FILES[kind]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportFailed, match=message):
        await import_file(store, path)
    assert (await store.count("product"), await store.revision()) == (0, 0)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.xml"])
async def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    name: str, store: Store, tmp_path: Path
) -> None:
    beginnings = {
        "a.csv": _HEADER + "1,",
        "a.jsonl": '{"id": "0", "title": "x"}\n{"id": "1", "title": "',
        "a.json": '[{"id": "1", "title": "',
        "a.xml": '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><g:title>',
    }
    path = tmp_path / name
    path.write_text(beginnings[name] + "x" * 300_000)
    with pytest.raises(ImportFailed, match="longer than 20,000 characters"):
        await import_file(store, path, Options(longest_line=20_000))
    assert await store.count("product") == 0


async def test_a_runaway_quote_is_refused_before_it_fills_the_memory(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(_HEADER + '1,"' + "word\n" * 20_000)
    with pytest.raises(ImportFailed, match="longer than 20,000 characters"):
        await import_file(store, path, Options(longest_line=20_000))


async def test_a_file_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="cannot read .*nothing.csv"):
        await import_file(store, tmp_path / "nothing.csv")


async def test_good_rows_are_written_and_bad_ones_listed_when_asked(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(_HEADER + _GOOD + "2,Mug,abc\n3,Cup,4\n4,,1\n")
    report = await import_file(store, path, Options(on_error="skip"))
    assert [product.id for product in await store.products()] == ["3", "ok-1"]
    assert (report.rows, report.products, report.bad_row_count) == (4, 2, 2)
    assert "line 3, price: 'abc' is not a price; write a number such as 12.50" in str(report)
    assert [row["line"] for row in report.as_json()["bad_rows"]] == [3, 5]


async def test_bad_rows_are_listed_in_their_order_and_counted(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(_HEADER + "1,Mug,abc\n" + _GOOD + "2,Mug\n" + "3,,1\n" * 30)
    with pytest.raises(RowsUnusable, match="32 of 33 rows cannot be used") as caught:
        await import_file(store, path)
    places = [int(found) for found in re.findall(r"line (\d+), ", str(caught.value))]
    assert places == sorted(places)
    assert len(places) == 20
    assert "... and 12 more; to have them all in a file: --bad-rows FILE.csv" in str(caught.value)


async def test_formulas_and_markup_are_kept_as_plain_text(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,title,description\n"
        '1,"=HYPERLINK(""http://evil.example"",""click"")",+1\n'
        '2,"<script>alert(1)</script><b>Mug</b> &amp; spoon","<p onclick=x>Nice</p><style>p{}</style>"\n'
        '3,"&lt;script&gt;alert(1)&lt;/script&gt;Cup",x\n'
    )
    await import_file(store, path)
    first, second, third = await store.products()
    assert first.title.en == '=HYPERLINK("http://evil.example","click")'
    assert (second.title.en, second.description.en) == ("Mug & spoon", "Nice")
    assert third.title.en == "Cup"


def test_an_unknown_currency_option_is_refused() -> None:
    with pytest.raises(ImportFailed, match="currency 'EURO' is no ISO 4217 code"):
        Options(currency="EURO")
