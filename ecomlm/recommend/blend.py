"""How much each sign counts: learnt from what shoppers did next, or a plain default where that is too little.

A linear model whose scores are compared within one history (multinomial logistic regression over that
history's candidates). Knows columns of signs. Knows nothing of products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from ecomlm.recommend.journeys import Floats
from ecomlm.recommend.signs import NAMES

LEAST_LESSONS = 150
MOST_OTHERS = 300
STEPS = 120
RIDGE = 3e-4

# Where a shop has too few journeys to learn from: what followed and what is alike, then what is wanted.
_DEFAULT = {
    "follows": 4.0, "follows_last": 2.0, "lift": 2.0, "alike": 2.0, "alike_last": 1.0, "smoothed": 2.0,
    "wanted": 0.15, "trend": 0.15, "brand_last": 0.2, "again": 3.0,
}  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """The signs of products after a history; the first row is the one that came next."""

    values: Floats

    @classmethod
    def of(cls, values: Floats, chosen: int, chance: np.random.Generator) -> Lesson:
        """Keep the row that came next and some of the others, so that many lessons fit into memory."""
        others = np.delete(np.arange(len(values)), chosen)
        if len(others) > MOST_OTHERS:
            others = chance.choice(others, MOST_OTHERS, replace=False)
        return cls(values[np.concatenate([[chosen], others])])


@dataclass(frozen=True)
class Blend:
    """Weights of the signs in the order of NAMES. `lessons` is from how many cases they were learnt."""

    weights: npt.NDArray[np.float64]
    lessons: int = 0

    @classmethod
    def default(cls) -> Blend:
        """Return the weights for a shop that is too young to learn from."""
        return cls(np.array([_DEFAULT.get(name, 0.0) for name in NAMES]))

    @classmethod
    def learn(cls, lessons: Sequence[Lesson]) -> Blend:
        """Fit the weights; too few lessons give the default ones."""
        if len(lessons) < LEAST_LESSONS:
            return cls.default()
        values, starts = _stack(lessons)
        scale = np.maximum(values.std(axis=0), 1e-6)
        values = values / scale

        def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            scores = values @ weights
            tops = np.maximum.reduceat(scores, starts)
            lengths = np.diff(np.append(starts, len(scores)))
            powers = np.exp(scores - np.repeat(tops, lengths))
            sums = np.add.reduceat(powers, starts)
            value = np.log(sums) + tops - scores[starts]
            gradient = values.T @ (powers / np.repeat(sums, lengths)) - values[starts].sum(axis=0)
            count = len(starts)
            penalty = RIDGE * float(weights @ weights)
            return float(value.mean()) + penalty, gradient / count + 2 * RIDGE * weights

        found = minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
        return cls(np.asarray(found.x, np.float64) / scale, len(lessons))

    def scores(self, values: Floats) -> npt.NDArray[np.float64]:
        """Return a score for each row of signs."""
        return np.asarray(values @ self.weights, np.float64)


def _stack(lessons: Sequence[Lesson]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Join the lessons and return where each begins."""
    lengths = [len(lesson.values) for lesson in lessons]
    starts = np.cumsum([0, *lengths[:-1]], dtype=np.int64)
    return np.concatenate([lesson.values for lesson in lessons]).astype(np.float64), starts
