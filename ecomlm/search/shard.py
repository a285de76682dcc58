"""A searchable set of products: their ids, figures, words and vectors, row by row.

A snapshot is one large shard on disk; what changed since is a small one in memory.
Knows nothing of questions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecomlm.search.columns import Columns, ColumnsGatherer
from ecomlm.search.embed import Embedder
from ecomlm.search.lexical import AddedTexts, WordIndex
from ecomlm.search.texts import SearchText, search_text
from ecomlm.search.vectors import VectorCache, VectorIndex
from knowledge.records import Language, Product

LANGUAGES: tuple[Language, ...] = ("en", "zh")

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Side:
    """The texts of a shard in one language; `rows` leads from a text to its product's row."""

    rows: Rows
    vectors: VectorIndex
    words: WordIndex | AddedTexts
    head: WordIndex | AddedTexts


@dataclass(frozen=True)
class Shard:
    """Products that can be searched; a language in which none of them has a text has no side."""

    ids: tuple[str, ...]
    columns: Columns
    sides: Mapping[Language, Side]

    def __len__(self) -> int:
        return len(self.ids)

    def save(self, folder: Path) -> None:
        """Write the shard into an existing folder."""
        (folder / "ids.json").write_text(json.dumps(self.ids, ensure_ascii=False), encoding="utf-8")
        self.columns.save(folder / "columns.npz")
        for language, side in self.sides.items():
            place = folder / language
            place.mkdir()
            np.save(place / "rows.npy", side.rows, allow_pickle=False)
            side.vectors.save(place / "vectors.faiss")
            for name, index in (("words", side.words), ("head", side.head)):
                if not isinstance(index, WordIndex):
                    raise TypeError("only a shard that was built whole can be saved")
                index.save(place / name)

    @classmethod
    def load(cls, folder: Path) -> Shard:
        """Open what `save` wrote."""
        sides = {
            language: Side(
                np.load(folder / language / "rows.npy", allow_pickle=False),
                VectorIndex.load(folder / language / "vectors.faiss"),
                WordIndex.load(folder / language / "words"),
                WordIndex.load(folder / language / "head"),
            )
            for language in LANGUAGES
            if (folder / language).is_dir()
        }
        ids = tuple(json.loads((folder / "ids.json").read_text(encoding="utf-8")))
        return cls(ids, Columns.load(folder / "columns.npz"), sides)


class ShardGatherer:
    """Collects products into a shard."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._columns = ColumnsGatherer()
        self._rows: dict[Language, list[int]] = {language: [] for language in LANGUAGES}
        self._texts: dict[Language, list[SearchText]] = {language: [] for language in LANGUAGES}

    def add(self, product: Product, rating: float | None = None) -> None:
        """Take the next product, with its reviews' mean rating."""
        for language in LANGUAGES:
            if text := search_text(product, language):
                self._rows[language].append(len(self._ids))
                self._texts[language].append(text)
        self._ids.append(product.id)
        self._columns.add(product, rating)

    def meanings(self, language: Language) -> list[str]:
        """Return the texts that are to be encoded in a language."""
        return [text.meaning for text in self._texts[language]]

    def build(
        self,
        embedders: Mapping[Language, Embedder],
        cache: VectorCache,
        progress: Callable[[int], object] = lambda count: None,
        base: Shard | None = None,
    ) -> Shard:
        """Encode and index what was collected, on the statistics of `base` where one is given."""
        sides = {}
        for language in LANGUAGES:
            if not self._rows[language]:
                continue
            vectors = cache.encode(embedders[language], self.meanings(language), progress)
            known = base.sides.get(language) if base else None
            sides[language] = Side(
                np.array(self._rows[language], np.int32),
                VectorIndex.build(vectors),
                _words([text.words for text in self._texts[language]], known.words if known else None),
                _words([text.head for text in self._texts[language]], known.head if known else None),
            )
        return Shard(tuple(self._ids), self._columns.columns(), sides)


def _words(texts: Sequence[Sequence[str]], base: WordIndex | AddedTexts | None) -> WordIndex | AddedTexts:
    return base.added(texts) if isinstance(base, WordIndex) else WordIndex.build(texts)
