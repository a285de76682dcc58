"""Distils the search's embedders into tables of token vectors: a retriever that only looks up and adds.

A student begins with what its teacher says to each token alone, rare ones weighing more (Arora et al. 2017),
and is tuned until the mean of a text's tokens points where the teacher's vector of the text does. Each
language has a student of its own, because the search asks another teacher for each. Reads no judgements;
`training.evaluate.retriever` measures what the search gains and loses.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments

from ecomlm.search.embed import Embedder, Vectors, open_embedders
from ecomlm.search.index import CACHE_FILE
from ecomlm.search.texts import search_text
from ecomlm.search.vectors import VectorCache
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.store import Store
from training.corpus import split, stored_texts, texts_hash
from training.data.product_qa import DataMissing, read_epqa, read_hetpqa_answers
from training.data.rows import Text
from training.encoder import found_first
from training.recipe import Part, RecipeInvalid, Schedule
from training.runs import CarefulSteps, Run, open_run, train, trainer_arguments
from training.static import StaticEmbedder, bags, chinese_tokenizer, english_tokenizer

SHORTEST = 3
TIMED_TEXTS, TIMED_QUERIES = 256, 50
Item = tuple[list[int], torch.Tensor]


@dataclass(frozen=True)
class RetrieverRecipe(Part):
    """Everything that decides the students besides texts and teachers.

    `smoothing` is how much less frequent tokens begin with (a / (a + frequency)). `speedup` and `loss` are
    the bounds within which a student is worth using: how many times faster it encodes, and the share of the
    fused search's nDCG that it may cost.
    """

    name: str = "retriever"
    seed: int = 7
    smoothing: float = 1e-3
    chinese_words: int = 20_000
    held_out_percent: int = 10
    speedup: float = 10.0
    loss: float = 0.02
    training: Schedule = field(
        default_factory=lambda: Schedule(learning_rate=2e-3, rows_per_batch=256, epochs=10)
    )

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if self.smoothing <= 0:
            yield f"smoothing = {self.smoothing}: use more than 0"
        if self.chinese_words < 1:
            yield f"chinese_words = {self.chinese_words}: use 1 or more"
        if not 1 <= self.held_out_percent <= 50:
            yield f"held_out_percent = {self.held_out_percent} is not between 1 and 50"


@dataclass(frozen=True)
class Student:
    """A student beside its teacher; `figures` compare both on texts of products not learnt from."""

    embedder: StaticEmbedder
    folder: Path
    figures: dict[str, float]


class Bags(Dataset[Item]):
    """Texts as token numbers with their teacher's vectors."""

    def __init__(self, tokens: Sequence[list[int]], targets: Vectors) -> None:
        self._tokens, self._targets = tokens, torch.from_numpy(targets)

    def __len__(self) -> int:
        return len(self._tokens)

    def __getitem__(self, index: int) -> Item:
        return self._tokens[index], self._targets[index]

    @property
    def mean_length(self) -> float:
        """Tokens of a text on average."""
        return sum(map(len, self._tokens)) / max(len(self._tokens), 1)


def together(items: Sequence[Item]) -> dict[str, torch.Tensor]:
    """Return a batch: all token numbers, where each text begins, and [texts, dimensions] of targets."""
    ids, starts = bags([tokens for tokens, _ in items])
    return {"input": ids, "offsets": starts, "targets": torch.stack([target for _, target in items])}


class TableTrainer(CarefulSteps, Trainer):  # type: ignore[misc]  # transformers ships no types
    """A Trainer whose loss is the angle between the student's and the teacher's vectors."""

    def compute_loss(
        self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, **_: Any
    ) -> Any:
        """Return one minus the mean cosine."""
        told = model(inputs["input"], inputs["offsets"])
        loss = 1 - functional.cosine_similarity(told, inputs["targets"], dim=-1).mean()
        return (loss, told) if return_outputs else loss


async def shop_lines(settings: Settings) -> list[Text]:
    """Return what the index encodes of each product, and every line of what the shop's records say."""
    found = []
    async with await Store.open(settings) as store:
        async for product in store.each_product():
            for language in get_args(Language):
                if product.is_published and (indexed := search_text(product, language)):
                    found.append(Text(indexed.meaning, language, "shop", product.id))
    for text in await stored_texts(settings):
        lines = [line.strip() for line in text.text.splitlines()]
        found += [Text(line, text.language, "shop", text.product) for line in lines if len(line) > SHORTEST]
    return _distinct(found)


def public_lines(data: Path) -> list[Text]:
    """Return questions, titles and passages of the public sets that may train; none without them."""
    found: list[Text] = []
    with suppress(DataMissing):
        for question in read_epqa(data, "train"):
            told = [question.text, question.title, *(item.text for item in question.candidates)]
            found += [Text(text[:360], "en", "ePQA") for text in told if len(text) > SHORTEST]
        for row in read_hetpqa_answers(data, "train"):
            told = [row.question, row.candidate.text, row.candidate.answer]
            found += [Text(text[:360], "en", "hetPQA") for text in told if len(text) > SHORTEST]
    return _distinct(found)


def _distinct(texts: Sequence[Text]) -> list[Text]:
    return list({(text.language, text.text): text for text in texts}.values())


def distil_retriever(
    settings: Settings, recipe: RetrieverRecipe, texts: Sequence[Text], *, name: str
) -> dict[Language, Student]:
    """Distil the embedders that the settings name, one for each language that has texts.

    The students lie in the runs' folders, one run for each language. The teachers' vectors are kept in the
    index's cache.

    Raises:
        RecipeInvalid: when no language has texts to learn from and to measure on.
    """
    teachers = open_embedders(settings)
    students: dict[Language, Student] = {}
    for language in get_args(Language):
        learnt, kept_back = split(
            [text for text in texts if text.language == language], recipe.held_out_percent
        )
        if len(learnt) < 2 or len(kept_back) < 2:
            print(f"{language}: {len(learnt) + len(kept_back)} texts are too few, no student", flush=True)
            continue
        run = open_run(
            settings.home / "runs" / f"{name}-{language}",
            stage="retriever",
            arguments=recipe.arguments(),
            seed=recipe.seed,
            data={"hash": texts_hash([*learnt, *kept_back]), "teacher": teachers[language].name},
        )
        with VectorCache(settings.home / CACHE_FILE) as cache:
            students[language] = make_student(teachers[language], learnt, kept_back, recipe, run, cache)
        print(f"{language}: {students[language].figures}", flush=True)
    if not students:
        raise RecipeInvalid("no language has texts to learn from and to measure on: import a catalogue first")
    return students


def make_student(
    teacher: Embedder,
    learnt: Sequence[Text],
    kept_back: Sequence[Text],
    recipe: RetrieverRecipe,
    run: Run,
    cache: VectorCache,
) -> Student:
    """Distil one teacher on texts of one language, going on from the run's last checkpoint."""
    torch.manual_seed(recipe.seed)
    lines, others = [text.text for text in learnt], [text.text for text in kept_back]
    targets, right = cache.encode(teacher, lines), cache.encode(teacher, others)
    is_english = learnt[0].language == "en"
    tokenizer = english_tokenizer() if is_english else chinese_tokenizer(lines, recipe.chinese_words)
    student = StaticEmbedder(f"{recipe.name}-{teacher.name}", tokenizer, torch.zeros(1, teacher.dimensions))
    tokens = student.tokens(lines)
    student.table = start_table(tokenizer, tokens, teacher, recipe.smoothing, cache)
    before = likeness(student, others, right)
    known = [row for row, ids in enumerate(tokens) if ids]
    result = tune_table(student, Bags([tokens[row] for row in known], targets[known]), recipe, run)
    figures = result | {"texts": len(lines), "held_out_texts": len(others), "tokens": len(student.table)}
    figures |= {"cosine_before": before, "cosine": likeness(student, others, right)}
    figures |= _speeds(teacher, student, others) | _found(teacher, student, kept_back)
    folder = student.save(run.folder / student.name)
    size = sum(file.stat().st_size for file in folder.iterdir())
    figures = {key: round(value, 4) for key, value in figures.items()} | {"megabytes": round(size / 1e6, 3)}
    run.finish(figures)
    return Student(student, folder, figures)


def start_table(
    tokenizer: Any, tokens: Sequence[Sequence[int]], teacher: Embedder, smoothing: float, cache: VectorCache
) -> torch.Tensor:
    """Return [tokens, dimensions]: the teacher's vector of each token's text, frequent ones shortened."""
    size = tokenizer.get_vocab_size()
    spoken = [(tokenizer.id_to_token(id) or "").removeprefix("##") for id in range(size)]
    counts = np.bincount([id for ids in tokens for id in ids], minlength=size) + 0.5
    weights = smoothing / (smoothing + counts / counts.sum())
    vectors = cache.encode(teacher, spoken) * weights[:, None].astype(np.float32)
    vectors[[not text or text.startswith(("[", "<")) for text in spoken]] = 0
    return torch.from_numpy(vectors)


def tune_table(student: StaticEmbedder, rows: Bags, recipe: RetrieverRecipe, run: Run) -> dict[str, float]:
    """Tune the student's table in place and return steps, loss and speed."""
    table = torch.nn.EmbeddingBag.from_pretrained(student.table, freeze=False, mode="mean")
    arguments = trainer_arguments(run, recipe.training, recipe.seed)
    trainer = TableTrainer(
        model=table,
        args=TrainingArguments(**arguments),
        train_dataset=rows,
        data_collator=together,
    )
    result = train(trainer, run, tokens_per_step=rows.mean_length * recipe.training.rows_per_batch)
    student.table = table.weight.detach().cpu()
    return result


def likeness(student: Embedder, texts: Sequence[str], right: Vectors) -> float:
    """Return the mean cosine of the student's vectors with the teacher's."""
    return float((student.encode_passages(texts) * right).sum(axis=1).mean())


def _speeds(teacher: Embedder, student: Embedder, texts: Sequence[str]) -> dict[str, float]:
    """Texts a second of both, and how many times faster the student is; a query's milliseconds likewise."""
    found = {}
    for name, embedder in (("teacher", teacher), ("student", student)):
        begun = time.perf_counter()
        embedder.encode_passages(texts[:TIMED_TEXTS])
        found[f"{name}_texts_per_second"] = len(texts[:TIMED_TEXTS]) / (time.perf_counter() - begun)
        begun = time.perf_counter()
        for text in texts[:TIMED_QUERIES]:
            embedder.encode_queries([text[:40]])
        found[f"{name}_query_milliseconds"] = (
            1000 * (time.perf_counter() - begun) / len(texts[:TIMED_QUERIES])
        )
    found["times_faster"] = found["student_texts_per_second"] / found["teacher_texts_per_second"]
    return found


def _found(teacher: Embedder, student: Embedder, texts: Sequence[Text]) -> dict[str, float]:
    """The mean reciprocal rank at which the first half of a held-out product's text finds the other half."""
    halves = [text.text[: len(text.text) // 2] + "\n" + text.text[len(text.text) // 2 :] for text in texts]
    pairs = [Text(half, text.language, text.source) for half, text in zip(halves, texts, strict=True)]
    return {"teacher_finds": found_first(teacher, pairs), "student_finds": found_first(student, pairs)}
