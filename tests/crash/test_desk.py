"""A server killed while it carries out what a shopper confirmed: all of it happened or nothing, and once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.desk import operations as do
from knowledge.desk.orders import LocalOrders
from knowledge.desk.plans import Situation
from knowledge.desk.rules import load_rules
from knowledge.store import Store
from tests.knowledge.desk.conftest import ANN, NOW, PENDING, PRODUCTS, RECORDS

# Cancels an order and kills itself: just before the transaction ends, or just after it.
SERVER = """
import asyncio, os, signal, sys
from knowledge import database
from knowledge.desk import operations as do
from knowledge.desk.orders import LocalOrders
from knowledge.desk.plans import Situation
from knowledge.desk.rules import load_rules
from knowledge.store import Store
from knowledge.writer import Writer
from tests.knowledge.desk.conftest import ANN, NOW, PENDING, PRODUCTS

async def die(self=None):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(url, when):
    if when == "before":
        Writer.finish = die
    store = Store(database.open_engine(url))
    plan = do.cancel_pending_order(Situation(load_rules(), ANN, NOW, PENDING, PRODUCTS))
    await LocalOrders(store).commit(plan, key="k" * 16, customer=ANN.id)
    await die()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize(("when", "is_done"), [("before", False), ("after", True)])
async def test_a_kill_leaves_all_or_nothing_and_the_next_yes_does_it_once(
    tmp_path: Path, when: str, is_done: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    async with await Store.open(url) as store:
        await store.save(RECORDS, who="test")
    root = Path(__file__).parent.parent.parent
    killed = subprocess.run([sys.executable, "-c", SERVER, url, when], cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    async with await Store.open(url) as store:
        desk = LocalOrders(store)
        order = await store.order(PENDING.id)
        assert (order.status, bool(await desk.receipt("k" * 16))) == (
            ("cancelled", True) if is_done else ("paid", False)
        )
        assert (await store.product("pan")).offer.stock == (7 if is_done else 5)
        plan = do.cancel_pending_order(Situation(load_rules(), ANN, NOW, PENDING, PRODUCTS))
        receipt = await desk.commit(plan, key="k" * 16, customer=ANN.id)
        assert receipt.is_new is not is_done
        assert len((await store.order(PENDING.id)).cases) == 1
