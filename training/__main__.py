"""The command line of training: `python -m training finetune | ranker | evaluate | claims`.

Each command imports what it needs only when it is called.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from knowledge.settings import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = chosen.run
    try:
        run(chosen)
    except EcomlmError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Train and measure the models.")
    commands = parser.add_subparsers(required=True, metavar="command")
    tune = commands.add_parser("finetune", help="train a LoRA adapter")
    tune.add_argument("--config", type=Path, help="recipe (default: the one that the shipped adapter uses)")
    tune.add_argument("--max-steps", type=int, default=0, help="stop after so many steps")
    tune.add_argument("--name", default="", help="run folder; an interrupted run of that name goes on")
    tune.set_defaults(run=_finetune)
    ranker = commands.add_parser("ranker", help="train the evidence ranker")
    ranker.add_argument("--name", default="", help="run folder; an interrupted run of that name goes on")
    ranker.add_argument("--output", type=Path, help="where the weights go (default: the run folder)")
    ranker.set_defaults(run=_ranker)
    measure = commands.add_parser("evaluate", help="measure base, adapter and copying on product questions")
    measure.add_argument("--limit", type=int, default=0, help="at most so many questions of each set")
    measure.add_argument("--seed", type=int, default=7)
    measure.add_argument("--output", type=Path, help="write the figures as JSON, too")
    measure.set_defaults(run=_evaluate)
    claims = commands.add_parser("claims", help="count unsupported claims in replies over a catalogue")
    claims.add_argument("--replies", type=int, default=300)
    claims.add_argument("--seed", type=int, default=7)
    claims.add_argument("--output", type=Path, help="write every reply with its claims as JSON lines")
    claims.set_defaults(run=_claims)
    return parser


def _finetune(chosen: argparse.Namespace) -> None:
    from training.finetune import finetune, shortened
    from training.recipe import SHOP_RECIPE, FinetuneRecipe, read_recipe

    recipe = read_recipe(chosen.config or SHOP_RECIPE, FinetuneRecipe)
    if chosen.max_steps:
        recipe = shortened(recipe, chosen.max_steps)
    finetune(load(Settings), recipe, name=chosen.name or _run_name(recipe.name))


def _ranker(chosen: argparse.Namespace) -> None:
    from training.data.ranking import RankerRecipe
    from training.ranker import train_ranker

    folder = load(Settings).home / "runs" / (chosen.name or _run_name("ranker"))
    train_ranker(load(Settings), RankerRecipe(), folder, chosen.output or folder / "ranker")


def _evaluate(chosen: argparse.Namespace) -> None:
    from training.evaluate.product_questions import evaluate

    evaluate(load(Settings), limit=chosen.limit, seed=chosen.seed, output=chosen.output)


def _claims(chosen: argparse.Namespace) -> None:
    from training.evaluate.claims import count_claims

    count_claims(load(Settings), replies=chosen.replies, seed=chosen.seed, output=chosen.output)


def _run_name(name: str) -> str:
    return f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


if __name__ == "__main__":
    sys.exit(main())
