"""Questions about the sample shop with all passages of their subject, to train and to measure the ranker.

Knows nothing of networks.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import MAX_PASSAGES
from ecomlm.search.rank import Ranker
from knowledge.records import Language
from knowledge.sample.load import load_sample
from training.data.shop_facts import wordings
from training.data.split import is_test_product
from training.data.written import FOLDER, Subjects, pick

PASSAGES = 9
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
TESTED = Path(__file__).parents[1] / "tests" / "data" / "product_questions.jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with passages about its product, each graded: 1 answers, 0.5 helps, 0 does neither."""

    question: str
    language: Language
    product: str
    evidence: list[Evidence]
    grades: list[float]


def asked_of_shop(seed: int, per_product: int) -> list[Asked]:
    """Return questions about the sample shop: written ones and worded facts, in both languages."""
    chance = random.Random(seed)
    shop = Subjects(load_sample())
    found: list[Asked] = []
    with (FOLDER / "questions.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            name = row.get("product") or row["article"]
            if not is_test_product(name):
                found.append(_over(shop, name, row["question"], row["language"], row["evidence"], chance))
    for product in shop.products.values():
        if is_test_product(product.id):
            continue
        for language in _LANGUAGES:
            facts = [item for item in product.attributes if (item.key, language) in wordings()]
            for fact in chance.sample(facts, min(per_product, len(facts))):
                question = chance.choice(wordings()[fact.key, language].questions)
                found.append(_over(shop, product.id, question, language, [f"attribute.{fact.key}"], chance))
    return found


def _over(
    shop: Subjects,
    name: str,
    question: str,
    language: Language,
    fields: Sequence[str],
    chance: random.Random,
) -> Asked:
    """The passages are in the question's language, or in the other one for a quarter of the questions."""
    other: Language = "en" if language == "zh" else "zh"
    evidence, _ = shop.of(name, other if chance.random() < 0.25 else language)
    right = {id(item) for item in pick(evidence, fields)}
    rest = [item for item in evidence if id(item) not in right]
    kept = [item for item in evidence if id(item) in right]
    kept += chance.sample(rest, min(len(rest), PASSAGES - len(kept)))
    chance.shuffle(kept)
    return Asked(question, language, name, kept, [float(id(item) in right) for item in kept])


def measure_shop(ranker: Ranker, language: Language, limit: int = 0) -> dict[str, float]:
    """Rank all passages of products not trained on for the project's own test questions.

    Returns how often a passage that answers comes first, and how often it is among the three shown to the
    language model.
    """
    shop = Subjects(load_sample())
    places: list[int] = []
    with TESTED.open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["language"] == language and row["evidence"]]
    for row in rows[: limit or len(rows)]:
        evidence, title = shop.of(row["product"], language)
        ranker.prepare(evidence, language)
        right = {id(item) for item in pick(evidence, row["evidence"])}
        ranked = ranker.rank(row["question"], title, evidence, language)
        places.append(next(place for place, item in enumerate(ranked) if id(item.evidence) in right))
    return {
        "questions": len(places),
        "precision_at_1": sum(place == 0 for place in places) / len(places),
        "found_in_3": sum(place < MAX_PASSAGES for place in places) / len(places),
    }
