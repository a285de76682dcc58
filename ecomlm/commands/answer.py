"""`python -m ecomlm answer`: answer every question of a JSONL file from its evidence."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecomlm.answer import Answer, Answerer
from ecomlm.batch import LineInvalid, Row, run_batch, text_of
from ecomlm.evidence import Evidence, Source
from ecomlm.generation.start import start_engine
from ecomlm.language import detect
from ecomlm.search.attribute_text import readable
from ecomlm.search.passages import evidence_of
from ecomlm.search.rank import Ranker
from ecomlm.settings import Settings
from knowledge.records import ProductId
from knowledge.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_SOURCES: dict[str, Source] = {
    "attribute": "attribute", "bullet": "highlight", "osp": "highlight", "highlight": "highlight",
    "desc": "description", "description": "description", "review": "review", "cqa": "community",
    "community": "community", "article": "article", "title": "title", "price": "price", "stock": "stock",
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--input", type=Path, required=True, metavar="FILE",
        help='JSONL: {"id", "question", "title", "evidence": [{"source", "text"}]} or '
        '{"id", "question", "product_id"} for a product of the shop',
    )  # fmt: skip
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE",
        help='JSONL: {"id", "answer", "abstained", "ranking", "scores", "cited", "claims", "seconds"}; '
        "ranking and cited number the evidence from 0, ranking best first",
    )  # fmt: skip


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Answer every line."""
    async with _opened(settings) as (store, answerer):

        async def work(row: Row) -> dict[str, Any]:
            if "product_id" in row:
                return await _about_product(row, store, answerer)
            return await _from_evidence(row, answerer)

        report = await run_batch(options.input, options.output, work, required=("question",), label="answer")
    return report.exit_status


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[tuple[Store, Answerer]]:
    async with await Store.open(settings) as store:
        engine = await start_engine(settings)
        try:
            yield store, Answerer(engine, Ranker.load(settings))
        finally:
            await engine.close()


async def _about_product(row: Row, store: Store, answerer: Answerer) -> dict[str, Any]:
    question = text_of(row, "question")
    language = detect(question)
    product = await store.product(ProductId(text_of(row, "product_id")))
    evidence = evidence_of(product, await store.reviews(product.id), language)
    result = await _answered(answerer, question, product.title.best(language), evidence, frames_reviews=True)
    return {**result, "evidence": [item.id for item in evidence]}


async def _from_evidence(row: Row, answerer: Answerer) -> dict[str, Any]:
    question, title = text_of(row, "question"), row.get("title") or ""
    entries = row.get("evidence")
    if not isinstance(entries, list) or not isinstance(title, str):
        raise LineInvalid("needs 'product_id', or 'title' (text) and 'evidence' (a list of {source, text})")
    evidence = [_evidence(entry, number) for number, entry in enumerate(entries)]
    return await _answered(answerer, question, title, evidence, frames_reviews=False)


def _evidence(entry: object, number: int) -> Evidence:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise LineInvalid(f"evidence {number} is {entry!r}, not {{'source', 'text'}}")
    named = str(entry.get("source", "description")).lower()
    if named not in _SOURCES:
        raise LineInvalid(f"evidence {number} has the source {named!r}; known are {', '.join(_SOURCES)}")
    text = readable(entry["text"])
    return Evidence("given:0", str(number), _SOURCES[named], text, detect(text))


async def _answered(
    answerer: Answerer, question: str, title: str, evidence: Sequence[Evidence], *, frames_reviews: bool
) -> dict[str, Any]:
    started = time.perf_counter()
    stream = answerer.stream(
        question, title=title, evidence=evidence, language=detect(question), frames_reviews=frames_reviews
    )
    async with aclosing(stream) as pieces:
        answer = [piece async for piece in pieces if isinstance(piece, Answer)][-1]
    numbers = {id(item): number for number, item in enumerate(evidence)}
    return {
        "answer": answer.text,
        "abstained": answer.abstained,
        "ranking": list(answer.ranking),
        "scores": [round(score, 5) for score in answer.scores],
        "cited": [numbers[id(item)] for item in answer.cited],
        "claims": [asdict(claim) for claim in answer.claims],
        "seconds": round(time.perf_counter() - started, 4),
    }
