"""Keep vectors: a cache of what was encoded before, and the FAISS index that finds the nearest.

Knows texts only by their hash. Knows nothing of products or languages.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ecomlm.search.embed import Embedder, Vectors

STEP = 512
EXACT_LIMIT = 1_000_000

Rows = npt.NDArray[np.int64]


class VectorCache:
    """Vectors of texts by model and hash, in one SQLite file; what is committed survives a kill."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def encode(
        self, embedder: Embedder, texts: Sequence[str], progress: Callable[[int], object] = lambda count: None
    ) -> Vectors:
        """Return the passages' vectors, computing only those that are not known yet.

        Args:
            progress: called with the number of texts that were done since the last call.
        """
        keys = [_key(embedder, text) for text in texts]
        vectors = np.empty((len(texts), embedder.dimensions), np.float32)
        missing = []
        for row, key in enumerate(keys):
            found = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            if found is None:
                missing.append(row)
            else:
                vectors[row] = np.frombuffer(found[0], np.float32)
        progress(len(texts) - len(missing))
        missing.sort(key=lambda row: len(texts[row]))
        for start in range(0, len(missing), STEP):
            rows = missing[start : start + STEP]
            vectors[rows] = embedder.encode_passages([texts[row] for row in rows])
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    [(keys[row], vectors[row].tobytes()) for row in rows],
                )
            progress(len(rows))
        return vectors

    def keep_only(self, used: Iterable[tuple[Embedder, Sequence[str]]]) -> None:
        """Forget the vectors of all other texts."""
        keys = {_key(embedder, text) for embedder, texts in used for text in texts}
        known = [key for (key,) in self._connection.execute("SELECT key FROM vectors")]
        stale = [(key,) for key in known if key not in keys]
        if len(stale) <= len(keys):
            return
        with self._connection:
            self._connection.executemany("DELETE FROM vectors WHERE key = ?", stale)


def _key(embedder: Embedder, text: str) -> bytes:
    return hashlib.sha256(f"{embedder.name}\0{text}".encode()).digest()[:20]


class VectorIndex:
    """The nearest vectors by inner product: exact up to a million, a navigable graph above."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> VectorIndex:
        """Index the vectors in their order."""
        import faiss

        dimensions = int(vectors.shape[1])
        kind = "Flat" if len(vectors) <= EXACT_LIMIT else "HNSW32"
        index = faiss.index_factory(dimensions, kind, faiss.METRIC_INNER_PRODUCT)
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Open what `save` wrote."""
        import faiss

        faiss.omp_set_num_threads(1)
        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        import faiss

        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vector: Vectors, count: int) -> tuple[Rows, Vectors]:
        """Return the rows and similarities of the `count` vectors nearest to one vector."""
        count = min(count, len(self))
        if not count:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        near, rows = self._index.search(vector.reshape(1, -1), count)
        kept = rows[0] >= 0
        return rows[0][kept], near[0][kept]

    def similarities(self, vector: Vectors, rows: Rows) -> Vectors:
        """Return how near certain rows are to a vector."""
        if not len(rows):
            return np.zeros(0, np.float32)
        found: Vectors = self._index.reconstruct_batch(rows.astype(np.int64)) @ vector
        return found
