"""Fine-tunes on questions with answers: a LoRA adapter on a frozen base or, by a flag, all weights.

The Hugging Face Trainer does the loop, so `accelerate launch` spreads it over devices. Knows nothing of
the live conversation.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from peft import LoraConfig, PeftModel, get_peft_model
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

from ecomlm.generation.prompts import template_hash
from ecomlm.models.adapter import Recipe, adapter_folder, write_adapter_files
from ecomlm.models.base import BaseModel, huggingface_folder, prepare_base, write_json
from ecomlm.settings import Settings
from training.attention import install
from training.data.examples import Example, data_hash
from training.data.mixture import build_mixture
from training.recipe import FinetuneRecipe, Lora, RecipeInvalid
from training.runs import CarefulSteps, Run, open_run, train, trainer_arguments
from training.tokens import IGNORED, Collator, LikeLengths, TokenRow, TokenRows, tokenise

_PACKAGES = ("torch", "transformers", "peft")


class AnswerTrainer(CarefulSteps, Trainer):  # type: ignore[misc]  # transformers ships no types
    """A Trainer that computes logits, and the loss, on answers alone, and keeps batches of like length."""

    recipe: FinetuneRecipe

    def compute_loss(
        self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, **_: Any
    ) -> Any:
        """Return the mean loss per answer token."""
        labels = inputs["labels"]
        outputs = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            logits_to_keep=labels.shape[1] + 1,
            use_cache=False,
        )
        counted = labels != IGNORED
        logits = outputs.logits[:, :-1][counted].float()
        loss = functional.cross_entropy(logits, labels[counted])
        return (loss, outputs) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> LikeLengths:
        rows = (train_dataset or self.train_dataset).rows
        training = self.recipe.training
        return LikeLengths(rows, training.rows_per_batch, training.lengths, self.recipe.seed)


@dataclass(frozen=True)
class Tuned:
    """A finished training: the tuned model and how it went."""

    model: Any
    run: Run
    steps: int
    loss: float
    tokens_per_second: float


def train_answers(
    model: Any,
    rows: Sequence[TokenRow],
    recipe: FinetuneRecipe,
    run: Run,
    *,
    pad: int,
    start: Path | None = None,
    held_out: Sequence[TokenRow] = (),
    callbacks: Sequence[Any] = (),
) -> Tuned:
    """Tune `model` on rows, going on from the run's last checkpoint where there is one.

    `start` is a PEFT folder whose weights are the beginning. Loss on `held_out` rows is measured with every
    checkpoint.
    """
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    tuned = model if recipe.full else with_lora(model, recipe.lora, start)
    feed_whole_rows(model)
    arguments = trainer_arguments(run, recipe.training, recipe.seed)
    arguments["bf16"] = recipe.full and torch.cuda.is_available()
    if held_out:
        arguments |= {"eval_strategy": "steps", "eval_steps": recipe.training.checkpoint_steps}
    trainer = AnswerTrainer(
        model=tuned,
        args=TrainingArguments(**arguments, prediction_loss_only=True),
        train_dataset=TokenRows(rows),
        eval_dataset=TokenRows(held_out) if held_out else None,
        data_collator=Collator(recipe.training.lengths, pad),
        callbacks=list(callbacks),
    )
    trainer.recipe = recipe
    mean = sum(len(row.ids) for row in rows) / max(len(rows), 1)
    devices = PartialState().num_processes
    step = mean * recipe.training.rows_per_batch * recipe.training.accumulate * devices
    result = train(trainer, run, tokens_per_step=step)
    return Tuned(tuned, run, int(result["steps"]), result["loss"], result["tokens_per_second"])


def with_lora(model: Any, shape: Lora, start: Path | None = None) -> PeftModel:
    """Return `model` with a LoRA to tune: a new one, or the weights of the PEFT folder `start`.

    Raises:
        RecipeInvalid: if those weights have another rank.
    """
    if start is None:
        config = LoraConfig(
            r=shape.rank,
            lora_alpha=shape.alpha,
            lora_dropout=shape.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        return get_peft_model(model, config, autocast_adapter_dtype=False)
    rank = json.loads((start / "adapter_config.json").read_text(encoding="utf-8"))["r"]
    if rank != shape.rank:
        raise RecipeInvalid(f"[lora] rank = {shape.rank}, but the adapter {start.name!r} has rank {rank}")
    tuned = PeftModel.from_pretrained(model, start, is_trainable=True, autocast_adapter_dtype=False)
    tuned.peft_config["default"].base_model_name_or_path = model.name_or_path
    return tuned


def feed_whole_rows(model: Any) -> None:
    """Give the output layer its positions in one piece of memory.

    A slice makes it copy its whole matrix once a row, which is half of a training step on a CPU.
    """

    def whole(_: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (inputs[0].contiguous(), *inputs[1:])

    model.get_output_embeddings().register_forward_pre_hook(whole)


def load_base(folder: Path, *, all_weights: bool = False) -> Any:
    """Return a causal language model, with the attention that trains fastest here.

    In bfloat16 where its weights are frozen; in float32 where `all_weights` are tuned, because small steps
    would be rounded away.
    """
    return AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32 if all_weights else torch.bfloat16,
        attn_implementation="sdpa" if torch.cuda.is_available() else install(),
    )


def finetune(
    settings: Settings,
    recipe: FinetuneRecipe,
    *,
    name: str,
    examples: list[Example] | None = None,
    version_name: str = "",
) -> Path:
    """Train the recipe's adapter, or full model, and put it into `home/models`. Returns its folder.

    `version_name` is the adapter's folder where it is not to be the recipe's name.
    """
    base, source = prepare_base(settings), huggingface_folder(settings)
    rows = examples if examples is not None else build_mixture(settings.data, recipe.seed, recipe.rows)
    tokenizer = AutoTokenizer.from_pretrained(source)
    tokens = tokenise(rows, tokenizer, recipe.training.lengths[-1])
    hashed = data_hash(rows)
    run = open_run(
        settings.home / "runs" / name,
        stage="finetune",
        arguments=recipe.arguments(),
        seed=recipe.seed,
        data={"hash": hashed, "rows": len(tokens), "left_out_for_length": len(rows) - len(tokens)},
    )
    size = sum(len(row.ids) for row in tokens)
    print(f"{len(tokens)} of {len(rows)} rows, {size} tokens; run in {run.folder}", flush=True)
    start = adapter_folder(settings, recipe.start_from) if recipe.start_from else None
    model = load_base(source, all_weights=recipe.full)
    tuned = train_answers(model, tokens, recipe, run, pad=tokenizer.pad_token_id or 0, start=start)
    run.finish(
        {"steps": tuned.steps, "loss": tuned.loss, "tokens_per_second": round(tuned.tokens_per_second)}
    )
    target = version_name or recipe.name
    if recipe.full:
        return save_full(tuned.model, tokenizer, settings.home / "models" / "full" / target)
    return export_adapter(
        tuned, settings.home / "models" / "adapters" / target, adapter_recipe(base, recipe, hashed, tuned)
    )


def save_full(model: Any, tokenizer: Any, folder: Path) -> Path:
    """Write a whole model with its tokenizer as a Hugging Face folder."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    print(f"model of {model.num_parameters():,} weights in {folder}", flush=True)
    return folder


def adapter_recipe(base: BaseModel, recipe: Any, hashed: str, tuned: Tuned) -> Recipe:
    """Return what is stored beside an adapter."""
    return Recipe(
        base=base.name,
        base_fingerprint=base.fingerprint,
        template_hash=template_hash(),
        data_hash=hashed,
        seed=recipe.seed,
        arguments=recipe.arguments() | {"steps": tuned.steps, "training_loss": tuned.loss},
        versions={package: version(package) for package in _PACKAGES},
    )


def export_adapter(tuned: Tuned, folder: Path, recipe: Recipe) -> Path:
    """Write the adapter as PEFT folder and llama.cpp LoRA with its recipe; no path of this machine stays."""
    tuned.model.save_pretrained(folder, save_embedding_layers=False, selected_adapters=["default"])
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    write_json(folder / "adapter_config.json", config | {"base_model_name_or_path": recipe.base})
    write_adapter_files(folder, recipe)
    if not (folder / "evaluation.json").exists():
        write_json(folder / "evaluation.json", {"measured": False})
    print(f"adapter {folder.name!r}: {tuned.steps} steps, in {folder}", flush=True)
    return folder


def shortened(recipe: FinetuneRecipe, max_steps: int) -> FinetuneRecipe:
    """Return the recipe with another number of steps (0: as many as its epochs need)."""
    return replace(recipe, training=replace(recipe.training, max_steps=max_steps))
