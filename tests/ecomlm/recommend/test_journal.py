from datetime import UTC, datetime, timedelta

import pytest

from ecomlm.recommend.journal import Event, Journal
from knowledge.store import Store
from tests.bot.shop import BOOT, LIGHT_BOOT

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(f"sqlite:///{tmp_path / 'shop.db'}") as store:
        await store.save([BOOT, LIGHT_BOOT], who="test")
        yield store


def events(visitor, *products, kind="basket"):
    return [Event(visitor, id, kind, NOW + timedelta(minutes=n)) for n, id in enumerate(products)]


async def test_events_are_read_in_their_order_and_from_where_one_stopped(store):
    journal = await Journal.open(store.engine)
    assert await journal.add(events("a", "boot", "light-boot")) == 2
    first = await journal.after(0, 1)
    rest = await journal.after(first[-1].number)
    assert [event.product for event in (*first, *rest)] == ["boot", "light-boot"]
    assert rest[0].at == NOW + timedelta(minutes=1)


async def test_one_visitors_events_are_erased_and_no_other(store):
    journal = await Journal.open(store.engine)
    await journal.add([*events("a", "boot"), *events("b", "boot")])
    before = await journal.erased()
    assert await journal.forget("a") == 1
    assert await journal.erased() > before
    assert [event.visitor for event in await journal.after(0)] == ["b"]
    assert await journal.forget("a") == 0


async def test_numbers_are_not_used_again_after_an_erasure(store):
    journal = await Journal.open(store.engine)
    await journal.add(events("a", "boot"))
    last = (await journal.after(0))[-1].number
    await journal.forget("a")
    await journal.add(events("b", "boot"))
    assert [event.visitor for event in await journal.after(last)] == ["b"]


async def test_old_events_can_be_erased(store):
    journal = await Journal.open(store.engine)
    await journal.add(events("a", "boot", "light-boot"))
    assert await journal.forget_before(NOW + timedelta(seconds=1)) == 1
    assert await journal.count() == 1


async def test_of_a_visitors_events_the_newest_are_read_in_their_order(store):
    journal = await Journal.open(store.engine)
    await journal.add([*events("a", "boot", "light-boot", "bag"), *events("b", "boot")])
    assert [event.product for event in await journal.of("a", 2)] == ["light-boot", "bag"]
    assert [event.product for event in await journal.of("a", 9)] == ["boot", "light-boot", "bag"]
