"""The gate: which figures an adapter must hold before it may go live.

Knows nothing of how figures are measured or what being live means.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import EcomlmError
from training.recipe import Part, recipe_of

GATE = Path(__file__).parent / "gate.toml"
Figures = Mapping[str, Mapping[str, float]]
"""Figures by set and name."""


class GateClosed(EcomlmError):
    """An adapter fails its gate; every failing row is named with by how much."""


@dataclass(frozen=True)
class Row(Part):
    """One condition; see gate.toml for what its limits mean."""

    set: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None
    below_live: float | None = None
    above_live: float | None = None
    if_measured: bool = False

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        if all(limit is None for limit in (self.at_least, self.at_most, self.below_live, self.above_live)):
            yield f"the row {self.name!r} has no limit: give at_least, at_most, below_live or above_live"

    @property
    def name(self) -> str:
        """Set and figure in one."""
        return f"{self.set} {self.figure}"


@dataclass(frozen=True)
class Gate(Part):
    """All conditions."""

    row: tuple[Row, ...] = ()

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        if not self.row:
            yield "there is no [[row]]: everything would pass"
        for row in self.row:
            yield from row.check()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a row holds, in words."""

    row: str
    passed: bool
    told: str


def read_gate(path: Path = GATE) -> Gate:
    """Read a gate file.

    Raises:
        GateClosed: if it cannot be read.
        RecipeInvalid: with every fault at once.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GateClosed(f"the gate {path} cannot be read: {error}") from error
    return recipe_of(content, Gate, f"the gate {path}")


def judge(gate: Gate, candidate: Figures, live: Figures | None) -> list[Verdict]:
    """Return a verdict for each row that counts. `live` None leaves comparisons out."""
    found = []
    for row in gate.row:
        value = candidate.get(row.set, {}).get(row.figure)
        if value is not None:
            faults = list(_faults(row, value, (live or {}).get(row.set, {}).get(row.figure)))
            found.append(Verdict(row.name, not faults, "; ".join(faults) or f"{value:.3f} holds"))
        elif not row.if_measured:
            found.append(Verdict(row.name, False, "was not measured"))
    return found


def demand(verdicts: Sequence[Verdict], name: str) -> None:
    """Let an adapter pass whose rows all hold.

    Raises:
        GateClosed: naming each failing row and by how much.
    """
    failing = [f"  - {verdict.row}: {verdict.told}" for verdict in verdicts if not verdict.passed]
    if failing:
        raise GateClosed(f"the adapter {name!r} may not go live:\n" + "\n".join(failing))


def figures_of(evaluation: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the adapter's own figures of an `evaluation.json`, by set."""
    found: dict[str, dict[str, float]] = {}
    for row in evaluation.get("rows", ()):
        if row.get("system") == "adapter":
            told = {key: value for key, value in row.items() if isinstance(value, int | float)}
            found.setdefault(row["set"], {}).update(told)
    return found


def _faults(row: Row, value: float, live: float | None) -> Iterator[str]:
    if row.at_least is not None and value < row.at_least:
        yield f"{value:.3f} is {row.at_least - value:.3f} below {row.at_least:.3f}"
    if row.at_most is not None and value > row.at_most:
        yield f"{value:.3f} is {value - row.at_most:.3f} above {row.at_most:.3f}"
    if live is None:
        return
    if row.below_live is not None and value < live - row.below_live:
        yield f"{value:.3f} is {live - value:.3f} below the live {live:.3f}; allowed are {row.below_live:.3f}"
    if row.above_live is not None and value > live + row.above_live:
        yield f"{value:.3f} is {value - live:.3f} above the live {live:.3f}; allowed are {row.above_live:.3f}"
