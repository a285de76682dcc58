"""How many of the tau2 shop's tasks scripted shoppers get exactly right at the service desk.

Knows the scripts of the desk's tests. Knows nothing of other measures.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.bench.report import Report, Row
from tests.bot.desk.tau2 import DATA, build_shop, hold_all, open_shop

EXACT = 0.95


async def measure_desk(report: Report, home: Path, models: Path) -> None:
    """Hold all scripts in both wordings; `models` is the folder of models of another home."""
    area = "Service desk"
    if not DATA.exists():
        report.skip(area, "tau2 tasks", "the data set is not here (ECOMLM_DATA)")
        return
    shutil.rmtree(home, ignore_errors=True)
    settings = await build_shop(home, models)
    async with open_shop(settings) as tools:
        for wording in ("plain", "rambling"):
            with tempfile.TemporaryDirectory() as folder:
                outcomes = await hold_all(tools, wording, Path(folder))
            due = [outcome.is_exact for outcome in outcomes if outcome.expected]
            none = [outcome.is_exact for outcome in outcomes if not outcome.expected]
            share = sum(due) / len(due)
            report.add(
                Row(
                    area, f"tau2 tasks exact, {wording}", f"{share:.3f}", f"at least {EXACT}",
                    f"{len(due)} dialogues", share >= EXACT,
                )
            )  # fmt: skip
            report.add(
                Row(
                    area, f"tau2 tasks without a write where none is right, {wording}",
                    f"{sum(none) / len(none):.2f}", "1.00", f"{len(none)} dialogues", all(none),
                )
            )  # fmt: skip
