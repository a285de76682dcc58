import numpy as np
import pytest

from ecomlm.recommend.counts import Counts
from ecomlm.recommend.gathered import Rows, trained
from ecomlm.recommend.journeys import KINDS, customer
from ecomlm.recommend.model import Model
from ecomlm.recommend.people import MOST
from tests.ecomlm.recommend.shop import ITEMS

IDS = [item.id for item in ITEMS]
STOVE, TENT = IDS.index("stove"), IDS.index("tent")


def model_of(*events: tuple[str, str, str]) -> Model:
    model = Model.train(ITEMS)
    for minute, (shopper, id, kind) in enumerate(events):
        model.add(shopper, id, kind, 1e9 + minute)
    return model


def trained_on(*events: tuple[str, str, str]) -> Model:
    rows = Rows({item.id: row for row, item in enumerate(ITEMS)})
    for minute, (shopper, id, kind) in enumerate(events):
        rows.add(shopper, id, kind, 1e9 + minute)
    return trained(ITEMS, rows)


def baskets(shopper: str, *ids: str) -> list[tuple[str, str, str]]:
    return [(shopper, id, "basket") for id in ids]


def cause(model: Model, id: str, history: list[str], **more):
    return next(item.cause for item in model.suggest(history, 6, **more) if item.id == id)


def same(one: Counts, other: Counts) -> bool:
    return all(
        (mine.alone[group] == theirs.alone[group]).all()
        and (mine.pairs[group].matrix != theirs.pairs[group].matrix).nnz == 0
        for mine, theirs in ((one.chosen, other.chosen), (one.touched, other.touched))
        for group in (0, 1)
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_restart_changes_no_count(seed):
    chance = np.random.default_rng(seed)
    events = [
        (
            customer("7") if shopper == 3 else f"visitor {shopper}",
            IDS[chance.integers(0, len(IDS))],
            "purchase" if shopper == 3 else KINDS[chance.integers(0, 2)],
        )
        for shopper in chance.integers(0, 5, 200)
    ]
    live, restarted = model_of(*events), trained_on(*events)
    assert same(live.sources.counts, restarted.sources.counts)
    for event in events[:40]:
        live.add(*event, 2e9)
        restarted.add(*event, 2e9)
    assert same(live.sources.counts, restarted.sources.counts)


def test_views_between_two_baskets_do_not_part_them():
    events = [("a", "tent", "basket"), *(("a", "lamp", "view"),) * 15, ("a", "stove", "basket")]
    for model in (model_of(*events), trained_on(*events)):
        assert model.sources.counts.chosen.both(TENT, STOVE) == 1


def test_what_was_in_the_basket_long_ago_is_not_counted_again():
    model = model_of(*baskets("a", "tent"), *[("a", "lamp", "view")] * 40, *baskets("a", "tent"))
    assert model.sources.counts.chosen.count(TENT) == 1


def test_a_browser_and_its_customer_may_be_one_person():
    events = [
        *baskets("browser", "tent", "stove"),
        (customer("7"), "tent", "purchase"),
        (customer("7"), "stove", "purchase"),
    ]
    for model in (model_of(*events), trained_on(*events)):
        assert model.sources.counts.chosen.both(TENT, STOVE) == 1
        assert model.sources.counts.chosen.count(TENT) == 1
        assert cause(model, "stove", ["tent"]).kind not in ("together", "popular")


def test_the_one_who_asks_is_not_among_the_others():
    model = model_of(
        *baskets("a", "tent", "stove"), *baskets("b", "tent", "stove"), *baskets("c", "tent", "stove")
    )
    assert cause(model, "stove", ["tent"]).count == 3
    assert cause(model, "stove", ["tent"], asker=["a"]).count == 2
    assert cause(model, "stove", ["tent"], asker=["nobody"]).count == 3
    two = model_of(*baskets("a", "tent", "stove"), *baskets("b", "tent", "stove"))
    assert cause(two, "stove", ["tent"], asker=["a"]).kind not in ("together", "popular", "seen", "borrowed")
    assert cause(two, "stove", [], asker=["b"]).kind == "unknown"
    assert cause(two, "stove", ["tent"], asker=["a"], relation="goes_with").kind == "unknown"


def test_what_one_visitor_looked_at_again_and_again_is_not_said_to_be_looked_at_often():
    alone = [(shopper, id, "view") for shopper in "a" for _ in range(30) for id in ("tent", "kettle")]
    assert cause(model_of(*alone), "kettle", ["tent"]).kind == "unknown"
    both = [*alone, ("b", "tent", "view"), ("b", "kettle", "view")]
    assert cause(model_of(*both), "kettle", ["tent"]).kind == "follows"
    assert cause(model_of(*both), "kettle", ["tent"], asker=["a"]).kind != "follows"


def test_others_were_interested_only_where_two_others_were():
    one = model_of(("a", "lamp", "view"))
    assert cause(one, "lamp", []).kind == "unknown"
    two = model_of(("a", "lamp", "view"), ("b", "lamp", "view"))
    assert cause(two, "lamp", []).kind == "seen"
    assert cause(two, "lamp", [], asker=["a"]).kind == "unknown"
    assert cause(two, "kettle", []).kind == "new"


def test_of_very_busy_shoppers_the_first_products_count(monkeypatch):
    monkeypatch.setattr("ecomlm.recommend.people.MOST", 2)
    events = [*baskets("a", "tent", "stove", "lamp"), *baskets("b", "lamp")]
    for model in (model_of(*events), trained_on(*events)):
        assert [model.sources.counts.chosen.count(IDS.index(id)) for id in ("tent", "stove", "lamp")] == [
            1,
            1,
            1,
        ]
    assert MOST > 2


def test_who_is_no_longer_remembered_is_not_counted_twice(monkeypatch):
    monkeypatch.setattr("ecomlm.recommend.model.MOST_SHOPPERS", 2)
    events = [*baskets("a", "tent"), *baskets("b", "tent"), *baskets("c", "tent")]
    for model in (model_of(*events), trained_on(*events)):
        assert model.history_of("a") == []
        model.add("a", "tent", "basket", 2e9)
        assert model.sources.counts.chosen.count(TENT) == 3
        assert model.sources.counts.wanted[TENT] == pytest.approx(2.8)
