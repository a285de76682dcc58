"""The product questions that models are measured on, and which figures mean something for which set.

Public ones (hetPQA, ePQA) and the project's own over its sample shop, all on products that nothing was
trained on. The questions depend on data, seed and limit alone. Knows nothing of models.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from ecomlm.answer import ANSWER_THRESHOLD
from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import MAX_PASSAGES, abstention
from ecomlm.search.attribute_text import readable
from ecomlm.search.rank import Ranker
from knowledge.records import Language
from knowledge.sample.load import load_sample
from training.data.examples import passage
from training.data.product_qa import read_epqa, read_hetpqa_answers
from training.data.written import Subjects, pick
from training.evaluate.facts import Fact
from training.evaluate.intervals import Statistic, Table, mean
from training.evaluate.replies import (
    Reply,
    agree_rows,
    balanced,
    bleu,
    bleu_rows,
    corrected_rows,
    rouge_rows,
    silence_rows,
)

OWN_QUESTIONS = Path(__file__).parents[2] / "tests" / "data" / "product_questions.jsonl"
HETPQA, EPQA, OWN_EN, OWN_ZH = "hetPQA dev", "ePQA held-out products", "own EN", "own ZH"
CORRECTIONS = "corrections"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the passages that the model is shown, and what a person answered.

    `score` is the ranker's probability that the best passage answers.
    """

    question: str
    subject: str
    evidence: tuple[Evidence, ...]
    language: Language
    reference: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """How replies become a table, and the table one number."""

    rows: Callable[[Sequence[Reply]], Table]
    statistic: Statistic


FIGURES = {
    "rouge_l": Figure(rouge_rows, mean),
    "bleu": Figure(bleu_rows, bleu),
    "silence": Figure(silence_rows, balanced),
    "agrees": Figure(agree_rows, mean),
    "as_corrected": Figure(corrected_rows, mean),
}
OF_SET = {
    HETPQA: ("rouge_l", "bleu"),
    EPQA: ("silence",),
    OWN_EN: ("silence", "agrees", "rouge_l"),
    OWN_ZH: ("silence", "agrees"),
    CORRECTIONS: ("as_corrected",),
}
"""The figures that mean something for a set."""


def facts_of(system: str, name: str, replies: Sequence[Reply]) -> list[Fact]:
    """Return what is to be measured of the replies to a set; nothing of one that has no figures."""
    return [
        Fact("answers", name, figure, system, FIGURES[figure].rows(replies), FIGURES[figure].statistic)
        for figure in (OF_SET.get(name, ()) if replies else ())
    ]


@cache
def sample_subjects() -> Subjects:
    """Return the sample shop's passages by product, read once."""
    return Subjects(load_sample())


def hetpqa_cases(data: Path, limit: int, seed: int) -> list[Case]:
    """Return hetPQA's development questions, each with the one passage that a person answered from."""
    cases = [
        Case(
            row.question, "", (passage(row.candidate.text, row.candidate.source),), "en", row.candidate.answer
        )
        for row in read_hetpqa_answers(data, "dev")
    ]
    return sampled(cases, limit, seed)


def epqa_cases(data: Path, ranker: Ranker, limit: int, seed: int) -> list[Case]:
    """Return ePQA's questions on products not trained on, with the ranker's best passages.

    The reference is silence where no candidate answers fully.
    """
    cases = []
    for question in sampled(read_epqa(data, "held_out"), limit, seed):
        evidence = [passage(candidate.text, candidate.source) for candidate in question.candidates]
        best = ranker.rank(question.text, question.title, evidence, "en")[:MAX_PASSAGES]
        told = next(
            (item.answer for item in question.candidates if item.grade == 1 and item.answer), "answer"
        )
        reference = told if question.is_answerable else abstention("en")
        shown = tuple(item.evidence for item in best)
        cases.append(Case(question.text, question.title, shown, "en", reference, best[0].score))
    return cases


def own_cases(language: Language, limit: int, seed: int) -> list[Case]:
    """Return this project's questions on sample products not trained on, among other passages of theirs."""
    chance = random.Random(seed)
    shop = sample_subjects()
    cases = []
    with OWN_QUESTIONS.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["language"] != language:
                continue
            evidence, subject = shop.of(row["product"], language)
            right = pick(evidence, row["evidence"])[:MAX_PASSAGES]
            facts = [item for item in evidence if item.source == "attribute" and item not in right]
            shown = right + chance.sample(facts, min(len(facts), MAX_PASSAGES - len(right)))
            cases.append(Case(row["question"], subject, tuple(shown), language, row["answer"]))
    return sampled(cases, limit, seed)


def gated(case: Case, reply: Reply) -> Reply:
    """Return what is said once nothing is said below the answerer's threshold."""
    silent = case.score < ANSWER_THRESHOLD
    return Reply(reply.language, abstention(reply.language), reply.reference) if silent else reply


def copied(case: Case) -> Reply:
    """Return the best passage as it stands."""
    return Reply(case.language, readable(case.evidence[0].text) if case.evidence else "", case.reference)


def sampled(items: Iterable[Item], limit: int, seed: int) -> list[Item]:
    """Return at most `limit` items by chance, all of them in their order for 0."""
    found = list(items)
    return random.Random(seed).sample(found, limit) if 0 < limit < len(found) else found
