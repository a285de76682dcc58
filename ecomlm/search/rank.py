"""Orders passages by how probably they answer a question, and says how probable that is.

English questions are read together with each passage by a small cross-encoder. Chinese ones, and passages
in the other language, are weighed by a multilingual embedding, shared words and the names of facts.
Knows nothing of dialogue, prompts or where passages come from.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ecomlm.evidence import Evidence, RankedEvidence
from ecomlm.language import words
from ecomlm.search.attribute_text import readable
from ecomlm.search.embed import Embedder, is_quick_at_bfloat16, open_embedder
from ecomlm.search.glossary import shop_glossary
from ecomlm.search.pair_reader import PairReader, encode_pairs, load_tokenizer, stack
from ecomlm.search.passages import value_text
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from knowledge.records import Language

WEIGHTS, CALIBRATION = "ranker", "calibration.json"
READ_AT_MOST = 30
"""So many passages are read word by word; of more, those that share most words with the question."""
NEW_VECTORS_AT_MOST = 12
REMEMBERED_VECTORS = 20_000
_TOKENS = 96
_ROWS = 8
_UNREAD = 1e-4


class RankerMissing(EcomlmError):
    """The ranker's weights are not where they belong."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A weighted sum of named features, as a probability."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability between 0 and 1."""
        total = self.bias + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


class Ranker:
    """Ranks passages. One object serves many threads."""

    def __init__(
        self, reader: PairReader, read: Logistic, compared: Logistic, embedder: Embedder, threads: int
    ) -> None:
        self._tokenizer = load_tokenizer()
        self._reader = reader
        self.reading, self.comparing = read, compared
        self._similarity = _Similarity(embedder)
        self._threads = threads

    @classmethod
    def load(cls, settings: Settings, embedder: Embedder | None = None) -> Ranker:
        """Open the shop's own ranker (`home/models/ranker`) or the one that the project ships.

        `embedder` is the multilingual one where it is loaded already.

        Raises:
            RankerMissing: when the weights are not there or not complete.
        """
        places = [settings.home / "models" / WEIGHTS, Path(str(files("ecomlm"))) / "adapters" / WEIGHTS]
        folder = next((place for place in places if (place / CALIBRATION).exists()), None)
        if folder is None:
            raise RankerMissing(
                f"no ranker in {' or '.join(map(str, places))}. Install the package again, or train one: "
                "python -m training ranker"
            )
        try:
            reader = PairReader.load(folder)
            calibration = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
            read, compared = (
                Logistic(part["bias"], part["weights"])
                for part in (calibration["read"], calibration["compared"])
            )
        except (OSError, ValueError, KeyError) as error:
            raise RankerMissing(
                f"the ranker in {folder} is damaged: {error}. Train it again: python -m training ranker"
            ) from error
        if is_quick_at_bfloat16():
            reader = reader.to(torch.bfloat16)
        chosen = embedder or open_embedder(settings.embedder_zh, settings)
        return cls(reader, read, compared, chosen, settings.threads or os.cpu_count() or 1)

    def rank(
        self, question: str, title: str, evidence: Sequence[Evidence], language: Language
    ) -> list[RankedEvidence]:
        """Return all passages, best first, each with the probability that it answers `question`."""
        scores = [_UNREAD] * len(evidence)
        readable_ones = [
            row for row, item in enumerate(evidence) if language == "en" and english(item) is not None
        ]
        others = sorted(set(range(len(evidence))) - set(readable_ones))
        read = self._scores_read(question, [evidence[row] for row in readable_ones], language)
        new = 0 if readable_ones else NEW_VECTORS_AT_MOST
        compared = self._scores_compared(question, [evidence[row] for row in others], language, new)
        for rows, found in ((readable_ones, read), (others, compared)):
            for row, probability in zip(rows, found, strict=True):
                scores[row] = probability
        order = sorted(range(len(evidence)), key=lambda row: -scores[row])
        return [RankedEvidence(evidence[row], scores[row]) for row in order]

    def prepare(self, evidence: Sequence[Evidence], language: Language) -> None:
        """Compare these passages ahead of the first question, as when a product page is opened."""
        self._similarity.remember(
            [item.text for item in evidence if language == "zh" or english(item) is None]
        )

    def _scores_read(self, question: str, evidence: Sequence[Evidence], language: Language) -> list[float]:
        texts = [f"{item.source}: {english(item)}" for item in evidence]
        shares = shared_words(question, texts, language)
        read = sorted(range(len(texts)), key=lambda row: -shares[row])[:READ_AT_MOST]
        scores = [_UNREAD * (1 + share) for share in shares]
        for row, (order, answers) in zip(
            read, self.read_pairs(question, [texts[row] for row in read]), strict=True
        ):
            features = {"order": order, "answers": answers, "shared": shares[row]}
            scores[row] = self.reading.probability(features)
        return scores

    @torch.inference_mode()
    def read_pairs(self, question: str, texts: Sequence[str]) -> list[tuple[float, float]]:
        """Return the cross-encoder's two scores of each pair: for ordering, and for answering at all."""
        if not texts:
            return []
        torch.set_num_threads(self._threads)
        pairs = encode_pairs(self._tokenizer, question, texts, _TOKENS)
        order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]))
        found: list[tuple[float, float]] = [(0.0, 0.0)] * len(pairs)
        half = -(-len(order) // 2 // _ROWS) * _ROWS or _ROWS
        for start in range(0, len(order), half):
            rows = order[start : start + half]
            scores = self._reader(**stack([pairs[row] for row in rows], -(-len(rows) // _ROWS) * _ROWS))
            for row, score in zip(rows, scores.float().tolist(), strict=False):
                found[row] = (score[0], score[1])
        return found

    def _scores_compared(
        self, question: str, evidence: Sequence[Evidence], language: Language, new_vectors: int
    ) -> list[float]:
        found = self.comparisons(question, evidence, language, new_vectors)
        return [self.comparing.probability(features) for features in found]

    def comparisons(
        self,
        question: str,
        evidence: Sequence[Evidence],
        language: Language,
        new_vectors: int = NEW_VECTORS_AT_MOST,
    ) -> list[dict[str, float]]:
        """Return the features by which a passage in any language is weighed against a question.

        At most `new_vectors` passages that were not compared before are, since that takes long.
        """
        if not evidence:
            return []
        spoken = bilingual(question)
        shares = shared_words(spoken, [bilingual(named(item)) for item in evidence], "zh")
        likely = sorted(range(len(evidence)), key=lambda row: (-shares[row], len(evidence[row].text)))
        similar = self._similarity.of(question, [evidence[row].text for row in likely], new_vectors)
        by_row = dict(zip(likely, similar, strict=True))
        known = [value for value in similar if value is not None]
        best = max(known, default=0.0)
        typical = sum(known) / len(known) if known else 0.0
        features = []
        for row, item in enumerate(evidence):
            value = by_row[row]
            features.append(
                {
                    "similar": (value if value is not None else typical) * 10,
                    "behind": ((value if value is not None else typical) - best) * 10,
                    "shared": shares[row],
                    "label": label_share(spoken, item),
                    "fact": float(item.source == "attribute"),
                    "review": float(item.source in ("review", "community")),
                }
            )
        return features


class _Similarity:
    """Cosine of questions and passages, with the passages' vectors remembered."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, texts: Sequence[str]) -> None:
        """Encode texts that are not known yet."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
            if new:
                for text, vector in zip(new, self._embedder.encode_passages(new), strict=True):
                    self._vectors[text] = vector.astype(np.float16)
            while len(self._vectors) > REMEMBERED_VECTORS:
                self._vectors.popitem(last=False)

    def of(self, question: str, texts: Sequence[str], new: int) -> list[float | None]:
        """Return each text's similarity; None for those not known beyond the first `new`."""
        self.remember([text for text in dict.fromkeys(texts) if text not in self._vectors][:new])
        with self._lock:
            if not any(text in self._vectors for text in texts):
                return [None] * len(texts)
            asked = self._embedder.encode_queries([question])[0]
            vectors = [self._vectors.get(text) for text in texts]
        return [None if vector is None else float(asked @ vector.astype(np.float32)) for vector in vectors]


def english(evidence: Evidence) -> str | None:
    """Return a passage in English, None where it has no English wording."""
    attribute = evidence.attribute
    if evidence.language == "en":
        return readable(evidence.text)
    if attribute is not None and attribute.label.en:
        return f"{attribute.label.en}: {value_text(attribute, 'en')}"
    return None


def named(evidence: Evidence) -> str:
    """Return a passage with the names of its fact in both languages."""
    attribute = evidence.attribute
    if attribute is None:
        return readable(evidence.text)
    return f"{attribute.label.zh} {attribute.label.en} {attribute.key.replace('_', ' ')} {evidence.text}"


def bilingual(text: str) -> str:
    """Return a text together with what its shopping words are called in the other language."""
    glossary = shop_glossary()
    other = [name for _, names in glossary.find_chinese(text) for name in names[:2]]
    other += [name for _, names in glossary.find_english(text) for name in names[:2]]
    return " ".join([text, *other])


def shared_words(question: str, texts: Sequence[str], language: Language) -> list[float]:
    """Return the share of the question's words that each text has, rare words counting more."""
    told = [set(_terms(text, language)) for text in texts]
    asked = set(_terms(question, language))
    if not asked or not texts:
        return [0.0] * len(texts)
    rarity = {term: math.log(1 + len(texts) / (1 + sum(term in each for each in told))) for term in asked}
    whole = sum(rarity.values()) or 1.0
    return [sum(rarity[term] for term in asked & each) / whole for each in told]


def label_share(question: str, evidence: Evidence) -> float:
    """Return how much of a fact's name the question says, in either language."""
    attribute = evidence.attribute
    if attribute is None:
        return 0.0
    asked = set(_terms(question, "zh"))
    shares = [0.0]
    for name in (attribute.label.zh, attribute.label.en, attribute.key.replace("_", " ")):
        terms = set(_terms(name, "zh"))
        if terms:
            shares.append(len(terms & asked) / len(terms))
    return max(shares)


def _terms(text: str, language: Language) -> list[str]:
    """Words, and for Chinese also pairs of characters, since words are cut differently in context."""
    found = list(words(text, language))
    if language == "zh":
        run = [character for character in text if "\u4e00" <= character <= "\u9fff"]
        found += [first + second for first, second in zip(run, run[1:], strict=False)]
    return found
