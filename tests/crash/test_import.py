"""`kill -9` in the middle of an import: the store holds all of the file, or nothing of it."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.records import Product
from knowledge.store import Store
from tests.crash import processes

pytestmark = pytest.mark.slow

SEED = 20261122
PRODUCTS = 3000
KILLS = 10
OLD, NEW = "10.00", "20.00"


@dataclass(frozen=True)
class Begun:
    """A shop that holds the old file, and how long importing the new one takes."""

    home: Path
    file: Path
    seconds: float
    seconds_until_writing: float


def _write_catalogue(file: Path, price: str, count: int) -> None:
    draw = random.Random(SEED)
    words = ["steel", "oak", "linen", "amber", "quiet", "folding", "travel", "garden", "winter", "compact"]
    with file.open("w", encoding="utf-8") as stream:
        for number in range(count):
            row = {
                "id": f"p{number:05}",
                "title": f"{draw.choice(words)} {draw.choice(words)} kettle {number}",
                "description": " ".join(draw.choices(words, k=40)),
                "brand": draw.choice(words).title(),
                "price": price,
                "currency": "EUR",
                "weight_g": draw.randint(100, 4000),
            }
            stream.write(json.dumps(row) + "\n")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Import the old file, then the new one once to its end, to learn when what happens."""
    folder = tmp_path_factory.mktemp("import")
    old, new, log = folder / "old.jsonl", folder / "new.jsonl", folder / "log"
    _write_catalogue(old, OLD, PRODUCTS - 500)
    _write_catalogue(new, NEW, PRODUCTS)
    home, rehearsal = folder / "home", folder / "rehearsal"
    processes.run(home, "knowledge", "import", str(old), log=log)
    shutil.copytree(home, rehearsal)
    started = time.perf_counter()
    process = processes.start(rehearsal, "knowledge", "import", str(new), log=log)
    until_writing = _wait_for_writing(rehearsal, process, started)
    assert process.wait(120) == 0, processes.tail(log)
    return Begun(home, new, time.perf_counter() - started, until_writing)


def _wait_for_writing(home: Path, process: processes.subprocess.Popen[bytes], started: float) -> float:
    """Wait until the database's log of uncommitted pages grows; return when that was."""
    log = home / "shop.db-wal"
    while process.poll() is None and not (log.exists() and log.stat().st_size > 100_000):
        time.sleep(0.005)
    return time.perf_counter() - started


def _moments(begun: Begun) -> list[float]:
    """Draw the moments: half of them anywhere, half while the records are being written."""
    draw = random.Random(SEED)
    anywhere = [draw.uniform(0.05, begun.seconds) for _ in range(KILLS // 2)]
    writing = [draw.uniform(begun.seconds_until_writing, begun.seconds) for _ in range(KILLS - len(anywhere))]
    return sorted(anywhere + writing)


async def test_an_import_killed_at_any_moment_is_all_or_nothing(begun: Begun, tmp_path: Path) -> None:
    outcomes = []
    pace = 1.0  # the rehearsal may have been slower than these runs are
    for number, planned in enumerate(_moments(begun)):
        home, log = tmp_path / f"home{number}", tmp_path / f"log{number}"
        shutil.copytree(begun.home, home)
        process = processes.start(home, "knowledge", "import", str(begun.file), log=log)
        time.sleep(planned * pace)
        was_running = processes.kill(process)
        pace *= 1.0 if was_running else 0.7
        outcomes.append((was_running, await _whole_state(home)))
    assert sum(was_running for was_running, _ in outcomes) >= KILLS // 2, f"too few were hit: {outcomes}"
    assert {state for _, state in outcomes} <= {"old", "new"}
    assert "old" in {state for was_running, state in outcomes if was_running}, outcomes


async def test_an_import_that_was_killed_can_be_repeated(begun: Begun, tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    shutil.copytree(begun.home, home)
    process = processes.start(home, "knowledge", "import", str(begun.file), log=log)
    _wait_for_writing(home, process, time.perf_counter())
    assert processes.kill(process), "the import was over before it could be killed"
    processes.run(home, "knowledge", "import", str(begun.file), log=log)
    assert await _whole_state(home) == "new"


async def _whole_state(home: Path) -> str:
    """Return which file the store holds, after checking that it holds all of one and nothing else."""
    async with await Store.open(f"sqlite:///{home / 'shop.db'}") as store:
        products: list[Product] = await store.products()
        changed = await store.changed_since(0)
        history = [await store.history("product", id) for id in ("p00000", f"p{PRODUCTS - 501:05}")]
    prices = {str(product.lowest_price.amount) for product in products if product.lowest_price}
    state = {OLD: "old", NEW: "new"}["/".join(sorted(prices))]
    assert len(products) == (PRODUCTS if state == "new" else PRODUCTS - 500)
    assert {id for _, id, _ in changed} == {product.id for product in products}
    assert {len(entries) for entries in history} == {2 if state == "new" else 1}
    with sqlite3.connect(home / "shop.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return state
