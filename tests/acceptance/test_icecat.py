"""The same behaviour over a real catalogue, Icecat's first products; the truth is read from the file."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from tests.acceptance.checker import Checker
from tests.acceptance.shop import Shop

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="session")]

Rows = dict[str, dict[str, Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rows(icecat: Shop) -> Rows:
    """The file's own rows by their id."""
    lines = (icecat.settings.home / "products.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def icecat_checker(icecat: Shop) -> Checker:
    """What the Icecat records say."""
    return await Checker.of(icecat.tools.store)


def _price(row: dict[str, Any]) -> Decimal:
    return Decimal(row["price"]) / 100


async def test_every_row_is_in_the_shop_with_its_own_price(icecat: Shop, rows: Rows) -> None:
    products = await icecat.products()
    assert products.keys() == rows.keys()
    for id, row in rows.items():
        price = products[id].lowest_price  # type: ignore[index]  # plain test values
        assert (price.amount if price else None) == (_price(row) if row.get("price") else None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("what is your most expensive notebook?", "notebook"),
        ("最贵的笔记本电脑是哪款？", "notebook"),
        ("the most expensive printer", "printer"),
        ("最贵的打印机", "printer"),
        ("what's the most expensive keyboard you have", "keyboard"),
    ],
)
async def test_the_most_expensive_is_the_true_maximum(
    icecat: Shop, rows: Rows, icecat_checker: Checker, text: str, word: str
) -> None:
    of_kind = [row for row in rows.values() if row.get("price") and word in row["title"].lower()]
    reply = await icecat.ask(text)
    assert reply.ids, reply
    assert _price(rows[reply.ids[0]]) == max(map(_price, of_kind)), reply
    assert not icecat_checker.faults(reply, text)


@pytest.mark.parametrize(
    ("text", "word", "bound"),
    [
        ("notebooks under $500", "notebook", 500),
        ("500美元以下的笔记本电脑", "notebook", 500),
        ("toner cartridges up to $60", "toner", 60),
        ("60美元以内的硒鼓", "toner", 60),
    ],
)
async def test_cards_keep_to_the_price_and_the_kind(
    icecat: Shop, rows: Rows, icecat_checker: Checker, text: str, word: str, bound: int
) -> None:
    reply = await icecat.ask(text)
    assert reply.ids, reply
    assert not reply.note, reply
    assert all(_price(rows[id]) <= bound for id in reply.ids), reply
    of_kind = sum(word in rows[id]["title"].lower() for id in reply.ids)
    assert of_kind >= len(reply.ids) - 1, reply
    assert not icecat_checker.faults(reply, text)


@pytest.mark.parametrize("text", ["any notebooks for $5 to $10?", "有没有5到10美元的打印机？"])
async def test_an_empty_price_range_is_said_to_be_so(
    icecat: Shop, icecat_checker: Checker, text: str
) -> None:
    reply = await icecat.ask(text)
    cheap = [card for card in reply.cards if card.amount and 5 <= Decimal(card.amount) <= 10]
    assert reply.note or cheap, reply
    assert "10" in reply.note or cheap, reply
    assert not icecat_checker.faults(reply, text)


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("text", ["does it have ethernet LAN?", "Is there an Ethernet LAN port?"])
async def test_a_yes_or_no_fact_is_the_records(icecat: Shop, rows: Rows, text: str, value: bool) -> None:
    id = next(id for id, row in rows.items() if row.get("attr_b_ethernet_lan") is value)
    reply = await icecat.ask(text, id)
    yes, no = (
        re.search(r"\byes\b", reply.text, re.IGNORECASE),
        re.search(r"\bno\b", reply.text, re.IGNORECASE),
    )
    assert bool(yes) is value, reply
    assert bool(no) is not value, reply
    assert f"product:{id}" in reply.cited, reply


@pytest.mark.parametrize("text", ["how much does it weigh?", "它有多重？"])
async def test_a_number_is_the_records(icecat: Shop, rows: Rows, icecat_checker: Checker, text: str) -> None:
    id, row = next(
        (id, row)
        for id, row in rows.items()
        if row.get("attr_n_weight") and row["attr_n_weight"] != row.get("attr_n_package_weight")
    )
    reply = await icecat.ask(text, id)
    assert Decimal(str(row["attr_n_weight"])) in {
        Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", reply.text.replace(",", ""))
    }, reply
    assert not icecat_checker.faults(reply, text, id)
