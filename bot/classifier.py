"""Tell a message's intent: a linear model of its meaning (an embedding) and its letters (n-grams).

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

from bot import patterns
from ecomlm.language import normalise
from knowledge.errors import EcomlmError

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
Floats = npt.NDArray[np.float32]

FORMAT = 5
SHIPPED = Path(__file__).parent / "rasa" / "router.npz"
_LENGTHS = (1, 2, 3, 4, 5)
_EMBEDDING_WEIGHT = 1.5
_COST = 0.5
_MADE_WEIGHT = 0.5
_SEEN_AT_LEAST = 3
_SHARPNESS = 3.5  # turns margins into probabilities that come true about as often as they say
_MARKUP = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


class ExamplesInvalid(EcomlmError):
    """The file of example messages is not in Rasa's shape."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message and what it wants."""

    text: str
    intent: str
    weight: float = 1.0


def read_examples(file: Path) -> list[Example]:
    """Read a Rasa `nlu.yml`, entities' markup taken off.

    Raises:
        ExamplesInvalid: naming what is missing.
    """
    try:
        blocks = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["nlu"]
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
    mean: Floats
    weights: Floats
    bias: Floats
    embed: Embed

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return one probability per intent for every text, as [texts, intents]."""
        plain = [canonical(text) for text in texts]
        meanings = _centred(self.embed(plain), self.mean) * _EMBEDDING_WEIGHT
        scores = meanings @ self.weights[:, : len(self.mean)].T + self.bias
        for row, text in enumerate(plain):
            columns, values = ngram_features(text, self.vocabulary, self.idf)
            if len(columns):
                scores[row] += self.weights[:, len(self.mean) + columns] @ values
        scores = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
        result: Floats = scores / scores.sum(axis=1, keepdims=True)
        return result

    def save(self, file: Path, recipe: str) -> None:
        """Write the arrays; no code is stored, so that reading the file cannot run any."""
        file.parent.mkdir(parents=True, exist_ok=True)
        header = {"recipe": recipe, "intents": self.intents, "vocabulary": list(self.vocabulary)}
        aside = file.with_name(f".{file.name}.tmp.npz")
        np.savez_compressed(
            aside,
            header=np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8),
            idf=self.idf,
            mean=self.mean,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
        )
        aside.replace(file)


def train(examples: Sequence[Example], embed: Embed) -> Classifier:
    """Fit a classifier to examples; takes a few seconds."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    texts = [canonical(example.text) for example in examples]
    intents = tuple(sorted({example.intent for example in examples}))
    vocabulary, idf = _vocabulary(texts)
    meanings = embed(texts)
    mean = meanings.mean(axis=0)
    grams = [ngram_features(text, vocabulary, idf) for text in texts]
    ngrams = csr_matrix(
        (
            np.concatenate([values for _, values in grams]),
            np.concatenate([columns for columns, _ in grams]),
            np.cumsum([0, *(len(columns) for columns, _ in grams)]),
        ),
        shape=(len(texts), len(vocabulary)),
    )
    features = hstack([csr_matrix(_centred(meanings, mean) * _EMBEDDING_WEIGHT), ngrams]).tocsr()
    model = LinearSVC(C=_COST, class_weight="balanced", random_state=0)
    wanted = [intents.index(example.intent) for example in examples]
    model.fit(features, wanted, sample_weight=[example.weight for example in examples])
    weights, bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    return Classifier(intents, vocabulary, idf, mean, weights, bias, embed)


def _centred(meanings: Floats, mean: Floats) -> Floats:
    """Return unit vectors of what sets each text apart from the common direction of all of them."""
    apart = meanings - mean
    result: Floats = apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    return result


def load_or_train(file: Path, cache: Path, embed: Embed) -> Classifier:
    """Return the classifier of an examples file: the shipped or kept one if it is of it, else a new one."""
    recipe = recipe_of(file)
    kept = cache / "intents.npz"
    for made in (SHIPPED, kept):
        if classifier := load(made, recipe, embed):
            return classifier
    classifier = train([*read_examples(file), *pattern_examples()], embed)
    classifier.save(kept, recipe)
    return classifier


def recipe_of(file: Path) -> str:
    """Return what tells whether a trained classifier is of these examples, patterns and settings."""
    settings = f"/{FORMAT}/{_EMBEDDING_WEIGHT}/{_COST}/{_MADE_WEIGHT}/{_SEEN_AT_LEAST}".encode()
    return hashlib.sha256(file.read_bytes() + patterns.FILE.read_bytes() + settings).hexdigest()[:16]


def pattern_examples() -> list[Example]:
    """Return the examples made from patterns, which count less than written ones."""
    return [Example(text, intent, _MADE_WEIGHT) for text, intent in patterns.made_examples()]


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
    kept = [gram for gram, count in sorted(seen.items()) if count >= _SEEN_AT_LEAST]
    idf = np.array([np.log((1 + len(texts)) / (1 + seen[gram])) + 1 for gram in kept], dtype=np.float32)
    return {gram: column for column, gram in enumerate(kept)}, idf


def load(file: Path, recipe: str, embed: Embed) -> Classifier | None:
    """Return the classifier in a file; None where there is none, it is cut short, or of another recipe."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            header: dict[str, Any] = json.loads(arrays["header"].tobytes().decode())
            if header["recipe"] != recipe:
                return None
            vocabulary = {gram: column for column, gram in enumerate(header["vocabulary"])}
            idf, mean, weights, bias = (
                arrays[name].astype(np.float32) for name in ("idf", "mean", "weights", "bias")
            )
            return Classifier(tuple(header["intents"]), vocabulary, idf, mean, weights, bias, embed)
    except (FileNotFoundError, BadZipFile, KeyError, ValueError, EOFError):
        return None
