"""Reads the questions and answers that were written by hand for this project (`written/*.txt`).

Knows the block format that the files' heads describe, and nothing of models.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from ecomlm.evidence import Evidence, Source
from ecomlm.language import has_chinese
from knowledge.errors import EcomlmError
from knowledge.records import Language
from training.data.examples import Example, answered, labelled, unanswered

FOLDER = Path(__file__).parent / "written"
_QUESTION = re.compile(r"^\?([0-9+]+) (.+?) > (.+)$")
_WITHOUT_ITS_PASSAGE = 0.35


class WrittenInvalid(EcomlmError, ValueError):
    """A line of the hand-written data cannot be read."""


@dataclass
class Block:
    """Passages about one subject with the questions asked of them."""

    product: str
    subject: str
    passages: list[Evidence] = field(default_factory=list)
    questions: list[tuple[tuple[int, ...], str, str]] = field(default_factory=list)


def read_blocks(path: Path) -> list[Block]:
    """Read one file.

    Raises:
        WrittenInvalid: naming file, line and what is wrong with it.
    """
    blocks: list[Block] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fault = _add(blocks, line)
        if fault:
            raise WrittenInvalid(f"{path.name}, line {number}: {line!r} {fault}")
    return blocks


def _add(blocks: list[Block], line: str) -> str:
    kind, _, rest = line.partition(" ")
    if kind == "=":
        product, found, subject = rest.partition(" | ")
        blocks.append(Block(product.strip(), subject.strip()))
        return "" if found else "is not '= product id | title'"
    if not blocks:
        return "comes before the first '= product id | title'"
    block = blocks[-1]
    if kind == "-":
        source, found, text = rest.partition(" | ")
        if not found or source not in get_args(Source):
            return "is not '- source | passage' with a known source"
        language: Language = "zh" if has_chinese(text) else "en"
        block.passages.append(
            Evidence(block.product, str(len(block.passages)), cast(Source, source), text.strip(), language)
        )
        return ""
    match = _QUESTION.match(line)
    if not match:
        return "is not '?N question > answer'"
    numbers = tuple(int(part) for part in match[1].split("+"))
    if max(numbers) > len(block.passages):
        return f"names passage {max(numbers)} of {len(block.passages)}"
    block.questions.append((() if numbers == (0,) else numbers, match[2].strip(), match[3].strip()))
    return ""


def written_blocks(folder: Path = FOLDER) -> list[Block]:
    """Read all hand-written blocks."""
    return [block for path in sorted(folder.glob("*.txt")) for block in read_blocks(path)]


def written_examples(chance: random.Random, repeats: int = 1) -> list[Example]:
    """Return rows of the hand-written questions, each `repeats` times among other distractors."""
    rows: list[Example] = []
    for block in written_blocks():
        for _ in range(repeats):
            rows += labelled(_rows(block, chance), "written", block.product)
    return rows


def _rows(block: Block, chance: random.Random) -> Iterator[Example]:
    for numbers, question, answer in block.questions:
        language: Language = "zh" if has_chinese(question) else "en"
        right = [block.passages[number - 1] for number in numbers]
        others = [item for item in block.passages if item not in right]
        if not right:
            yield unanswered(question, block.subject, others, language, chance)
            continue
        yield answered(question, block.subject, right, others, answer, language, chance)
        if chance.random() < _WITHOUT_ITS_PASSAGE and right[0].source == "attribute":
            facts = [item for item in others if item.source == "attribute"]
            yield unanswered(question, block.subject, facts, language, chance)
