"""Measures answers to product questions: the base model, the adapter, and copying the best passage.

Prints one table and, on request, JSON. The figures depend on data, seed and limit alone. Knows nothing of
training or of the live conversation.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ecomlm.answer import ANSWER_THRESHOLD
from ecomlm.evidence import Evidence
from ecomlm.generation.engine import Completion, Engine
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.generation.prompts import MAX_PASSAGES, STOP, abstention, answer_prompt
from ecomlm.models.adapter import find_adapter
from ecomlm.models.base import prepare_base, write_json
from ecomlm.search.attribute_text import readable
from ecomlm.search.rank import Ranker
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.sample.load import load_sample
from training.data.examples import passage
from training.data.product_qa import read_epqa, read_hetpqa_answers
from training.data.written import Subjects, pick
from training.evaluate.replies import Reply, agrees, bleu, rouge, silence
from training.ranker import asked_of, measure_reading

OWN_QUESTIONS = Path(__file__).parents[2] / "tests" / "data" / "product_questions.jsonl"
EPQA = "ePQA held-out products"
MAX_TOKENS = 64
AT_ONCE = 4
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


def evaluate(settings: Settings, *, limit: int = 0, seed: int = 7, output: Path | None = None) -> None:
    """Measure, print the table, and write it to `output` as JSON where that is given."""
    report = asyncio.run(measure(settings, limit, seed))
    print(table(report))
    if output:
        write_json(output, report)


async def measure(settings: Settings, limit: int, seed: int) -> dict[str, object]:
    """Return all figures by set and system."""
    ranker = Ranker.load(settings)
    sets = {
        "hetPQA dev": hetpqa_cases(settings.data, limit, seed),
        EPQA: epqa_cases(settings.data, ranker, limit, seed),
        "own EN": own_cases("en", limit, seed),
        "own ZH": own_cases("zh", limit, seed),
    }
    replies = {"copy": {name: [_copied(case) for case in cases] for name, cases in sets.items()}}
    base = prepare_base(settings)
    adapter = find_adapter(settings, base)
    for system, lora in (("base", None), ("adapter", adapter)):
        if system == "adapter" and lora is None:
            continue
        engine = await LlamaCppEngine.load(
            base.gguf,
            lora.gguf if lora else None,
            threads=settings.threads,
            parallel=AT_ONCE,
            context=settings.context_tokens,
        )
        try:
            replies[system] = {name: await answer_all(engine, cases) for name, cases in sets.items()}
        finally:
            await engine.close()
    for system in ("base", "adapter"):
        if system in replies:
            gated = [_gated(*pair) for pair in zip(sets[EPQA], replies[system][EPQA], strict=True)]
            replies[f"{system}+rank"] = {EPQA: gated}
    rows = [
        {"system": system, "set": name, "questions": len(found)} | figures(found, name)
        for system, by_set in replies.items()
        for name, found in by_set.items()
    ]
    held_out = _sampled(read_epqa(settings.data, "held_out"), limit, seed)
    evidence = measure_reading(ranker, [asked_of(item) for item in held_out], ANSWER_THRESHOLD)
    return {
        "seed": seed,
        "limit": limit,
        "base": base.fingerprint,
        "adapter": settings.adapter,
        "evidence": {key: round(value, 4) for key, value in evidence.items()},
        "rows": rows,
    }


def figures(replies: Sequence[Reply], name: str) -> dict[str, float]:
    """Return the figures that mean something for a set."""
    found: dict[str, float] = {}
    if name == "hetPQA dev":
        found |= {"rouge_l": rouge(replies), "bleu": bleu(replies)}
    else:
        found["silence"] = silence(replies)
    if name.startswith("own"):
        found["agrees"] = sum(map(agrees, replies)) / max(len(replies), 1)
        if name == "own EN":
            found["rouge_l"] = rouge(replies)
    return {key: round(value, 4) for key, value in found.items()}


def hetpqa_cases(data: Path, limit: int, seed: int) -> list[Case]:
    """Return hetPQA's development questions, each with the one passage that a person answered from."""
    cases = [
        Case(
            row.question, "", (passage(row.candidate.text, row.candidate.source),), "en", row.candidate.answer
        )
        for row in read_hetpqa_answers(data, "dev")
    ]
    return _sampled(cases, limit, seed)


def epqa_cases(data: Path, ranker: Ranker, limit: int, seed: int) -> list[Case]:
    """Return ePQA's questions on products not trained on, with the ranker's best passages.

    The reference is silence where no candidate answers fully.
    """
    cases = []
    for question in _sampled(read_epqa(data, "held_out"), limit, seed):
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
    shop = Subjects(load_sample())
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
    return _sampled(cases, limit, seed)


async def answer_all(engine: Engine, cases: Sequence[Case]) -> list[Reply]:
    """Return the engine's replies in the order of `cases`, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def answer(case: Case) -> Reply:
        prompt = answer_prompt(case.question, case.subject, case.evidence, case.language)
        async with gate:
            pieces = [
                piece.text
                async for piece in engine.complete(Completion(prompt, max_tokens=MAX_TOKENS, stop=STOP))
            ]
        return Reply(case.language, "".join(pieces).strip(), case.reference)

    return await asyncio.gather(*map(answer, cases))


def table(report: dict[str, object]) -> str:
    """Return the figures as text."""
    rows = report["rows"]
    if not isinstance(rows, list):
        raise TypeError("a report holds its rows as a list")
    names = ("rouge_l", "bleu", "silence", "agrees")
    lines = [f"{'set':24s}{'system':10s}{'n':>5s}" + "".join(f"{name:>10s}" for name in names)]
    for row in sorted(rows, key=lambda row: str(row["set"])):
        cells = "".join(f"{row[name]:10.3f}" if name in row else f"{'-':>10s}" for name in names)
        lines.append(f"{row['set']:24s}{row['system']:10s}{row['questions']:5d}{cells}")
    evidence = report.get("evidence")
    if isinstance(evidence, dict):
        told = ", ".join(f"{name} {value}" for name, value in evidence.items())
        lines.append(f"evidence ranking on {EPQA}: {told}")
    return "\n".join([*lines, f"seed {report['seed']}, limit {report['limit'] or 'none'}"])


def _gated(case: Case, reply: Reply) -> Reply:
    """What is said once nothing is said below the answerer's threshold."""
    silent = case.score < ANSWER_THRESHOLD
    return Reply(reply.language, abstention(reply.language), reply.reference) if silent else reply


def _copied(case: Case) -> Reply:
    return Reply(case.language, readable(case.evidence[0].text) if case.evidence else "", case.reference)


def _sampled(items: Iterable[Item], limit: int, seed: int) -> list[Item]:
    found = list(items)
    return random.Random(seed).sample(found, limit) if 0 < limit < len(found) else found
