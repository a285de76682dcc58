"""Measures one adapter's answers, and two side by side: what a gate and a person decide by.

The questions are on products that nothing was trained on; corrections are asked again as they were. Knows
nothing of training or of what is live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from ecomlm.generation.engine import Completion, Engine
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.generation.prompts import STOP, answer_prompt
from ecomlm.models.adapter import Adapter
from ecomlm.models.base import BaseModel
from ecomlm.settings import Settings
from training.data.product_qa import DataMissing
from training.evaluate.facts import Fact, rows_of
from training.evaluate.product_questions import (
    CORRECTIONS,
    HETPQA,
    OWN_EN,
    OWN_ZH,
    Case,
    facts_of,
    hetpqa_cases,
    own_cases,
)
from training.evaluate.replies import Asked, Reply, agrees
from training.evaluate.support import claim_rows, claims_of, cut_rows, per_hundred, share_cut

__all__ = [
    "CORRECTIONS", "Asked", "Change", "Measured", "as_table", "changes", "measure_adapter", "measure_engine",
    "side_by_side", "standing_prompts", "standing_questions",
]  # fmt: skip
AT_ONCE, MAX_TOKENS = 4, 64
SAID = {"win": "wins", "loss": "losses", "claim": "new unsupported claims"}


@dataclass(frozen=True, slots=True)
class Measured:
    """All replies of one system to what each set asks."""

    asked: dict[str, list[Asked]]
    replies: dict[str, list[Reply]]

    def evaluation(self, seed: int) -> dict[str, Any]:
        """Return what an adapter's `evaluation.json` holds."""
        facts = [*self.answer_facts("adapter"), *self.support_facts("adapter")]
        return {"measured": True, "seed": seed, "rows": rows_of(facts, seed)}

    def answer_facts(self, system: str) -> list[Fact]:
        """Return what is to be measured of each set's replies."""
        return [fact for name, found in self.replies.items() for fact in facts_of(system, name, found)]

    def support_facts(self, system: str) -> list[Fact]:
        """Return how much of what was said no passage supports, before anything is cut."""
        pairs = self.supported_pairs()
        if not pairs:
            return []
        part = name = "unsupported"
        return [
            Fact(part, name, "claims_per_100", system, claim_rows(pairs), per_hundred),
            Fact(part, name, "sentences_cut", system, cut_rows(pairs), share_cut),
        ]

    def supported_pairs(self) -> list[tuple[Asked, Reply]]:
        """Return what was asked with passages, and what was replied."""
        return [
            pair
            for name, asked in self.asked.items()
            for pair in zip(asked, self.replies[name], strict=True)
            if pair[0].evidence is not None
        ]

    def part(self, names: Sequence[str]) -> Measured:
        """Return the sets of these names alone."""
        kept = [name for name in names if name in self.asked]
        asked = {name: self.asked[name] for name in kept}
        return Measured(asked, {name: self.replies[name] for name in kept})

    def pairs(self, name: str) -> list[tuple[Asked, Reply]]:
        """Return what one set asked, and what was replied."""
        return list(zip(self.asked[name], self.replies[name], strict=True))


@dataclass(frozen=True, slots=True)
class Change:
    """A question that two systems answer otherwise.

    `kind` is "win" or "loss" where one says what the person said and the other does not, "claim" where the
    second makes the `claims` that nothing supports and the first did not make.
    """

    kind: Literal["win", "loss", "claim"]
    set: str
    question: str
    before: str
    after: str
    right: str
    claims: tuple[str, ...] = ()


def standing_questions(settings: Settings, limit: int, seed: int) -> dict[str, list[Asked]]:
    """Return the sets that every adapter is measured on; public ones only where they are."""
    sets = {OWN_EN: own_cases("en", limit, seed), OWN_ZH: own_cases("zh", limit, seed)}
    with suppress(DataMissing):
        sets = {HETPQA: hetpqa_cases(settings.data, limit, seed), **sets}
    return {name: list(map(asked_of, cases)) for name, cases in sets.items()}


def asked_of(case: Case) -> Asked:
    """Return a question as the model reads it."""
    prompt = answer_prompt(case.question, case.subject, case.evidence, case.language)
    return Asked(prompt, case.question, case.language, case.reference, case.evidence, case.subject)


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


async def measure_engine(
    engine: Engine, asked: dict[str, list[Asked]], progress: Callable[[str, int], None] = lambda *_: None
) -> Measured:
    """Let an engine answer everything, a few at a time. `progress` hears each set's name and size."""
    replies = {}
    for name, part in asked.items():
        progress(name, len(part))
        replies[name] = await _replies(engine, part)
    return Measured(asked, replies)


async def _replies(engine: Engine, asked: Sequence[Asked]) -> list[Reply]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def answer(item: Asked) -> Reply:
        request = Completion(item.prompt, max_tokens=MAX_TOKENS, stop=STOP)
        async with gate:
            text = "".join([piece.text async for piece in engine.complete(request)])
        return Reply(item.language, text.strip(), item.reference)

    return await asyncio.gather(*map(answer, asked))


def changes(live: Measured, candidate: Measured) -> Iterator[Change]:
    """Yield wins, losses and new unsupported claims, set by set, as far as both were asked the same."""
    for name, part in candidate.asked.items():
        for item, before, after in zip(part, live.replies[name], candidate.replies[name], strict=False):
            texts = (name, item.question, before.text, after.text, item.reference)
            if agrees(after) != agrees(before):
                yield Change("win" if agrees(after) else "loss", *texts)
            known = claims_of(item, before)
            if new := tuple(claim for claim in claims_of(item, after) if claim not in known):
                yield Change("claim", *texts, new)


def side_by_side(live: Measured, candidate: Measured) -> list[str]:
    """Return wins, losses and new unsupported claims with their texts, as lines to print."""
    return lines_of(changes(live, candidate))


def lines_of(found: Iterable[Change], most: int = 20) -> list[str]:
    """Return changes by kind as lines to print, at most so many of each."""
    kinds: dict[str, list[str]] = {kind: [] for kind in SAID}
    for item in found:
        lines = [f"  {item.set}: {item.question}", f"was: {item.before}", f"is:  {item.after}"]
        lines.append(f"right: {item.right}")
        if item.claims:
            lines.append(f"unsupported: {', '.join(item.claims)}")
        kinds[item.kind].append("\n    ".join(lines))
    return [line for kind, told in kinds.items() for line in (f"{SAID[kind]}: {len(told)}", *told[:most])]


def as_table(evaluations: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return adapters' figures side by side as text."""
    names = [name for name, _ in evaluations]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, evaluation in evaluations:
        for row in evaluation["rows"]:
            for key, value in row.items():
                counts = isinstance(value, int | float) and key != "questions"
                if counts and row["system"] == "adapter":
                    found.setdefault((row["set"], key), {})[name] = value
    lines = [f"{'set':14s}{'figure':16s}" + "".join(f"{name[-24:]:>26s}" for name in names)]
    for (group, figure), values in found.items():
        cells = "".join(f"{values[name]:26.3f}" if name in values else f"{'-':>26s}" for name in names)
        lines.append(f"{group:14s}{figure:16s}{cells}")
    return "\n".join(lines)
