"""Runs: a folder that tells how weights came to be, and from which an interrupted training goes on.

It holds `config.json` (recipe, seed, hash of the data, version of the code and of its libraries),
`curves.csv`, `curves.svg`, `tensorboard/`, `checkpoints/` and, once it has ended, `result.json`.
Knows nothing of what is trained.
"""

from __future__ import annotations

import errno
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import tqdm
from accelerate import PartialState
from safetensors import SafetensorError
from transformers import TrainerCallback
from transformers.integrations import TensorBoardCallback
from transformers.trainer_callback import PrinterCallback

from ecomlm.models.base import write_json
from knowledge.errors import EcomlmError
from training.curves import Curves, plot_curves
from training.recipe import Schedule

PACKAGES = ("accelerate", "ecomlm", "peft", "tokenizers", "torch", "transformers", "trl")
STATE_FILE = "trainer_state.json"
_FREE = ("rows_per_batch", "accumulate", "checkpoint_steps", "keep_checkpoints", "log_steps")
"""What may be another in a run that goes on: how the work is cut into pieces, not what is learnt."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class RunDiffers(EcomlmError):
    """A run folder of that name holds another training."""


class RunStopped(EcomlmError):
    """A training ended before its last step; the message tells from where it goes on."""


class LossNotFinite(RunStopped):
    """A loss or a weight became infinite or not a number; nothing of that step was kept."""


@dataclass(frozen=True)
class Run:
    """A run folder. Make or find it with `open_run`."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, by which `--name` goes on with it."""
        return self.folder.name

    @property
    def checkpoints(self) -> Path:
        """Where the Trainer keeps its states."""
        return self.folder / "checkpoints"

    @property
    def curves(self) -> Path:
        """The figures by step."""
        return self.folder / "curves.csv"

    def config(self) -> dict[str, Any]:
        """Return what `open_run` stored."""
        return dict(json.loads((self.folder / "config.json").read_text(encoding="utf-8")))

    def last_checkpoint(self) -> Path | None:
        """Return the newest whole checkpoint; half-written ones are removed."""
        found = []
        for folder in self.checkpoints.glob("checkpoint-*"):
            if _is_whole(folder):
                found.append(folder)
            else:
                shutil.rmtree(folder)
        return max(found, key=_step_of, default=None)

    def finish(self, result: Mapping[str, object]) -> None:
        """Store what came out."""
        write_json(self.folder / "result.json", dict(result))


def open_run(
    folder: Path, *, stage: str, arguments: Mapping[str, object], seed: int, data: Mapping[str, object]
) -> Run:
    """Return the run in `folder`, new or to be gone on with. `data` holds at least the data's hash.

    Raises:
        RunDiffers: naming what differs from the training that the folder holds.
    """
    told = {"stage": stage, "arguments": dict(arguments), "seed": seed, "data": dict(data)}
    told = json.loads(json.dumps(told))
    config = folder / "config.json"
    if config.exists():
        before = json.loads(config.read_text(encoding="utf-8"))
        differing = list(_differences(before, told))
        if any(key.rpartition(".")[2] not in _FREE for key, _ in differing):
            told_apart = "; ".join(text for _, text in differing)
            raise RunDiffers(
                f"the run {folder.name!r} was begun with other values ({told_apart}). "
                "Choose another --name, or the values that it was begun with"
            )
        if differing and PartialState().is_main_process:
            write_json(config, before | told)
        return Run(folder)
    if PartialState().is_main_process:
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        versions = {package: version(package) for package in PACKAGES}
        write_json(config, told | {"code": code_version(), "versions": versions})
    PartialState().wait_for_everyone()
    return Run(folder)


def code_version() -> str:
    """Return the package's version and, in a checkout, its commit, with `+` where files are changed."""
    place = Path(__file__).parent
    asked = ["git", "-C", str(place), "describe", "--always", "--abbrev=12", "--dirty=+"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return version("ecomlm")
    return f"{version('ecomlm')} {told.stdout.strip()}"


def trainer_arguments(run: Run, schedule: Schedule, seed: int) -> dict[str, Any]:
    """Return what every stage tells the Trainer."""
    on_gpu = torch.cuda.is_available()
    return {
        "output_dir": str(run.checkpoints),
        "per_device_train_batch_size": schedule.rows_per_batch,
        "per_device_eval_batch_size": schedule.rows_per_batch,
        "gradient_accumulation_steps": schedule.accumulate,
        "learning_rate": schedule.learning_rate,
        "lr_scheduler_type": schedule.schedule,
        "warmup_steps": schedule.warmup_share,
        "num_train_epochs": schedule.epochs,
        "max_steps": schedule.max_steps or -1,
        "weight_decay": schedule.weight_decay,
        "logging_steps": schedule.log_steps,
        "logging_nan_inf_filter": False,
        "save_steps": schedule.checkpoint_steps,
        "save_total_limit": schedule.keep_checkpoints,
        "remove_unused_columns": False,
        "report_to": [],
        "seed": seed,
        "disable_tqdm": True,
        "use_cpu": not on_gpu,
        "dataloader_pin_memory": on_gpu,
    }


class CarefulSteps:
    """Mixed into a Trainer: no step and no checkpoint with a number that is infinite or none at all."""

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Compute one step's loss and gradients."""
        loss: torch.Tensor = super().training_step(*args, **kwargs)  # type: ignore[misc]  # the Trainer beside it has it
        if not torch.isfinite(loss):
            raise LossNotFinite(f"the loss is {float(loss)} at step {self.state.global_step + 1}")  # type: ignore[attr-defined]  # the Trainer beside it has it
        return loss

    def _save_checkpoint(self, *args: Any, **kwargs: Any) -> None:
        tuned = (item for item in self.model.named_parameters() if item[1].requires_grad)  # type: ignore[attr-defined]  # the Trainer beside it has it
        for name, weight in tuned:
            if not torch.isfinite(weight).all():
                raise LossNotFinite(f"the weights of {name} are not finite")
        super()._save_checkpoint(*args, **kwargs)  # type: ignore[misc]  # the Trainer beside it has it


class StopOnSignal(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Ctrl-C or a polite kill ends the training after the step under way, with a checkpoint."""

    def __init__(self) -> None:
        self.asked = ""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Catch the signals within; a second one stops at once."""
        before = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                before[number] = signal.signal(number, self._ask)
            except ValueError:  # not in the main thread: whoever owns that handles signals
                break
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = signal.Signals(number).name
        print(f"{self.asked}: stopping after this step ...", flush=True)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Save and stop where that was asked for."""
        if self.asked:
            control.should_save = control.should_training_stop = True


def train(
    trainer: Any, run: Run, *, tokens_per_step: float, extra: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Run a Trainer from its last checkpoint, if there is one, to its end.

    Returns steps, mean loss of this process's steps and tokens per second.

    Raises:
        RunStopped: on a signal, a full disk, too little memory or a loss that is no number.
    """
    tqdm.tqdm.monitor_interval = 0  # its thread would take turns with the training for nothing
    trainer.remove_callback(PrinterCallback)
    curves, stop = Curves(run.curves, tokens_per_step, dict(extra or {})), StopOnSignal()
    for callback in (curves, stop, *_tensorboard(run)):
        trainer.add_callback(callback)
    checkpoint = run.last_checkpoint()
    try:
        with stop.listening():
            result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except KeyboardInterrupt:
        raise RunStopped(_resumable(run, "stopped at once")) from None
    except LossNotFinite as error:
        advice = "Lower learning_rate, or look for a broken row near that step. "
        raise LossNotFinite(f"{error}. {advice}{_resumable(run, 'Nothing of that step was kept')}") from None
    except (OSError, MemoryError, RuntimeError, SafetensorError) as error:
        reason = _reason(error, run)
        if reason is None:
            raise
        raise RunStopped(_resumable(run, reason)) from error
    finally:
        with suppress(OSError):  # a full disk has been told already
            plot_curves(run.curves, run.folder / "curves.svg")
    if stop.asked:
        raise RunStopped(_resumable(run, f"stopped by {stop.asked}"))
    return {
        "steps": int(result.global_step),
        "loss": float(result.training_loss),
        "tokens_per_second": curves.speed,
    }


def _tensorboard(run: Run) -> Sequence[TrainerCallback]:
    if not PartialState().is_main_process:
        return ()
    from torch.utils.tensorboard import SummaryWriter

    return (TensorBoardCallback(SummaryWriter(str(run.folder / "tensorboard"))),)


def _reason(error: BaseException, run: Run) -> str | None:
    text = str(error)
    if getattr(error, "errno", None) in _NO_ROOM or "No space left" in text or "failed writing file" in text:
        free = shutil.disk_usage(run.folder).free // 2**20
        return f"the disk of {run.folder} is full ({free} MB left): free some room"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in text:
        return "out of memory: lower rows_per_batch (and raise accumulate as much), or shorten the rows"
    return None


def _resumable(run: Run, reason: str) -> str:
    checkpoint = run.last_checkpoint()
    begin = f"step {_step_of(checkpoint)}" if checkpoint else "its start: no checkpoint was written yet"
    return f"{reason}. The run {run.name!r} goes on from {begin} with the same command and --name {run.name}"


def _differences(
    before: Mapping[str, Any], now: Mapping[str, Any], place: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the place of each differing value, and the difference in words."""
    for key in now.keys() | (before.keys() if place else set()):
        here = f"{place}.{key}" if place else key
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, here)
        elif old != new:
            yield here, f"{here} was {old!r}, is {new!r}"


def _is_whole(checkpoint: Path) -> bool:
    """True where the state, which the Trainer writes last, can be read."""
    try:
        json.loads((checkpoint / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])
