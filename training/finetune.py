"""Trains a LoRA adapter: the shop's own weights on top of a frozen base model.

The Hugging Face Trainer does the loop, so `accelerate launch` spreads it over devices. Knows nothing of
the live conversation.
"""

from __future__ import annotations

import csv
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from ecomlm.generation.prompts import template_hash
from ecomlm.models.adapter import Recipe, write_adapter_files
from ecomlm.models.base import huggingface_folder, prepare_base, write_json
from ecomlm.settings import Settings
from training.attention import install
from training.data.examples import Example, data_hash
from training.data.mixture import build_mixture
from training.recipe import FinetuneRecipe
from training.tokens import IGNORED, Collator, LikeLengths, TokenRow, TokenRows, tokenise

_PACKAGES = ("torch", "transformers", "peft")


class AnswerTrainer(Trainer):  # type: ignore[misc]
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


class Curves(TrainerCallback):  # type: ignore[misc]
    """Writes `curves.csv` and a line of progress at every logged step."""

    def __init__(self, path: Path, tokens_per_step: float) -> None:
        self.path, self.tokens_per_step = path, tokens_per_step
        self.begun, self.first = time.monotonic(), 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Remember where this process starts; a resumed run goes on with the same file."""
        self.begun, self.first = time.monotonic(), state.global_step
        if not self.path.exists():
            self.path.write_text("step,loss,learning_rate,tokens_per_second\n", encoding="utf-8")

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        """Add one row."""
        if "loss" not in logs or state.global_step <= self.first:
            return
        seconds = time.monotonic() - self.begun
        done = state.global_step - self.first
        speed = self.tokens_per_step * done / seconds
        left = seconds / done * (state.max_steps - state.global_step) / 60
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(
                [state.global_step, logs["loss"], logs.get("learning_rate", 0), round(speed)]
            )
        print(
            f"step {state.global_step} of {state.max_steps}, loss {logs['loss']:.3f}, "
            f"{speed:.0f} tokens/s, {left:.1f} min left",
            flush=True,
        )


@dataclass(frozen=True)
class Run:
    """A finished training: the tuned model and where its files lie."""

    model: PeftModel
    folder: Path
    steps: int
    loss: float


def train_adapter(
    model: Any, rows: Sequence[TokenRow], recipe: FinetuneRecipe, folder: Path, *, pad: int
) -> Run:
    """Tune a LoRA on `model`, going on from the last checkpoint in `folder` where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    training = recipe.training
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    shape = LoraConfig(
        r=recipe.lora.rank,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    tuned = get_peft_model(model, shape, autocast_adapter_dtype=False)
    _feed_whole_rows(model)
    arguments = TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        per_device_train_batch_size=training.rows_per_batch,
        learning_rate=training.learning_rate,
        lr_scheduler_type=training.schedule,
        warmup_steps=training.warmup_share,
        num_train_epochs=training.epochs,
        max_steps=training.max_steps or -1,
        weight_decay=training.weight_decay,
        logging_steps=10,
        save_steps=training.checkpoint_steps,
        save_total_limit=2,
        remove_unused_columns=False,
        report_to=[],
        seed=recipe.seed,
        disable_tqdm=True,
        dataloader_drop_last=False,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    tokens = sum(len(row.ids) for row in rows) / max(len(rows), 1) * training.rows_per_batch
    trainer = AnswerTrainer(
        model=tuned,
        args=arguments,
        train_dataset=TokenRows(rows),
        data_collator=Collator(training.lengths, pad),
        callbacks=[Curves(folder / "curves.csv", tokens)],
    )
    trainer.recipe = recipe
    trainer.remove_callback(PrinterCallback)
    checkpoints = list((folder / "checkpoints").glob("checkpoint-*"))
    result = trainer.train(resume_from_checkpoint=bool(checkpoints))
    return Run(tuned, folder, int(result.global_step), float(result.training_loss))


def _feed_whole_rows(model: Any) -> None:
    """Give the output layer its positions in one piece of memory.

    A slice makes it copy its whole matrix once a row, which is half of a training step on a CPU.
    """

    def whole(_: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (inputs[0].contiguous(), *inputs[1:])

    model.get_output_embeddings().register_forward_pre_hook(whole)


def finetune(
    settings: Settings, recipe: FinetuneRecipe, *, name: str, examples: list[Example] | None = None
) -> Path:
    """Train the recipe's adapter and put it, complete, into `home/models/adapters`. Returns its folder."""
    folder = settings.home / "runs" / name
    base = prepare_base(settings)
    source = huggingface_folder(settings)
    rows = examples if examples is not None else build_mixture(settings.data, recipe.seed, recipe.rows)
    tokenizer = AutoTokenizer.from_pretrained(source)
    tokens = tokenise(rows, tokenizer, recipe.training.lengths[-1])
    print(
        f"{len(tokens)} of {len(rows)} rows, {sum(len(row.ids) for row in tokens)} tokens; run in {folder}",
        flush=True,
    )
    folder.mkdir(parents=True, exist_ok=True)
    hashed = data_hash(rows)
    write_json(
        folder / "config.json", {"recipe": recipe.arguments(), "data_hash": hashed, "rows": len(tokens)}
    )
    attention = "sdpa" if torch.cuda.is_available() else install()
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16, attn_implementation=attention)
    run = train_adapter(model, tokens, recipe, folder, pad=tokenizer.pad_token_id or 0)
    return export_adapter(
        run,
        settings.home / "models" / "adapters" / recipe.name,
        Recipe(
            base=base.name,
            base_fingerprint=base.fingerprint,
            template_hash=template_hash(),
            data_hash=hashed,
            seed=recipe.seed,
            arguments=recipe.arguments() | {"steps": run.steps, "training_loss": run.loss},
            versions={package: version(package) for package in _PACKAGES},
        ),
    )


def export_adapter(run: Run, folder: Path, recipe: Recipe) -> Path:
    """Write the adapter as PEFT folder and llama.cpp LoRA with its recipe; no path of this machine stays."""
    run.model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    write_json(folder / "adapter_config.json", config | {"base_model_name_or_path": recipe.base})
    write_adapter_files(folder, recipe)
    if not (folder / "evaluation.json").exists():
        write_json(folder / "evaluation.json", {"measured": False})
    print(
        f"adapter {folder.name!r}: {json.dumps(recipe.arguments.get('steps'))} steps, in {folder}", flush=True
    )
    return folder


def shortened(recipe: FinetuneRecipe, max_steps: int) -> FinetuneRecipe:
    """Return the recipe with another number of steps (0: as many as its epochs need)."""
    return replace(recipe, training=replace(recipe.training, max_steps=max_steps))
