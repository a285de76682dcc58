"""`python -m ecomlm reviews`: read every review of a JSONL file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecomlm.batch import LineInvalid, Row, run_batch, text_of
from ecomlm.language import detect
from ecomlm.reviews.analysis import analyse
from ecomlm.reviews.leaning import Leaning, decided, decided_towards
from ecomlm.reviews.opinions import Analysis, Opinion
from ecomlm.reviews.schemes import SCHEMES
from ecomlm.reviews.towards import towards
from ecomlm.settings import Settings
from knowledge.records import Language

Name = Callable[[Opinion], str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--input",
        type=Path,
        required=True,
        metavar="FILE",
        help='JSONL: {"id", "text", "aspect"?, "language"?}',
    )
    shape = (
        '{"id", "language", "polarity", "aspects": [{"aspect", "category", "polarity", "opinion", "span"}]}'
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help=f"JSONL: {shape}")
    parser.add_argument(
        "--scheme", choices=SCHEMES, default="shop",
        help="names of categories: the shop's, or those of laptops in ACOS (default: shop)",
    )  # fmt: skip

    parser.add_argument(
        "--quick",
        action="store_true",
        help="words only: reviews that these leave open are not decided by meaning",
    )


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Read every line."""
    name = SCHEMES[options.scheme]
    leaning = None if options.quick else Leaning.open(settings)

    async def work(row: Row) -> dict[str, Any]:
        return read_row(row, name, leaning)

    report = await run_batch(options.input, options.output, work, required=("text",), label="reviews")
    return report.exit_status


def read_row(row: Row, name: Name, leaning: Leaning | None = None) -> dict[str, Any]:
    """Return what a row's review says; with "aspect" given, what it says of exactly that.

    With `leaning`, a review as a whole is decided by its meaning where its words leave it open.

    Raises:
        LineInvalid: when text, aspect or language is no text, or the language is another one.
    """
    text = text_of(row, "text")
    language = _language(row, text)
    if row.get("aspect") is None:
        found = analyse(text, language)
        return as_json(decided(found, text, leaning) if leaning else found, name)
    opinion = towards(text, text_of(row, "aspect"), language)
    opinion = decided_towards(opinion, text, leaning) if leaning else opinion
    return {"language": language, "polarity": opinion.polarity, "aspects": [_opinion(opinion, name)]}


def as_json(analysis: Analysis, name: Name) -> dict[str, Any]:
    """Return an analysis as plain values."""
    return {
        "language": analysis.language,
        "polarity": analysis.polarity,
        "score": analysis.score,
        "aspects": [_opinion(opinion, name) for opinion in analysis.opinions],
    }


def _opinion(opinion: Opinion, name: Name) -> dict[str, Any]:
    return {
        "aspect": opinion.aspect,
        "category": name(opinion),
        "polarity": opinion.polarity,
        "opinion": opinion.opinion,
        "span": list(opinion.span) if opinion.span else None,
        "opinion_span": list(opinion.opinion_span) if opinion.opinion_span else None,
    }


def _language(row: Row, text: str) -> Language:
    match row.get("language"):
        case None:
            return detect(text)
        case "en":
            return "en"
        case "zh":
            return "zh"
        case other:
            raise LineInvalid(f"'language' is {other!r}, use 'en' or 'zh'")
