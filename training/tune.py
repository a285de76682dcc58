"""Searches a recipe's numbers within a budget of minutes: Optuna's sampler, bad trials stopped early.

Each trial is a short fine-tuning, judged by the loss on held-out answers. The study is kept in the run's
folder, so that a second call goes on with it. Knows nothing of what the numbers mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import optuna
from transformers import AutoTokenizer, TrainerCallback

from ecomlm.models.base import huggingface_folder
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from training.data.examples import Example, data_hash
from training.data.split import is_held_out
from training.finetune import load_base, train_answers
from training.recipe import FinetuneRecipe, Part, recipe_of, write_recipe
from training.runs import LossNotFinite, Run, open_run
from training.tokens import TokenRow, tokenise


class NothingFound(EcomlmError):
    """No trial came to its end within the budget."""


@dataclass(frozen=True)
class Range(Part):
    """Where one number may lie: from `low` to `high` (evenly in logarithms where `log`), or of `choices`."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    whole: bool = False
    choices: tuple[float, ...] = ()

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        if self.choices:
            return
        if self.low is None or self.high is None or not self.low < self.high:
            yield f"low = {self.low} and high = {self.high} are no range: give both, or choices"
        elif self.log and self.low <= 0:
            yield f"low = {self.low}: a logarithmic range begins above 0"

    def suggest(self, trial: optuna.Trial, name: str) -> float | int:
        """Let the trial choose a value."""
        if self.choices:
            chosen = trial.suggest_categorical(name, self.choices)
            return int(chosen) if self.whole else float(chosen)
        low, high = self.low or 0, self.high or 0
        if self.whole:
            return int(trial.suggest_int(name, int(low), int(high), log=self.log))
        return float(trial.suggest_float(name, low, high, log=self.log))


@dataclass(frozen=True)
class TuneRecipe(Part):
    """The search: over which numbers of a fine-tuning recipe (`table.key`), for how long, on how many rows.

    `steps` is the length of a trial, `checks` how often its held-out loss is looked at.
    """

    name: str = "tune"
    seed: int = 7
    minutes: float = 60
    trials: int = 100
    steps: int = 60
    checks: int = 4
    rows: int = 1600
    held_out_percent: int = 15
    space: dict[str, Range] = field(default_factory=dict)

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        for name, found in self.space.items():
            yield from (f"[space] {name}: {fault}" for fault in found.check())
        if not self.space:
            yield '[space] is empty: name what to search, such as [space."training.learning_rate"]'
        if self.minutes <= 0:
            yield f"minutes = {self.minutes}: use more than 0"
        if not 1 <= self.checks <= self.steps:
            yield f"checks = {self.checks} is not between 1 and steps = {self.steps}"


class Report(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Tells the study each held-out loss; stops a trial that falls behind, or whose time is over."""

    def __init__(self, trial: optuna.Trial, deadline: float) -> None:
        self.trial, self.deadline, self.last = trial, deadline, float("inf")

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **_: Any) -> None:
        """Report one figure.

        Raises:
            TrialPruned: to end the trial.
        """
        self.last = metrics["eval_loss"]
        self.trial.report(self.last, state.global_step)
        if self.trial.should_prune() or time.monotonic() > self.deadline:
            raise optuna.TrialPruned


def tune(
    settings: Settings, recipe: TuneRecipe, start: FinetuneRecipe, examples: Sequence[Example], *, name: str
) -> Path:
    """Search and write the best recipe. Returns its path."""
    source = huggingface_folder(settings)
    tokenizer = AutoTokenizer.from_pretrained(source)
    part = examples[: recipe.rows]
    run = open_run(
        settings.home / "runs" / name,
        stage="tune",
        arguments={"search": recipe.arguments(), "recipe": start.arguments()},
        seed=recipe.seed,
        data={"hash": data_hash(part), "rows": len(part)},
    )
    longest = start.training.lengths[-1]
    kept_back = [
        n
        for n, row in enumerate(part)
        if is_held_out(f"tune {row.product or row.prompt}", recipe.held_out_percent)
    ]
    away = set(kept_back)
    learnt = tokenise([row for n, row in enumerate(part) if n not in away], tokenizer, longest)
    held_out = tokenise([part[n] for n in kept_back], tokenizer, longest)
    pad = tokenizer.pad_token_id or 0
    best = search(lambda: load_base(source), learnt, held_out, recipe, start, run, pad=pad)
    path = run.folder / "chosen.toml"
    write_recipe(best, path)
    print(
        f"the chosen recipe: {path}\nTrain with it: python -m training finetune --config {path}", flush=True
    )
    return path


def search(
    model: Callable[[], Any],
    learnt: Sequence[TokenRow],
    held_out: Sequence[TokenRow],
    recipe: TuneRecipe,
    start: FinetuneRecipe,
    run: Run,
    *,
    pad: int,
) -> FinetuneRecipe:
    """Return `start` with the numbers of the best trial.

    Raises:
        NothingFound: if no trial was finished within the budget.
        RecipeInvalid: if the space names what the recipe does not have.
    """
    deadline = time.monotonic() + 60 * recipe.minutes
    with_values(start, {name: item.low or item.choices[0] for name, item in recipe.space.items()}, recipe)
    study = _study(recipe, run)

    def attempt(trial: optuna.Trial) -> float:
        values = {name: item.suggest(trial, name) for name, item in recipe.space.items()}
        tried = with_values(start, values, recipe)
        folder = run.folder / f"trial-{trial.number}"
        print(f"trial {trial.number}: {values}", flush=True)
        own = open_run(
            folder, stage="trial", arguments=tried.arguments(), seed=recipe.seed, data={"hash": ""}
        )
        report = Report(trial, deadline)
        train_answers(model(), learnt, tried, own, pad=pad, held_out=held_out, callbacks=[report])
        return report.last

    study.optimize(
        attempt, n_trials=recipe.trials, timeout=max(deadline - time.monotonic(), 1), catch=(LossNotFinite,)
    )
    plot_study(study, run.folder / "study.svg")
    return _best(study, recipe, start, run)


def _study(recipe: TuneRecipe, run: Run) -> optuna.Study:
    """Return the run's study, new or as it was left."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.journal.JournalFileBackend(str(run.folder / "study.log"))
    return optuna.create_study(
        study_name=run.name,
        storage=optuna.storages.JournalStorage(storage),
        sampler=optuna.samplers.TPESampler(seed=recipe.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
        load_if_exists=True,
    )


def _best(study: optuna.Study, recipe: TuneRecipe, start: FinetuneRecipe, run: Run) -> FinetuneRecipe:
    counts = {state.name.lower(): 0 for state in optuna.trial.TrialState}
    for trial in study.trials:
        counts[trial.state.name.lower()] += 1
    if not counts["complete"]:
        raise NothingFound(
            f"no trial was finished in {recipe.minutes} minutes ({counts['pruned']} were stopped, "
            f"{counts['fail']} failed). Give more minutes, fewer steps, or fewer rows"
        )
    found = study.best_trial
    run.finish({"trials": counts, "best": {"loss": found.value, "trial": found.number, **found.params}})
    print(
        f"best of {len(study.trials)} trials: held-out loss {found.value:.4f} with {found.params}", flush=True
    )
    chosen = {name: int(value) if recipe.space[name].whole else value for name, value in found.params.items()}
    best, own = with_values(start, chosen, recipe), start.training
    training = replace(best.training, max_steps=own.max_steps, checkpoint_steps=own.checkpoint_steps)
    return replace(best, training=training)


def with_values(start: FinetuneRecipe, values: Mapping[str, float], recipe: TuneRecipe) -> FinetuneRecipe:
    """Return a recipe with other numbers, as long as a trial is.

    Raises:
        RecipeInvalid: naming what it does not have.
    """
    content = start.arguments()
    content["training"] |= {
        "max_steps": recipe.steps,
        "checkpoint_steps": max(recipe.steps // recipe.checks, 1),
        "lengths": list(start.training.lengths),
    }
    for name, value in values.items():
        table, _, key = name.rpartition(".")
        place = content.get(table, {}) if table else content
        place[key] = value
    return recipe_of(content, FinetuneRecipe, "the searched recipe")


def plot_study(study: optuna.Study, target: Path) -> None:
    """Draw each trial's loss, and the best so far, as SVG."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    done = [(trial.number, trial.value) for trial in study.trials if trial.value is not None]
    if not done:
        return
    figure = Figure(figsize=(8, 4))
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    axes.scatter(*zip(*done, strict=True), label="held-out loss")
    best = [min(value for other, value in done if other <= number) for number, _ in done]
    axes.step([number for number, _ in done], best, where="post", label="best so far")
    axes.set_xlabel("trial")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper right")
    figure.savefig(target, format="svg", metadata={"Date": None})
