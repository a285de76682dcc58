"""How long the recommender trains on a million made-up events, in how much memory, and how fast it answers.

`python -m tests.bench.recommendation` prints the figures alone, as JSON with `--json`; events and titles are
drawn by chance with a fixed seed. Tells nothing of how good suggestions are: see training/evaluate.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from ecomlm.recommend.catalogue import Item
from ecomlm.recommend.journeys import KINDS, Journeys, Kind
from ecomlm.recommend.model import Model
from tests.bench.report import Report, percentile

SECONDS, GIBIBYTES, MILLISECONDS = 600.0, 8.0, 30.0
ASKED = 400
ADDED = 5000
_WORDS, _WORDS_A_TITLE, _DAYS = 20_000, 7, 90
_KINDS = (0.75, 0.15, 0.10)


@dataclass(frozen=True)
class Figures:
    """What was measured: milliseconds of one list of ten (`answer`) and of taking in one event (`event`).

    `cpu` figures are processor time of the one thread: what the others come to on an idle machine.
    """

    items: int
    events: int
    train_seconds: float
    train_cpu: float
    peak_gibibytes: float
    answer_p50: float
    answer_p95: float
    answer_p95_cpu: float
    goes_with_p95: float
    goes_with_p95_cpu: float
    event_mean: float
    lessons: int


def made_up_items(count: int, chance: np.random.Generator) -> list[Item]:
    """Return products with titles of words of which few are common and many rare."""
    kinds = chance.integers(0, max(count // 40, 1), count)
    rare = chance.zipf(1.3, (count, _WORDS_A_TITLE)) % _WORDS
    return [
        Item(
            str(n),
            " ".join(f"w{word}" for word in rare[n]) + f" kind{kinds[n]}",
            brand=f"brand{kinds[n] % 500}",
        )
        for n in range(count)
    ]


def made_up_journeys(items: int, events: int, chance: np.random.Generator) -> Journeys:
    """Return events of shoppers who mostly stay within a neighbourhood of the catalogue."""
    shoppers = max(events // 8, 1)
    owners = chance.integers(0, shoppers, events)
    home = chance.zipf(1.4, shoppers) % items
    steps = chance.geometric(0.05, events) * chance.choice([-1, 1], events)
    anywhere = chance.random(events) < 0.2
    products = np.where(anywhere, chance.integers(0, items, events), (home[owners] * 37 + steps) % items)
    kinds = chance.choice(len(KINDS), events, p=_KINDS)
    times = 1.7e9 + chance.random(events) * _DAYS * 86400
    return Journeys.of_events(owners, products.astype(np.int64), kinds, times)


def measure(items: int, events: int, seed: int) -> Figures:
    """Train once, then ask and add."""
    chance = np.random.default_rng(seed)
    catalogue, journeys = made_up_items(items, chance), made_up_journeys(items, events, chance)
    started, used = time.perf_counter(), time.process_time()
    model = Model.train(catalogue, lambda rows: journeys)
    trained, trained_cpu = time.perf_counter() - started, time.process_time() - used
    starts, ends = journeys.bounds()
    places = chance.choice(len(starts), min(ASKED, len(starts)), replace=False)
    histories = [[str(item) for item in journeys.items[starts[n] : ends[n]]][-10:] for n in places]
    answers = [_seconds(partial(model.suggest, history, 10)) for history in histories]
    pairs = [_seconds(partial(model.suggest, history, 10, relation="goes_with")) for history in histories]
    added = _seconds(lambda: _add(model, items, chance))[0] / ADDED
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Figures(
        items, events, trained, trained_cpu, peak,
        _milliseconds(answers, 0.5, 0), _milliseconds(answers, 0.95, 0),
        _milliseconds(answers, 0.95, 1), _milliseconds(pairs, 0.95, 0), _milliseconds(pairs, 0.95, 1),
        1000 * added, model.blend.lessons,
    )  # fmt: skip


def _milliseconds(timings: Sequence[tuple[float, float]], share: float, clock: int) -> float:
    return 1000 * percentile([timing[clock] for timing in timings], share)


def _add(model: Model, items: int, chance: np.random.Generator) -> None:
    kinds: Sequence[Kind] = KINDS
    for n in range(ADDED):
        model.add(f"new {n // 8}", str(chance.integers(0, items)), kinds[n % 3], 1.8e9 + n)


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long it took, by the clock and of the processor."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


def add_rows(report: Report, is_quick: bool) -> bool:
    """Measure in a process of its own, so that its memory is its own, and add the rows."""
    size = ["--items", "2000", "--events", "20000"] if is_quick else []
    command = [sys.executable, "-m", "tests.bench.recommendation", "--json", *size]
    area = "Recommendation"
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        report.skip(area, "speed", f"it failed: {found.stderr[-200:]}".replace("\n", " "))
        return False
    told: Mapping[str, float] = json.loads(found.stdout)
    sample = f"{told['events']:,} events over {told['items']:,} products"
    report.at_most(area, "training", told["train_seconds"], SECONDS, "s", sample)
    report.at_most(area, "memory at its peak", told["peak_gibibytes"], GIBIBYTES, "GiB", sample)
    asked = f"{ASKED} histories"
    report.at_most(area, "one recommendation p95", told["answer_p95"], MILLISECONDS, "ms", asked)
    report.at_most(area, "what goes with a product p95", told["goes_with_p95"], MILLISECONDS, "ms", asked)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser("python -m tests.bench.recommendation", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = asdict(measure(options.items, options.events, options.seed))
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:16s} {value:,.2f}" if isinstance(value, float) else f"{name:16s} {value:,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
