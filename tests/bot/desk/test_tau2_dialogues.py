"""Scripted shoppers in the tau2 retail shop: exactly the right writes, none where its policy forbids them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.tools import Tools
from tests.bot.desk.tau2 import (
    DATA,
    Outcome,
    build_shop,
    expected_calls,
    hold_all,
    open_shop,
    scripts,
    wants_person,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.exists(), reason="the public data sets are not on this machine (ECOMLM_DATA)"
    ),
]
EXACT = 0.95


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tau2_tools(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tools]:
    """The tau2 shop, built once, with the models of a home that ECOMLM_TEST_HOMES keeps or its own."""
    kept = os.environ.get("ECOMLM_TEST_HOMES")
    models = Path(kept) / "sample" / "models" if kept else None
    settings = await build_shop(tmp_path_factory.mktemp("tau2"), models)
    async with open_shop(settings) as tools:
        yield tools


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("wording", ["plain", "rambling"])
async def test_scripted_shoppers_get_exactly_what_is_right(
    tau2_tools: Tools, wording: str, tmp_path: Path
) -> None:
    outcomes = await hold_all(tau2_tools, wording, tmp_path)
    with_writes = [outcome for outcome in outcomes if outcome.expected]
    wrong = [outcome for outcome in with_writes if not outcome.is_exact]
    assert len(outcomes) == 74
    assert 1 - len(wrong) / len(with_writes) >= EXACT, _told(wrong)
    forbidden = [outcome for outcome in outcomes if not outcome.expected]
    assert not [outcome.task for outcome in forbidden if outcome.done or outcome.store_changed]
    transferred = [outcome for outcome in outcomes if outcome.task in wants_person()]
    assert all(outcome.reached_person for outcome in transferred)


@pytest.mark.parametrize("wording", ["plain", "rambling"])
def test_every_open_task_has_a_script(wording: str) -> None:
    held = scripts(wording)
    forbidden = {task for task, calls in expected_calls().items() if not calls}
    assert {script["id"] for script in held} == set(expected_calls())
    assert {script["id"] for script in held if script.get("forbidden")} == forbidden


def _told(outcomes: list[Outcome]) -> str:
    return "; ".join(f"{o.task}: {list(o.done)} instead of {list(o.expected)}" for o in outcomes)
