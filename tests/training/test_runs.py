"""What ends a training, and that it goes on from there."""

import errno
import json
import os
import shutil
import signal

import pytest
import torch
from transformers import Trainer

from tests.training.tiny import new_run, recipe, rows, tiny_model
from training.curves import read_curves
from training.finetune import train_answers
from training.runs import LossNotFinite, RunDiffers, RunStopped, open_run


def tune(run, model=None, **changes):
    settings = {"max_steps": 6, "checkpoint_steps": 2, "log_steps": 1} | changes
    return train_answers(model or tiny_model(), rows(), recipe(**settings), run, pad=0)


def after(steps, fault):
    """A model on which `fault` is called in every forward pass after so many."""
    model, calls = tiny_model(), []

    def hook(module, arguments, output):
        calls.append(1)
        return fault(output) if len(calls) > steps else None

    model.register_forward_hook(hook)
    return model


def raising(error):
    def fault(output):
        raise error

    return fault


def test_run_tells_config_curves_plot_and_result(tmp_path):
    run = new_run(tmp_path / "run", rank=4)
    tune(run)
    told = json.loads((run.folder / "config.json").read_text())
    assert told["arguments"] == {"rank": 4}
    assert told["data"]["hash"] == "d" * 64
    assert told["seed"] == 1
    assert told["versions"]["torch"]
    assert told["code"].startswith("0.")
    assert [int(row["step"]) for row in read_curves(run.curves)] == [1, 2, 3, 4, 5, 6]
    assert (run.folder / "curves.svg").read_text().startswith("<?xml")
    assert list((run.folder / "tensorboard").iterdir())
    assert sorted(folder.name for folder in run.checkpoints.iterdir()) == ["checkpoint-4", "checkpoint-6"]


def test_run_of_other_values_is_refused(tmp_path):
    new_run(tmp_path / "run", rank=4)
    with pytest.raises(RunDiffers, match=r"arguments\.rank was 4, is 8.*another --name"):
        new_run(tmp_path / "run", rank=8)
    with pytest.raises(RunDiffers, match=r"data\.hash was"):
        open_run(tmp_path / "run", stage="test", arguments={"rank": 4}, seed=1, data={"hash": "other"})


def test_run_goes_on_with_smaller_batches(tmp_path):
    run = new_run(tmp_path / "run", training={"rows_per_batch": 8, "learning_rate": 0.1})
    again = new_run(tmp_path / "run", training={"rows_per_batch": 4, "learning_rate": 0.1})
    assert again.config()["arguments"]["training"]["rows_per_batch"] == 4
    tune(run, max_steps=6, checkpoint_steps=3)
    shutil.rmtree(run.checkpoints / "checkpoint-6")
    assert tune(again, rows_per_batch=4, accumulate=2, checkpoint_steps=3).steps == 6


def test_loss_that_is_no_number_stops_before_its_step(tmp_path):
    def spoil(output):
        output.logits = output.logits * float("nan")
        return output

    run = new_run(tmp_path / "run")
    with pytest.raises(LossNotFinite, match=r"loss is nan at step 4.*goes on from step 2 .*--name run"):
        tune(run, after(3, spoil))
    assert tune(run).steps == 6


def test_weights_that_are_no_numbers_are_not_saved(tmp_path):
    model = tiny_model()

    model.model.layers[0].mlp.up_proj.register_full_backward_hook(lambda m, i, o: (i[0] * float("nan"),))
    run = new_run(tmp_path / "run")
    with pytest.raises(LossNotFinite):
        tune(run, model, checkpoint_steps=1)
    assert run.last_checkpoint() is None


def test_full_disk_is_told_and_the_state_kept(tmp_path, monkeypatch):
    saved = Trainer._save_rng_state
    calls = []

    def full(self, folder):
        calls.append(folder)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved(self, folder)

    monkeypatch.setattr(Trainer, "_save_rng_state", full)
    run = new_run(tmp_path / "run")
    with pytest.raises(RunStopped, match=r"is full \(\d+ MB left\).*goes on from step 2"):
        tune(run)
    assert not (run.checkpoints / "checkpoint-4").exists()
    assert tune(run).steps == 6


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
    ],
)
def test_too_little_memory_is_told_with_what_to_lower(tmp_path, error):
    run = new_run(tmp_path / "run")
    with pytest.raises(RunStopped, match=r"lower rows_per_batch.*goes on from its start"):
        tune(run, after(1, raising(error)))
    assert tune(run).steps == 6


def test_other_errors_are_not_dressed_up(tmp_path):
    with pytest.raises(RuntimeError, match="another fault"):
        tune(new_run(tmp_path / "run"), after(1, raising(RuntimeError("another fault"))))


def test_ctrl_c_saves_the_step_under_way(tmp_path):
    def interrupt(output):
        os.kill(os.getpid(), signal.SIGINT)

    run = new_run(tmp_path / "run")
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(RunStopped, match="stopped by SIGINT.*goes on from step 4"):
        tune(run, after(3, interrupt), checkpoint_steps=50)
    assert signal.getsignal(signal.SIGINT) is handler
    whole = tune(new_run(tmp_path / "whole"), checkpoint_steps=50)
    resumed = tune(run, checkpoint_steps=50)
    weights = dict(resumed.model.named_parameters())
    assert all(torch.equal(weights[name], weight) for name, weight in whole.model.named_parameters())


def test_half_written_checkpoint_is_passed_over(tmp_path):
    run = new_run(tmp_path / "run")
    tune(run)
    newest = run.checkpoints / "checkpoint-6" / "trainer_state.json"
    newest.write_text(newest.read_text()[:20])
    assert run.last_checkpoint().name == "checkpoint-4"
    assert not newest.parent.exists()
