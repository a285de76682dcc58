"""The questions that the evidence ranker learns from, each with passages that answer it and others.

Knows nothing of networks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.data.product_qa import (
    Candidate,
    Question,
    read_epqa,
    read_hetpqa_answers,
    read_semipqa_ranking,
)


@dataclass(frozen=True)
class RankerRecipe:
    """How the ranker is trained.

    In the broad pass the passages of `broad_batch` questions compete, the right and one wrong one of each;
    in the finer one a question's own. `broad_questions` and `shop_questions` are how many of these are read.
    """

    seed: int = 0
    rank: int = 16
    calibration_percent: int = 12
    candidates: int = 2
    broad_rows: int = 3400
    broad_questions: int = 3400
    broad_batch: int = 24
    broad_epochs: int = 1
    facts_per_product: int = 2
    shop_questions: int = 650
    fine_batch: int = 8
    fine_epochs: int = 2
    learning_rate: float = 3e-4
    fine_learning_rate: float = 2.5e-4
    weight_decay: float = 0.01


def broad_questions(data: Path, recipe: RankerRecipe) -> list[Question]:
    """Return questions with one right passage and others that look alike."""
    chance = random.Random(recipe.seed)
    answers = read_hetpqa_answers(data, "train")
    chance.shuffle(answers)
    answers = answers[: recipe.broad_rows]
    by_source: dict[str, list[Candidate]] = {}
    by_product: dict[str, list[tuple[str, Candidate]]] = {}
    for answer in answers:
        by_source.setdefault(answer.candidate.source, []).append(answer.candidate)
        by_product.setdefault(answer.product, []).append((answer.question, answer.candidate))
    questions = []
    for number, answer in enumerate(answers):
        same = [
            replace(candidate, grade=0.0)
            for question, candidate in by_product[answer.product]
            if question != answer.question and candidate.text != answer.candidate.text
        ]
        chance.shuffle(same)
        wrong = same[: max(1, recipe.candidates - 2)]
        while len(wrong) < recipe.candidates - 1:
            source = answer.candidate.source if chance.random() < 0.5 else chance.choice(list(by_source))
            wrong.append(replace(chance.choice(by_source[source]), grade=0.0))
        candidates = (answer.candidate, *wrong)
        questions.append(Question(f"answer:{number}", answer.product, "", answer.question, candidates))
    questions += _community_questions(read_epqa(data, "train"), recipe, chance)
    for question in read_semipqa_ranking(data)[: recipe.broad_rows // 2]:
        questions.append(_thinned(question, recipe.candidates + 1, chance))
    return questions


def _community_questions(
    asked: Sequence[Question], recipe: RankerRecipe, chance: random.Random
) -> Iterator[Question]:
    """A community answer carries the question it was given to: one more pair of words that fit."""
    for question in asked:
        for candidate in question.candidates:
            answer, found, original = candidate.text.partition("Question:")
            if found and len(original) > 12:
                others = [other for other in question.candidates if original.strip()[:20] not in other.text]
                chance.shuffle(others)
                wrong = [replace(other, grade=0.0) for other in others[: recipe.candidates - 1]]
                right = replace(candidate, text=answer.strip(), grade=1.0)
                yield replace(
                    question, id=question.id + "c", text=original.strip(), candidates=(right, *wrong)
                )


def _thinned(question: Question, count: int, chance: random.Random) -> Question:
    right = [candidate for candidate in question.candidates if candidate.grade > 0]
    wrong = [candidate for candidate in question.candidates if candidate.grade == 0]
    chance.shuffle(wrong)
    return replace(question, candidates=tuple(right + wrong[: max(1, count - len(right))]))
