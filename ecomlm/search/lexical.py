"""Find texts by their words: BM25 scores and how much of a question's words a text holds.

Built with bm25s and read posting by posting. Knows nothing of products or languages.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]

K1, B = 1.5, 0.75


class _Scored(ABC):
    """Texts that are found by their words."""

    texts: int

    @abstractmethod
    def postings(self, word: str) -> tuple[Rows, Scores]:
        """Return the rows of the texts that hold a word, and the word's score in each."""

    @abstractmethod
    def rarity(self, word: str) -> float:
        """Return the word's inverse document frequency; a word of no text is the rarest."""

    def scores(self, words: Iterable[str]) -> tuple[Scores, Scores]:
        """Return every text's BM25 score and the share of the words, by rarity, that it holds."""
        score, cover = np.zeros(self.texts, np.float32), np.zeros(self.texts, np.float32)
        wanted = Counter(words)
        whole = sum(self.rarity(word) for word in wanted)
        for word, count in wanted.items():
            rows, values = self.postings(word)
            score[rows] += count * values
            cover[rows] += self.rarity(word) / whole
        return score, cover


class WordIndex(_Scored):
    """A BM25 index that stays as it was built; `added` texts are scored against its statistics."""

    def __init__(
        self, texts: int, mean_length: float, vocabulary: dict[str, int], matrix: dict[str, Any]
    ) -> None:
        self.texts = texts
        self.mean_length = mean_length
        self._vocabulary = vocabulary
        self._matrix = matrix

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> WordIndex:
        """Index texts that are given as lists of words."""
        if not any(texts):
            return cls(len(texts), 0.0, {}, {})
        import bm25s

        index = bm25s.BM25(method="lucene", k1=K1, b=B)
        index.index([list(words) for words in texts], create_empty_token=False, show_progress=False)
        mean = sum(map(len, texts)) / len(texts)
        return cls(len(texts), mean, dict(index.vocab_dict), dict(index.scores))

    def save(self, folder: Path) -> None:
        """Write the index into a folder of its own."""
        import json

        folder.mkdir(parents=True)
        for name in ("data", "indices", "indptr"):
            np.save(
                folder / f"{name}.npy", self._matrix.get(name, np.zeros(0, np.float32)), allow_pickle=False
            )
        about = {"texts": self.texts, "mean_length": self.mean_length, "vocabulary": self._vocabulary}
        (folder / "words.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> WordIndex:
        """Open what `save` wrote; the postings stay on disk until they are needed."""
        import json

        about = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        names = ("data", "indices", "indptr") if about["vocabulary"] else ()
        matrix = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
        return cls(about["texts"], about["mean_length"], about["vocabulary"], matrix)

    @property
    def vocabulary(self) -> Collection[str]:
        """All words."""
        return self._vocabulary.keys()

    def postings(self, word: str) -> tuple[Rows, Scores]:
        """Return the rows of the texts that hold a word, and the word's score in each."""
        number = self._vocabulary.get(word)
        if number is None:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        start, end = (int(self._matrix["indptr"][number + step]) for step in (0, 1))
        return self._matrix["indices"][start:end], self._matrix["data"][start:end]

    def rarity(self, word: str) -> float:
        """Return the word's inverse document frequency; a word of no text is the rarest."""
        number = self._vocabulary.get(word)
        held = (
            0 if number is None else int(self._matrix["indptr"][number + 1] - self._matrix["indptr"][number])
        )
        return _rarity(self.texts, held)

    def added(self, texts: Sequence[Sequence[str]]) -> AddedTexts:
        """Return a small index of texts that came later, comparable with this one."""
        return AddedTexts(self, texts)


class AddedTexts(_Scored):
    """Texts that came after a WordIndex was built, scored as if they were in it."""

    def __init__(self, index: WordIndex, texts: Sequence[Sequence[str]]) -> None:
        self.texts = len(texts)
        self._index = index
        self._counts = [Counter(words) for words in texts]
        self._mean = index.mean_length or (sum(map(len, texts)) / len(texts) if texts else 0.0) or 1.0

    @property
    def vocabulary(self) -> Collection[str]:
        """All words."""
        return {word for counts in self._counts for word in counts}

    def postings(self, word: str) -> tuple[Rows, Scores]:
        """Return the rows of the texts that hold a word, and the word's score in each."""
        rows = [row for row, counts in enumerate(self._counts) if word in counts]
        values = [self._score(self._counts[row], word) for row in rows]
        return np.array(rows, np.int32), np.array(values, np.float32)

    def _score(self, counts: Counter[str], word: str) -> float:
        length = counts.total() / self._mean
        return self.rarity(word) * counts[word] / (counts[word] + K1 * (1 - B + B * length))

    def rarity(self, word: str) -> float:
        """Return the word's rarity in the index that these texts add to."""
        if self._index.texts:
            return self._index.rarity(word)
        return _rarity(self.texts, sum(word in counts for counts in self._counts))


def _rarity(texts: int, held: int) -> float:
    return log(1 + (texts - held + 0.5) / (held + 0.5))
