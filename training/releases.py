"""Releases: an adapter goes live only through its gate, and back by one switch.

Knows nothing of training or of the running server.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ecomlm.models.adapter import adapter_folder, open_adapter
from ecomlm.models.base import prepare_base
from ecomlm.models.registry import Registry
from ecomlm.settings import Settings
from training.gate import Gate, Verdict, demand, figures_of, judge, read_gate


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


def listing(settings: Settings) -> list[str]:
    """Return one line for each adapter: state, name and its figures."""
    lines = []
    for name, state in Registry(settings).states().items():
        figures = figures_of(evaluation_of(settings, name))
        told = ", ".join(
            f"{group} {figure} {value:.3f}"
            for group, by in figures.items()
            for figure, value in by.items()
            if figure != "questions"
        )
        lines.append(f"{state:10s} {name:32s} {told or 'not measured'}")
    return lines


def evaluation_of(settings: Settings, name: str) -> dict[str, Any]:
    """Return what an adapter's `evaluation.json` holds."""
    path = adapter_folder(settings, name) / "evaluation.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
