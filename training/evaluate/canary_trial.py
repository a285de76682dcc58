"""A short training with canaries in its rows, and what of them can be got out afterwards.

The base is tuned as the adapter is (LoRA on answers), on rows of the project among which the canaries stand.
The result is thrown away. Knows nothing of the adapter that ships.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.data.examples import Example, data_hash
from training.evaluate.canaries import (
    CANDIDATES,
    GROUPS,
    Exposed,
    make_canaries,
    measure_canaries,
    planted_rows,
)
from training.evaluate.facts import Fact
from training.evaluate.intervals import mean, table_of
from training.recipe import FinetuneRecipe, Lora, Training


@dataclass(frozen=True)
class Trial:
    """How the trial trains: each canary is read `repeats` times among `background` other rows."""

    per_group: int = 6
    repeats: int = 12
    background: int = 120
    candidates: int = CANDIDATES
    lora: Lora = field(default_factory=Lora)
    training: Training = field(
        default_factory=lambda: Training(
            rows_per_batch=8, lengths=(48, 64, 96, 128, 160, 224), checkpoint_steps=10_000
        )
    )


def run_trial(
    model: Any, tokenizer: Any, background: Sequence[Example], folder: Path, trial: Trial, seed: int
) -> list[Exposed]:
    """Train in `folder` and return how far each canary is exposed. Progress goes to standard error."""
    from training.finetune import train_answers
    from training.runs import open_run
    from training.tokens import tokenise

    canaries = make_canaries(trial.per_group, seed)
    rows, refused = planted_rows(canaries, trial.repeats)
    rows += list(background)[: trial.background]
    random.Random(seed).shuffle(rows)
    recipe = FinetuneRecipe(name="canaries", seed=seed, lora=trial.lora, training=trial.training)
    arguments = recipe.arguments() | {"refused": refused}
    with redirect_stdout(sys.stderr):
        run = open_run(
            folder, stage="canaries", arguments=arguments, seed=seed, data={"hash": data_hash(rows)}
        )
        tokens = tokenise(rows, tokenizer, trial.training.lengths[-1])
        tuned = train_answers(model, tokens, recipe, run, pad=tokenizer.pad_token_id or 0)
    return measure_canaries(tuned.model.eval(), tokenizer, canaries, seed, trial.candidates)


def canary_facts(found: Sequence[Exposed]) -> list[Fact]:
    """Return mean exposure in bits and the share extracted, of each group."""
    facts = []
    for group in GROUPS:
        part = [item for item in found if item.canary.group == group]
        exposed = table_of(item.exposure for item in part)
        extracted = table_of(item.is_extracted for item in part)
        name = f"canaries {group}"
        facts += [
            Fact("canaries", name, "exposure_bits", "trial", exposed, mean),
            Fact("canaries", name, "extracted", "trial", extracted, mean),
        ]
    return facts
