from datetime import UTC, datetime, timedelta

import pytest

from ecomlm.recommend.following import Following
from ecomlm.recommend.journal import Event, Journal
from knowledge.store import Store
from tests.bot.shop import BAG, BOOT, LIGHT_BOOT

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(f"sqlite:///{tmp_path / 'shop.db'}") as store:
        await store.save([BOOT, LIGHT_BOOT], who="test")
        yield store


@pytest.fixture
async def following(store):
    following = Following(store)
    yield following
    await following.close()


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


async def test_the_model_takes_in_events_and_products_without_training_anew(store, following):
    journal = await following.journal()
    model = await following.model()
    await journal.add([*events("a", "boot", "light-boot"), *events("b", "boot", "light-boot")])
    await store.save([BAG], who="test")
    following._checked = 0.0
    assert await following.model() is model
    found = model.suggest(["boot"], 3)
    assert found[0].id == "light-boot"
    assert (found[0].cause.kind, found[0].cause.count) == ("together", 2)
    assert "bag" in model.catalogue.rows


async def test_what_is_read_twice_is_not_counted_twice(following):
    journal = await following.journal()
    await journal.add(events("a", "boot"))
    model = await following.model()
    for _ in range(3):
        following._checked = 0.0
        await following.model()
    assert model.sources.counts.shoppers[model.catalogue.rows["boot"]] == 1


async def test_an_erased_visitor_is_unlearnt(following):
    journal = await following.journal()
    await journal.add([*events("a", "boot", "light-boot"), *events("b", "boot", "light-boot")])
    model = await following.model()
    assert model.suggest(["boot"], 1)[0].cause.count == 2
    await journal.forget("a")
    following._checked = 0.0
    await following.model()
    await following._training
    model = await following.model()
    assert model.sources.counts.together.row(model.catalogue.rows["boot"])[1].tolist() == [1]
    assert model.history_of("a") == []


async def test_a_training_that_takes_long_is_not_waited_for(following):
    assert await following.model(patience_seconds=0.0) is None
    assert await following.model() is not None
