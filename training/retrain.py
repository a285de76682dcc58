"""Retrains on corrections: rows, replay against forgetting, a short LoRA, evaluation, gate, candidate.

The live adapter is the start and what the result is compared with. Nothing goes live here unless asked, and
then only through the gate. Knows nothing of the live conversation.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ecomlm.models.adapter import find_adapter, open_adapter
from ecomlm.models.base import prepare_base, write_json
from ecomlm.models.registry import Registry
from ecomlm.settings import Settings
from training.corpus import read_values
from training.data.cleaning import question_of
from training.data.examples import Example
from training.data.mixture import build_mixture
from training.data.product_qa import DataMissing
from training.evaluate.candidate import (
    CORRECTIONS,
    Asked,
    Measured,
    as_table,
    measure_adapter,
    side_by_side,
    standing_questions,
)
from training.finetune import finetune
from training.gate import Verdict, figures_of, judge, read_gate
from training.recipe import FinetuneRecipe, Lora, Part, Training
from training.releases import promote

_LEAST_REPLAY = 128
_PUBLIC = ("hetpqa", "epqa", "semipqa")


@dataclass(frozen=True)
class RetrainRecipe(Part):
    """How a retraining is done.

    Each correction is read `repeats` times; for each of these rows `replay` rows of the adapter's own mixture
    are mixed in (128 at least). `questions` is how many of each standing set are asked in the evaluation, and
    of how many corrections it is looked at what the live adapter says.
    """

    seed: int = 7
    repeats: int = 6
    replay: float = 0.5
    questions: int = 60
    rows: dict[str, int] = field(default_factory=dict)
    lora: Lora = field(default_factory=Lora)
    training: Training = field(
        default_factory=lambda: Training(
            learning_rate=4e-4, lengths=(48, 64, 80, 96, 128, 160, 224, 320), checkpoint_steps=40, log_steps=5
        )
    )

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if self.repeats < 1:
            yield f"repeats = {self.repeats}: use 1 or more"
        if self.replay < 0:
            yield f"replay = {self.replay}: use 0 or more"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The candidate, what the gate says of it, and whether it went live."""

    adapter: str
    verdicts: list[Verdict]
    promoted: bool

    @property
    def passed(self) -> bool:
        """True where every row of the gate holds."""
        return all(verdict.passed for verdict in self.verdicts)


def retrain(
    settings: Settings, recipe: RetrainRecipe, transcripts: Path, *, name: str = "", promoting: bool = False
) -> Outcome:
    """Train a candidate on the corrections in `transcripts`, measure it and let the gate judge.

    `name` goes on with an interrupted retraining. The candidate has the run's name.
    """
    begun = time.monotonic()
    corrections = read_values([transcripts], Example)
    live = Registry(settings).live
    name = name or f"{live or 'adapter'}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    rows = mixed(corrections, replay_rows(settings, recipe), recipe)
    print(f"1/4 {len(corrections)} corrections, {len(rows)} rows with replay; run {name}", flush=True)
    training = FinetuneRecipe(
        name=name,
        seed=recipe.seed,
        start_from=live,
        lora=recipe.lora,
        training=recipe.training,
    )
    print(f"2/4 training from {live or 'the base'} ...", flush=True)
    folder = finetune(settings, training, name=name, examples=rows)
    print("3/4 asking the live adapter and the candidate ...", flush=True)
    before, after = asyncio.run(measure_both(settings, folder, corrections, recipe))
    told = after.evaluation(recipe.seed)
    write_json(folder / "evaluation.json", told)
    Registry(settings).add(name)
    was = before.evaluation(recipe.seed)
    print("\n".join([as_table([(live or "base", was), (name, told)]), *side_by_side(before, after)]))
    verdicts = judge(read_gate(), figures_of(told), figures_of(was))
    print(f"4/4 the gate, after {(time.monotonic() - begun) / 60:.1f} minutes:")
    print("\n".join(f"  {'pass' if item.passed else 'FAIL'} {item.row}: {item.told}" for item in verdicts))
    if promoting:
        promote(settings, name, verdicts=verdicts)
    elif all(item.passed for item in verdicts):
        print(f"Make it live: python -m training promote {name}")
    return Outcome(name, verdicts, promoting)


def mixed(corrections: Sequence[Example], replay: Sequence[Example], recipe: RetrainRecipe) -> list[Example]:
    """Return the rows to train on: each correction several times, and replay rows, in random order."""
    rows = list(corrections) * recipe.repeats
    wanted = max(_LEAST_REPLAY, round(len(rows) * recipe.replay)) if recipe.replay else 0
    rows += list(replay)[:wanted]
    random.Random(recipe.seed).shuffle(rows)
    return rows


def replay_rows(settings: Settings, recipe: RetrainRecipe) -> list[Example]:
    """Return the adapter's own mixture; without the public data, the project's own rows."""
    try:
        return build_mixture(settings.data, recipe.seed, recipe.rows)
    except DataMissing:
        return build_mixture(settings.data, recipe.seed, recipe.rows | dict.fromkeys(_PUBLIC, 0))


async def measure_both(
    settings: Settings, folder: Path, corrections: Sequence[Example], recipe: RetrainRecipe
) -> tuple[Measured, Measured]:
    """Ask the live adapter and the one in `folder` the same; of the corrections the live one only some."""
    base = prepare_base(settings)
    standing = standing_questions(settings, recipe.questions, recipe.seed)
    corrected = [
        Asked(item.prompt, question_of(item.prompt), item.language, item.answer) for item in corrections
    ]
    random.Random(recipe.seed).shuffle(corrected)
    asked = standing | {CORRECTIONS: corrected[: recipe.questions]}
    before = await measure_adapter(settings, base, find_adapter(settings, base), asked)
    asked = standing | {CORRECTIONS: corrected}
    after = await measure_adapter(settings, base, open_adapter(folder, base), asked)
    return before, after


def shortened(recipe: RetrainRecipe, max_steps: int) -> RetrainRecipe:
    """Return the recipe with another number of steps."""
    return replace(recipe, training=replace(recipe.training, max_steps=max_steps))
