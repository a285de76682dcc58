"""Learns which way a review leans from the project's own sentences, and writes the weights that ship.

Knows nothing of public sets: none of them shapes these weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from ecomlm.reviews.leaning import WEIGHTS, examples
from ecomlm.search.embed import Embedder

FIRMNESS = 10.0
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Learned:
    """How many sentences were learned from, and the accuracy on sentences left out of the learning."""

    sentences: int
    accuracy: float


def learn(embedder: Embedder, file: Path = WEIGHTS) -> Learned:
    """Learn from `ecomlm/reviews/examples_*.tsv` and write the weights."""
    listed = list(examples())
    vectors = np.vstack([embedder.encode_passages([item.text])[0] for item in listed])
    sides = np.array([item.is_content for item in listed])
    model = LogisticRegression(C=FIRMNESS, max_iter=500)
    accuracy = float(cross_val_score(model, vectors, sides, cv=FOLDS).mean())
    model.fit(vectors, sides)
    np.savez(file, weights=model.coef_[0].astype(np.float32), bias=np.float32(model.intercept_[0]))
    return Learned(len(listed), accuracy)
