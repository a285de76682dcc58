"""The training loop on a model of two tiny layers, made here."""

import json
from dataclasses import replace

import pytest
import torch

from ecomlm.models.adapter import RECIPE_FILE, Recipe
from tests.training.tiny import new_run, recipe, rows, tiny_model
from training.curves import read_curves
from training.finetune import export_adapter, train_answers
from training.recipe import Lora, RecipeInvalid
from training.tokens import IGNORED, Collator, LikeLengths, TokenRow


def losses(run):
    return [float(row["loss"]) for row in read_curves(run.curves)]


def tune(folder, model=None, start=None, **changes):
    return train_answers(
        model or tiny_model(), rows(), recipe(**changes), new_run(folder), pad=0, start=start
    )


def test_loss_falls(tmp_path):
    curve = losses(tune(tmp_path).run)
    assert curve[-1] < 0.7 * curve[0]


def test_all_weights_are_tuned_where_the_recipe_says_so(tmp_path):
    model, before = tiny_model(), tiny_model()
    changed = replace(recipe(max_steps=12, learning_rate=5e-3), full=True)
    tuned = train_answers(model, rows(), changed, new_run(tmp_path), pad=0)
    assert tuned.model is model
    weights = dict(before.named_parameters())
    assert all(not torch.equal(weights[name], weight) for name, weight in model.named_parameters())


def test_resumed_training_equals_uninterrupted(tmp_path):
    whole = tune(tmp_path / "whole", max_steps=12, checkpoint_steps=6, log_steps=1)

    class Interrupted(Exception):
        pass

    calls = []

    def stop(module, arguments):
        calls.append(1)
        if len(calls) > 8:
            raise Interrupted

    model = tiny_model()
    model.register_forward_pre_hook(stop)
    with pytest.raises(Interrupted):
        tune(tmp_path / "parts", model, max_steps=12, checkpoint_steps=6, log_steps=1)
    resumed = tune(tmp_path / "parts", max_steps=12, checkpoint_steps=6, log_steps=1)
    assert resumed.steps == whole.steps == 12
    assert losses(resumed.run) == losses(whole.run)
    assert len(losses(resumed.run)) == 12
    weights = dict(resumed.model.named_parameters())
    for name, weight in whole.model.named_parameters():
        assert torch.equal(weights[name], weight), name


def test_merged_model_equals_model_with_adapter(tmp_path):
    model = tune(tmp_path, max_steps=4).model.eval()
    tokens = torch.tensor([[2, 7, 30, 31, 32]])
    with torch.no_grad():
        apart = model(input_ids=tokens).logits
        merged = model.merge_and_unload()(input_ids=tokens).logits
    torch.testing.assert_close(merged, apart, atol=1e-4, rtol=1e-4)


def test_training_goes_on_from_an_adapter(tmp_path):
    first = tune(tmp_path / "first", max_steps=20, log_steps=2)
    folder = export_adapter(first, tmp_path / "adapter", Recipe("tiny-base", "f" * 64, "t", "d", 1))
    second = tune(tmp_path / "second", start=folder, max_steps=4, log_steps=2)
    assert losses(second.run)[0] < 0.9 * losses(first.run)[0]
    with pytest.raises(RecipeInvalid, match="rank = 2, but the adapter 'adapter' has rank 4"):
        train_answers(
            tiny_model(),
            rows(),
            replace(recipe(), lora=Lora(rank=2)),
            new_run(tmp_path / "third"),
            pad=0,
            start=folder,
        )


def test_exported_adapter_holds_recipe_lora_and_no_path(tmp_path):
    tuned = tune(tmp_path / "run", max_steps=2)
    folder = export_adapter(tuned, tmp_path / "adapter", Recipe("tiny-base", "f" * 64, "t", "d", 1))
    assert (folder / "lora.gguf").stat().st_size > 0
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == "tiny-base"
    for file in ("adapter_config.json", RECIPE_FILE):
        assert str(tmp_path) not in (folder / file).read_text()


def test_answers_end_together_and_only_they_are_labelled():
    batch = Collator((8, 16), 0)([TokenRow((2, 9, 9, 4, 1), 2), TokenRow((2, 9, 9, 9, 9, 9, 6, 6, 1), 3)])
    assert batch["input_ids"].shape == (2, 16)
    assert batch["labels"][0, -3:].tolist() == [IGNORED, 4, 1]
    assert batch["labels"][1, -3:].tolist() == [6, 6, 1]
    assert batch["attention_mask"].sum(1).tolist() == [5, 9]


def test_each_batch_holds_rows_of_one_length():
    sampler = LikeLengths(rows(), 8, (12, 16), seed=1)
    order = list(sampler)
    assert len(order) == len(sampler)
    assert len(set(order)) == len(order)
    lengths = [
        [len(rows()[index].ids) > 12 for index in order[start : start + 8]] for start in range(0, 48, 8)
    ]
    assert sum(len(set(batch)) > 1 for batch in lengths) <= 1


def test_another_epoch_has_another_order():
    sampler = LikeLengths(rows(), 8, (12, 16), seed=1)
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first
