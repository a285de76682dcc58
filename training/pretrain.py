"""Pretrains on plain text: the base on the shop's own words, or a model and tokenizer from nothing.

Continued pretraining tunes a LoRA, or all weights by a flag; from scratch, one word decides the size. Text
is packed into rows of one length. Knows nothing of questions and answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import PartialState
from transformers import AutoTokenizer, Trainer, TrainingArguments

from ecomlm.models.base import huggingface_folder, prepare_base
from ecomlm.settings import Settings
from training.attention import install
from training.corpus import split, texts_hash
from training.data.rows import Text
from training.finetune import Tuned, adapter_recipe, export_adapter, load_base, save_full, with_lora
from training.packing import PackedRows, write_packed
from training.perplexity import perplexity
from training.recipe import Lora, Part, RecipeInvalid, Schedule
from training.runs import CarefulSteps, Run, open_run, train, trainer_arguments
from training.scratch import SHAPES, Size, new_model, train_tokenizer
from training.throughput import share_of_peak


@dataclass(frozen=True)
class PretrainRecipe(Part):
    """Everything that decides a pretraining besides the text.

    `start` "base" goes on with the base model (a LoRA, or all weights where `full`), "scratch" begins a model
    of `size`. Rows have `length` tokens; `held_out_percent` of products and articles are measured on.
    """

    name: str = "shop-text"
    seed: int = 7
    start: Literal["base", "scratch"] = "base"
    size: Size = "20m"
    full: bool = False
    length: int = 256
    held_out_percent: int = 5
    lora: Lora = field(default_factory=Lora)
    training: Schedule = field(
        default_factory=lambda: Schedule(learning_rate=2e-4, rows_per_batch=8, weight_decay=0.01)
    )

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if not 8 <= self.length <= 32768:
            yield f"length = {self.length} is not between 8 and 32768"
        if not 0 < self.held_out_percent < 100:
            yield f"held_out_percent = {self.held_out_percent} is not between 1 and 99"

    @property
    def tunes_all(self) -> bool:
        """True where every weight is tuned."""
        return self.full or self.start == "scratch"


class TextTrainer(CarefulSteps, Trainer):  # type: ignore[misc]  # transformers ships no types
    """A Trainer that predicts every next token."""


@dataclass(frozen=True)
class Pretrained:
    """A pretrained model with its figures: perplexity by language before and after, speed."""

    tuned: Tuned
    tokenizer: Any
    figures: dict[str, Any]


def pretrain(settings: Settings, recipe: PretrainRecipe, texts: Sequence[Text], *, name: str) -> Path:
    """Pretrain and put the model (or adapter) into `home/models`. Returns its folder."""
    run = start_run(settings.home / "runs" / name, recipe, texts)
    if recipe.start == "scratch":
        done = from_scratch(recipe, texts, run)
    else:
        source = huggingface_folder(settings)
        model = load_base(source, all_weights=recipe.full)
        tokenizer = AutoTokenizer.from_pretrained(source)
        done = train_text(model, tokenizer, texts, recipe, run)
    if not recipe.tunes_all:
        made = adapter_recipe(prepare_base(settings), recipe, texts_hash(texts), done.tuned)
        return export_adapter(done.tuned, settings.home / "models" / "adapters" / recipe.name, made)
    return save_full(done.tuned.model, done.tokenizer, settings.home / "models" / "full" / recipe.name)


def start_run(folder: Path, recipe: PretrainRecipe, texts: Sequence[Text]) -> Run:
    """Open the run folder.

    Raises:
        RecipeInvalid: if there is no text on one side of the split.
    """
    learnt, kept_back = split(texts, recipe.held_out_percent)
    if not learnt or not kept_back:
        raise RecipeInvalid(
            f"{len(texts)} texts leave {len(learnt)} to learn from and {len(kept_back)} to measure on at "
            f"held_out_percent = {recipe.held_out_percent}. Give more text, or another percentage"
        )
    characters = sum(len(item.text) for item in texts)
    data = {"hash": texts_hash(texts), "texts": len(texts), "characters": characters}
    return open_run(folder, stage="pretrain", arguments=recipe.arguments(), seed=recipe.seed, data=data)


def from_scratch(recipe: PretrainRecipe, texts: Sequence[Text], run: Run) -> Pretrained:
    """Train a tokenizer, which a resumed run finds in its folder, and a new model."""
    kept = run.folder / "tokenizer"
    if PartialState().is_main_process and not (kept / "tokenizer.json").exists():
        learnt, _ = split(texts, recipe.held_out_percent)
        made = train_tokenizer((item.text for item in learnt), SHAPES[recipe.size].vocabulary)
        made.save_pretrained(kept)
    PartialState().wait_for_everyone()
    tokenizer = AutoTokenizer.from_pretrained(kept)
    attention = "sdpa" if torch.cuda.is_available() else install()
    model = new_model(
        recipe.size, len(tokenizer), length=recipe.length, seed=recipe.seed, attn_implementation=attention
    )
    return train_text(model, tokenizer, texts, recipe, run)


def train_text(
    model: Any, tokenizer: Any, texts: Sequence[Text], recipe: PretrainRecipe, run: Run
) -> Pretrained:
    """Tune `model` on the texts' text, going on from the run's last checkpoint."""
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    learnt, kept_back = split(texts, recipe.held_out_percent)
    packed = packed_rows(run, "learnt", learnt, tokenizer, recipe.length)
    held_out = packed_rows(run, "held_out", kept_back, tokenizer, recipe.length)
    before = perplexity(model, tokenizer, kept_back, recipe.length)
    tuned = model if recipe.tunes_all else with_lora(model, recipe.lora)
    arguments = trainer_arguments(run, recipe.training, recipe.seed)
    arguments |= {"bf16": recipe.tunes_all and torch.cuda.is_available()}
    if len(held_out):
        arguments |= {"eval_strategy": "steps", "eval_steps": recipe.training.checkpoint_steps}
    trainer = TextTrainer(
        model=tuned,
        args=TrainingArguments(**arguments, prediction_loss_only=True),
        train_dataset=packed,
        eval_dataset=held_out if len(held_out) else None,
    )
    rows = recipe.training.rows_per_batch * recipe.training.accumulate * PartialState().num_processes
    result = train(trainer, run, tokens_per_step=rows * recipe.length)
    figures = {
        "steps": int(result["steps"]),
        "loss": result["loss"],
        "weights": sum(weight.numel() for weight in tuned.parameters()),
        "tokens": len(packed) * recipe.length,
        "tokens_per_second": round(result["tokens_per_second"]),
        **share_of_peak(tuned, recipe.length, result["tokens_per_second"], compute_dtype(tuned, arguments)),
        "perplexity_before": before,
        "perplexity": perplexity(tuned, tokenizer, kept_back, recipe.length),
    }
    run.finish(figures)
    print_figures(figures)
    done = Tuned(tuned, run, figures["steps"], result["loss"], result["tokens_per_second"])
    return Pretrained(done, tokenizer, figures)


def packed_rows(run: Run, name: str, texts: Sequence[Text], tokenizer: Any, length: int) -> PackedRows:
    """Return rows of text, packed into the run's folder on first use.

    Raises:
        RecipeInvalid: if what is to be learnt from does not fill one row.
    """
    path = run.folder / f"{name}.tokens"
    if PartialState().is_main_process and not path.exists():

        def encode(text: str) -> list[int]:
            return list(tokenizer(text, add_special_tokens=False).input_ids)

        lines = (item.text for item in texts)
        write_packed(lines, encode, tokenizer.bos_token_id, tokenizer.eos_token_id, path)
    PartialState().wait_for_everyone()
    rows = PackedRows(path, length)
    if name == "learnt" and not len(rows):
        raise RecipeInvalid(f"the text does not fill one row of length = {length} tokens. Give more, or less")
    return rows


def compute_dtype(model: Any, arguments: dict[str, Any]) -> torch.dtype:
    """Return in which numbers the large products are computed."""
    dtype: torch.dtype = next(model.parameters()).dtype
    return torch.bfloat16 if arguments["bf16"] else dtype


def print_figures(figures: dict[str, Any]) -> None:
    """Print speed and held-out perplexity."""
    print(
        f"{figures['tokens_per_second']} tokens/s, {figures['share_of_peak']:.1%} of this machine's "
        f"{figures['peak_teraflops']} TFLOP/s",
        flush=True,
    )
    for language, now in figures["perplexity"].items():
        was = figures["perplexity_before"][language]["perplexity"]
        print(f"held-out perplexity {language}: {was} before, {now['perplexity']} after", flush=True)
