"""`kill -9` in the middle of indexing: the old snapshot is live, or the new one, and it can be searched."""

from __future__ import annotations

import json
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ecomlm.search.embed import Embedder, open_embedders
from ecomlm.search.search import Search
from ecomlm.search.snapshot import Snapshots
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.store import Store
from tests.crash import processes

pytestmark = [pytest.mark.slow, pytest.mark.model]

SEED = 20261122
PRODUCTS = 60
KILLS = 10
OLD, NEW = "kettle", "teapot"
MATERIALS = ["steel", "copper", "glass", "enamel", "clay", "iron"]


@dataclass(frozen=True)
class Begun:
    """A shop whose index is one change behind its records, and how long catching up takes."""

    home: Path
    snapshot: str
    seconds: float
    seconds_until_writing: float


def _write_catalogue(file: Path, kind: str) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for number in range(PRODUCTS):
            material = MATERIALS[number % len(MATERIALS)]
            title = f"{material.title()} {kind} number {number}"
            row = {"id": f"p{number:03}", "title": title, "price": f"{20 + number}.50", "currency": "EUR"}
            stream.write(json.dumps(row | {"description": f"A {kind} of {material}."}) + "\n")


@pytest.fixture(scope="module")
def embedders() -> dict[Language, Embedder]:
    """The real embedders, loaded once for all checks."""
    return open_embedders(Settings())


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Index the old catalogue, import the new one, and index a copy to its end to learn how long it takes."""
    folder = tmp_path_factory.mktemp("index")
    home, rehearsal, log = folder / "home", folder / "rehearsal", folder / "log"
    for kind in (OLD, NEW):
        _write_catalogue(folder / f"{kind}.jsonl", kind)
    processes.run(home, "knowledge", "import", str(folder / f"{OLD}.jsonl"), log=log)
    processes.run(home, "ecomlm", "index", log=log)
    processes.run(home, "knowledge", "import", str(folder / f"{NEW}.jsonl"), log=log)
    snapshot = Snapshots(home).current_id()
    assert snapshot, processes.tail(log)
    shutil.copytree(home, rehearsal)
    started = time.perf_counter()
    process = processes.start(rehearsal, "ecomlm", "index", log=log)
    while process.poll() is None and not any((rehearsal / "snapshots").glob(".building-*")):
        time.sleep(0.005)
    until_writing = time.perf_counter() - started
    assert process.wait(180) == 0, processes.tail(log)
    return Begun(home, snapshot, time.perf_counter() - started, until_writing)


def _moments(begun: Begun) -> list[float]:
    """Draw the moments: half of them anywhere, half while the snapshot is being written."""
    draw = random.Random(SEED)
    anywhere = [draw.uniform(0.1, begun.seconds) for _ in range(KILLS // 2)]
    writing = [draw.uniform(begun.seconds_until_writing, begun.seconds) for _ in range(KILLS - len(anywhere))]
    return sorted(anywhere + writing)


async def test_an_index_run_killed_at_any_moment_leaves_the_old_or_the_new_snapshot(
    begun: Begun, embedders: dict[Language, Embedder], tmp_path: Path
) -> None:
    outcomes = []
    pace = 1.0  # the rehearsal may have been slower than these runs are
    for number, planned in enumerate(_moments(begun)):
        seconds = planned * pace
        home, log = tmp_path / f"home{number}", tmp_path / f"log{number}"
        shutil.copytree(begun.home, home)
        process = processes.start(home, "ecomlm", "index", log=log)
        time.sleep(seconds)
        was_running = processes.kill(process)
        pace *= 1.0 if was_running else 0.7
        snapshots = Snapshots(home)
        live = snapshots.current_id()
        assert live, f"no snapshot is live after a kill at {seconds:.2f} s"
        assert snapshots.verify(home / "snapshots" / live).products == PRODUCTS
        await _assert_searchable(home, embedders)
        outcomes.append((was_running, "old" if live == begun.snapshot else "new"))
    assert sum(was_running for was_running, _ in outcomes) >= KILLS // 2, f"too few were hit: {outcomes}"
    assert (True, "old") in outcomes


async def test_an_index_run_that_was_killed_can_be_repeated_and_leaves_no_litter(
    begun: Begun, embedders: dict[Language, Embedder], tmp_path: Path
) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    shutil.copytree(begun.home, home)
    process = processes.start(home, "ecomlm", "index", log=log)
    while process.poll() is None and not any((home / "snapshots").glob(".building-*")):
        time.sleep(0.005)
    assert processes.kill(process), "the index was complete before it could be killed"
    processes.run(home, "ecomlm", "index", log=log)
    assert Snapshots(home).current_id() not in (None, begun.snapshot)
    assert not list((home / "snapshots").glob(".building-*"))
    await _assert_searchable(home, embedders)


async def _assert_searchable(home: Path, embedders: dict[Language, Embedder]) -> None:
    """Whichever snapshot is live, what is found is what the store holds now."""
    settings = Settings(home=home)
    async with (
        await Store.open(settings) as store,
        await Search.open(settings, store, embedders) as search,
    ):
        found = await search.products(f"copper {NEW}", language="en", limit=10)
        cheapest = await search.products(f"cheapest {NEW}", language="en", limit=1)
    titles = [hit.product.title.en for hit in found.hits]
    assert titles
    assert all(NEW in title for title in titles), titles
    assert "Copper" in titles[0], titles
    assert [hit.product.id for hit in cheapest.hits] == ["p000"]
