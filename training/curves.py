"""Curves of a run: `curves.csv` while it is under way, `curves.svg` when it ends.

Knows nothing of what is trained.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

COLUMNS = ("step", "loss", "learning_rate", "tokens_per_second", "gradient_norm", "held_out_loss")


class Curves(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Writes a row and a line of progress at every logged step.

    `extra` maps further figures of the trainer's log to columns. A resumed run goes on with the same file:
    rows after its checkpoint, which are computed again, are dropped first.
    """

    def __init__(self, path: Path, tokens_per_step: float, extra: dict[str, str] | None = None) -> None:
        self.path, self.tokens_per_step, self.extra = path, tokens_per_step, extra or {}
        self.columns = (*COLUMNS, *self.extra.values())
        self.begun, self.first, self.speed = time.monotonic(), 0, 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Remember where this process starts."""
        if not state.is_world_process_zero:
            return
        self.begun, self.first = time.monotonic(), state.global_step
        kept = [row for row in read_curves(self.path) if int(row["step"]) <= state.global_step]
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        """Add one row."""
        if not state.is_world_process_zero or not {"loss", "eval_loss"} & logs.keys():
            return
        row: dict[str, object] = {"step": state.global_step}
        if "eval_loss" in logs:
            row["held_out_loss"] = logs["eval_loss"]
            print(f"step {state.global_step}, held-out loss {logs['eval_loss']:.3f}", flush=True)
        else:
            row |= self._progress(state, logs)
        row |= {column: logs[name] for name, column in self.extra.items() if name in logs}
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self.columns, lineterminator="\n").writerow(row)

    def _progress(self, state: Any, logs: dict[str, float]) -> dict[str, object]:
        seconds, done = time.monotonic() - self.begun, max(state.global_step - self.first, 1)
        self.speed = self.tokens_per_step * done / seconds
        left = seconds / done * (state.max_steps - state.global_step) / 60
        print(
            f"step {state.global_step} of {state.max_steps}, loss {logs['loss']:.3f}, "
            f"{self.speed:.0f} tokens/s, {left:.1f} min left",
            flush=True,
        )
        return {
            "loss": logs["loss"],
            "learning_rate": logs.get("learning_rate", 0),
            "tokens_per_second": round(self.speed),
            "gradient_norm": logs.get("grad_norm", ""),
        }


def read_curves(path: Path) -> list[dict[str, str]]:
    """Return the rows of a `curves.csv`, none where there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def plot_curves(path: Path, target: Path) -> None:
    """Draw losses and learning rate by step as SVG; nothing where no step was logged."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    rows = read_curves(path)
    if not rows:
        return
    names = [name for name in rows[0] if name not in ("step", "tokens_per_second", "gradient_norm")]
    groups = [[name for name in names if "loss" in name], [name for name in names if "loss" not in name]]
    figure = Figure(figsize=(8, 6))
    FigureCanvasSVG(figure)
    for axes, group in zip(figure.subplots(2, 1, sharex=True), groups, strict=True):
        for name in group:
            points = [(int(row["step"]), float(row[name])) for row in rows if row.get(name)]
            if points:
                axes.plot(*zip(*points, strict=True), label=name.replace("_", " "), marker=".")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(loc="upper right")
    figure.supxlabel("step")
    partial = target.with_suffix(".partial")
    figure.savefig(partial, format="svg", metadata={"Date": None})
    partial.replace(target)
