"""Releases: an adapter goes live only through its gate, and back by one switch.

Knows nothing of training or of the running server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecomlm.models.adapter import adapter_folder, open_adapter
from ecomlm.models.base import prepare_base, write_json
from ecomlm.models.registry import Registry
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from training.gate import Gate, Verdict, demand, figures_of, judge, read_gate


class EvaluationPartial(EcomlmError, ValueError):
    """A report that lacks what the gate judges is not an adapter's evaluation."""


def promote(
    settings: Settings, name: str, *, gate: Gate | None = None, verdicts: Sequence[Verdict] | None = None
) -> str:
    """Make an adapter live that fits the base and holds its gate. Returns the one that was live.

    `verdicts` are given where it was measured just now; else the stored evaluations are judged.

    Raises:
        AdapterRefused: if it does not fit base or prompt template.
        GateClosed: naming the failing rows and by how much.
    """
    open_adapter(adapter_folder(settings, name), prepare_base(settings))
    registry = Registry(settings)
    if verdicts is None:
        live = evaluation_of(settings, registry.live) if registry.live else {}
        verdicts = judge(
            gate or read_gate(), figures_of(evaluation_of(settings, name)), figures_of(live) or None
        )
    demand(verdicts, name)
    before = registry.promote(name)
    print(f"live: {name} (before: {before or 'the base alone'}). Back: python -m training rollback")
    return before


def rollback(settings: Settings) -> str:
    """Make the adapter live that was before; its base and template are checked first. Returns its name.

    Raises:
        AdapterRefused: if that adapter is gone or does not fit; the live one stays.
    """
    registry = Registry(settings)
    target = registry.before()
    if target:
        open_adapter(adapter_folder(settings, target), prepare_base(settings))
    was, now = registry.rollback()
    print(f"live: {now or 'the base alone'} (taken back: {was})")
    return now


def listing(settings: Settings, gate: Gate | None = None) -> list[str]:
    """Return one line for each adapter: state, name and the figures that the gate judges."""
    judged = [(row.set, row.figure) for row in (gate or read_gate()).row]
    lines = []
    for name, state in Registry(settings).states().items():
        figures = figures_of(evaluation_of(settings, name))
        told = ", ".join(
            f"{group} {figure} {figures[group][figure]:.3f}"
            for group, figure in judged
            if figure in figures.get(group, {})
        )
        lines.append(f"{state:10s} {name:32s} {told or 'not measured'}")
    return lines


def store_evaluation(settings: Settings, report: Mapping[str, Any]) -> Path:
    """Put the last adapter's figures of a report beside it, where its gate reads them. Returns the file.

    Raises:
        EvaluationPartial: if the report lacks parts or sets, so that the gate would miss rows.
    """
    name = report["systems"][-1]
    own = [row | {"system": "adapter"} for row in report["rows"] if row["system"] == name]
    missing = [
        row.name
        for row in read_gate().row
        if not row.if_measured and not any(row.figure in each and row.set == each["set"] for each in own)
    ]
    if missing:
        raise EvaluationPartial(
            f"the report on {name!r} lacks {', '.join(missing)}, which its gate demands: it is not stored. "
            "Measure all parts and sets (no --only, no --sets)"
        )
    others = [row for row in report["rows"] if row["system"] != name]
    kept = {key: report[key] for key in ("measured", "seed", "limit", "differences")}
    path = adapter_folder(settings, name) / "evaluation.json"
    write_json(path, {**kept, "rows": [*own, *others]})
    print(f"figures of {name!r} in {path}")
    return path


def evaluation_of(settings: Settings, name: str) -> dict[str, Any]:
    """Return what an adapter's `evaluation.json` holds."""
    path = adapter_folder(settings, name) / "evaluation.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
