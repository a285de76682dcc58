import pytest

from ecomlm.recommend.blend import LEAST_LESSONS, Blend
from ecomlm.recommend.catalogue import Item
from ecomlm.recommend.model import Model
from tests.ecomlm.recommend.shop import HISTORIES, ITEMS, small_shop


@pytest.fixture
def model() -> Model:
    return small_shop()


def ids(found) -> list[str]:
    return [item.id for item in found]


def test_what_others_chose_next_comes_before_what_nobody_did(model):
    found = ids(model.suggest(["tent"], 6))
    assert found.index("pegs") < found.index("lamp")


def test_the_reason_counts_the_shoppers_who_had_both(model):
    pegs = next(item for item in model.suggest(["tent"], 6) if item.id == "pegs")
    assert (pegs.cause.kind, pegs.cause.beside, pegs.cause.count) == ("together", "tent", 3)


def test_one_shopper_is_no_reason_to_tell(model):
    stove = next(item for item in model.suggest(["tent"], 6) if item.id == "stove")
    assert stove.cause.kind not in ("together", "popular")


def test_what_goes_with_a_product_is_neither_itself_nor_another_of_its_kind(model):
    found = ids(model.suggest(["tent"], 6, relation="goes_with"))
    assert found[0] == "pegs"
    assert not {"tent", "tent-4"} & set(found)


def test_a_product_that_nobody_bought_borrows_what_goes_with_one_like_it(model):
    found = ids(model.suggest(["tent-4"], 6, relation="goes_with"))
    assert found[0] == "pegs"
    assert "tent" not in found


def test_what_was_had_with_things_like_it_is_told_as_that(model):
    pegs = model.suggest(["tent-4"], 6, relation="goes_with")[0]
    assert (pegs.cause.kind, pegs.cause.beside) == ("borrowed", "tent-4")


def test_what_is_similar_is_of_the_same_kind(model):
    found = model.suggest(["tent"], 3, relation="similar")
    assert found[0].id == "tent-4"
    assert found[0].cause.kind == "similar"
    assert "pegs" not in ids(found)


def test_a_shopper_whom_nobody_knows_sees_what_is_wanted_most(model):
    found = model.suggest([], 2)
    assert set(ids(found)) <= {"tent", "pegs", "lamp", "kettle"}  # three shoppers chose each of them
    assert [(item.cause.kind, item.cause.count) for item in found] == [("popular", 3)] * 2


def test_products_that_may_not_be_shown_are_not(model):
    assert "pegs" not in ids(model.suggest(["tent"], 6, allowed=lambda id: id != "pegs"))


def test_ids_of_no_product_change_nothing(model):
    assert model.suggest(["gone", "tent"], 6) == model.suggest(["tent"], 6)


def test_a_new_product_can_be_suggested_for_what_is_written_of_it(model):
    model.add_items([Item("tent-3", "Fernlight 3 tent", "Fernlight 3 person camping tent", "Norrfell")])
    found = model.suggest(["tent"], 3, relation="similar")
    assert "tent-3" in ids(found)
    fresh = next(item for item in model.suggest(["tent"], 7) if item.id == "tent-3")
    assert (fresh.cause.kind, fresh.cause.beside) == ("similar", "tent")


def test_an_event_changes_the_next_suggestion(model):
    before = ids(model.suggest(["stove"], 6, relation="goes_with"))
    for shopper in ("a", "b", "c"):
        model.add(shopper, "stove", "purchase", 1.0)
        model.add(shopper, "kettle", "purchase", 2.0)
    after = model.suggest(["stove"], 6, relation="goes_with")
    assert after[0].id == "kettle"
    assert before[:1] != ["kettle"]
    assert after[0].cause.count == 3
    assert model.history_of("a") == ["stove", "kettle"]


def test_an_event_about_no_product_changes_nothing(model):
    before = model.sources.counts.wanted.copy()
    model.add("a", "gone", "view", 1.0)
    assert (model.sources.counts.wanted == before).all()


def test_a_varied_list_does_not_begin_with_two_of_a_kind(model):
    tents = [Item(f"t{n}", f"Ridge {n} tent", f"Ridge {n} person camping tent") for n in range(5)]
    model = Model.of_histories(
        [*ITEMS, *tents], [*HISTORIES, *[["t1", "t2", "t3", "t4"]] * 9, ["lamp", "stove"]]
    )
    plain, varied = ids(model.suggest([], 4)), ids(model.suggest([], 4, is_varied=True))
    assert set(plain) == {"t1", "t2", "t3", "t4"}
    assert varied[0] == plain[0]
    assert len(set(varied) & {"t1", "t2", "t3", "t4"}) < 4


def test_a_shop_without_a_single_event_still_suggests_what_is_alike():
    model = Model.train(ITEMS)
    assert ids(model.suggest(["tent"], 1)) == ["tent-4"]
    assert model.suggest([], 2)[0].cause.kind == "new"


def test_an_empty_catalogue_suggests_nothing():
    assert Model.train([]).suggest(["tent"], 3) == []


def test_a_young_shop_has_the_default_weights_and_an_older_one_learns():
    assert small_shop().blend.lessons == 0
    items = [Item(str(n), f"thing{n} kind{n % 7}") for n in range(40)]
    histories = [[str(n % 40), str((n + 1) % 40)] for n in range(3 * LEAST_LESSONS)]
    model = Model.of_histories(items, histories)
    assert model.blend.lessons >= LEAST_LESSONS
    assert (model.blend.weights != Blend.default().weights).any()
    hits = [model.suggest([str(n)], 1)[0].id == str((n + 1) % 40) for n in range(40)]
    assert sum(hits) >= 36


def test_the_few_that_may_be_shown_are_found_behind_the_many_that_may_not():
    items = [Item(str(n), f"lamp model{n}") for n in range(200)]
    model = Model.of_histories(items, [[str(n)] for n in range(200)])
    assert ids(model.suggest(["0"], 2, allowed=lambda id: id in ("7", "9"))) == ["7", "9"]
