"""Measures one adapter's answers, and two side by side: what a gate and a person decide by.

The questions are on products that nothing was trained on; corrections are asked again as they were. Knows
nothing of training or of what is live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ecomlm.evidence import Evidence
from ecomlm.generation.engine import Completion, Engine
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.generation.prompts import STOP, answer_prompt
from ecomlm.language import words
from ecomlm.models.adapter import Adapter
from ecomlm.models.base import BaseModel
from ecomlm.settings import Settings
from knowledge.records import Language
from training.data.product_qa import DataMissing
from training.evaluate.claims import unsupported
from training.evaluate.product_questions import AT_ONCE, MAX_TOKENS, Case, figures, hetpqa_cases, own_cases
from training.evaluate.replies import Reply, agrees

CORRECTIONS = "corrections"
ALIKE = 0.7
"""How much of the words an answer shares with the corrected one to count as the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt with what a person answered. `evidence` is what claims are held against, None to hold none."""

    prompt: str
    question: str
    language: Language
    reference: str
    evidence: tuple[Evidence, ...] | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """All replies of one adapter to what each set asks."""

    asked: dict[str, list[Asked]]
    replies: dict[str, list[Reply]]

    def evaluation(self, seed: int) -> dict[str, Any]:
        """Return what an adapter's `evaluation.json` holds."""
        rows = [
            {"system": "adapter", "set": name, "questions": len(found)} | self._figures(name)
            for name, found in self.replies.items()
        ]
        rows.append({"system": "adapter", "set": "unsupported", **self._unsupported()})
        return {"measured": True, "seed": seed, "rows": rows}

    def _figures(self, name: str) -> dict[str, float]:
        found = self.replies[name]
        if name != CORRECTIONS:
            return figures(found, name)
        return {"as_corrected": round(sum(map(as_corrected, found)) / max(len(found), 1), 4)}

    def _unsupported(self) -> dict[str, float]:
        pairs = [
            pair
            for name, asked in self.asked.items()
            for pair in zip(asked, self.replies[name], strict=True)
            if pair[0].evidence is not None
        ]
        faulty = sum(bool(claims_of(*pair)) for pair in pairs)
        return {"questions": len(pairs), "claims_per_100": round(100 * faulty / max(len(pairs), 1), 2)}


def as_corrected(reply: Reply) -> bool:
    """True where a reply says what the correction says.

    Silence, yes or no, and numbers are the same, and most words in their order.
    """
    return agrees(reply) and alike(reply) >= ALIKE


def alike(reply: Reply) -> float:
    """Return how much of their words two answers share in order, 0 to 1; Chinese by characters."""
    if reply.language == "zh":
        one, other = ([sign for sign in text if sign.isalnum()] for text in (reply.text, reply.reference))
    else:
        one, other = (words(text, reply.language) for text in (reply.text, reply.reference))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def claims_of(asked: Asked, reply: Reply) -> list[str]:
    """Return the numbers and stock claims of a reply that stand neither in its prompt nor its passages."""
    if asked.evidence is None:
        return []
    return list(unsupported(reply.text, asked.prompt, asked.evidence))


def standing_questions(settings: Settings, limit: int, seed: int) -> dict[str, list[Asked]]:
    """Return the sets that every adapter is measured on; public ones only where they are."""
    sets = {"own EN": own_cases("en", limit, seed), "own ZH": own_cases("zh", limit, seed)}
    with suppress(DataMissing):
        sets = {"hetPQA dev": hetpqa_cases(settings.data, limit, seed), **sets}
    return {name: list(map(_asked, cases)) for name, cases in sets.items()}


def _asked(case: Case) -> Asked:
    prompt = answer_prompt(case.question, case.subject, case.evidence, case.language)
    return Asked(prompt, case.question, case.language, case.reference, case.evidence)


def standing_prompts(settings: Settings, count: int, seed: int = 7) -> list[str]:
    """Return prompts of the standing sets, as many of each as there are, at most `count` in all."""
    sets = standing_questions(settings, -(-count // 2), seed)
    return [asked.prompt for group in zip(*sets.values(), strict=False) for asked in group][:count]


async def measure_adapter(
    settings: Settings, base: BaseModel, adapter: Adapter | None, asked: dict[str, list[Asked]]
) -> Measured:
    """Let the adapter (None: the base alone) answer everything on the CPU engine."""
    engine = await LlamaCppEngine.load(
        base.gguf,
        adapter.gguf if adapter else None,
        threads=settings.threads,
        parallel=AT_ONCE,
        context=settings.context_tokens,
    )
    try:
        return await measure_engine(engine, asked)
    finally:
        await engine.close()


async def measure_engine(engine: Engine, asked: dict[str, list[Asked]]) -> Measured:
    """Let an engine answer everything, a few at a time."""
    return Measured(asked, {name: await _replies(engine, part) for name, part in asked.items()})


async def _replies(engine: Engine, asked: Sequence[Asked]) -> list[Reply]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def answer(item: Asked) -> Reply:
        request = Completion(item.prompt, max_tokens=MAX_TOKENS, stop=STOP)
        async with gate:
            text = "".join([piece.text async for piece in engine.complete(request)])
        return Reply(item.language, text.strip(), item.reference)

    return await asyncio.gather(*map(answer, asked))


def side_by_side(live: Measured, candidate: Measured, most: int = 20) -> list[str]:
    """Return wins, losses and new unsupported claims with their texts, as lines to print."""
    kinds: dict[str, list[str]] = {"wins": [], "losses": [], "new unsupported claims": []}
    for name, part in candidate.asked.items():
        for item, before, after in zip(part, live.replies[name], candidate.replies[name], strict=True):
            lines = (f"  {name}: {item.question}", f"was: {before.text}", f"is:  {after.text}")
            told = "\n    ".join((*lines, f"right: {item.reference}"))
            if agrees(after) != agrees(before):
                kinds["wins" if agrees(after) else "losses"].append(told)
            new = [claim for claim in claims_of(item, after) if claim not in claims_of(item, before)]
            if new:
                kinds["new unsupported claims"].append(f"{told}\n    unsupported: {', '.join(new)}")
    return [line for kind, found in kinds.items() for line in (f"{kind}: {len(found)}", *found[:most])]


def as_table(evaluations: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return adapters' figures side by side as text."""
    names = [name for name, _ in evaluations]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, evaluation in evaluations:
        for row in evaluation["rows"]:
            for key, value in row.items():
                if key not in ("system", "set", "questions") and row["system"] == "adapter":
                    found.setdefault((row["set"], key), {})[name] = value
    lines = [f"{'set':14s}{'figure':16s}" + "".join(f"{name[-24:]:>26s}" for name in names)]
    for (group, figure), values in found.items():
        cells = "".join(f"{values[name]:26.3f}" if name in values else f"{'-':>26s}" for name in names)
        lines.append(f"{group:14s}{figure:16s}{cells}")
    return "\n".join(lines)
