from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from ecomlm.search.columns import NO, OPEN, YES, Columns, ColumnsGatherer
from ecomlm.search.filters import BrandIs, ColourIs, Feature, InStock, PriceRange, SizeIs
from ecomlm.search.vocabulary import COLOURS, FEATURES
from knowledge.records import Attribute, Product, Text
from knowledge.sample.load import load_sample

from .shop import flag, product, products

CONDITIONS = [
    PriceRange(None, Decimal(42), "USD"),
    PriceRange(Decimal(20), Decimal("84.00"), "USD"),
    PriceRange(Decimal("12.01"), None, "USD"),
    BrandIs(("Norwick", "palewick")),
    InStock(),
    SizeIs("42"),
    *(ColourIs(item.label, item.names, wanted) for item in COLOURS for wanted in (True, False)),
    *(
        Feature(keys, item.label, tuple(reversed(item.names)), wanted)
        for item in FEATURES
        for wanted in (True, False)
        for keys in ((), ("waterproof",), ("dry", "waterproof"))
    ),
]
ODD = [
    product("no-price", "Red and black lamp", "红黑灯", ("Lamps", "灯"), 1, brand="Norwick"),
    product("says-no", "Waterproof wireless lamp", "无线防水灯", ("Lamps", "灯"), 41.999,
            attributes=(flag("waterproof", "Waterproof", "防水", False),)),
    product("says-both", "Lamp", "灯", ("Lamps", "灯"), 42,
            attributes=(Attribute("waterproof", "yes, IPX4"), flag("waterproof", "Waterproof", "防水"))),
    product("coloured", "Red lamp", "红灯", ("Lamps", "灯"), 42.004,
            attributes=(Attribute("colour", ("Navy Blue", "灰色")),)),
]  # fmt: skip


def sample_products():
    return [record for record in load_sample() if isinstance(record, Product)]


def gathered(items):
    gatherer = ColumnsGatherer()
    for item in items:
        gatherer.add(item)
    return gatherer.columns()


@pytest.mark.parametrize("items", [products() + ODD, sample_products()], ids=["test shop", "sample shop"])
def test_what_columns_tell_is_what_the_records_say(items):
    columns = gathered(items)
    told = 0
    for condition in CONDITIONS:
        verdicts = columns.judge(condition)
        for item, verdict in zip(items, verdicts, strict=True):
            told += verdict != OPEN
            if verdict != OPEN:
                assert bool(verdict == YES) is condition.allows(item), (item.id, condition)
    assert told > len(items)


def test_one_form_must_meet_all_conditions_so_nothing_is_told_of_products_with_forms():
    columns = gathered([item for item in products() if item.variants])
    assert all((columns.judge(condition) == OPEN).all() for condition in CONDITIONS)


def test_a_price_near_its_bound_is_left_to_the_record():
    columns = gathered([product("x", "Lamp", "灯", ("Lamps", "灯"), price) for price in (41, 41.999, 42, 43)])
    assert columns.judge(PriceRange(None, Decimal(42), "USD")).tolist() == [YES, OPEN, OPEN, NO]


def test_columns_are_the_same_after_saving(tmp_path):
    columns = gathered(products() + ODD)
    columns.save(tmp_path / "columns.npz")
    loaded = Columns.load(tmp_path / "columns.npz")
    for condition in CONDITIONS:
        assert np.array_equal(columns.judge(condition), loaded.judge(condition))


def test_columns_of_an_older_snapshot_leave_everything_to_the_record(tmp_path):
    older = replace(gathered(ODD), is_single=None, flags={}, traits={})
    older.save(tmp_path / "columns.npz")
    loaded = Columns.load(tmp_path / "columns.npz")
    assert all((loaded.judge(condition) == OPEN).all() for condition in CONDITIONS)


def test_a_feature_only_this_catalogue_knows_is_told_by_its_flag_alone():
    columns = gathered([
        product("has", "Phone", "手机", ("", ""), 5, attributes=(flag("has_5g", "5G", "5G"),)),
        product("lacks", "Phone", "手机", ("", ""), 5, attributes=(flag("has_5g", "5G", "5G", False),)),
        product("silent", "Phone 5G", "手机", ("", ""), 5),
    ])  # fmt: skip
    assert columns.judge(Feature(("has_5g",), Text("5G", "5G"), ("5g",))).tolist() == [YES, NO, OPEN]
