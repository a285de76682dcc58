"""What an import promises of the store holds on each database: all of a file, or nothing of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from knowledge.errors import ImportFailed, StoreUnavailable
from knowledge.importers import Options, import_file
from knowledge.importers.report import Report
from knowledge.records import Record
from knowledge.store import Store
from knowledge.writer import BATCH, Writer
from tests.postgresql import new_database


@dataclass(frozen=True)
class Feed:
    """One shop's file in a format: as it was first, with a mug that costs more and a new jug, and broken."""

    name: str
    first: str
    second: str
    broken: str


def _shopify(mug: str, jug: str = "") -> str:
    added = f"jug,玻璃水壶,,Kiln,Title,Default Title,J-1,shopify,3,deny,{jug}\n" if jug else ""
    return (
        "Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,"
        "Variant Inventory Qty,Variant Inventory Policy,Variant Price\n"
        "boot,防水登山鞋,<ul><li>weight: 480 g</li></ul>,雀林,Size,42,B-42,shopify,4,deny,129.00\n"
        "boot,,,,,43,B-43,shopify,0,deny,129.00\n"
        f"mug,Mug,Blue,Kiln,Title,Default Title,M-1,shopify,7,deny,{mug}\n{added}"
    )


def _woocommerce(mug: str, jug: str = "") -> str:
    added = f"jug,simple,J-1,玻璃水壶,1,3,{jug},,,\n" if jug else ""
    return (
        "ID,Type,SKU,Name,Published,Stock,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n"
        'boot,variable,B,防水登山鞋,1,,,,尺码,"42, 43"\n'
        "b1,variation,B-42,防水登山鞋 - 42,1,4,129,id:boot,尺码,42\n"
        "b2,variation,B-43,防水登山鞋 - 43,1,0,129,id:boot,尺码,43\n"
        f"mug,simple,M-1,Mug,1,7,{mug},,,\n{added}"
    )


def _google(mug: str, jug: str = "") -> str:
    items = [
        ("boot", "防水登山鞋", "129.00"),
        ("mug", "Mug", mug),
        *([("jug", "玻璃水壶", jug)] if jug else ()),
    ]
    shown = "".join(
        f"<item><g:id>{id}</g:id><g:title>{title}</g:title><g:price>{price} USD</g:price>"
        "<g:product_detail><g:attribute_name>Volume</g:attribute_name>"
        "<g:attribute_value>300 ml</g:attribute_value></g:product_detail></item>"
        for id, title, price in items
    )
    return f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{shown}</channel></rss>'


def _table(mug: str, jug: str = "") -> str:
    rows: list[dict[str, Any]] = [
        {"id": "boot", "title": "防水登山鞋", "price": "129.00", "waterproof": True, "weight (g)": 480},
        {"id": "mug", "title": "Mug", "title_zh": "杯子", "price": mug, "ports": ["USB", "PS/2"]},
    ]
    rows += [{"id": "jug", "title": "玻璃水壶", "price": jug}] if jug else []
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


FEEDS = {
    format: Feed(name, write("5.10"), write("7.25", "9.00"), write("8.00", "nine"))
    for format, name, write in (
        ("shopify", "shop.csv", _shopify),
        ("woocommerce", "shop.csv", _woocommerce),
        ("google", "feed.xml", _google),
        ("table", "shop.jsonl", _table),
    )
}


@pytest.fixture(params=FEEDS)
def feed(request: pytest.FixtureRequest) -> Feed:
    """One shop's files, in each format."""
    return FEEDS[request.param]


async def _imported(store: Store, folder: Path, name: str, content: str, **more: Any) -> Report:
    (folder / name).write_text(content, encoding="utf-8")
    return await import_file(store, folder / name, **more)


async def _state(store: Store) -> tuple[int, list[Record], list[int]]:
    """Return everything that an import can change."""
    records = [record async for record in store.each("product")]
    return await store.revision(), records, [len(await store.history("product", item.id)) for item in records]


async def test_importing_twice_changes_nothing(any_store: Store, feed: Feed, tmp_path: Path) -> None:
    first = await _imported(any_store, tmp_path, feed.name, feed.first)
    before = await _state(any_store)
    again = await _imported(any_store, tmp_path, feed.name, feed.first)
    assert first.changes is not None
    assert again.changes is not None
    assert (first.changes.created, first.bad_row_count) == (2, 0)
    assert (again.changes.created, again.changes.updated, again.changes.unchanged) == (0, 0, 2)
    assert await _state(any_store) == before


async def test_a_second_file_updates_by_id(any_store: Store, feed: Feed, tmp_path: Path) -> None:
    await _imported(any_store, tmp_path, feed.name, feed.first)
    boot = await any_store.product("boot")
    report = await _imported(any_store, tmp_path, feed.name, feed.second, who="anna")
    assert report.changes is not None
    assert (report.changes.created, report.changes.updated, report.changes.unchanged) == (1, 1, 1)
    _, change = await any_store.history("product", "mug")
    prices = [record.lowest_price for record in (change.before, change.after)]  # type: ignore[union-attr]  # plain test values
    assert (change.who, [str(price.amount) for price in prices if price]) == ("anna", ["5.10", "7.25"])
    assert await any_store.product("boot") == boot
    assert (await any_store.product("jug")).title.zh == "玻璃水壶"


async def test_a_broken_file_leaves_the_store_as_it_was(any_store: Store, feed: Feed, tmp_path: Path) -> None:
    await _imported(any_store, tmp_path, feed.name, feed.first)
    before = await _state(any_store)
    with pytest.raises(ImportFailed, match=r"1 of \d rows cannot be used, nothing was written(.|\n)*'nine"):
        await _imported(any_store, tmp_path, feed.name, feed.broken)
    assert await _state(any_store) == before


async def test_a_dry_run_leaves_the_store_as_it_was(any_store: Store, feed: Feed, tmp_path: Path) -> None:
    await _imported(any_store, tmp_path, feed.name, feed.first)
    before = await _state(any_store)
    report = await _imported(any_store, tmp_path, feed.name, feed.second, dry_run=True)
    assert (report.products, report.changes) == (3, None)
    assert await _state(any_store) == before


async def test_the_good_rows_of_a_broken_file_are_written_when_asked(
    any_store: Store, feed: Feed, tmp_path: Path
) -> None:
    report = await _imported(any_store, tmp_path, feed.name, feed.broken, options=Options(on_error="skip"))
    assert (report.products, report.bad_row_count) == (2, 1)
    assert [product.id for product in await any_store.products()] == ["boot", "mug"]


_LONG = "abcdefghij" * 2000
ODD_ROWS: dict[str, tuple[dict[str, Any], str | None]] = {
    "a very long brand": ({"id": "1", "title": "Mug", "brand": _LONG}, None),
    "a very long department": ({"id": "1", "title": "Mug", "department": _LONG}, None),
    "a NUL in a title": ({"id": "1", "title": "M\0ug"}, None),
    "a lone surrogate in a title": ({"id": "1", "title": "Mug \ud800"}, None),
    "a lone surrogate in an address": (
        {"id": "1", "title": "Mug", "url": "https://a.example/\ud800"},
        "line 1, url: .* is not a web address",
    ),
    "a NUL in an export": (
        {"kind": "product", "record": {"id": "1", "title": {"en": "M\0ug"}}},
        "line 1, record: '1' cannot be kept .*NUL",
    ),
    "a lone surrogate in an export": (
        {"kind": "product", "record": {"id": "1", "title": {"en": "Mug \ud800"}}},
        "line 1, record: '1' cannot be kept .*half a character",
    ),
    "a long id in an export": (
        {"kind": "product", "record": {"id": _LONG, "title": {"en": "Mug"}}},
        "id has 20,000 characters; use at most 200",
    ),
    "a time before all calendars in an export": (
        {"kind": "review", "record": {"id": "r", "product_id": "1", "text": "Good", "language": "en",
                                      "created": "0001-01-01T00:00:00+14:00"}},
        "line 1, record: .*date value out of range",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD_ROWS)
async def test_every_database_takes_or_refuses_the_same(any_store: Store, kind: str, tmp_path: Path) -> None:
    row, message = ODD_ROWS[kind]
    if message is None:
        await _imported(any_store, tmp_path, "a.jsonl", json.dumps(row))
        assert await any_store.count("product") == 1
        return
    with pytest.raises(ImportFailed, match=message):
        await _imported(any_store, tmp_path, "a.jsonl", json.dumps(row))
    assert await _state(any_store) == (0, [], [])


_LARGE = 3 * BATCH
_END_THE_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def _large(price: str) -> str:
    return "id,title,price\n" + "".join(f"p{number:04},Kettle {number},{price}\n" for number in range(_LARGE))


@pytest.fixture(params=["between two statements", "during a statement"])
def cancelled_while_writing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Cancel the import while its second batch is written; the list tells that this was reached."""
    write, reached = Writer.write, []

    async def interrupted(self: Writer, kind: Any, rows: Any) -> None:
        if rows[0]["id"] == f"p{BATCH:04}" and not reached:
            reached.append(request.param)
            task = asyncio.current_task()
            assert task is not None
            if request.param == "between two statements":
                task.cancel()
            else:
                asyncio.get_running_loop().call_soon(task.cancel)
        await write(self, kind, rows)

    monkeypatch.setattr(Writer, "write", interrupted)
    return reached


async def test_an_import_cancelled_while_it_writes_leaves_the_store_as_it_was(
    any_store: Store, cancelled_while_writing: list[str], tmp_path: Path
) -> None:
    await _imported(any_store, tmp_path, "a.csv", "id,title,price\np0000,Kettle 0,1\n")
    before = await _state(any_store)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(_imported(any_store, tmp_path, "a.csv", _large("20")))
    assert cancelled_while_writing
    assert await _state(any_store) == before
    report = await _imported(any_store, tmp_path, "a.csv", _large("20"))
    assert report.changes is not None
    assert (report.changes.created, report.changes.updated) == (_LARGE - 1, 1)


async def test_a_full_disk_is_named_and_the_store_is_as_it_was(store: Store, tmp_path: Path) -> None:
    await _imported(store, tmp_path, "a.csv", "id,title,price\np0000,Kettle 0,1\n")
    before = await _state(store)
    await store.close()  # the next connection finds a disk that has no more room
    event.listen(
        store.engine.sync_engine,
        "connect",
        lambda connection, _: connection.cursor().execute("PRAGMA max_page_count = 80"),
    )
    with pytest.raises(StoreUnavailable, match="database or disk is full.*has room") as caught:
        await _imported(store, tmp_path, "a.csv", _large("20"))
    assert "INSERT" not in str(caught.value)
    assert await _state(store) == before


@pytest.mark.postgresql
async def test_a_server_that_goes_away_is_named_and_the_store_is_as_it_was(
    postgresql_server: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with await Store.open(await new_database(postgresql_server)) as store:
        await _imported(store, tmp_path, "a.csv", "id,title,price\np0000,Kettle 0,1\n")
        before, write = await _state(store), Writer.write

        async def cut_off(self: Writer, kind: Any, rows: Any) -> None:
            if rows[0]["id"] == f"p{BATCH:04}":
                async with store.engine.connect() as other:
                    await other.execute(_END_THE_OTHERS)
            await write(self, kind, rows)

        with monkeypatch.context() as patch:
            patch.setattr(Writer, "write", cut_off)
            with pytest.raises(StoreUnavailable, match="cannot use the database .*is running") as caught:
                await _imported(store, tmp_path, "a.csv", _large("20"))
        assert "INSERT" not in str(caught.value)
        assert await _state(store) == before
