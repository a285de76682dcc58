from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from ecomlm.recommend import following as module
from ecomlm.recommend.following import Following
from ecomlm.recommend.journal import Event
from ecomlm.recommend.saved import Saved, SavedBroken
from knowledge.store import Store
from tests.bot.shop import BAG, BOOT, DRIVE, LIGHT_BOOT

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
RELATIONS = ("next", "goes_with", "similar")


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(f"sqlite:///{tmp_path / 'shop.db'}") as store:
        await store.save([BOOT, LIGHT_BOOT, BAG, DRIVE], who="test")
        yield store


def events(visitor, *products):
    return [Event(visitor, id, "basket", START + timedelta(minutes=n)) for n, id in enumerate(products)]


async def opened(store, home) -> Following:
    following = Following(store, home, rest_seconds=0.0)
    await following.model()
    return following


async def closed_after_training(store, home) -> None:
    following = Following(store, home, rest_seconds=0.0)
    journal = await following.journal()
    for visitor in ("visitor-one", "visitor-two", "visitor-three"):
        await journal.add(events(visitor, "boot", "bag", "light-boot"))
    await following.model()
    await following.close()


def forbid_training(monkeypatch) -> None:
    def trained(items, rows):
        raise AssertionError("nothing is to be trained")

    monkeypatch.setattr(module, "trained", trained)


def told(model):
    return [model.suggest(["boot"], 4, relation=relation, asker=["visitor-one"]) for relation in RELATIONS]


def written(home) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


async def test_a_restart_suggests_the_same_without_training(store, tmp_path, monkeypatch):
    await closed_after_training(store, tmp_path)
    fresh = await opened(store, tmp_path / "other")
    forbid_training(monkeypatch)
    again = await opened(store, tmp_path)
    assert told(await again.model()) == told(await fresh.model())
    assert (await again.model()).history_of("visitor-two") == ["boot", "bag", "light-boot"]
    for following in (fresh, again):
        await following.close()


async def test_after_a_restart_it_goes_on_where_it_was(store, tmp_path, monkeypatch):
    await closed_after_training(store, tmp_path)
    journal = await (await opened(store, tmp_path / "other")).journal()
    await journal.add([*events("visitor-one", "bag", "drive"), *events("visitor-four", "boot", "drive")])
    fresh = await opened(store, tmp_path / "third")
    forbid_training(monkeypatch)
    again = await opened(store, tmp_path)
    one, other = (await again.model()).sources.counts, (await fresh.model()).sources.counts
    assert (one.chosen.pairs[0].matrix != other.chosen.pairs[0].matrix).nnz == 0
    assert one.chosen.alone[0].tolist() == other.chosen.alone[0].tolist()
    assert one.wanted == pytest.approx(other.wanted)
    for following in (fresh, again):
        await following.close()


async def test_an_erased_visitor_is_nowhere_in_the_files(store, tmp_path):
    await closed_after_training(store, tmp_path / "home")
    assert b"visitor-one" in written(tmp_path / "home")
    following = await opened(store, tmp_path / "home")
    assert await following.forget("visitor-one") == 3
    assert written(tmp_path / "home") == b""
    following._checked = float("-inf")
    await following.model()
    await following._training
    assert b"visitor-two" in written(tmp_path / "home")
    assert b"visitor-one" not in written(tmp_path / "home")
    await following.close()


async def test_what_was_erased_while_it_was_closed_is_not_read_back(store, tmp_path):
    await closed_after_training(store, tmp_path)
    journal = await Following(store).journal()
    await journal.forget("visitor-one")
    following = await opened(store, tmp_path)
    assert (await following.model()).history_of("visitor-one") == []
    assert b"visitor-one" not in written(tmp_path / "recommend")
    await following.close()


async def test_a_model_that_is_ahead_of_the_store_is_not_used(store, tmp_path):
    await closed_after_training(store, tmp_path)
    async with await Store.open(f"sqlite:///{tmp_path / 'new.db'}") as other:
        following = await opened(other, tmp_path)
        assert len((await following.model()).catalogue) == 0
        await following.close()


@pytest.mark.parametrize("change", [{"format": 0}, {"signs": []}])
async def test_a_model_of_another_format_is_trained_anew(store, tmp_path, change):
    await closed_after_training(store, tmp_path)
    (path,) = (tmp_path / "recommend").glob("*/model.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert Saved(tmp_path / "recommend").load() is None
    following = await opened(store, tmp_path)
    assert Saved(tmp_path / "recommend").load() is not None
    await following.close()


@pytest.mark.parametrize(
    ("name", "content"), [("model.json", b"{"), ("follow.npz", b"x"), ("arrays.npz", b"")]
)
async def test_a_broken_model_is_told_and_trained_anew(store, tmp_path, caplog, name, content):
    await closed_after_training(store, tmp_path)
    (path,) = (tmp_path / "recommend").glob(f"*/{name}")
    path.write_bytes(content)
    with pytest.raises(SavedBroken, match="cannot be read"):
        Saved(tmp_path / "recommend").load()
    following = await opened(store, tmp_path)
    assert "it is trained anew" in caplog.text
    assert Saved(tmp_path / "recommend").load() is not None
    await following.close()


async def test_what_was_left_half_written_is_not_read_and_removed(store, tmp_path):
    await closed_after_training(store, tmp_path)
    (whole,) = (tmp_path / "recommend").iterdir()
    shutil.move(whole, whole.with_name("9-9-9.dead.tmp"))
    assert Saved(tmp_path / "recommend").load() is None
    following = await opened(store, tmp_path)
    assert [path.suffix for path in (tmp_path / "recommend").iterdir()] == [""]
    await following.close()


async def test_where_nothing_can_be_written_it_works_without(store, tmp_path, caplog):
    (tmp_path / "recommend").write_text("a file in the way")
    following = await opened(store, tmp_path)
    assert (await following.model()).suggest(["boot"], 1, relation="similar")[0].id == "light-boot"
    assert "is not saved" in caplog.text
    await following.close()
