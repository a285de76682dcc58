"""Recipes: how a stage is run, as one TOML file, checked before anything is loaded.

Each stage declares its recipe as a frozen dataclass beside its code; the shared parts (the schedule, the
LoRA's shape) and the reader are here. Knows nothing of models or data.
"""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import tomli_w

from knowledge.errors import EcomlmError

RECIPES = Path(__file__).parent / "recipes"
SHOP_RECIPE = RECIPES / "shop.toml"
R = TypeVar("R", bound="Part")


class RecipeInvalid(EcomlmError, ValueError):
    """A training recipe has faults; all of them are listed."""


@dataclass(frozen=True)
class Part:
    """A recipe or one of its tables."""

    def check(self) -> Iterator[str]:
        """Yield a sentence for every value that is of the right type and yet unusable."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Part):
                yield from (f"[{item.name}] {fault}" for fault in value.check())

    def arguments(self) -> dict[str, Any]:
        """Return the recipe as plain values, for storing beside what it made."""
        return asdict(self)


@dataclass(frozen=True)
class Lora(Part):
    """The adapter's shape: low-rank updates of every attention and MLP matrix (Hu et al. 2021)."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        if self.rank < 1:
            yield f"rank = {self.rank}: use 1 or more"
        if not 0 <= self.dropout < 1:
            yield f"dropout = {self.dropout} is not between 0 and 1"


@dataclass(frozen=True)
class Schedule(Part):
    """How the weights are tuned, whatever is learnt.

    `rows_per_batch` counts for each device; `accumulate` batches make one step. `max_steps` 0 takes as many
    steps as `epochs` need. The newest `keep_checkpoints` checkpoints stay.
    """

    learning_rate: float = 5e-4
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_share: float = 0.04
    epochs: float = 1
    max_steps: int = 0
    rows_per_batch: int = 16
    accumulate: int = 1
    weight_decay: float = 0.0
    checkpoint_steps: int = 60
    keep_checkpoints: int = 2
    log_steps: int = 10

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        if self.learning_rate <= 0:
            yield f"learning_rate = {self.learning_rate}: use more than 0"
        if not 0 <= self.warmup_share < 1:
            yield f"warmup_share = {self.warmup_share} is not between 0 and 1"
        if self.epochs <= 0:
            yield f"epochs = {self.epochs}: use more than 0"
        for name in ("rows_per_batch", "accumulate", "checkpoint_steps", "keep_checkpoints", "log_steps"):
            if getattr(self, name) < 1:
                yield f"{name} = {getattr(self, name)}: use 1 or more"
        if self.max_steps < 0:
            yield f"max_steps = {self.max_steps}: use 0 for whole epochs, or a number of steps"


@dataclass(frozen=True)
class Training(Schedule):
    """A schedule over rows padded to one of few `lengths`; longer rows are left out."""

    lengths: tuple[int, ...] = (64, 96, 128, 160, 224)

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if not self.lengths or list(self.lengths) != sorted(set(self.lengths)):
            yield f"lengths = {list(self.lengths)} are not in rising order"


@dataclass(frozen=True)
class FinetuneRecipe(Part):
    """Everything that decides an adapter besides the data themselves.

    `full` tunes all weights instead of a LoRA. `start_from` names the adapter whose weights are the start.
    """

    name: str = "shop"
    seed: int = 7
    full: bool = False
    start_from: str = ""
    lora: Lora = field(default_factory=Lora)
    training: Training = field(default_factory=Training)
    rows: dict[str, int] = field(default_factory=dict)

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if self.full and self.start_from:
            yield f"full = true cannot start from the adapter {self.start_from!r}: merge that first (export)"
        for name, count in self.rows.items():
            if count < 0:
                yield f"[rows] {name} = {count} is not a number of rows, 0 or more"


def read_recipe(path: Path, kind: type[R]) -> R:
    """Read a recipe of that kind.

    Raises:
        RecipeInvalid: with every unknown key, wrong type and unusable value at once.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeInvalid(f"the recipe {path} cannot be read: {error}") from error
    return recipe_of(content, kind, f"the recipe {path}")


def recipe_of(content: Mapping[str, Any], kind: type[R], source: str) -> R:
    """Return the recipe that plain values describe; `source` names them in the message.

    Raises:
        RecipeInvalid: with every fault at once.
    """
    faults: list[str] = []
    recipe = _build(kind, content, "", faults)
    if recipe is not None:
        faults += recipe.check()
    if recipe is None or faults:
        raise RecipeInvalid(f"{source} is not usable:\n" + "\n".join(f"  - {fault}" for fault in faults))
    return recipe


def write_recipe(recipe: Part, path: Path) -> None:
    """Write a recipe as TOML that `read_recipe` reads again."""
    path.write_text(tomli_w.dumps(recipe.arguments()), encoding="utf-8")


def _build(kind: type[R], content: Mapping[str, Any], table: str, faults: list[str]) -> R | None:
    known = {item.name: item for item in fields(kind)}
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    before = len(faults)
    for key, value in content.items():
        place = f"[{table}] {key}" if table else key
        if key not in known:
            faults.append(f"unknown key {place}. Known: {', '.join(known)}")
        else:
            values[key] = _value(hints[key], value, place, faults)
    for name, item in known.items():
        if name not in content and _is_required(item):
            faults.append(f"{f'[{table}] {name}' if table else name} is missing")
    return kind(**values) if len(faults) == before else None


def _is_required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _value(hint: Any, value: Any, place: str, faults: list[str]) -> Any:
    origin = typing.get_origin(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        if isinstance(value, Mapping):
            return _build(hint, value, place, faults)
        faults.append(f"{place} = {value!r} is not a table")
    elif origin is Literal:
        if value not in typing.get_args(hint):
            faults.append(f"{place} = {value!r} is none of {', '.join(map(repr, typing.get_args(hint)))}")
    elif origin is tuple:
        if isinstance(value, list):
            inner = typing.get_args(hint)[0]
            return tuple(_value(inner, item, f"{place}[{n}]", faults) for n, item in enumerate(value))
        faults.append(f"{place} = {value!r} is not a list")
    elif origin is dict:
        if isinstance(value, Mapping):
            inner = typing.get_args(hint)[1]
            return {key: _value(inner, item, f"[{place}] {key}", faults) for key, item in value.items()}
        faults.append(f"{place} = {value!r} is not a table")
    elif origin is types.UnionType:  # a type or None
        return _value(typing.get_args(hint)[0], value, place, faults)
    elif not _is(hint, value):
        faults.append(f"{place} = {value!r} is not {_SPOKEN[hint]}")
    elif hint is float:
        return float(value)
    return value


_SPOKEN = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _is(hint: type, value: Any) -> bool:
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, int | float) if hint is float else isinstance(value, hint)
