"""Trains the evidence ranker for English: which passage answers, and does any.

A broad pass over hetPQA's answers and semiPQA's attributes, then several finer ones over the graded
candidates of ePQA and hetPQA, each in another order, whose weights are averaged (Wortsman et al. 2022,
"Model soups"). Knows nothing of how replies are worded.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from torch import Tensor
from torch.nn import functional

from ecomlm.models.base import file_hash, write_json
from ecomlm.search.embed import open_embedder
from ecomlm.search.pair_reader import PairReader, encode_pairs, load_tokenizer, stack
from ecomlm.search.rank import CALIBRATION, Logistic, Ranker, shared_words
from ecomlm.settings import Settings
from training.comparisons import asked_of_shop, fit_comparisons, measure_shop
from training.data.product_qa import Candidate, Question, read_epqa, read_hetpqa_evidence
from training.data.ranking import RankerRecipe, broad_questions, shop_questions
from training.data.split import is_held_out
from training.pair_model import PairModel

CHUNK = 32
FILES = (
    "epqa.jsonl",
    "hetpqa_answers.train.jsonl",
    "hetpqa_evidence.dev.jsonl",
    "semipqa_attribute_ranking.dev.jsonl.gz",
)
LICENCE = (
    "Weights started from sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) and tuned on ePQA, hetPQA and "
    "semiPQA (CDLA-Sharing-1.0, whose results may be"
    " shared under any terms) and on this project's sample shop."
)
Encoded = tuple[list[tuple[list[int], int]], list[float]]


def render(candidate: Candidate) -> str:
    """Return a passage as the ranker reads it: its source, then its words."""
    return f"{candidate.source}: {candidate.text}"


def encode(questions: Sequence[Question], recipe: RankerRecipe) -> list[Encoded]:
    """Return token numbers and grades of every question's candidates."""
    tokenizer = load_tokenizer()
    return [
        (
            encode_pairs(tokenizer, question.text, [render(c) for c in question.candidates], recipe.tokens),
            [candidate.grade for candidate in question.candidates],
        )
        for question in questions
    ]


def loss_of(scores: Tensor, grades: Tensor, groups: Tensor, helps_weight: float) -> Tensor:
    """Return the listwise loss over each question's candidates plus the yes/no loss of each.

    `groups` numbers the question each row belongs to. Listwise, any passage that answers may come first:
    what counts is the probability that one of them does. A passage that only helps counts, by
    `helps_weight`, for the yes/no loss alone.
    """
    count = int(groups.max()) + 1
    same = functional.one_hot(groups, count).bool()  # (rows, questions)
    right = same & (grades == 1)[:, None]
    logged = functional.log_softmax(scores[:, :1].expand(-1, count).masked_fill(~same, -1e4), dim=0)
    first = logged.masked_fill(~right, -1e4).logsumexp(dim=0)[right.any(dim=0)]
    listwise = -first.mean() if len(first) else scores.sum() * 0
    wanted = torch.where(grades == 1, 1.0, torch.where(grades > 0, helps_weight, 0.0))
    pointwise = functional.binary_cross_entropy_with_logits(scores[:, 1], wanted)
    return listwise + pointwise


def batches(encoded: Sequence[Encoded], pairs_per_batch: int, chance: random.Random) -> list[list[Encoded]]:
    """Return batches of whole questions, each of at most `pairs_per_batch` pairs, in random order."""
    order = list(encoded)
    chance.shuffle(order)
    parts: list[list[Encoded]] = [[]]
    for item in order:
        if sum(len(grades) for _, grades in parts[-1]) + len(item[1]) > pairs_per_batch:
            parts.append([])
        parts[-1].append(item)
    return parts


def read_in_chunks(reader: PairModel, pairs: Sequence[tuple[list[int], int]]) -> Tensor:
    """Score pairs in chunks of like length and equal size: few shapes, little padding."""
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]))
    parts = []
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        parts.append(reader(**stack([pairs[row] for row in rows], CHUNK))[: len(rows)].float())
    return torch.cat(parts)[torch.tensor(order).argsort()]


class MasterWeights:
    """Single-precision copies of half-precision weights, so that small steps are not rounded away."""

    def __init__(self, tuned: Sequence[torch.nn.Parameter], rate: float, decay: float) -> None:
        self._tuned = tuned
        self._masters = [parameter.detach().float().clone() for parameter in tuned]
        self.optimizer = torch.optim.AdamW(self._masters, lr=rate, weight_decay=decay)

    def step(self) -> None:
        """Apply the gradients of the half-precision weights and forget them."""
        for parameter, master in zip(self._tuned, self._masters, strict=True):
            master.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        torch.nn.utils.clip_grad_norm_(self._masters, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for parameter, master in zip(self._tuned, self._masters, strict=True):
                parameter.copy_(master)


def train(
    reader: PairModel,
    encoded: Sequence[Encoded],
    recipe: RankerRecipe,
    epochs: int,
    rate: float,
    seed: int,
    kept: Path | None = None,
) -> None:
    """Tune `reader`, whose weights are bfloat16, in place; now and then they are saved to `kept`."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    for parameter in reader.encoder.embeddings.parameters():
        parameter.requires_grad = False
    weights = MasterWeights([p for p in reader.parameters() if p.requires_grad], rate, recipe.weight_decay)
    plan = [batch for _ in range(epochs) for batch in batches(encoded, recipe.pairs_per_batch, chance)]
    schedule = torch.optim.lr_scheduler.LambdaLR(
        weights.optimizer,
        lambda step: min((step + 1) / (0.06 * len(plan) + 1), max(0.02, 1 - step / len(plan))),
    )
    reader.train()
    begun, recent = time.monotonic(), 0.0
    for step, batch in enumerate(plan, 1):
        grades = torch.tensor([grade for item in batch for grade in item[1]])
        groups = torch.tensor([n for n, item in enumerate(batch) for _ in item[1]])
        scores = read_in_chunks(reader, [pair for item in batch for pair in item[0]])
        loss = loss_of(scores, grades, groups, recipe.helps_weight)
        torch.autograd.backward(loss)
        weights.step()
        schedule.step()
        value = float(loss.detach())
        recent += 0.03 * (value - recent) if step > 1 else value
        if step % 25 == 0:
            left = (time.monotonic() - begun) / step * (len(plan) - step)
            print(f"step {step} of {len(plan)}, loss {recent:.3f}, {left / 60:.1f} min left", flush=True)
            if kept:
                reader.save(kept)


def train_ranker(settings: Settings, recipe: RankerRecipe, folder: Path, output: Path) -> None:
    """Train, calibrate and measure the ranker; a finished pass in `folder` is not repeated.

    Raises:
        DataMissing: when the public sets are not there.
    """
    torch.set_num_threads(settings.threads or os.cpu_count() or 1)
    torch.manual_seed(recipe.seed)
    reader = PairModel(recipe.dropout, attention="eager")  # its backward pass is twice as fast on a CPU
    learned, kept_back = split_for_calibration(read_epqa(settings.data, "train"), recipe)
    broad = folder / "broad"
    if not broad.exists():
        questions = broad_questions(settings.data, recipe)
        run_pass(reader, questions, recipe, recipe.broad_epochs, recipe.learning_rate, recipe.seed, broad)
    graded, own = [*learned, *read_hetpqa_evidence(settings.data)], shop_questions(recipe)
    passes = [folder / f"fine-{number}" for number in range(1, recipe.fine_passes + 1)]
    for seed, fine in enumerate(passes, recipe.seed):
        if not fine.exists():
            asked = random.Random(seed).sample(own, min(recipe.fine_shop_questions, len(own)))
            questions = [*graded, *asked]
            reader.float().load(broad)
            run_pass(reader, questions, recipe, recipe.fine_epochs, recipe.fine_learning_rate, seed, fine)
    export_ranker(settings, averaged(reader.float(), passes), recipe, kept_back, output)


def run_pass(
    reader: PairModel,
    questions: Sequence[Question],
    recipe: RankerRecipe,
    epochs: int,
    rate: float,
    seed: int,
    output: Path,
) -> None:
    """Tune `reader` in half precision and write it to `output`, which is there only once it is whole."""
    print(f"{output.name} pass: {len(questions)} questions, {epochs} epochs", flush=True)
    unfinished = output.with_name(f"{output.name}-unfinished")
    train(reader.to(torch.bfloat16), encode(questions, recipe), recipe, epochs, rate, seed, unfinished)
    reader.save(unfinished)
    unfinished.rename(output)


def averaged(reader: PairModel, folders: Sequence[Path]) -> PairModel:
    """Return `reader` with the mean of the weights that were saved to `folders`."""
    total: dict[str, Tensor] = {}
    for folder in folders:
        reader.load(folder)
        for name, weight in reader.state_dict().items():
            total[name] = total.get(name, torch.zeros_like(weight)) + weight / len(folders)
    reader.load_state_dict(total)
    return reader


def split_for_calibration(
    questions: Sequence[Question], recipe: RankerRecipe
) -> tuple[list[Question], list[Question]]:
    """Return the questions to learn from and those, of other products, that scores are calibrated on."""
    kept_back = [
        item for item in questions if is_held_out("calibrate " + item.product, recipe.calibration_percent)
    ]
    return [item for item in questions if item not in kept_back], kept_back


def export_ranker(
    settings: Settings,
    reader: PairModel,
    recipe: RankerRecipe,
    kept_back: Sequence[Question],
    output: Path,
) -> None:
    """Write weights, calibration, recipe and the figures on products that nothing was trained on."""
    reader.save(output)
    serving = PairReader.load(output)
    embedder = open_embedder(settings.embedder_zh, settings)
    plain = Logistic(0.0, {"order": 1.0})
    ranker = Ranker(serving, plain, plain, embedder, settings.threads or os.cpu_count() or 1)
    read = fit_reading(ranker, kept_back)
    asked = asked_of_shop(recipe.seed)
    asked = random.Random(recipe.seed).sample(asked, min(recipe.shop_questions, len(asked)))
    compared = fit_comparisons(ranker, asked)
    calibration = {
        name: {"bias": part.bias, "weights": dict(part.weights)}
        for name, part in (("read", read), ("compared", compared))
    }
    write_json(output / CALIBRATION, calibration)
    ranker = Ranker(serving, read, compared, embedder, settings.threads or os.cpu_count() or 1)
    held_out = read_epqa(settings.data, "held_out")
    figures = {
        "epqa_held_out_products": measure_reading(ranker, held_out, choose_threshold(ranker, kept_back)),
        "shop_test_products_en": measure_shop(ranker, "en"),
        "shop_test_products_zh": measure_shop(ranker, "zh"),
    }
    write_json(output / "evaluation.json", figures)
    write_json(
        output / "recipe.json", asdict(recipe) | {"data": data_hashes(settings.data), "licence": LICENCE}
    )
    print(json.dumps(figures, indent=2), flush=True)


def features_of(ranker: Ranker, question: Question) -> list[dict[str, float]]:
    """Return the features by which English passages are weighed."""
    texts = [render(candidate) for candidate in question.candidates]
    shares = shared_words(question.text, texts, "en")
    return [
        {"order": order, "answers": answers, "shared": share}
        for (order, answers), share in zip(ranker.read_pairs(question.text, texts), shares, strict=True)
    ]


def fit_reading(ranker: Ranker, questions: Sequence[Question]) -> Logistic:
    """Return the weights that turn the cross-encoder's scores into a probability."""
    rows, labels = [], []
    for question in questions:
        for features, candidate in zip(features_of(ranker, question), question.candidates, strict=True):
            rows.append(list(features.values()))
            labels.append(candidate.grade == 1)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(rows, labels)
    names = ("order", "answers", "shared")
    return Logistic(float(model.intercept_[0]), dict(zip(names, map(float, model.coef_[0]), strict=True)))


def best_scores(ranker: Ranker, questions: Sequence[Question]) -> tuple[list[list[float]], list[bool]]:
    """Return each question's probabilities, and whether it can be answered."""
    scores = [
        [ranker.reading.probability(features) for features in features_of(ranker, question)]
        for question in questions
    ]
    return scores, [question.is_answerable for question in questions]


def choose_threshold(ranker: Ranker, questions: Sequence[Question]) -> float:
    """Return the best score's threshold with the highest balanced accuracy on these questions."""
    scores, answerable = best_scores(ranker, questions)
    best = [max(each) for each in scores]
    return max(sorted(best), key=lambda limit: _balanced(best, answerable, limit))


def measure_reading(ranker: Ranker, questions: Sequence[Question], threshold: float) -> dict[str, float]:
    """Return P@1 and MRR over answerable questions, and how well the best score tells them apart."""
    scores, answerable = best_scores(ranker, questions)
    ranks = []
    for question, each in zip(questions, scores, strict=True):
        if question.is_answerable:
            order = sorted(range(len(each)), key=lambda row: -each[row])
            ranks.append(next(n for n, row in enumerate(order, 1) if question.candidates[row].grade == 1))
    best = [max(each) for each in scores]
    return {
        "questions": len(questions),
        "answerable": len(ranks),
        "precision_at_1": sum(rank == 1 for rank in ranks) / len(ranks),
        "mean_reciprocal_rank": sum(1 / rank for rank in ranks) / len(ranks),
        "abstain_auroc": float(roc_auc_score(answerable, best)),
        "abstain_balanced_accuracy": _balanced(best, answerable, threshold),
        "threshold": threshold,
    }


def _balanced(best: Sequence[float], answerable: Sequence[bool], limit: float) -> float:
    return float(balanced_accuracy_score(answerable, [score >= limit for score in best]))


def data_hashes(data: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that the ranker learns from."""
    return {name: file_hash(data / "product_qa" / name) for name in FILES}
