"""Reads the questions and answers that were written by hand for this project (`written/`).

Knows the block format that the heads of the text files describe, the rows of `questions.jsonl`, and
nothing of models.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast, get_args

from ecomlm.evidence import Evidence, Source
from ecomlm.language import has_chinese
from ecomlm.search.passages import evidence_of, evidence_of_article
from knowledge.errors import EcomlmError
from knowledge.records import Article, ArticleId, Language, Product, ProductId, Record, Review
from training.data.examples import Example, answered, labelled, unanswered

FOLDER = Path(__file__).parent / "written"
_QUESTION = re.compile(r"^\?([0-9+]+) (.+?) > (.+)$")
_WITHOUT_ITS_PASSAGE = 0.35
_QUIET = ("attribute", "variant", "highlight", "article")


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


def block_examples(chance: random.Random) -> list[Example]:
    """Return rows of the blocks, each question twice among other distractors."""
    rows: list[Example] = []
    for block in written_blocks():
        for _ in range(2):
            rows += labelled(_rows(block, chance), "written", block.product)
    return rows


def question_examples(records: Sequence[Record], chance: random.Random) -> list[Example]:
    """Return rows of `questions.jsonl`, each twice, among passages of the product or article it names."""
    shop = Subjects(records)
    rows: list[Example] = []
    with (FOLDER / "questions.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            name = row.get("product") or row["article"]
            for evidence, subject in shop.passages(name, row["language"], chance):
                right = pick(evidence, row["evidence"])
                others = [item for item in evidence if item not in right and item.source in _QUIET]
                rows += labelled(_asked(row, subject, right, others, chance), "written", name)
    return rows


def _asked(
    row: dict[str, Any],
    subject: str,
    right: Sequence[Evidence],
    others: Sequence[Evidence],
    chance: random.Random,
) -> list[Example]:
    if not right:
        return [unanswered(row["question"], subject, others, row["language"], chance)] if others else []
    answer = row["answer"]
    return [answered(row["question"], subject, right[:3], others, answer, row["language"], chance)]


class Subjects:
    """The sample shop's passages by product or article."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.products = {record.id: record for record in records if isinstance(record, Product)}
        self.articles = {record.id: record for record in records if isinstance(record, Article)}
        self.reviews: dict[str, list[Review]] = {}
        for record in records:
            if isinstance(record, Review):
                self.reviews.setdefault(record.product_id, []).append(record)

    def of(self, name: str, language: Language) -> tuple[list[Evidence], str]:
        """Return the passages and the title of the product or article of that id.

        Raises:
            WrittenInvalid: when the sample shop has neither.
        """
        if product := self.products.get(ProductId(name)):
            return (
                numbered(
                    evidence_of(product, self.reviews.get(name, []), language), self.reviews.get(name, [])
                ),
                product.title.best(language),
            )
        if article := self.articles.get(ArticleId(name)):
            return evidence_of_article(article, language), article.title.best(language)
        raise WrittenInvalid(f"questions.jsonl names {name!r}, which is no product or article of the shop")

    def passages(
        self, name: str, language: Language, chance: random.Random
    ) -> list[tuple[list[Evidence], str]]:
        """Return the passages twice; the second time now and then in the other language."""
        other: Language = "en" if language == "zh" else "zh"
        return [self.of(name, language), self.of(name, other if chance.random() < 0.3 else language)]


def numbered(evidence: Sequence[Evidence], reviews: Sequence[Review]) -> list[Evidence]:
    """Give review passages the field `review.N`, N counting the product's reviews from 0."""
    places = {f"review:{review.id}": f"review.{number}" for number, review in enumerate(reviews)}
    return [replace(item, field=places.get(item.record, item.field)) for item in evidence]


def pick(evidence: Sequence[Evidence], fields: Sequence[str]) -> list[Evidence]:
    """Return the passages at these places, in that order."""
    return [item for field in fields for item in evidence if item.field == field]


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
