"""Teaches an adapter which of two answers is better: direct preference optimisation.

Rafailov et al. 2023, by TRL. The reference is the adapter as it was at the start. Knows nothing of where
pairs come from.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from datasets import Dataset
from transformers import AutoTokenizer
from trl import DPOConfig, DPOTrainer

from ecomlm.models.adapter import adapter_folder
from ecomlm.models.base import huggingface_folder, prepare_base
from ecomlm.settings import Settings
from training.data.examples import Preference
from training.finetune import Tuned, adapter_recipe, export_adapter, load_base, with_lora
from training.recipe import Lora, Part, RecipeInvalid, Schedule
from training.runs import CarefulSteps, Run, open_run, train, trainer_arguments
from training.tokens import spoken

FIGURES = {"rewards/margins": "margin", "rewards/accuracies": "preferred"}
"""Figures of the trainer's log, and what they are called in the curves."""


@dataclass(frozen=True)
class PreferRecipe(Part):
    """Everything that decides a preference training besides the pairs.

    `beta` holds the answers near the reference: less lets them go further. `likelihood` weighs an extra loss
    on the better answer itself, so that its own probability does not sink with the worse one's.
    """

    name: str = "shop"
    seed: int = 7
    start_from: str = "shop"
    beta: float = 0.1
    likelihood: float = 0.2
    longest: int = 320
    held_out_percent: int = 10
    lora: Lora = field(default_factory=Lora)
    training: Schedule = field(
        default_factory=lambda: Schedule(
            learning_rate=5e-5, rows_per_batch=4, accumulate=4, warmup_share=0.1, log_steps=5
        )
    )

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if self.beta <= 0:
            yield f"beta = {self.beta}: use more than 0"
        if self.likelihood < 0:
            yield f"likelihood = {self.likelihood}: use 0 or more"
        if not 0 <= self.held_out_percent < 100:
            yield f"held_out_percent = {self.held_out_percent} is not between 0 and 99"


class PreferenceTrainer(CarefulSteps, DPOTrainer):  # type: ignore[misc]  # trl ships no types
    """TRL's trainer, which stops at numbers that are none."""


def prefer(settings: Settings, recipe: PreferRecipe, pairs: Sequence[Preference], *, name: str) -> Path:
    """Train the adapter and put it into `home/models/adapters`. Returns its folder."""
    source = huggingface_folder(settings)
    start = adapter_folder(settings, recipe.start_from) if recipe.start_from else None
    hashed = pairs_hash(pairs)
    run = open_run(
        settings.home / "runs" / name,
        stage="prefer",
        arguments=recipe.arguments(),
        seed=recipe.seed,
        data={"hash": hashed, "pairs": len(pairs)},
    )
    model = load_base(source)
    tuned = train_preferences(model, AutoTokenizer.from_pretrained(source), pairs, recipe, run, start)
    made = adapter_recipe(prepare_base(settings), recipe, hashed, tuned)
    return export_adapter(tuned, settings.home / "models" / "adapters" / recipe.name, made)


def train_preferences(
    model: Any,
    tokenizer: Any,
    pairs: Sequence[Preference],
    recipe: PreferRecipe,
    run: Run,
    start: Path | None = None,
) -> Tuned:
    """Tune a LoRA on pairs, from a new one or from the PEFT folder `start`.

    Raises:
        RecipeInvalid: without pairs, or where both answers of a pair are the same.
    """
    check_pairs(pairs)
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    order = list(pairs)
    random.Random(recipe.seed).shuffle(order)
    count = len(order) * recipe.held_out_percent // 100
    arguments = trainer_arguments(run, recipe.training, recipe.seed)
    if count:
        arguments |= {"eval_strategy": "steps", "eval_steps": recipe.training.checkpoint_steps}
    arguments |= {"bf16": False, "max_length": recipe.longest, "pad_to_multiple_of": 32}
    with_likelihood = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, recipe.likelihood]}
    losses = with_likelihood if recipe.likelihood else {"loss_type": ["sigmoid"]}
    trainer = PreferenceTrainer(
        model=with_lora(model, recipe.lora, start),
        args=DPOConfig(**arguments, **losses, beta=recipe.beta, activation_checkpointing=False),
        train_dataset=_table(order[count:]),
        eval_dataset=_table(order[:count]) if count else None,
        processing_class=tokenizer,
    )
    sizes = [
        len(tokenizer(pair.prompt + pair.chosen + pair.prompt + pair.rejected).input_ids) for pair in order
    ]
    rows = recipe.training.rows_per_batch * recipe.training.accumulate * PartialState().num_processes
    result = train(trainer, run, tokens_per_step=rows * sum(sizes) / len(sizes), extra=FIGURES)
    run.finish(result)
    return Tuned(trainer.model, run, int(result["steps"]), result["loss"], result["tokens_per_second"])


def check_pairs(pairs: Sequence[Preference]) -> None:
    """Refuse pairs that teach nothing.

    Raises:
        RecipeInvalid: naming the pairs.
    """
    if not pairs:
        raise RecipeInvalid("there are no preference pairs to learn from")
    same = [str(n) for n, pair in enumerate(pairs, 1) if pair.chosen.split() == pair.rejected.split()]
    if same:
        raise RecipeInvalid(f"both answers are the same in pair {', '.join(same[:20])}. Leave them out")


@torch.no_grad()
def margins(model: Any, tokenizer: Any, pairs: Sequence[Preference]) -> list[float]:
    """Return by how much each better answer is likelier than the worse one, in natural log units a token."""
    model.eval()
    found = []
    for pair in pairs:
        better, worse = (
            _likelihood(model, tokenizer, pair.prompt, spoken(answer, pair.language))
            for answer in (pair.chosen, pair.rejected)
        )
        found.append(better - worse)
    return found


def _likelihood(model: Any, tokenizer: Any, prompt: str, answer: str) -> float:
    first = tokenizer(prompt).input_ids
    told = [*tokenizer(answer, add_special_tokens=False).input_ids, tokenizer.eos_token_id]
    device = next(model.parameters()).device
    logits = model(input_ids=torch.tensor([first + told], device=device), use_cache=False).logits[0]
    logged = logits[len(first) - 1 : -1].float().log_softmax(-1)
    return float(logged[range(len(told)), told].mean())


def _table(pairs: Sequence[Preference]) -> Dataset:
    return Dataset.from_list(
        [
            {
                "prompt": pair.prompt,
                "chosen": spoken(pair.chosen, pair.language),
                "rejected": spoken(pair.rejected, pair.language),
            }
            for pair in pairs
        ]
    )


def pairs_hash(pairs: Sequence[Preference]) -> str:
    """Return the SHA-256 over all pairs in their order."""
    digest = sha256()
    for pair in pairs:
        digest.update(json.dumps(asdict(pair), sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()
