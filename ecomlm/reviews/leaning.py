"""Which way a review leans that the lists cannot decide: by the meaning of its whole text.

A linear model over the multilingual sentence encoder (`search.embed`), learned from the sentences of
`examples_*.tsv`, written for this project (`python -m training reviews-leaning` writes `leaning.npz` anew).
Costs an encoding, some 20 ms, so it is asked for unsure reviews only and never in the digest's default path.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecomlm.reviews.opinions import Analysis, Opinion, Span
from ecomlm.reviews.reading import read
from ecomlm.search.embed import NANO_E5, Embedder, open_embedder
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from knowledge.records import Language

WEIGHTS = Path(__file__).with_name("leaning.npz")
UNSURE_BELOW = 0.5
UNDECIDED_BELOW = 0.05
LONGEST = 300


class LeaningUnusable(EcomlmError, ValueError):
    """The model's weights or its examples cannot be read."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence written for this project, and whether its writer is content."""

    text: str
    is_content: bool
    language: Language


@dataclass(frozen=True, slots=True)
class Leaning:
    """The linear model with the encoder that it reads texts by."""

    embedder: Embedder
    weights: npt.NDArray[np.float32]
    bias: float

    @classmethod
    def open(cls, settings: Settings, file: Path = WEIGHTS) -> Leaning:
        """Load encoder and weights.

        Raises:
            LeaningUnusable: when the weights are not there or not of the encoder's width.
        """
        embedder = open_embedder(NANO_E5, settings)
        try:
            with np.load(file) as stored:
                weights, bias = stored["weights"], float(stored["bias"])
        except (OSError, KeyError, ValueError) as error:
            raise LeaningUnusable(
                f"no weights in {file.name!r} ({error}); write them: python -m training reviews-leaning"
            ) from error
        if weights.shape != (embedder.dimensions,):
            raise LeaningUnusable(
                f"{file.name!r} has {weights.shape} weights, the encoder {embedder.dimensions}"
            )
        return cls(embedder, weights, bias)

    def of(self, text: str) -> float:
        """Return how a text leans, -1 (blame) to 1 (praise); of long texts the first 300 characters count."""
        vector = self.embedder.encode_passages([text[:LONGEST]])[0]
        return math.tanh((float(vector @ self.weights) + self.bias) / 2)


def decided(analysis: Analysis, text: str, leaning: Leaning) -> Analysis:
    """Return an analysis whose whole is decided by meaning where the words leave it open."""
    if abs(analysis.score) >= UNSURE_BELOW or not text.strip():
        return analysis
    score = max(-1.0, min(1.0, analysis.score + leaning.of(text)))
    if abs(score) < UNDECIDED_BELOW:
        return replace(analysis, score=round(score, 3))
    return replace(analysis, score=round(score, 3), polarity="positive" if score > 0 else "negative")


def decided_towards(opinion: Opinion, text: str, leaning: Leaning) -> Opinion:
    """Return what is said of an asked aspect; where no word tells, its sentence's meaning does."""
    if opinion.polarity != "neutral" or opinion.span is None:
        return opinion
    value = leaning.of(_sentence(text, opinion.span))
    if abs(value) < UNDECIDED_BELOW:
        return opinion
    return replace(opinion, polarity="positive" if value > 0 else "negative", strength=round(abs(value), 2))


def _sentence(text: str, span: Span) -> str:
    """Return the sentence around a span."""
    units = read(text).units
    here = next((unit.sentence for unit in units if unit.end > span[0]), None)
    inside = [unit for unit in units if unit.sentence == here]
    return text[inside[0].start : inside[-1].end] if inside else text


def examples(folder: Path = WEIGHTS.parent) -> Iterator[Example]:
    """Yield the sentences to learn from.

    Raises:
        LeaningUnusable: when a line is not "+" or "-", a tab and a text.
    """
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        file = folder / f"examples_{language}.tsv"
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            side, _, text = line.partition("\t")
            if side not in ("+", "-") or not text.strip():
                raise LeaningUnusable(
                    f"{file.name}, line {number}: {line[:40]!r} is not a sign, a tab and a text"
                )
            yield Example(text, side == "+", language)
