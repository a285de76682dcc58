from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ecomlm.recommend.following import Following
from ecomlm.recommend.journal import Event
from knowledge.records import Customer, CustomerId, Money, Order, OrderId, OrderLine, ProductId, Sku
from knowledge.store import Store
from tests.bot.shop import BAG, BOOT, DRIVE, LIGHT_BOOT

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(f"sqlite:///{tmp_path / 'shop.db'}") as store:
        await store.save([BOOT, LIGHT_BOOT], who="test")
        yield store


@pytest.fixture
async def following(store):
    following = Following(store, rest_seconds=0.0)
    yield following
    await following.close()


def events(visitor, *products, kind="basket", at=NOW):
    return [Event(visitor, id, kind, at + timedelta(minutes=n)) for n, id in enumerate(products)]


async def now(following):
    """Return the model with all that came until now."""
    following._checked = float("-inf")
    return await following.model()


async def retrained(following):
    """Return the model after the training that is under way, or due."""
    await now(following)
    assert following._training is not None
    await following._training
    return await now(following)


async def test_the_model_takes_in_events_and_products_without_training_anew(store, following):
    journal = await following.journal()
    model = await following.model()
    await journal.add([*events("a", "boot", "light-boot"), *events("b", "boot", "light-boot")])
    await store.save([BAG], who="test")
    assert await now(following) is model
    found = model.suggest(["boot"], 3)
    assert found[0].id == "light-boot"
    assert (found[0].cause.kind, found[0].cause.count) == ("together", 2)
    assert "bag" in model.catalogue.rows


async def test_what_is_read_twice_is_not_counted_twice(following):
    journal = await following.journal()
    await journal.add(events("a", "boot"))
    model = await following.model()
    for _ in range(3):
        await now(following)
    assert model.sources.counts.chosen.count(model.catalogue.rows["boot"]) == 1
    assert model.sources.counts.wanted[model.catalogue.rows["boot"]] == pytest.approx(0.7)


async def test_an_erased_visitor_is_unlearnt(following):
    journal = await following.journal()
    await journal.add([*events("a", "boot", "light-boot"), *events("b", "boot", "light-boot")])
    model = await following.model()
    assert model.suggest(["boot"], 1)[0].cause.count == 2
    await journal.forget("a")
    model = await retrained(following)
    assert (
        model.sources.counts.chosen.both(model.catalogue.rows["boot"], model.catalogue.rows["light-boot"])
        == 1
    )
    assert model.history_of("a") == []


async def test_a_training_that_takes_long_is_not_waited_for(following):
    assert await following.model(patience_seconds=0.0) is None
    assert await following.model() is not None


def order(id, *products, status="pending"):
    price = Money(Decimal("9.00"), "USD")
    lines = tuple(OrderLine(ProductId(product), Sku(product), product, 1, price) for product in products)
    return Order(OrderId(id), CustomerId("ann"), status, NOW, lines, price)


async def test_an_empty_shop_is_learnt_anew_after_its_import(tmp_path):
    async with await Store.open(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        following = Following(store, rest_seconds=0.0)
        first = await following.model()
        assert len(first.catalogue) == 0
        await store.save([BOOT, LIGHT_BOOT, BAG, DRIVE], who="test")
        model = await retrained(following)
        assert model is not first
        assert model.suggest(["boot"], 1, relation="similar")[0].id == "light-boot"
        await following.close()


async def test_many_new_events_are_learnt_from_anew(following, monkeypatch):
    monkeypatch.setattr("ecomlm.recommend.following.FEW_EVENTS", 2)
    journal, first = await following.journal(), await following.model()
    await journal.add(events("a", "boot", "light-boot", "boot"))
    assert await now(following) is first
    await journal.add(events("b", "boot", "light-boot"))
    assert await retrained(following) is not first


async def test_who_erases_again_and_again_does_not_keep_the_server_training(store):
    following = Following(store, rest_seconds=3600.0)
    journal, first = await following.journal(), await following.model()
    for visitor in "abc":
        await journal.add(events(visitor, "boot"))
        await now(following)
        await journal.forget(visitor)
        assert await now(following) is first
    assert not following._training.done()  # it waits until it may begin
    await following.close()


async def test_a_training_rests_longer_than_it_took(following):
    await following.model()
    following._took = 1000.0
    await (await following.journal()).add(events("a", "boot"))
    await now(following)
    await (await following.journal()).forget("a")
    await now(following)
    assert not following._training.done()


async def test_what_is_older_than_it_may_be_is_erased_by_itself(store):
    following = Following(store, event_days=30, rest_seconds=0.0)
    journal = await following.journal()
    await journal.add(events("a", "boot", at=datetime.now(UTC) - timedelta(days=31)))
    await journal.add(events("a", "light-boot", at=datetime.now(UTC) - timedelta(days=29)))
    following.begin()
    async with asyncio.timeout(20):
        while following._model is None:
            await asyncio.sleep(0.01)
    assert [event.product for event in await journal.after(0)] == ["light-boot"]
    await following.close()


async def test_long_reading_is_not_waited_for_and_goes_on(following, monkeypatch):
    journal, model = await following.journal(), await following.model()
    gate = threading.Event()
    following.worker.submit(gate.wait)
    await journal.add(events("a", "boot"))
    following._checked = float("-inf")
    assert await following.model(patience_seconds=0.01) is model
    assert model.history_of("a") == []
    assert await following.journal() is journal  # whoever tells of events does not wait
    gate.set()
    await following._reading
    assert model.history_of("a") == ["boot"]


async def test_many_events_are_one_piece_of_work(following, monkeypatch):
    journal = await following.journal()
    await following.model()
    await journal.add([event for n in range(50) for event in events(f"v{n}", "boot", "light-boot")])
    done = []
    submit = following.worker.submit
    monkeypatch.setattr(following.worker, "submit", lambda *work: (done.append(work), submit(*work))[1])
    await now(following)
    assert len(done) == 1


async def test_a_cancelled_order_does_not_count_when_it_is_saved_again(store, following):
    await store.save([Customer(CustomerId("ann"), "Ann Lee", "ann@example.com")], who="test")
    await store.save([order("1", "boot", status="cancelled")], who="test")
    model = await following.model()
    await store.save([order("1", "boot", "light-boot", status="cancelled")], who="test")
    await now(following)
    assert model.sources.counts.wanted.tolist() == [0, 0]


@pytest.mark.parametrize("is_removed", [True, False])
async def test_an_order_that_is_taken_back_is_unlearnt(store, following, is_removed):
    await store.save([Customer(CustomerId("ann"), "Ann Lee", "ann@example.com")], who="test")
    await store.save([order("1", "boot")], who="test")
    model = await following.model()
    assert model.sources.counts.wanted.sum() == 1
    if is_removed:
        await store.remove("order", ["1"], who="test")
    else:
        await store.save([order("1", "boot", status="cancelled")], who="test")
    model = await retrained(following)
    assert model.sources.counts.wanted.sum() == 0


async def test_an_order_that_is_gone_before_it_is_read_is_no_fault(store, following, monkeypatch):
    await store.save([Customer(CustomerId("ann"), "Ann Lee", "ann@example.com")], who="test")
    model = await following.model()
    await store.save([order("1", "boot")], who="test")
    changed = await store.changed_since(0)
    await store.remove("order", ["1"], who="test")

    async def earlier(revision):
        return changed

    monkeypatch.setattr(store, "changed_since", earlier)
    assert await now(following) is model
    assert model.sources.counts.wanted.sum() == 0
