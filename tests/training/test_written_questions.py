"""The questions written for this project rest on records that exist and keep to their split."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ecomlm.generation.prompts import abstention
from ecomlm.search.passages import evidence_of, evidence_of_article
from knowledge.records import Article, Language, Product, Review
from knowledge.sample.load import load_sample

ROOT = Path(__file__).parents[2]
TRAINED = ROOT / "training/data/written/questions.jsonl"
MEASURED = ROOT / "tests/data/product_questions.jsonl"
POLICIES = ROOT / "tests/data/policy_questions.jsonl"
FILES = [pytest.param(path, id=path.stem) for path in (TRAINED, MEASURED, POLICIES) if path.exists()]


@dataclass(frozen=True, slots=True)
class Row:
    """A written question, with the passages that its answer rests on."""

    place: str
    record: str
    language: Language
    question: str
    evidence: tuple[str, ...]
    answer: str


@cache
def rows_of(path: Path) -> tuple[Row, ...]:
    """Read a file of written questions; a row that is not one fails here."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row = json.loads(line)
        kind = "article" if "article" in row else "product"
        assert set(row) == {kind, "language", "question", "evidence", "answer"}, f"{path.name}:{number}"
        record = f"{kind}:{row[kind]}"
        evidence = tuple(row["evidence"])
        place = f"{path.name}:{number}"
        rows.append(Row(place, record, row["language"], row["question"], evidence, row["answer"]))
    return tuple(rows)


@cache
def fields_of() -> dict[tuple[str, Language], frozenset[str]]:
    """Return what may be cited of each record, in each language."""
    records = load_sample()
    reviews: dict[str, int] = defaultdict(int)
    for record in records:
        if isinstance(record, Review):
            reviews[record.product_id] += 1
    languages: tuple[Language, ...] = ("en", "zh")
    fields: dict[tuple[str, Language], frozenset[str]] = {}
    for record in records:
        for language in languages:
            if isinstance(record, Product):
                cited = {passage.field for passage in evidence_of(record, (), language)}
                cited |= {f"review.{number}" for number in range(reviews[record.id])}
                fields[f"product:{record.id}", language] = frozenset(cited)
            elif isinstance(record, Article):
                passages = evidence_of_article(record, language)
                fields[f"article:{record.id}", language] = frozenset(item.field for item in passages)
    return fields


def is_measured(record: str) -> bool:
    """True where a record's questions are kept for measuring."""
    return int(hashlib.sha256(record.partition(":")[2].encode()).hexdigest(), 16) % 3 == 0


@pytest.mark.parametrize("path", FILES)
def test_every_question_is_about_a_record_of_the_sample_shop(path: Path) -> None:
    known = fields_of()
    assert [row.place for row in rows_of(path) if (row.record, row.language) not in known] == []


@pytest.mark.parametrize("path", FILES)
def test_evidence_names_passages_of_the_record(path: Path) -> None:
    known = fields_of()
    missing = {row.place: set(row.evidence) - known[row.record, row.language] for row in rows_of(path)}
    assert {place: fields for place, fields in missing.items() if fields} == {}


@pytest.mark.parametrize("path", FILES)
def test_exactly_the_rows_without_evidence_abstain(path: Path) -> None:
    wrong = [
        row.place for row in rows_of(path) if (row.answer == abstention(row.language)) == bool(row.evidence)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES)
def test_both_languages_have_about_as_many_questions(path: Path) -> None:
    english = sum(row.language == "en" for row in rows_of(path))
    assert abs(2 * english - len(rows_of(path))) <= len(rows_of(path)) / 10


@pytest.mark.parametrize("path", FILES)
def test_no_text_is_empty_or_broken_over_lines(path: Path) -> None:
    texts = {row.place: (row.question, row.answer) for row in rows_of(path)}
    assert [place for place, pair in texts.items() if any(not t.strip() or "\n" in t for t in pair)] == []


def test_no_question_is_asked_twice() -> None:
    seen: dict[str, str] = {}
    twice = []
    for path in (TRAINED, MEASURED, POLICIES):
        for row in rows_of(path) if path.exists() else ():
            if (first := seen.setdefault(row.question.casefold(), row.place)) != row.place:
                twice.append((first, row.place))
    assert twice == []


@pytest.mark.skipif(not TRAINED.exists(), reason="no questions to train on")
def test_measured_products_are_not_trained_on() -> None:
    assert [row.place for row in rows_of(TRAINED) if is_measured(row.record)] == []


@pytest.mark.skipif(not MEASURED.exists(), reason="no questions to measure with")
def test_only_measured_products_are_measured() -> None:
    assert [row.place for row in rows_of(MEASURED) if not is_measured(row.record)] == []
