"""How an adapter is trained: one TOML file, checked before anything is loaded."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from knowledge.errors import EcomlmError

SHOP_RECIPE = Path(__file__).parent / "recipes" / "shop.toml"


class RecipeInvalid(EcomlmError, ValueError):
    """A training recipe has faults; all of them are listed."""


@dataclass(frozen=True)
class Lora:
    """The adapter's shape: low-rank updates of every attention and MLP matrix."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0


@dataclass(frozen=True)
class Training:
    """How the weights are tuned. Rows are padded to one of few `lengths`; longer rows are left out."""

    learning_rate: float = 5e-4
    schedule: Literal["cosine", "linear"] = "cosine"
    warmup_share: float = 0.04
    epochs: int = 1
    rows_per_batch: int = 16
    lengths: tuple[int, ...] = (64, 96, 128, 160, 224)
    checkpoint_steps: int = 60
    weight_decay: float = 0.0
    max_steps: int = 0


@dataclass(frozen=True)
class FinetuneRecipe:
    """Everything that decides an adapter besides the data themselves."""

    name: str = "shop"
    seed: int = 7
    lora: Lora = field(default_factory=Lora)
    training: Training = field(default_factory=Training)
    rows: dict[str, int] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """Return the recipe as plain values, for storing beside the adapter."""
        return asdict(self)


def read_recipe(path: Path) -> FinetuneRecipe:
    """Read a recipe.

    Raises:
        RecipeInvalid: with every fault at once.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RecipeInvalid(f"the recipe {path} cannot be read: {error}") from error
    faults: list[str] = []
    lora = _table(Lora, content.pop("lora", {}), "lora", faults)
    training = _table(Training, content.pop("training", {}), "training", faults)
    rows = content.pop("rows", {})
    plain = _table(FinetuneRecipe, content, "", faults)
    for name, count in rows.items():
        if not isinstance(count, int) or count < 0:
            faults.append(f"[rows] {name} = {count!r} is not a number of rows, 0 or more")
    training["lengths"] = tuple(training.get("lengths", Training.lengths))
    if not faults:
        recipe = FinetuneRecipe(**plain, lora=Lora(**lora), training=Training(**training), rows=rows)
        faults += _unusable(recipe)
        if not faults:
            return recipe
    raise RecipeInvalid(f"the recipe {path} is not usable:\n" + "\n".join(f"  - {fault}" for fault in faults))


def _table(kind: type, values: dict[str, Any], name: str, faults: list[str]) -> dict[str, Any]:
    known = {item.name: item for item in fields(kind)}
    defaults = {} if kind is FinetuneRecipe else asdict(kind())
    for key, value in values.items():
        place = f"[{name}] {key}" if name else key
        if key not in known:
            faults.append(f"unknown key {place}. Known: {', '.join(known)}")
        elif isinstance(defaults.get(key), int | float) and not isinstance(value, int | float):
            faults.append(f"{place} = {value!r} is not a number")
    return dict(values)


def _unusable(recipe: FinetuneRecipe) -> list[str]:
    faults = []
    if recipe.lora.rank < 1:
        faults.append(f"[lora] rank = {recipe.lora.rank}: use 1 or more")
    if recipe.training.schedule not in ("cosine", "linear"):
        faults.append(f"[training] schedule = {recipe.training.schedule!r} is neither 'cosine' nor 'linear'")
    if not recipe.training.lengths or list(recipe.training.lengths) != sorted(set(recipe.training.lengths)):
        faults.append(f"[training] lengths = {list(recipe.training.lengths)} are not in rising order")
    if recipe.training.rows_per_batch < 1:
        faults.append(f"[training] rows_per_batch = {recipe.training.rows_per_batch}: use 1 or more")
    return faults
