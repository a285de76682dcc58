"""Orders passages by how probably they answer a question, and says how probable that is.

A small network tells how like a passage is to the question, in either language; that, the words they share
and the names of facts are weighed together. Knows nothing of dialogue, prompts or where passages come from.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ecomlm.evidence import Evidence, RankedEvidence
from ecomlm.language import words
from ecomlm.search.attribute_text import readable
from ecomlm.search.glossary import shop_glossary
from ecomlm.search.late_interaction import LateInteraction
from ecomlm.search.passages import value_text
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from knowledge.records import Language

WEIGHTS, CALIBRATION = "ranker", "calibration.json"
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
NEW_AT_MOST = 30
"""So many passages that were not read ahead are read for one question; of more, those sharing most words."""
FEATURES = ("alike", "behind", "shared", "label", "fact", "buyer", "community", "unsure")
_UNSURE = re.compile(
    r"\b(i (think|believe|guess|imagine|would)|not sure|don'?t know|should|could|might|may(be)?"
    r"|probably|possibly|seems?|assum\w+|hope)\b|可能|也许|大概|应该|好像|似乎|不确定|不知道|不清楚|我觉得|我想|估计|说不定",
    re.IGNORECASE,
)
"""Words by which somebody says that they only suppose: such a passage helps, but seldom answers."""
_ASKED_BEFORE = "Question:"


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

    def __init__(self, reader: LateInteraction, weighing: Mapping[Language, Logistic]) -> None:
        self._reader = reader
        self.weighing = weighing

    @classmethod
    def load(cls, settings: Settings) -> Ranker:
        """Open the shop's own ranker (`home/models/ranker`) or the one that the project ships.

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
            calibration = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
            weighing = {language: _logistic(calibration[language]) for language in _LANGUAGES}
            reader = LateInteraction.load(folder, settings.threads)
        except (OSError, ValueError, KeyError) as error:
            raise RankerMissing(
                f"the ranker in {folder} is damaged: {error}. Train it again: python -m training ranker"
            ) from error
        return cls(reader, weighing)

    def rank(
        self, question: str, title: str, evidence: Sequence[Evidence], language: Language
    ) -> list[RankedEvidence]:
        """Return all passages, best first, each with the probability that it answers `question`."""
        weighing = self.weighing[language]
        scores = [weighing.probability(found) for found in self.features(question, evidence, language)]
        order = sorted(range(len(evidence)), key=lambda row: -scores[row])
        return [RankedEvidence(evidence[row], scores[row]) for row in order]

    def prepare(self, evidence: Sequence[Evidence], language: Language) -> None:
        """Read these passages ahead of the first question, as when a product page is opened."""
        self._reader.remember([told(item, language) for item in evidence])

    def features(
        self, question: str, evidence: Sequence[Evidence], language: Language
    ) -> list[dict[str, float]]:
        """Return the features by which each passage is weighed; see `FEATURES`."""
        if not evidence:
            return []
        texts = [told(item, language) for item in evidence]
        spoken = question if language == "en" else bilingual(question)
        shares = shared_words(
            spoken, texts if language == "en" else [bilingual(named(item)) for item in evidence], language
        )
        likely = sorted(range(len(texts)), key=lambda row: (-shares[row], len(texts[row])))
        found = self._reader.scores(question, [texts[row] for row in likely], new=NEW_AT_MOST)
        known = [score for score in found if score is not None]
        best, typical = max(known), sum(known) / len(known)
        alike = dict(zip(likely, (typical if score is None else score for score in found), strict=True))
        return [
            {
                "alike": alike[row],
                "behind": alike[row] - best,
                "shared": shares[row],
                "label": label_share(bilingual(question), item),
                "fact": float(item.source == "attribute"),
                "buyer": float(item.source in ("review", "community")),
                "community": float(item.source == "community"),
                "unsure": float(_UNSURE.search(texts[row]) is not None),
            }
            for row, item in enumerate(evidence)
        ]


def told(evidence: Evidence, language: Language) -> str:
    """Return a passage as the network reads it: its source, then its words, in English if that is asked.

    Of a community answer, the question that it was given to is left out: it says nothing of the product.
    """
    text = (english(evidence) if language == "en" else None) or readable(evidence.text)
    if evidence.source == "community":
        text = text.partition(_ASKED_BEFORE)[0].strip() or text
    return f"{evidence.source}: {text}"


def _logistic(part: Mapping[str, Any]) -> Logistic:
    return Logistic(float(part["bias"]), {name: float(part["weights"][name]) for name in FEATURES})


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
