"""The database survives what happens to it: two programs at once, a second package, kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from knowledge import database
from knowledge.records import Record
from knowledge.store import Store

_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("talks", sa.Column("id", sa.String(), primary_key=True))
"""
_HALF_AN_IMPORT = """
import asyncio, sys, time
from knowledge.records import Product, ProductId, Text
from knowledge.store import Store


def products():
    for number in range(2000):
        yield Product(ProductId(f"new-{number}"), Text("New"))
    print("halfway", flush=True)
    time.sleep(60)


async def main():
    store = await Store.open(sys.argv[1])
    await store.save(products(), who="killed")


asyncio.run(main())
"""


async def test_sqlite_is_durable_and_keeps_references(store: Store) -> None:
    async with store.engine.connect() as connection:
        found = [
            await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, database.BUSY_MILLISECONDS]


async def test_two_packages_share_one_database(store: Store, tmp_path: Path) -> None:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001_talks.py").write_text(_MIGRATION)
    for _ in range(2):
        await database.upgrade(store.engine, versions.parent, version_table="talk_version")
    async with store.engine.connect() as connection:
        assert await connection.scalar(text("SELECT version_num FROM talk_version")) == "0001"
        assert await connection.scalar(text("SELECT version_num FROM knowledge_version")) == "0003"
        assert await connection.scalar(text("SELECT count(*) FROM talks")) == 0


async def test_programs_that_start_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    stores = await asyncio.gather(*(Store.open(url) for _ in range(4)))
    assert [await store.count("product") for store in stores] == [0] * 4
    for store in stores:
        await store.close()


async def test_writers_wait_for_each_other_and_take_revisions_in_order(
    tiny_store: Store, tiny_catalogue: tuple[Record, ...]
) -> None:
    products = await tiny_store.products()
    start = await tiny_store.revision()
    changes = await asyncio.gather(
        *(tiny_store.save([replace(product, brand="New")], who="test") for product in products)
    )
    assert sorted(change.revision for change in changes) == list(range(start + 1, start + 6))
    assert len(await tiny_store.changed_since(start)) == 5


async def test_kill_9_in_the_middle_of_an_import_leaves_the_store_as_it_was(
    any_store: Store, database_url: str, tiny_catalogue: tuple[Record, ...]
) -> None:
    await any_store.save(tiny_catalogue, who="test")
    before = (await any_store.revision(), await any_store.products())
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", _HALF_AN_IMPORT, database_url], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == b"halfway\n"
            os.kill(process.pid, signal.SIGKILL)
        async with await Store.open(database_url) as reopened:
            assert (await reopened.revision(), await reopened.products()) == before
    assert (await any_store.save(before[1], who="after")).unchanged == 5


async def test_what_was_committed_survives_kill_9(database_url: str) -> None:
    script = _HALF_AN_IMPORT.replace('    print("halfway", flush=True)\n    time.sleep(60)\n', "").replace(
        'who="killed")', 'who="killed")\n    print("saved", flush=True)\n    time.sleep(60)'
    )
    with subprocess.Popen([sys.executable, "-c", script, database_url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"saved\n"
        os.kill(process.pid, signal.SIGKILL)
    async with await Store.open(database_url) as reopened:
        assert await reopened.count("product") == 2000
