"""The questions that the evidence ranker learns from, each with passages that answer it and others.

Knows nothing of networks.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ecomlm.evidence import Evidence
from ecomlm.search.rank import english
from knowledge.sample.load import load_sample
from training.data.product_qa import (
    Candidate,
    Question,
    read_epqa,
    read_hetpqa_answers,
    read_semipqa_ranking,
)
from training.data.shop_facts import wordings
from training.data.split import is_test_product
from training.data.written import FOLDER, Subjects, pick

PASSAGES = 8


@dataclass(frozen=True)
class RankerRecipe:
    """How the ranker is trained. Candidates per question are cut to `candidates`, half of them hard.

    The weights of `fine_passes` passes are averaged. Each reads in another random order the questions whose
    candidates people graded (ePQA, hetPQA), and `fine_shop_questions` other questions about the shop.
    """

    seed: int = 0
    calibration_percent: int = 12
    candidates: int = 4
    broad_rows: int = 2800
    broad_epochs: int = 1
    shop_questions: int = 200
    fine_passes: int = 2
    fine_epochs: int = 2
    fine_shop_questions: int = 250
    facts_per_product: int = 2
    learning_rate: float = 1.5e-4
    fine_learning_rate: float = 1e-4
    pairs_per_batch: int = 64
    tokens: int = 96
    dropout: float = 0.1
    weight_decay: float = 0.01
    helps_weight: float = 0.3


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
        wrong = same[: recipe.candidates - 2]
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


def shop_questions(recipe: RankerRecipe) -> list[Question]:
    """Return English questions about the sample shop's products: written ones, and facts in many wordings."""
    chance = random.Random(recipe.seed)
    shop = Subjects(load_sample())
    found = []
    with (FOLDER / "questions.jsonl").open(encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            if row["language"] == "en" and row.get("product"):
                found.append(_shop_question(shop, row["product"], row["question"], row["evidence"], chance))
                found[-1] = replace(found[-1], id=f"written:{number}")
    for product in shop.products.values():
        if is_test_product(product.id):
            continue
        facts = [item for item in product.attributes if (item.key, "en") in wordings()]
        for fact in chance.sample(facts, min(recipe.facts_per_product, len(facts))):
            asked = chance.choice(wordings()[fact.key, "en"].questions)
            found.append(_shop_question(shop, product.id, asked, [f"attribute.{fact.key}"], chance))
    return found


def _shop_question(
    shop: Subjects, name: str, asked: str, fields: Sequence[str], chance: random.Random
) -> Question:
    evidence, title = shop.of(name, "en")
    right = pick(evidence, fields)
    wrong = [item for item in evidence if item not in right and english(item) is not None]
    wrong = chance.sample(wrong, min(len(wrong), PASSAGES - len(right)))
    candidates = [_candidate(item, 1.0) for item in right if english(item) is not None]
    candidates += [_candidate(item, 0.0) for item in wrong]
    return Question(f"shop:{name}:{asked}", name, title, asked, tuple(candidates))


def _candidate(evidence: Evidence, grade: float) -> Candidate:
    return Candidate(english(evidence) or "", evidence.source, grade)
