"""Measuring runs for Chinese polarity: linear models over letters, learned from one part of a public set.

They are laid beside the shipped rules on the part held out. Their weights stay in memory and are never
shipped. Knows nothing of categories.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from ecomlm.reviews.analysis import analyse
from ecomlm.reviews.towards import towards
from training.evaluate.reviews import AspectPolarity, ReviewPolarity

NEAR = 30
_CLAUSE = re.compile(r"[,，.。!！?？;；\s~～]+")


def review_polarities(
    learned: Sequence[ReviewPolarity], asked: Sequence[ReviewPolarity], *, with_rules: bool = True
) -> list[str]:
    """Learn from reviews and return the polarities of others."""
    letters = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=3, sublinear_tf=True)
    words = [[row.text for row in rows] for rows in (learned, asked)]
    parts: list[list[Any]] = [[letters.fit_transform(words[0])], [letters.transform(words[1])]]
    if with_rules:
        for part, texts in zip(parts, words, strict=True):
            part.append(csr_matrix([[analyse(text, "zh").score] for text in texts]))
    model = LinearSVC(C=0.5).fit(hstack(parts[0]), [row.polarity for row in learned])
    return [str(side) for side in model.predict(hstack(parts[1]))]


def aspect_polarities(learned: Sequence[AspectPolarity], asked: Sequence[AspectPolarity]) -> list[str]:
    """Learn from texts with an aspect and return the polarities of others.

    What is seen of a text: the aspect, the clause around it, what stands near, the whole, and the rules'
    verdict.
    """
    views = [_views(rows) for rows in (learned, asked)]
    parts: list[list[Any]] = [[], []]
    for place, (longest, weight) in enumerate(((4, 1.0), (4, 1.5), (3, 0.7), (3, 0.5))):
        letters = TfidfVectorizer(analyzer="char", ngram_range=(1, longest), min_df=2, sublinear_tf=True)
        parts[0].append(letters.fit_transform([view[place] for view in views[0]]) * weight)
        parts[1].append(letters.transform([view[place] for view in views[1]]) * weight)
    for part, rows in zip(parts, (learned, asked), strict=True):
        part.append(csr_matrix(np.array([_rules(row) for row in rows])))
    model = LinearSVC(C=0.5).fit(hstack(parts[0]), [f"{row.polarity}" for row in learned])
    return [str(side) for side in model.predict(hstack(parts[1]))]


def _views(rows: Sequence[AspectPolarity]) -> list[tuple[str, str, str, str]]:
    found = []
    for row in rows:
        before, after = row.text[: row.start], row.text[row.start + len(row.aspect) :]
        clause = f"{_CLAUSE.split(before)[-1]}〔{_CLAUSE.split(after)[0]}"
        found.append((row.aspect, clause, f"{before[-NEAR:]}〔〕{after[:NEAR]}", row.text))
    return found


def _rules(row: AspectPolarity) -> list[float]:
    found = towards(row.text, row.aspect, "zh")
    side = {"positive": 1.0, "negative": -1.0}.get(found.polarity, 0.0)
    return [side * min(found.strength, 1.5), float(row.source == "hair")]
