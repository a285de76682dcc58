"""The training loop on a model of two tiny layers, made here."""

import csv

import pytest
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from ecomlm.models.adapter import RECIPE_FILE, Recipe
from training.finetune import export_adapter, train_adapter
from training.recipe import FinetuneRecipe, Lora, Training
from training.tokens import IGNORED, Collator, LikeLengths, TokenRow

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
)  # in peft
WORDS = 60


def tiny_model():
    torch.manual_seed(3)
    shape = Gemma3TextConfig(
        vocab_size=WORDS,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=64,
        sliding_window=32,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=1,
        initializer_range=0.3,
    )
    return Gemma3ForCausalLM(shape)


def rows():
    """Prompts of two padded lengths, all with the same answer."""
    return [TokenRow((2, 5 + number % 20, *range(30, 33 + number % 9), 7, 1), 2) for number in range(48)]


def recipe(**changes):
    training = Training(
        **{"learning_rate": 2e-2, "epochs": 6, "rows_per_batch": 8, "lengths": (12, 16)} | changes
    )
    return FinetuneRecipe(name="tiny", seed=1, lora=Lora(rank=4, alpha=8), training=training)


def losses(folder):
    with (folder / "curves.csv").open() as lines:
        return [float(row["loss"]) for row in csv.DictReader(lines)]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_loss_falls(tmp_path):
    train_adapter(tiny_model(), rows(), recipe(), tmp_path, pad=0)
    curve = losses(tmp_path)
    assert curve[-1] < 0.7 * curve[0]


def test_resumed_training_equals_uninterrupted(tmp_path):
    whole = train_adapter(
        tiny_model(), rows(), recipe(max_steps=12, checkpoint_steps=6), tmp_path / "whole", pad=0
    )

    class Interrupted(Exception):
        pass

    def stop(module, arguments):
        if (tmp_path / "parts" / "checkpoints" / "checkpoint-6").exists():
            raise Interrupted

    model = tiny_model()
    model.register_forward_pre_hook(stop)
    with pytest.raises(Interrupted):
        train_adapter(model, rows(), recipe(max_steps=12, checkpoint_steps=6), tmp_path / "parts", pad=0)
    resumed = train_adapter(
        tiny_model(), rows(), recipe(max_steps=12, checkpoint_steps=6), tmp_path / "parts", pad=0
    )
    assert resumed.steps == whole.steps == 12
    weights = dict(resumed.model.named_parameters())
    for name, weight in whole.model.named_parameters():
        torch.testing.assert_close(weights[name], weight)


def test_merged_model_equals_model_with_adapter(tmp_path):
    run = train_adapter(tiny_model(), rows(), recipe(max_steps=4), tmp_path, pad=0)
    run.model.eval()
    tokens = torch.tensor([[2, 7, 30, 31, 32]])
    with torch.no_grad():
        apart = run.model(input_ids=tokens).logits
        merged = run.model.merge_and_unload()(input_ids=tokens).logits
    torch.testing.assert_close(merged, apart, atol=1e-4, rtol=1e-4)


def test_exported_adapter_holds_recipe_lora_and_no_path(tmp_path):
    run = train_adapter(tiny_model(), rows(), recipe(max_steps=2), tmp_path / "run", pad=0)
    folder = export_adapter(run, tmp_path / "adapter", Recipe("tiny-base", "f" * 64, "t", "d", 1))
    assert (folder / "lora.gguf").stat().st_size > 0
    assert "tiny-base" in (folder / "adapter_config.json").read_text()
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
