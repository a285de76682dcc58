"""Reads the public product question sets: ePQA, hetPQA and semiPQA (all CDLA-Sharing-1.0).

Knows their file formats and nothing of models. `training.data.split` holds back a share of ePQA's
products; whatever other sets say of those products is left out of training as well.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ecomlm.evidence import Source
from ecomlm.search.attribute_text import readable
from knowledge.errors import EcomlmError
from training.data.split import is_held_out

Part = Literal["train", "held_out", "all"]
_SOURCES: dict[str, Source] = {
    "attribute": "attribute",
    "bullet": "highlight",
    "description": "description",
    "desc": "description",
    "osp": "description",
    "review": "review",
    "cqa": "community",
}


class DataMissing(EcomlmError, FileNotFoundError):
    """A data set that training or measuring needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage offered as evidence. `grade` is 1 where it answers, 0.5 where it helps, 0 where not."""

    text: str
    source: Source
    grade: float
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A shopper's question about a product, with the passages to choose from."""

    id: str
    product: str
    title: str
    text: str
    candidates: tuple[Candidate, ...]

    @property
    def is_answerable(self) -> bool:
        """True where at least one passage answers fully."""
        return any(candidate.grade == 1 for candidate in self.candidates)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, one passage, and what a person answered from it."""

    product: str
    question: str
    candidate: Candidate


def read_epqa(data: Path, part: Part) -> list[Question]:
    """Read ePQA: about ten graded candidates a question."""
    rows = [row for row in _rows(data / "product_qa/epqa.jsonl") if _wanted(row["ASIN"], part)]
    grades = {"2": 1.0, "1": 0.5, "0": 0.0}
    return _grouped(rows, "epqa", grades)


def held_out_products(data: Path) -> frozenset[str]:
    """Return the products of ePQA that nothing is trained on."""
    products = {str(row["ASIN"]) for row in _rows(data / "product_qa/epqa.jsonl")}
    return frozenset(product for product in products if is_held_out(product))


def read_hetpqa_evidence(data: Path) -> list[Question]:
    """Read hetPQA's graded candidates, without held-out products."""
    held_out = held_out_products(data)
    rows = _rows(data / "product_qa/hetpqa_evidence.dev.jsonl")
    return _grouped([row for row in rows if row["ASIN"] not in held_out], "hetpqa", {"1": 1.0, "0": 0.0})


def read_semipqa_ranking(data: Path) -> list[Question]:
    """Read semiPQA's attribute candidates. It names no products: the question stands for one."""
    rows = _rows(data / "product_qa/semipqa_attribute_ranking.dev.jsonl.gz")
    filled = [row | {"ASIN": row["qid"], "source": "attribute"} for row in rows]
    return _grouped(filled, "semipqa", {"1": 1.0, "0": 0.0})


def read_hetpqa_answers(data: Path, split: Literal["train", "dev"]) -> list[Answer]:
    """Read hetPQA's answers. The training split leaves out the products held out elsewhere."""
    held_out = held_out_products(data)
    rows = _rows(data / f"product_qa/hetpqa_answers.{split}.jsonl")
    return [
        Answer(str(row["ASIN"]), str(row["question"]), _candidate(row, 1.0))
        for row in rows
        if split == "dev" or row["ASIN"] not in held_out
    ]


def read_attribute_sentences(data: Path, split: Literal["train", "dev"]) -> list[tuple[str, str]]:
    """Read semiPQA's pairs of an attribute, in words, and the sentence a person wrote for it."""
    rows = _rows(data / f"product_qa/semipqa_attribute_text.{split}.jsonl")
    return [(readable(str(row["data"])), str(row["text"])) for row in rows]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        raise DataMissing(f"no data set {path}. Point ECOMLM_DATA to the folder of public data sets")
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        for line in lines:
            yield json.loads(line)


def _wanted(product: str, part: Part) -> bool:
    return part == "all" or is_held_out(product) == (part == "held_out")


def _candidate(row: dict[str, Any], grade: float) -> Candidate:
    source = _SOURCES[str(row["source"]).lower()]
    text = readable(str(row["candidate"])).replace('\\"', '"')
    return Candidate(" ".join(text.split()), source, grade, str(row.get("answer", "")))


def _grouped(rows: list[dict[str, Any]], name: str, grades: dict[str, float]) -> list[Question]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((str(row["qid"]), str(row["ASIN"])), []).append(row)
    return [
        Question(
            f"{name}:{qid}",
            product,
            str(group[0].get("title", "")),
            str(group[0]["question"]),
            tuple(_candidate(row, grades[str(row["label"])]) for row in group),
        )
        for (qid, product), group in groups.items()
    ]
