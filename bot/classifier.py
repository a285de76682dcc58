"""Tell a message's intent: logistic regression on its meaning (an embedding) and its letters (n-grams).

Trained from the examples in `rasa/data/nlu.yml`; the weights are kept as plain arrays and used with numpy
alone. Knows nothing of conversations, pages or actions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import yaml

from ecomlm.language import normalise
from knowledge.errors import EcomlmError

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
Floats = npt.NDArray[np.float32]

FORMAT = 3
_LENGTHS = (1, 2, 3, 4, 5)
_EMBEDDING_WEIGHT = 1.6
_REGULARISATION = 8.0
_MARKUP = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


class ExamplesInvalid(EcomlmError):
    """The file of example messages is not in Rasa's shape."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message and what it wants."""

    text: str
    intent: str


def read_examples(file: Path) -> list[Example]:
    """Read a Rasa `nlu.yml`, entities' markup taken off.

    Raises:
        ExamplesInvalid: naming what is missing.
    """
    try:
        blocks = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        examples = [
            Example(_MARKUP.sub(r"\1", line.removeprefix("- ").strip()), str(block["intent"]))
            for block in blocks
            if "intent" in block
            for line in block["examples"].splitlines()
            if line.strip().removeprefix("-").strip()
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ExamplesInvalid(
            f"{file} is not a Rasa nlu file ({error!r}); it needs nlu: - intent, examples"
        ) from error
    if len({example.intent for example in examples}) < 2:
        raise ExamplesInvalid(f"{file} has examples of fewer than two intents; add more")
    return examples


@dataclass(frozen=True)
class Classifier:
    """A trained classifier: `weights` are [intents, embedding + n-grams], `idf` one value an n-gram."""

    intents: tuple[str, ...]
    vocabulary: dict[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    embed: Embed

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return one probability per intent for every text, as [texts, intents]."""
        plain = [canonical(text) for text in texts]
        scores = self.embed(plain) @ self.weights[:, : self._width].T * _EMBEDDING_WEIGHT + self.bias
        for row, text in enumerate(plain):
            columns, values = ngram_features(text, self.vocabulary, self.idf)
            if len(columns):
                scores[row] += self.weights[:, self._width + columns] @ values
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        result: Floats = scores / scores.sum(axis=1, keepdims=True)
        return result

    @property
    def _width(self) -> int:
        return int(self.weights.shape[1]) - len(self.idf)

    def save(self, file: Path) -> None:
        """Write the arrays; no code is stored, so that reading the file cannot run any."""
        file.parent.mkdir(parents=True, exist_ok=True)
        header = json.dumps(
            {"intents": self.intents, "vocabulary": list(self.vocabulary)}, ensure_ascii=False
        )
        aside = file.with_suffix(".tmp.npz")
        np.savez(
            aside, header=np.frombuffer(header.encode(), dtype=np.uint8), idf=self.idf, weights=self.weights,
            bias=self.bias,
        )  # fmt: skip
        aside.replace(file)


def train(examples: Sequence[Example], embed: Embed) -> Classifier:
    """Fit a classifier to examples; takes a few seconds."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    texts = [canonical(example.text) for example in examples]
    intents = tuple(sorted({example.intent for example in examples}))
    vocabulary, idf = _vocabulary(texts)
    data: list[float] = []
    rows: list[int] = []
    columns: list[int] = []
    for row, text in enumerate(texts):
        found, values = ngram_features(text, vocabulary, idf)
        rows.extend([row] * len(found))
        columns.extend(found)
        data.extend(values)
    ngrams = csr_matrix((data, (rows, columns)), shape=(len(texts), len(vocabulary)), dtype=np.float32)
    features = hstack([csr_matrix(embed(texts) * _EMBEDDING_WEIGHT), ngrams]).tocsr()
    model = LogisticRegression(C=_REGULARISATION, max_iter=400)
    model.fit(features, [intents.index(example.intent) for example in examples])
    return Classifier(
        intents, vocabulary, idf, model.coef_.astype(np.float32), model.intercept_.astype(np.float32), embed
    )


def load_or_train(file: Path, cache: Path, embed: Embed) -> Classifier:
    """Return the classifier of an examples file: the kept one if the file is as it was, else a new one."""
    digest = hashlib.sha256(file.read_bytes() + f"/{FORMAT}".encode()).hexdigest()[:16]
    kept = cache / f"intents-{digest}.npz"
    if classifier := _load(kept, embed):
        return classifier
    classifier = train(read_examples(file), embed)
    classifier.save(kept)
    for stale in cache.glob("intents-*.npz"):
        if stale != kept:
            stale.unlink(missing_ok=True)
    return classifier


def canonical(text: str) -> str:
    """Return the text as the classifier sees it: plain letters, numbers all alike."""
    return _DIGITS.sub("0", normalise(text).lower())


def ngram_features(text: str, vocabulary: dict[str, int], idf: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return the columns and weights of a text's letter n-grams, of unit length together."""
    counts = Counter(column for gram in _ngrams(text) if (column := vocabulary.get(gram)) is not None)
    columns = np.fromiter(counts, dtype=np.intp, count=len(counts))
    values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * idf[columns]
    length = float(np.linalg.norm(values)) or 1.0
    return columns, (values / length).astype(np.float32)


def _ngrams(text: str) -> list[str]:
    padded = f" {text} "
    return [padded[i : i + size] for size in _LENGTHS for i in range(len(padded) - size + 1)]


def _vocabulary(texts: Sequence[str]) -> tuple[dict[str, int], Floats]:
    seen = Counter(gram for text in texts for gram in set(_ngrams(text)))
    kept = [gram for gram, count in sorted(seen.items()) if count > 1]
    idf = np.array([np.log((1 + len(texts)) / (1 + seen[gram])) + 1 for gram in kept], dtype=np.float32)
    return {gram: column for column, gram in enumerate(kept)}, idf


def _load(file: Path, embed: Embed) -> Classifier | None:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            header: dict[str, Any] = json.loads(arrays["header"].tobytes().decode())
            vocabulary = {gram: column for column, gram in enumerate(header["vocabulary"])}
            return Classifier(
                tuple(header["intents"]), vocabulary, arrays["idf"], arrays["weights"], arrays["bias"], embed
            )
    except (FileNotFoundError, BadZipFile, KeyError, ValueError):
        return None  # not there or cut short: it is made anew
