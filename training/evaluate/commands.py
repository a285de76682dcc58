"""The commands that measure: what each takes, and which function it calls.

Each imports what it needs only when it is called.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecomlm.settings import Settings
from knowledge.settings import load

Namespace = argparse.Namespace


def add_measures(commands: Any) -> None:
    """Add the commands that measure."""
    measure = commands.add_parser(
        "evaluate", help="one report on base, live adapter and others: quality, safety, fairness, speed"
    )
    measure.add_argument(
        "--adapter", nargs="+", default=[], metavar="NAME", help="adapters beside the live one"
    )
    measure.add_argument(
        "--only", nargs="+", default=[], metavar="PART", help="parts of the report (default: all but speed)"
    )
    measure.add_argument(
        "--sets", nargs="+", default=[], metavar="SET", help="hetpqa, epqa, own-en, own-zh (default: all)"
    )
    measure.add_argument("--limit", type=int, default=0, help="at most so many questions of each set")
    measure.add_argument("--seed", type=int, default=7)
    measure.add_argument("--speed", action="store_true", help="measure tokens a second, too")
    measure.add_argument("--voice", type=Path, help="the shop's own rules (default: evaluate/voice.toml)")
    measure.add_argument(
        "--store", action="store_true", help="put the last adapter's figures beside it, for its gate"
    )
    _add_outputs(measure)
    measure.add_argument("--plots", type=Path, help="write a file of plots for each part into this folder")
    measure.set_defaults(run=_evaluate)
    forms = commands.add_parser("variants", help="a table of the forms in which an adapter can be served")
    forms.add_argument("--adapter", help="name of the adapter (default: the live one)")
    forms.add_argument("--limit", type=int, default=60, help="at most so many questions of each set, 0: all")
    forms.add_argument("--prompts", type=int, default=100, help="greedy texts to compare with the source's")
    forms.add_argument("--layers", type=int, default=12, help="of the distilled student")
    forms.add_argument("--student-steps", type=int, default=30, help="that it learns for; 0: no student")
    forms.add_argument("--seed", type=int, default=7)
    forms.add_argument("--output", type=Path, help="write the figures as JSON, too")
    forms.add_argument("--write", action="store_true", help="write the table into docs/models.md")
    forms.set_defaults(run=_variants)
    claims = commands.add_parser("claims", help="count unsupported claims in replies over a catalogue")
    claims.add_argument("--replies", type=int, default=300)
    claims.add_argument("--seed", type=int, default=7)
    claims.add_argument("--output", type=Path, help="write every reply with its claims as JSON lines")
    claims.set_defaults(run=_claims)
    reviews = commands.add_parser("reviews", help="how well reviews are read, on the public sets")
    reviews.add_argument("--limit", type=int, default=0, help="at most so many texts of each Chinese set")
    reviews.add_argument("--quick", action="store_true", help="words only, no encoder for unsure reviews")
    reviews.add_argument("--trained", action="store_true", help="also models tuned on the training parts")
    reviews.set_defaults(run=_reviews)
    digests = commands.add_parser("digests", help="how near summaries of reviews come to people's, on FewSum")
    digests.set_defaults(run=_digests)
    compare = commands.add_parser("compare", help="two adapters side by side: figures, wins, losses")
    compare.add_argument("adapter", nargs=2, help="the one that answers now, then the other")
    compare.add_argument("--questions", type=int, default=60, help="at most so many of each set")
    compare.add_argument("--seed", type=int, default=7)
    _add_outputs(compare)
    compare.set_defaults(run=_compare)


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, help="write figures and texts as JSON, too")
    parser.add_argument("--html", type=Path, help="write one page with plots and texts, too")


def _evaluate(chosen: Namespace) -> None:
    from training.evaluate.canary_trial import Trial
    from training.evaluate.measuring import evaluate
    from training.evaluate.report import Options
    from training.evaluate.voice import RULES

    options = Options(
        limit=chosen.limit,
        seed=chosen.seed,
        sets=tuple(chosen.sets),
        parts=tuple(chosen.only),
        speed=chosen.speed,
        voice=chosen.voice or RULES,
        trial=Trial(per_group=min(chosen.limit, Trial.per_group) or Trial.per_group),
    )
    settings = load(Settings)
    files = {"output": chosen.output, "html": chosen.html, "plots": chosen.plots}
    report = evaluate(settings, options, tuple(chosen.adapter), **files)
    if chosen.store:
        from training.releases import store_evaluation

        store_evaluation(settings, report)


def _variants(chosen: Namespace) -> None:
    from ecomlm.models.registry import Registry
    from training.variants import Budget, variants

    settings = load(Settings)
    name = Registry(settings).live if chosen.adapter is None else chosen.adapter
    budget = Budget(chosen.limit, chosen.prompts, chosen.layers, chosen.student_steps, chosen.seed)
    variants(settings, name, budget, output=chosen.output, write=chosen.write)


def _claims(chosen: Namespace) -> None:
    from training.evaluate.claims import count_claims

    count_claims(load(Settings), replies=chosen.replies, seed=chosen.seed, output=chosen.output)


def _reviews(chosen: Namespace) -> None:
    from ecomlm.reviews.leaning import Leaning
    from training.evaluate.review_figures import figures

    settings = load(Settings)
    leaning = None if chosen.quick else Leaning.open(settings)
    for figure in figures(
        settings.data / "reviews", limit=chosen.limit, leaning=leaning, trained=chosen.trained
    ):
        print(figure, flush=True)


def _digests(chosen: Namespace) -> None:
    from training.evaluate.digests import print_scores

    print_scores(load(Settings).data / "reviews")


def _compare(chosen: Namespace) -> None:
    from training.evaluate.measuring import compare

    compare(
        load(Settings),
        tuple(chosen.adapter),
        questions=chosen.questions,
        seed=chosen.seed,
        output=chosen.output,
        html=chosen.html,
    )
