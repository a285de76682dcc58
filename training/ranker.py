"""Trains the evidence ranker: which passage answers, and does any.

A broad pass, in which the passages of all questions of a batch compete, over hetPQA's answers and semiPQA's
attributes; then a finer one over the graded candidates of ePQA and hetPQA and over questions about the
sample shop in both languages, in which each question's own passages compete. Knows nothing of how replies
are worded.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from ecomlm.models.base import file_hash, write_json
from ecomlm.search.e5 import E5Tokenizer, load_e5
from ecomlm.search.late_interaction import PASSAGE_TOKENS, QUESTION_TOKENS, UPDATE, LateInteraction
from ecomlm.search.rank import CALIBRATION, FEATURES, Logistic, Ranker, told
from ecomlm.settings import Settings
from knowledge.records import Language
from training.data.examples import passage
from training.data.product_qa import Question, read_epqa, read_hetpqa_evidence
from training.data.ranking import RankerRecipe, broad_questions
from training.data.split import is_held_out
from training.evaluate.ranking import auroc, evidence_rows, first, reciprocal, told_apart
from training.evidence_model import EvidenceModel, Tokens
from training.shop_questions import Asked, asked_of_shop, measure_shop

FILES = (
    "epqa.jsonl",
    "hetpqa_answers.train.jsonl",
    "hetpqa_evidence.dev.jsonl",
    "semipqa_attribute_ranking.dev.jsonl.gz",
)
LICENCE = (
    "A low-rank update of intfloat/multilingual-e5-small (MIT), tuned on ePQA, hetPQA and semiPQA"
    " (CDLA-Sharing-1.0, whose results may be shared under any terms) and on this project's sample shop."
)
_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Row:
    """A question and its passages as token numbers, each graded: 1 answers, 0.5 helps, 0 does neither."""

    question: Tokens
    passages: tuple[Tokens, ...]
    grades: tuple[float, ...]


def encode(asked: Sequence[Asked], tokenizer: E5Tokenizer) -> list[Row]:
    """Return the questions that some passage answers, as token numbers."""
    rows = []
    for item in asked:
        if 1.0 in item.grades:
            texts = [told(each, item.language) for each in item.evidence]
            rows.append(
                Row(
                    tokenizer.encode([item.question], "query", QUESTION_TOKENS)[0],
                    tuple(tokenizer.encode(texts, "passage", PASSAGE_TOKENS)),
                    tuple(item.grades),
                )
            )
    return rows


def loss_of(scores: Tensor, grades: Tensor, competing: Tensor) -> Tensor:
    """Return the mean over questions of -log of the probability that a passage which answers comes first.

    All are of shape [questions, passages]; `competing` is true where a passage is one of a question's
    candidates. Any passage that answers may come first.
    """
    all_of_them = scores.masked_fill(~competing, _NEVER).logsumexp(dim=1)
    right = scores.masked_fill(~competing | (grades != 1), _NEVER).logsumexp(dim=1)
    return (all_of_them - right).mean()


def batch_loss(model: EvidenceModel, rows: Sequence[Row], *, apart: bool) -> Tensor:
    """Return the loss over a batch; `apart`, each question's own passages compete, else those of all."""
    owner = torch.tensor([number for number, row in enumerate(rows) for _ in row.passages])
    own = owner[None, :] == torch.arange(len(rows))[:, None]
    grades = torch.tensor([grade for row in rows for grade in row.grades]) * own
    scores = model([row.question for row in rows], [each for row in rows for each in row.passages])
    return loss_of(scores, grades, own if apart else torch.ones_like(own))


def batches(rows: Sequence[Row], size: int, epochs: int, chance: random.Random) -> list[list[Row]]:
    """Return whole batches of `size` questions, each epoch in another order."""
    found = []
    for _ in range(epochs):
        order = chance.sample(list(rows), len(rows))
        whole = max(1, len(order) // size)
        found += [order[number * size : (number + 1) * size] for number in range(whole)]
    return found


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over questions: how many compete in a batch, and if `apart` or with each other's passages."""

    name: str
    rows: Sequence[Row]
    batch: int
    epochs: int
    rate: float
    apart: bool


def tune(model: EvidenceModel, chosen: Pass, recipe: RankerRecipe, folder: Path) -> None:
    """Tune `model` in place; or load what the pass gave before. Its folder is there only once it is done."""
    done, unfinished = folder / chosen.name, folder / f"{chosen.name}-unfinished"
    if done.exists():
        model.load(done)
        return
    print(f"{chosen.name} pass: {len(chosen.rows)} questions, {chosen.epochs} epochs", flush=True)
    plan = batches(chosen.rows, chosen.batch, chosen.epochs, random.Random(recipe.seed))
    update = [*model.down.values(), *model.up.values()]
    optimizer = torch.optim.AdamW(
        [
            {"params": update, "weight_decay": recipe.weight_decay},
            {"params": [model.whole, model.words], "lr": 10 * chosen.rate, "weight_decay": 0.0},
        ],
        lr=chosen.rate,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.05 * len(plan) + 1), max(0.02, 1 - step / len(plan)))
    )
    begun, recent = time.monotonic(), 0.0
    for step, batch in enumerate(plan, 1):
        loss = batch_loss(model, batch, apart=chosen.apart)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(update, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        recent += (0.03 if step > 1 else 1.0) * (float(loss.detach()) - recent)
        if step % 20 == 0:
            left = (time.monotonic() - begun) / step * (len(plan) - step)
            print(f"step {step} of {len(plan)}, loss {recent:.3f}, {left / 60:.1f} min left", flush=True)
    model.save(unfinished)
    unfinished.rename(done)


def train_ranker(settings: Settings, recipe: RankerRecipe, folder: Path, output: Path) -> None:
    """Train, calibrate and measure the ranker; a finished pass in `folder` is not repeated.

    Raises:
        DataMissing: when the public sets are not there.
    """
    torch.set_num_threads(settings.threads or os.cpu_count() or 1)
    torch.manual_seed(recipe.seed)
    learned, kept_back = split_for_calibration(asked_of_all(settings, recipe), recipe)
    network = load_e5()
    chance = random.Random(recipe.seed)
    asked = [asked_of(item) for item in broad_questions(settings.data, recipe)]
    asked = chance.sample(asked, min(len(asked), recipe.broad_questions))
    broad, fine = encode(asked, network.tokenizer), encode(learned, network.tokenizer)
    model = EvidenceModel(network, recipe.rank)
    for chosen in (
        Pass("broad", broad, recipe.broad_batch, recipe.broad_epochs, recipe.learning_rate, apart=False),
        Pass("fine", fine, recipe.fine_batch, recipe.fine_epochs, recipe.fine_learning_rate, apart=True),
    ):
        tune(model, chosen, recipe, folder)
    export_ranker(settings, folder / "fine", recipe, kept_back, output)


def asked_of_all(settings: Settings, recipe: RankerRecipe) -> list[Asked]:
    """Return all questions whose passages are graded, public ones and this project's."""
    public = [*read_epqa(settings.data, "train"), *read_hetpqa_evidence(settings.data)]
    own = asked_of_shop(recipe.seed, recipe.facts_per_product)
    own = random.Random(recipe.seed).sample(own, min(len(own), recipe.shop_questions))
    return [*map(asked_of, public), *own]


def asked_of(question: Question) -> Asked:
    """Return a public set's question with its candidates as evidence."""
    evidence = [passage(candidate.text, candidate.source) for candidate in question.candidates]
    grades = [candidate.grade for candidate in question.candidates]
    return Asked(question.text, "en", question.product, evidence, grades)


def split_for_calibration(asked: Sequence[Asked], recipe: RankerRecipe) -> tuple[list[Asked], list[Asked]]:
    """Return the questions to learn from and those, of other products, that scores are calibrated on."""
    parts: tuple[list[Asked], list[Asked]] = ([], [])
    for item in asked:
        parts[is_held_out("calibrate " + item.product, recipe.calibration_percent)].append(item)
    return parts


def export_ranker(
    settings: Settings, tuned: Path, recipe: RankerRecipe, kept_back: Sequence[Asked], output: Path
) -> None:
    """Write weights, calibration, recipe and the figures on products that nothing was trained on."""
    output.mkdir(parents=True, exist_ok=True)
    (output / UPDATE).write_bytes((tuned / UPDATE).read_bytes())
    reader = LateInteraction.load(output, settings.threads)
    ranker = Ranker(reader, {})
    ranker.weighing = {language: fit(ranker, kept_back, language) for language in ("en", "zh")}
    calibration = {
        language: {"bias": part.bias, "weights": dict(part.weights)}
        for language, part in ranker.weighing.items()
    }
    write_json(output / CALIBRATION, calibration)
    held_out = [asked_of(item) for item in read_epqa(settings.data, "held_out")]
    public = [item for item in kept_back if item.language == "en"]
    figures = {
        "epqa_held_out_products": measure_reading(ranker, held_out, choose_threshold(ranker, public)),
        "shop_test_products_en": measure_shop(ranker, "en"),
        "shop_test_products_zh": measure_shop(ranker, "zh"),
    }
    write_json(output / "evaluation.json", figures)
    write_json(
        output / "recipe.json", asdict(recipe) | {"data": data_hashes(settings.data), "licence": LICENCE}
    )
    print(json.dumps(figures, indent=2), flush=True)


def fit(ranker: Ranker, asked: Sequence[Asked], language: Language) -> Logistic:
    """Return the weights that turn a language's features into a probability."""
    rows, labels = [], []
    for item in asked:
        if item.language == language:
            for features, grade in zip(
                ranker.features(item.question, item.evidence, language), item.grades, strict=True
            ):
                rows.append([features[name] for name in FEATURES])
                labels.append(grade == 1)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(rows, labels)
    return Logistic(float(model.intercept_[0]), dict(zip(FEATURES, map(float, model.coef_[0]), strict=True)))


def best_scores(ranker: Ranker, asked: Sequence[Asked]) -> list[list[float]]:
    """Return the probability of each question's passages."""
    return [
        [
            ranker.weighing[item.language].probability(features)
            for features in ranker.features(item.question, item.evidence, item.language)
        ]
        for item in asked
    ]


def choose_threshold(ranker: Ranker, asked: Sequence[Asked]) -> float:
    """Return the best score's threshold with the highest balanced accuracy on these questions."""
    table = evidence_rows([item.grades for item in asked], best_scores(ranker, asked))
    limits: list[float] = sorted(table[:, 1].tolist())
    return max(limits, key=lambda limit: told_apart(table, limit))


def measure_reading(ranker: Ranker, asked: Sequence[Asked], threshold: float) -> dict[str, float]:
    """Return P@1 and MRR over answerable questions, and how well the best score tells them apart."""
    table = evidence_rows([item.grades for item in asked], best_scores(ranker, asked))
    answerable = table[table[:, 0] > 0]
    return {
        "questions": len(table),
        "answerable": len(answerable),
        "precision_at_1": first(answerable),
        "mean_reciprocal_rank": reciprocal(answerable),
        "abstain_auroc": auroc(table),
        "abstain_balanced_accuracy": told_apart(table, threshold),
        "threshold": threshold,
    }


def data_hashes(data: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that the ranker learns from."""
    return {name: file_hash(data / "product_qa" / name) for name in FILES}
