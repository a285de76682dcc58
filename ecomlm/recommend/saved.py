"""A trained model on disk, so that a restart need not train: matrices, arrays and JSON, nothing that runs.

It is written aside and put in place by one rename. It holds what shoppers did under the keys of the journal,
so it is removed as soon as any of that is erased. Knows nothing of when it is written or if it still holds.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from scipy import sparse

from ecomlm.recommend.blend import Blend
from ecomlm.recommend.catalogue import Catalogue, Item
from ecomlm.recommend.counts import Counts
from ecomlm.recommend.journeys import KINDS, Shopper, Touch
from ecomlm.recommend.likeness import Likeness
from ecomlm.recommend.model import Model
from ecomlm.recommend.people import People
from ecomlm.recommend.signs import NAMES, Sources
from ecomlm.recommend.table import Table
from knowledge.errors import EcomlmError

FORMAT = 1
_ASIDE = ".tmp"
_ARRAYS = ("wanted", "trend", "again", "leaving", "totals")


class SavedBroken(EcomlmError):
    """What was saved cannot be read; a training writes it anew."""


@dataclass(frozen=True)
class Standing:
    """How far a model has read: the records' revision, the last event, the erasures, the counted orders.

    `events` is how many events it has read in all; it was trained on `trained_items` and `trained_events`.
    """

    revision: int = 0
    event: int = 0
    erased: int = 0
    orders: frozenset[str] = frozenset()
    events: int = 0
    trained_items: int = 0
    trained_events: int = 0


class Saved:
    """The folder below which the last trained model is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, model: Model, standing: Standing) -> None:
        """Write a model in place of the one before; nothing may change it meanwhile."""
        name = f"{standing.revision}-{standing.event}-{standing.erased}"
        aside = self._folder / f"{name}.{secrets.token_hex(4)}{_ASIDE}"
        self._folder.mkdir(parents=True, exist_ok=True)
        aside.mkdir(mode=0o700)
        _write(aside, model, standing)
        for folder in self._folders():  # also what a process that died left half written
            if folder != aside:
                shutil.rmtree(folder, ignore_errors=True)
        os.replace(aside, self._folder / name)

    def load(self) -> tuple[Model, Standing] | None:
        """Return the model and how far it has read; None where there is none of this format.

        Raises:
            SavedBroken: when it cannot be read.
        """
        for folder in self._folders():
            if folder.suffix == _ASIDE:
                continue
            try:
                return _read(folder)
            except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
                raise SavedBroken(f"the saved model {folder.name!r} cannot be read: {error}") from error
        return None

    def discard(self) -> None:
        """Remove what is saved; what is being written is left to its writer."""
        for folder in self._folders():
            if folder.suffix != _ASIDE:
                shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*") if path.is_dir())


def _manifest() -> dict[str, Any]:
    return {"format": FORMAT, "signs": list(NAMES), "kinds": list(KINDS)}


def _write(folder: Path, model: Model, standing: Standing) -> None:
    counts, likeness = model.sources.counts, model.sources.likeness
    matrices = {"follow": counts.follow.matrix, "near": likeness.near, "vectors": likeness.vectors}
    arrays: dict[str, Any] = {name: getattr(counts, name) for name in _ARRAYS}
    for name, people in (("chosen", counts.chosen), ("touched", counts.touched)):
        for group in (0, 1):
            matrices[f"{name}-{group}"] = people.pairs[group].matrix
            arrays[f"{name}-{group}"] = people.alone[group]
    arrays |= {"weights": model.blend.weights, "idf": likeness.idf}
    arrays["forgotten"] = np.array(sorted(model.forgotten), np.uint64)
    for name, matrix in matrices.items():
        sparse.save_npz(folder / f"{name}.npz", matrix, compressed=False)
    np.savez(folder / "arrays.npz", **arrays)
    told = {
        **_manifest(),
        "standing": {**asdict(standing), "orders": sorted(standing.orders)},
        "origin": counts.origin,
        "lessons": model.blend.lessons,
        "items": [
            [item.id, item.title, item.text, item.brand, item.department] for item in model.catalogue.items
        ],
        "vocabulary": likeness.vocabulary,
        "shoppers": [[name, *_packed(shopper)] for name, shopper in model.shoppers()],
    }
    with (folder / "model.json").open("w", encoding="utf-8") as stream:
        json.dump(told, stream, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())


def _read(folder: Path) -> tuple[Model, Standing] | None:
    told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    if {name: told.get(name) for name in _manifest()} != _manifest():
        return None
    with np.load(folder / "arrays.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    catalogue = Catalogue(Item(*row) for row in told["items"])
    counts = _counts(folder, arrays, told["origin"])
    likeness = Likeness.restored(
        _matrix(folder, "near"), _matrix(folder, "vectors"), told["vocabulary"], arrays["idf"]
    )
    if not len(catalogue) == len(counts) == len(likeness):
        raise ValueError(f"{len(catalogue)} products, {len(counts)} counts and {len(likeness)} texts")
    sources = Sources(counts, likeness, catalogue.brands())
    model = Model(catalogue, sources, Blend(arrays["weights"], told["lessons"]))
    model.forgotten.update(arrays["forgotten"].tolist())
    for name, *packed in told["shoppers"]:
        model.remember(name, _unpacked(*packed))
    standing = Standing(**{**told["standing"], "orders": frozenset(told["standing"]["orders"])})
    return model, standing


def _counts(folder: Path, arrays: dict[str, Any], origin: float) -> Counts:
    def people(name: str) -> People:
        names = [f"{name}-{group}" for group in (0, 1)]
        return People([arrays[name] for name in names], [Table(_matrix(folder, name)) for name in names])

    values = {name: arrays[name] for name in _ARRAYS}
    follow = Table(_matrix(folder, "follow"))
    return Counts(follow, chosen=people("chosen"), touched=people("touched"), origin=origin, **values)


def _matrix(folder: Path, name: str) -> Any:
    return sparse.csr_array(sparse.load_npz(folder / f"{name}.npz"))


def _packed(shopper: Shopper) -> list[Any]:
    recent = [[touch.item, KINDS.index(touch.kind), touch.at] for touch in shopper.recent]
    return [shopper.is_customer, shopper.is_counted, recent, shopper.touched, shopper.chosen]


def _unpacked(
    is_customer: bool, is_counted: bool, recent: Iterable[Any], touched: list[int], chosen: list[int]
) -> Shopper:
    touches = tuple(Touch(item, KINDS[kind], at) for item, kind, at in recent)
    return Shopper(is_customer, is_counted, touches, tuple(touched), tuple(chosen))
