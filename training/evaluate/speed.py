"""How fast an engine reads and writes: tokens a second, one shopper alone, no part of the prompt cached.

A short measurement on whatever else the machine does; compare engines within one run only. Knows nothing of
quality.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from ecomlm.generation.engine import Completion, Engine
from training.evaluate.facts import Fact
from training.evaluate.intervals import Table, table_of
from training.evaluate.texts import read_lines

REPEATS, WRITTEN, SENTENCES = 5, 48, 20


@dataclass(frozen=True, slots=True)
class Timed:
    """One completion: tokens read and written, and the seconds that each took."""

    read: int
    reading: float
    written: int
    writing: float


async def time_engine(
    engine: Engine, seed: int, *, repeats: int = REPEATS, clock: Callable[[], float] = time.perf_counter
) -> list[Timed]:
    """Return timings of prompts that share no beginning; those that wrote less than two tokens are left out.

    Writing is counted from the first piece on, so that it holds one token less than was written.
    """
    lines = [*read_lines("general.en.txt"), *read_lines("general.zh.txt")]
    found = []
    for number in range(repeats + 1):
        chance = random.Random(f"{seed} {number}")
        prompt = f"{number}: " + " ".join(chance.sample(lines, SENTENCES))
        request = Completion(prompt, max_tokens=WRITTEN, stop=(), ignore_eos=True)
        timed = await _time(engine, request, clock)
        if number and timed:  # the first warms the machine up
            found.append(timed)
    return found


async def _time(engine: Engine, request: Completion, clock: Callable[[], float]) -> Timed | None:
    begun, first, read, written = clock(), 0.0, 0, 0
    async for piece in engine.complete(request):
        first = first or clock()
        read = max(read, piece.prompt_tokens)
        written = max(written, piece.generated_tokens)
    ended = clock()
    if written < 2 or not read:
        return None
    return Timed(read, first - begun, written - 1, ended - first)


def paces(timed: list[Timed]) -> dict[str, float]:
    """Return tokens a second of reading (prefill) and writing (decode); 0 where nothing could be timed."""
    return {fact.figure: rate(fact.table) if timed else 0.0 for fact in speed_facts("", timed)}


def speed_facts(system: str, timed: list[Timed]) -> list[Fact]:
    """Return tokens a second of reading (prefill) and writing (decode)."""
    columns = {
        "prefill_tokens_per_second": [(item.read, item.reading) for item in timed],
        "decode_tokens_per_second": [(item.written, item.writing) for item in timed],
    }
    return [
        Fact("speed", "one shopper", name, system, table_of(rows), rate) for name, rows in columns.items()
    ]


def rate(table: Table) -> float:
    """Return tokens over seconds, the two columns."""
    return float(table[:, 0].sum() / max(table[:, 1].sum(), 1e-9))
