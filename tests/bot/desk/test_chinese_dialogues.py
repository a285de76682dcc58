"""Sixty Chinese shoppers settle business with the real assistant over the sample shop."""

from __future__ import annotations

from collections import Counter

import pytest
import pytest_asyncio

from bot.tools import Tools
from tests.bot.desk.held import Held, dialogues, hold_alone

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

ROWS = dialogues("zh_sample.jsonl")
AT_LEAST = 0.95


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def held(sample_tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> list[Held]:
    """Every dialogue, held once."""
    folder = tmp_path_factory.mktemp("dialogues")
    return [await hold_alone(sample_tools, row, folder) for row in ROWS]


async def test_the_dialogues_lead_to_exactly_what_is_wanted(held: list[Held]) -> None:
    wrong = [one for one in held if one.calls != one.expected]
    share = 1 - len(wrong) / len(held)
    assert share >= AT_LEAST, "\n\n".join(map(str, wrong))


async def test_where_the_rules_forbid_it_nothing_is_written(held: list[Held]) -> None:
    forbidden = [one for one in held if one.row.get("forbidden")]
    wrong = [one for one in forbidden if one.calls or one.has_changed]
    assert not wrong, "\n\n".join(map(str, wrong))


async def test_a_store_changes_only_by_the_actions_that_are_told(held: list[Held]) -> None:
    assert [one.row["id"] for one in held if one.has_changed != bool(one.calls)] == []


async def test_the_file_holds_sixty_dialogues_half_of_them_rambling() -> None:
    assert Counter(row["wording"] for row in ROWS) == {"plain": 30, "rambling": 30}
    assert len({row["id"] for row in ROWS}) == len(ROWS) == 60
    assert sum(bool(row.get("forbidden")) for row in ROWS) >= 10
    assert not [row["id"] for row in ROWS if row.get("forbidden") and row["calls"]]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in "".join(row["turns"])) for row in ROWS)
