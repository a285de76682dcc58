"""Snapshots: an index on disk that is written aside, verified, and made live by one atomic rename.

A reader sees the old one or the new one, never half of one. Knows nothing of how an index is filled.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecomlm.search.article_index import ArticleIndex
from ecomlm.search.facts import CatalogueFacts
from ecomlm.search.shard import Shard
from knowledge.errors import EcomlmError

FORMAT = 1
KEPT = 2
REMEDY = "python -m ecomlm index --rebuild"
BUILDING = ".building-"


class IndexMissing(EcomlmError):
    """There is no snapshot to search, or it was built with other embedders."""


class SnapshotBroken(EcomlmError):
    """A snapshot does not hold what its manifest says."""


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds. `revision` is the store's, up to which it is complete."""

    id: str
    created: str
    revision: int
    products: int
    articles: int
    embedders: dict[str, str]
    files: dict[str, str]
    format: int = FORMAT


@dataclass(frozen=True)
class Snapshot:
    """An opened snapshot."""

    manifest: Manifest
    shard: Shard
    articles: ArticleIndex
    facts: CatalogueFacts


class Snapshots:
    """The folder of snapshots below `home`."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "snapshots"
        self._pointer = self.folder / "current"

    def current_id(self) -> str | None:
        """Return the id of the live snapshot, None where there is none."""
        try:
            return self._pointer.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def current(self) -> Manifest | None:
        """Return the manifest of the live snapshot, None where there is none."""
        id = self.current_id()
        return self._manifest(self.folder / id) if id else None

    def open(self) -> Snapshot:
        """Open the live snapshot.

        Raises:
            IndexMissing: when there is none.
            SnapshotBroken: when a file of it is gone or of another format.
        """
        for _ in range(3):
            id = self.current_id()
            if id is None:
                raise IndexMissing(f"no index in {str(self.folder)!r}. Build it: python -m ecomlm index")
            try:
                return self._read(self.folder / id)
            except FileNotFoundError as error:
                if self.current_id() == id:
                    raise SnapshotBroken(
                        f"snapshot {id!r} lacks {error.filename!r}. Build a new one: {REMEDY}"
                    ) from error
        raise SnapshotBroken(
            f"the snapshot in {str(self.folder)!r} changed three times while it was being opened"
        )

    def write(
        self,
        shard: Shard,
        articles: ArticleIndex,
        facts: CatalogueFacts,
        *,
        revision: int,
        embedders: dict[str, str],
    ) -> Manifest:
        """Write a snapshot aside, verify it, make it live, and remove what nobody needs any more."""
        created = datetime.now(UTC)
        id = f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        aside = self.folder / f"{BUILDING}{id}"
        aside.mkdir(parents=True)
        shard.save(aside)
        articles.save(aside)
        _write_json(aside / "facts.json", facts.as_json())
        manifest = Manifest(
            id=id,
            created=created.isoformat(timespec="seconds"),
            revision=revision,
            products=len(shard),
            articles=len({item.article for items in articles.texts.values() for item in items}),
            embedders=embedders,
            files=_hashes(aside),
        )
        _write_json(aside / "manifest.json", asdict(manifest))
        _sync(aside)
        self.verify(aside)
        aside.rename(self.folder / id)
        self._point(id)
        self._prune(id)
        return manifest

    def verify(self, place: Path) -> Manifest:
        """Check every file's hash and that the index opens with as many products as it says.

        Raises:
            SnapshotBroken: naming the first file that differs.
        """
        manifest = self._manifest(place)
        found = _hashes(place)
        for name in sorted(found.keys() | manifest.files.keys()):
            if found.get(name) != manifest.files.get(name):
                raise SnapshotBroken(f"snapshot {manifest.id!r}: {name!r} is not the file that was written")
        snapshot = self._read(place)
        if len(snapshot.shard) != manifest.products or len(snapshot.shard.columns) != manifest.products:
            raise SnapshotBroken(f"snapshot {manifest.id!r} does not hold {manifest.products} products")
        return manifest

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write snapshots; only one process has it at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _point(self, id: str) -> None:
        aside = self.folder / ".current"
        with aside.open("w", encoding="ascii") as file:
            file.write(id)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, self._pointer)
        _sync_folder(self.folder)

    def _prune(self, live: str) -> None:
        """Remove builds that were broken off and all but the live snapshot and the newest others."""
        for path in self.folder.glob(f"{BUILDING}*"):
            shutil.rmtree(path, ignore_errors=True)
        # By the clock of the disk: the ids of one second are in no order.
        ages = {
            manifest.parent: manifest.stat().st_mtime_ns
            for manifest in self.folder.glob("*/manifest.json")
            if manifest.parent.name != live
        }
        for path in sorted(ages, key=ages.__getitem__)[: 1 - KEPT]:
            shutil.rmtree(path, ignore_errors=True)

    @staticmethod
    def _manifest(place: Path) -> Manifest:
        try:
            data: dict[str, Any] = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as error:
            raise SnapshotBroken(
                f"snapshot {place.name!r} has no readable manifest. Build a new one: {REMEDY}"
            ) from error
        if data.get("format") != FORMAT:
            raise SnapshotBroken(
                f"snapshot {place.name!r} has format {data.get('format')}, this program writes {FORMAT}."
                " Build a new one: python -m ecomlm index"
            )
        return Manifest(**data)

    def _read(self, place: Path) -> Snapshot:
        manifest = self._manifest(place)
        facts = CatalogueFacts.from_json(json.loads((place / "facts.json").read_text(encoding="utf-8")))
        return Snapshot(manifest, Shard.load(place), ArticleIndex.load(place), facts)


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


def _hashes(place: Path) -> dict[str, str]:
    files = sorted(path for path in place.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def _sync(place: Path) -> None:
    """Have everything below a folder on the disk, so that a rename never precedes its content."""
    for path in (*place.rglob("*"), place):
        if path.is_dir():
            _sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
