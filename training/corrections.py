"""Corrections: questions that were answered wrongly, with the answer that an operator gave instead.

Reads JSON lines with `question`, `answer`, `evidence` (the passages that were shown), and, if they are there,
`title`, `language`, `product` and `rejected` (what the bot had said). Personal data are masked. Knows nothing
of training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from ecomlm.evidence import Evidence, Source
from ecomlm.generation.prompts import abstention, answer_prompt
from ecomlm.language import detect
from ecomlm.privacy import mask
from knowledge.errors import EcomlmError
from knowledge.records import Language
from training.data.examples import Example, Preference, Task, passage

_LANGUAGES: tuple[Language, ...] = get_args(Language)
_SOURCES: tuple[Source, ...] = get_args(Source)
_FIELDS = ("question", "answer", "evidence", "title", "language", "product", "rejected")
SOURCE = "corrections"


class CorrectionsInvalid(EcomlmError, ValueError):
    """A file of corrections has faults; every faulty line is named, and nothing was trained on."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A question with the passages that were shown, and the right answer to it."""

    question: str
    title: str
    evidence: tuple[Evidence, ...]
    language: Language
    answer: str
    product: str = ""
    rejected: str = ""

    @property
    def prompt(self) -> str:
        """The prompt as it is built when the question is asked."""
        return answer_prompt(self.question, self.title, self.evidence, self.language)

    def example(self) -> Example:
        """Return the row to learn from."""
        task: Task = "abstain" if self.answer == abstention(self.language) else "answer"
        return Example(self.prompt, self.answer, self.language, task, SOURCE, self.product)

    def preference(self) -> Preference | None:
        """Return the pair to learn from, where what the bot had said is known."""
        if not self.rejected or self.rejected == self.answer:
            return None
        return Preference(self.prompt, self.answer, self.rejected, self.language, SOURCE, self.product)


def read_corrections(path: Path) -> list[Correction]:
    """Read a file of corrections; of two for one prompt the later one counts.

    Raises:
        CorrectionsInvalid: with every faulty line at once.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorrectionsInvalid(
            f"the corrections {path} cannot be read: {error}. UTF-8 is needed"
        ) from error
    faults: list[str] = []
    found: dict[str, Correction] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            correction = _correction(json.loads(line))
        except (ValueError, TypeError) as error:
            faults.append(f"line {number}: {error}")
        else:
            found[correction.prompt] = correction
    if faults or not found:
        told = "\n".join(f"  - {fault}" for fault in faults[:50]) or "  - it is empty"
        raise CorrectionsInvalid(f"the corrections {path} are not usable:\n{told}")
    return list(found.values())


def _correction(row: Any) -> Correction:
    if not isinstance(row, Mapping):
        raise TypeError("not an object")
    unknown = row.keys() - set(_FIELDS)
    if unknown:
        raise ValueError(f"unknown {', '.join(sorted(unknown))}. Known: {', '.join(_FIELDS)}")
    texts = {name: _text(row, name) for name in _FIELDS if name != "evidence"}
    missing = [name for name in ("question", "answer") if not texts[name]]
    if missing:
        raise ValueError(f"{' and '.join(missing)} missing or empty")
    told = texts.pop("language") or detect(texts["question"])
    language = next((known for known in _LANGUAGES if known == told), None)
    if language is None:
        raise ValueError(f"language {told!r} is neither en nor zh")
    evidence = row.get("evidence", [])
    if not isinstance(evidence, Sequence) or isinstance(evidence, str):
        raise TypeError("evidence is not a list of passages")
    shown = tuple(_passage(item, language) for item in evidence)
    return Correction(evidence=shown, language=language, **texts)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a text")
    return mask(" ".join(value.split())) if name != "language" else value


def _passage(item: Any, language: Language) -> Evidence:
    if isinstance(item, str):
        return passage(item, "article", language)
    if not isinstance(item, Mapping) or not isinstance(item.get("text"), str):
        raise TypeError("a passage is neither a text nor an object with text and source")
    source = item.get("source", "article")
    if source not in _SOURCES:
        raise ValueError(f"the passage's source {source!r} is none of {', '.join(_SOURCES)}")
    return passage(item["text"], source, language)
