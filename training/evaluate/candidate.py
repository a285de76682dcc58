"""Measures one adapter's answers, and two side by side: what a gate and a person decide by.

The questions are on products that nothing was trained on; corrections are asked again as they were. Knows
nothing of training or of what is live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ecomlm.generation.engine import Engine
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.generation.prompts import answer_prompt
from ecomlm.language import words
from ecomlm.models.adapter import Adapter
from ecomlm.models.base import BaseModel
from ecomlm.settings import Settings
from training.data.product_qa import DataMissing
from training.evaluate.claims import unsupported
from training.evaluate.product_questions import AT_ONCE, Case, answer_all, figures, hetpqa_cases, own_cases
from training.evaluate.replies import Reply, agrees

CORRECTIONS = "corrections"
ALIKE = 0.7
"""How much of the words an answer shares with the corrected one to count as the same."""


@dataclass(frozen=True, slots=True)
class Measured:
    """All replies of one adapter to the cases of each set."""

    cases: dict[str, list[Case]]
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
            pair for name in self.cases for pair in zip(self.cases[name], self.replies[name], strict=True)
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


def claims_of(case: Case, reply: Reply) -> list[str]:
    """Return the numbers and stock claims of a reply that neither its passages nor the question hold."""
    return list(unsupported(reply.text, f"{case.question} {case.subject}", case.evidence))


def standing_cases(settings: Settings, limit: int, seed: int) -> dict[str, list[Case]]:
    """Return the sets that every adapter is measured on; public ones only where they are."""
    sets = {"own EN": own_cases("en", limit, seed), "own ZH": own_cases("zh", limit, seed)}
    try:
        return {"hetPQA dev": hetpqa_cases(settings.data, limit, seed), **sets}
    except DataMissing:
        return sets


def standing_prompts(settings: Settings, count: int, seed: int = 7) -> list[str]:
    """Return prompts of the standing sets, as many of each as there are, at most `count` in all."""
    sets = standing_cases(settings, -(-count // 2), seed)
    cases = [case for group in zip(*sets.values(), strict=False) for case in group][:count]
    return [answer_prompt(case.question, case.subject, case.evidence, case.language) for case in cases]


async def measure_adapter(
    settings: Settings, base: BaseModel, adapter: Adapter | None, cases: dict[str, list[Case]]
) -> Measured:
    """Let the adapter (None: the base alone) answer all cases on the CPU engine."""
    engine = await LlamaCppEngine.load(
        base.gguf,
        adapter.gguf if adapter else None,
        threads=settings.threads,
        parallel=AT_ONCE,
        context=settings.context_tokens,
    )
    try:
        return await measure_engine(engine, cases)
    finally:
        await engine.close()


async def measure_engine(engine: Engine, cases: dict[str, list[Case]]) -> Measured:
    """Let an engine answer all cases."""
    return Measured(cases, {name: await answer_all(engine, part) for name, part in cases.items()})


def side_by_side(live: Measured, candidate: Measured, most: int = 20) -> list[str]:
    """Return wins, losses and new unsupported claims with their texts, as lines to print."""
    kinds: dict[str, list[str]] = {"wins": [], "losses": [], "new unsupported claims": []}
    for name, cases in candidate.cases.items():
        for case, before, after in zip(cases, live.replies[name], candidate.replies[name], strict=True):
            lines = (f"  {name}: {case.question}", f"was: {before.text}", f"is:  {after.text}")
            told = "\n    ".join((*lines, f"right: {case.reference}"))
            if agrees(after) != agrees(before):
                kinds["wins" if agrees(after) else "losses"].append(told)
            new = [claim for claim in claims_of(case, after) if claim not in claims_of(case, before)]
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
