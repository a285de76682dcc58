"""Which products are alike by what is written of them: for goods that nobody has touched yet.

Texts become weighted words (rare ones count more), and each product keeps its nearest. Both languages share
one space where records have both. Knows nothing of shoppers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ecomlm.language import detect, words
from ecomlm.recommend.table import Matrix, Row, stored_cell

NEAREST = 60
LEAST = 0.04
STEP = 1000
COMMON = 2000
_CUT = 90


class Likeness:
    """The nearest products of each product, with their similarity from 0 to 1."""

    def __init__(self, near: Matrix, vectors: Matrix, vectoriser: Any) -> None:
        near.sort_indices()
        self._near, self._vectors, self._vectoriser = near, vectors, vectoriser

    @classmethod
    def of(cls, texts: Sequence[str]) -> Likeness:
        """Read what is written of each product; its name first, then what describes it."""
        vectoriser = _vectoriser(max_df=COMMON if len(texts) > 2 * COMMON else 1.0)
        try:
            vectors = vectoriser.fit_transform(texts).tocsr()
        except ValueError:  # no text has a word
            vectors = sparse.csr_array((len(texts), 1), dtype=np.float32)
            vectoriser = None
        return cls(_nearest(vectors, vectors, 0), vectors, vectoriser)

    @classmethod
    def restored(
        cls, near: Matrix, vectors: Matrix, vocabulary: Mapping[str, int], idf: npt.NDArray[np.float32]
    ) -> Likeness:
        """Make it of its parts; without a vocabulary no text has a word."""
        vectoriser = _vectoriser(vocabulary=vocabulary) if vocabulary else None
        if vectoriser is not None:
            vectoriser.idf_ = idf
        return cls(near, vectors, vectoriser)

    @property
    def near(self) -> Matrix:
        """The similarity of each product to its nearest."""
        return self._near

    @property
    def vectors(self) -> Matrix:
        """The weighted words of each product."""
        return self._vectors

    @property
    def vocabulary(self) -> dict[str, int]:
        """The column of each word."""
        known = self._vectoriser.vocabulary_ if self._vectoriser is not None else {}
        return {word: int(column) for word, column in known.items()}

    @property
    def idf(self) -> npt.NDArray[np.float32]:
        """How rare each word is."""
        rare = self._vectoriser.idf_ if self._vectoriser is not None else np.zeros(0)
        return np.asarray(rare, np.float32)

    def __len__(self) -> int:
        return int(self._near.shape[0])

    def row(self, number: int) -> Row:
        """Return the nearest products and how near they are."""
        if number >= len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        start, end = self._near.indptr[number], self._near.indptr[number + 1]
        return self._near.indices[start:end].astype(np.int64), self._near.data[start:end]

    def cell(self, one: int, other: int) -> float:
        """Return how near one of a product's nearest is, 0 for all others."""
        return stored_cell(self._near, one, other)

    def between(self, one: int, others: np.ndarray) -> np.ndarray:
        """Return how near one product is to others."""
        found = self._vectors[others] @ self._vectors[[one]].T
        return np.asarray(found.todense(), np.float32).ravel()

    def extend(self, texts: Sequence[str]) -> None:
        """Add products at the end; words that no earlier product had are not known."""
        if not texts:
            return
        if self._vectoriser is None:
            added = sparse.csr_array((len(texts), self._vectors.shape[1]), dtype=np.float32)
        else:
            added = self._vectoriser.transform(texts).tocsr()
        self._vectors = sparse.vstack([self._vectors, added]).tocsr()
        before, size = len(self), len(self) + len(texts)
        new = _nearest(added, self._vectors, before)
        known = self._near.copy()
        known.resize((before, size))
        both = sparse.vstack([known, new]).tocsr()
        self._near = both.maximum(both.T).tocsr()
        self._near.sort_indices()


def _vectoriser(**options: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer=_terms, sublinear_tf=True, norm="l2", dtype=np.float32, **options)


def _terms(text: str) -> list[str]:
    """Return the words, and each two neighbours of them."""
    found = words(text, detect(text))[:_CUT]
    return found + [f"{one} {other}" for one, other in zip(found, found[1:], strict=False)]


def _nearest(vectors: Matrix, others: Matrix, first: int) -> Matrix:
    """Return each row's nearest among the others, without itself (`first` is where the rows stand there)."""
    rows, columns, values = [], [], []
    turned = others.T.tocsr()
    for start in range(0, vectors.shape[0], STEP):
        part = (vectors[start : start + STEP] @ turned).tocsr()
        for offset in range(part.shape[0]):
            low, high = part.indptr[offset], part.indptr[offset + 1]
            near, similar = part.indices[low:high], part.data[low:high]
            kept = (similar >= LEAST) & (near != first + start + offset)
            near, similar = near[kept], similar[kept]
            if len(near) > NEAREST:
                best = np.argpartition(-similar, NEAREST)[:NEAREST]
                near, similar = near[best], similar[best]
            rows.append(np.full(len(near), start + offset, np.int32))
            columns.append(near.astype(np.int32))
            values.append(similar)
    shape = (vectors.shape[0], others.shape[0])
    if not rows:
        return sparse.csr_array(shape, dtype=np.float32)
    cells = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array(cells, shape=shape, dtype=np.float32)
