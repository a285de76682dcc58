"""The questions written for this project rest on records that exist and keep to their split."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import MAX_PASSAGES, abstention
from ecomlm.language import has_chinese
from ecomlm.search.passages import evidence_of, evidence_of_article
from knowledge.records import Article, Language, Product, Review
from knowledge.sample.load import load_sample
from training.data.written import Subjects, pick
from training.evaluate.replies import Reply, agrees

ROOT = Path(__file__).parents[2]
TRAINED = ROOT / "training/data/written/questions.jsonl"
MEASURED = ROOT / "tests/data/product_questions.jsonl"
POLICIES = ROOT / "tests/data/policy_questions.jsonl"
WORDINGS = ROOT / "training/data/written/attributes.tsv"
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


def plain(question: str) -> str:
    """Return a wording without case, spaces and punctuation."""
    return re.sub(r"\W+", "", question.casefold())


def numbers(text: str) -> set[str]:
    """Return the numbers written in digits."""
    return set(re.findall(r"\d+(?:\.\d+)?", text.replace(",", "")))


@cache
def passages_of(record: str, language: Language) -> tuple[Evidence, ...]:
    """Return a record's passages, its reviews numbered."""
    return tuple(shop().of(record.partition(":")[2], language)[0])


@cache
def shop() -> Subjects:
    """Return the sample shop."""
    return Subjects(load_sample())


def evidence_text(row: Row) -> str:
    """Return the passages that a row names, in both languages."""
    passages = [*passages_of(row.record, "en"), *passages_of(row.record, "zh")]
    return " ".join(passage.text for passage in pick(passages, row.evidence))


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
            if (first := seen.setdefault(plain(row.question), row.place)) != row.place:
                twice.append((first, row.place))
    assert twice == []


def test_no_measured_question_is_a_wording_to_train_on() -> None:
    cells = (cell for line in WORDINGS.read_text(encoding="utf-8").splitlines() for cell in line.split("\t"))
    trained = {plain(wording) for cell in cells for wording in cell.split("|")}
    assert [row.place for row in rows_of(MEASURED) if plain(row.question) in trained] == []


def test_at_least_420_questions_are_measured_in_each_language() -> None:
    asked = Counter(row.language for row in rows_of(MEASURED))
    assert min(asked["en"], asked["zh"]) >= 420


def test_every_product_to_measure_on_is_asked_about_in_both_languages() -> None:
    asked = Counter((row.record, row.language) for row in rows_of(MEASURED))
    measured = [key for key in fields_of() if key[0].startswith("product:") and is_measured(key[0])]
    assert [key for key in measured if asked[key] < 5] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_about_a_quarter_of_what_is_measured_the_record_does_not_tell(language: Language) -> None:
    rows = [row for row in rows_of(MEASURED) if row.language == language]
    assert 0.2 <= sum(not row.evidence for row in rows) / len(rows) <= 0.3


def test_every_number_of_a_measured_answer_stands_in_its_evidence() -> None:
    wrong = {row.place: numbers(row.answer) - numbers(evidence_text(row)) for row in rows_of(MEASURED)}
    assert {place: missing for place, missing in wrong.items() if missing} == {}


def test_the_evidence_of_a_measured_answer_fits_into_a_prompt() -> None:
    counts = {
        row.place: len(pick(passages_of(row.record, row.language), row.evidence)) for row in rows_of(MEASURED)
    }
    assert [place for place, count in counts.items() if count > MAX_PASSAGES] == []


def test_a_measured_answer_agrees_with_itself() -> None:
    odd = [row for row in rows_of(MEASURED) if not agrees(Reply(row.language, row.answer, row.answer))]
    assert [row.place for row in odd] == []


@pytest.mark.parametrize("path", FILES)
def test_a_question_is_in_its_language(path: Path) -> None:
    wrong = [row.place for row in rows_of(path) if has_chinese(row.question) is not (row.language == "zh")]
    assert wrong == []


@pytest.mark.skipif(not TRAINED.exists(), reason="no questions to train on")
def test_measured_products_are_not_trained_on() -> None:
    assert [row.place for row in rows_of(TRAINED) if is_measured(row.record)] == []


@pytest.mark.skipif(not MEASURED.exists(), reason="no questions to measure with")
def test_only_measured_products_are_measured() -> None:
    assert [row.place for row in rows_of(MEASURED) if not is_measured(row.record)] == []
