"""What a language model is trained on: a prompt, the answer or two that may follow, and where they come from.

Prompts are built by `ecomlm.generation.prompts` alone, so that training and serving cannot drift apart.
Knows nothing of files or tokenisers.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from ecomlm.evidence import Evidence, Source
from ecomlm.generation.prompts import MAX_PASSAGES, abstention, answer_prompt
from knowledge.records import Language

Task = Literal[
    "answer", "abstain", "reason", "compare", "digest", "description", "ad", "policy", "smalltalk"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One row. `product` decides whether it is held out; `source` names the data set."""

    prompt: str
    answer: str
    language: Language
    task: Task
    source: str
    product: str = ""


@dataclass(frozen=True, slots=True)
class Preference:
    """Two answers to one prompt, the better one first. `product` and `source` as in `Example`."""

    prompt: str
    chosen: str
    rejected: str
    language: Language
    source: str
    product: str = ""


def passage(text: str, source: Source, language: Language = "en", record: str = "product:public") -> Evidence:
    """Return a passage that has no address in a shop."""
    return Evidence(record, source, source, text, language)


def answered(
    question: str,
    subject: str,
    right: Sequence[Evidence],
    others: Sequence[Evidence],
    answer: str,
    language: Language,
    chance: random.Random,
) -> Example:
    """Return a row whose answer rests on `right`, among none to two of the `others`, mostly best first."""
    room = MAX_PASSAGES - len(right)
    shown = list(others)
    chance.shuffle(shown)
    shown = [*right, *shown[: room if chance.random() < 0.6 else chance.randint(0, room)]]
    if chance.random() < 0.4:
        chance.shuffle(shown)
    prompt = answer_prompt(question, subject, shown, language)
    return Example(prompt, " ".join(answer.split()), language, "answer", "")


def unanswered(
    question: str, subject: str, others: Sequence[Evidence], language: Language, chance: random.Random
) -> Example:
    """Return a row whose passages do not answer: the model has to say so."""
    shown = list(others)
    chance.shuffle(shown)
    shown = shown[: MAX_PASSAGES if chance.random() < 0.6 else chance.randint(1, MAX_PASSAGES)]
    prompt = answer_prompt(question, subject, shown, language)
    return Example(prompt, abstention(language), language, "abstain", "")


def labelled(examples: Iterable[Example], source: str, product: str = "") -> list[Example]:
    """Return the rows with the name of their data set, and of their product where it is the same for all."""
    return [replace(row, source=source, product=product or row.product) for row in examples]


def data_hash(examples: Sequence[Example]) -> str:
    """Return the SHA-256 over all rows in their order."""
    digest = hashlib.sha256()
    for row in examples:
        digest.update(json.dumps(asdict(row), sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()
