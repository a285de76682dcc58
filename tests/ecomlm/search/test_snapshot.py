import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ecomlm.search.index import build_index
from ecomlm.search.snapshot import BUILDING, IndexMissing, SnapshotBroken, Snapshots

BUILDER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ecomlm.search.index import build_index
from ecomlm.settings import Settings
from knowledge.store import Store
from tests.ecomlm.search.hash_embedder import HashEmbedder

async def main():
    settings = Settings(home=Path(sys.argv[1]), threads=1)
    embedder = HashEmbedder(256)
    async with await Store.open(settings) as store:
        print("ready", flush=True)
        while True:
            await build_index(settings, store, embedders={"en": embedder, "zh": embedder}, rebuild=True)

asyncio.run(main())
"""


@pytest.fixture
async def snapshots(settings, store, embedders):
    await build_index(settings, store, embedders=embedders)
    return Snapshots(settings.home)


def test_without_a_snapshot_the_remedy_is_named(tmp_path):
    with pytest.raises(IndexMissing, match="python -m ecomlm index"):
        Snapshots(tmp_path).open()


async def test_a_snapshot_holds_what_its_manifest_says(snapshots):
    snapshot = snapshots.open()
    assert snapshot.manifest.products == len(snapshot.shard) == 10
    assert snapshot.manifest.articles == 2
    assert snapshots.verify(snapshots.folder / snapshot.manifest.id) == snapshot.manifest


async def test_a_changed_file_is_noticed(snapshots):
    place = snapshots.folder / snapshots.current_id()
    (place / "ids.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SnapshotBroken, match="ids.json"):
        snapshots.verify(place)


async def test_a_missing_file_is_named_with_the_remedy(snapshots):
    (snapshots.folder / snapshots.current_id() / "ids.json").unlink()
    with pytest.raises(SnapshotBroken, match="--rebuild"):
        snapshots.open()


async def test_another_format_is_refused(snapshots):
    manifest = snapshots.folder / snapshots.current_id() / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 99'), encoding="utf-8")
    with pytest.raises(SnapshotBroken, match="format 99"):
        snapshots.open()


async def test_a_build_that_fails_leaves_the_old_one_live(snapshots, settings, store, embedders, monkeypatch):
    before = snapshots.current_id()

    def broken(self, place):
        raise SnapshotBroken("the disk lies")

    monkeypatch.setattr(Snapshots, "verify", broken)
    with pytest.raises(SnapshotBroken, match="the disk lies"):
        await build_index(settings, store, embedders=embedders, rebuild=True)
    assert snapshots.current_id() == before
    snapshots.open()


async def test_what_a_broken_build_left_is_cleared_by_the_next(snapshots, settings, store, embedders):
    left = snapshots.folder / f"{BUILDING}x"
    left.mkdir()
    await build_index(settings, store, embedders=embedders, rebuild=True)
    assert not left.exists()


@pytest.mark.slow
async def test_a_kill_at_any_moment_leaves_a_whole_snapshot_live(snapshots, settings, store):
    root = str(Path(__file__).parents[3])
    for attempt in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(settings.home), root], stdout=subprocess.PIPE, cwd=root
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05 + 0.037 * attempt)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        snapshots.verify(snapshots.folder / str(snapshots.current_id()))
        snapshots.open()
