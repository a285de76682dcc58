"""`python -m ecomlm reviews`: read every review of a JSONL file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecomlm.batch import LineInvalid, Row, run_batch, text_of
from ecomlm.language import detect
from ecomlm.reviews.analysis import analyse
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
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE",
        help='JSONL: {"id", "language", "polarity", "aspects": [{"aspect", "category", "polarity", "opinion", "span"}]}',
    )  # fmt: skip
    parser.add_argument(
        "--scheme", choices=SCHEMES, default="shop",
        help="names of the categories: the shop's, or entity and attribute of laptops as in ACOS (default: shop)",
    )  # fmt: skip


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Read every line."""
    name = SCHEMES[options.scheme]

    async def work(row: Row) -> dict[str, Any]:
        return read_row(row, name)

    report = await run_batch(options.input, options.output, work, required=("text",), label="reviews")
    return report.exit_status


def read_row(row: Row, name: Name) -> dict[str, Any]:
    """Return what a row's review says; with "aspect" given, what it says of exactly that.

    Raises:
        LineInvalid: when text, aspect or language is no text, or the language is another one.
    """
    text = text_of(row, "text")
    language = _language(row, text)
    if row.get("aspect") is None:
        return as_json(analyse(text, language), name)
    found = towards(text, text_of(row, "aspect"), language)
    return {"language": language, "polarity": found.polarity, "aspects": [_opinion(found, name)]}


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
