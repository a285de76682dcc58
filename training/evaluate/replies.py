"""Compares replies with what a person answered: words, numbers, yes or no, and when to stay silent.

Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

from ecomlm.generation.prompts import abstention
from ecomlm.quantities import quantities
from ecomlm.verdict import polarity
from knowledge.records import Language


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system said where a person said `reference`."""

    language: Language
    text: str
    reference: str


def abstains(text: str, language: Language) -> bool:
    """True where the reply is the sentence that nothing is known."""
    return text.strip().rstrip("。. ").lower() == abstention(language).rstrip("。. ").lower()


def rouge(replies: Sequence[Reply]) -> float:
    """Return the mean stemmed ROUGE-L F1 of English replies."""
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    scores = [scorer.score(reply.reference, reply.text)["rougeL"].fmeasure for reply in replies]
    return float(sum(scores) / max(len(scores), 1))


def bleu(replies: Sequence[Reply]) -> float:
    """Return the corpus BLEU of English replies."""
    return float(BLEU().corpus_score([r.text for r in replies], [[r.reference for r in replies]]).score)


def agrees(reply: Reply) -> bool:
    """True where silence, yes or no, and every number are the same as the person's.

    A number that the reply leaves out is a fault only where the person gave numbers at all.
    """
    silent = abstains(reply.reference, reply.language)
    if silent or abstains(reply.text, reply.language):
        return silent == abstains(reply.text, reply.language)
    wanted = polarity(reply.reference)
    if wanted is not None and polarity(reply.text) is not wanted:
        return False
    told, meant = quantities(reply.text), quantities(reply.reference)
    covered = any(any(one.equals(other) for other in told) for one in meant) or not meant
    return covered and all(any(one.equals(other) for other in meant) for one in told if meant)


def silence(replies: Sequence[Reply]) -> float:
    """Return the balanced accuracy of staying silent exactly where the person did."""
    rates = []
    for silent in (True, False):
        part = [reply for reply in replies if abstains(reply.reference, reply.language) is silent]
        if part:
            rates.append(sum(abstains(r.text, r.language) is silent for r in part) / len(part))
    return sum(rates) / max(len(rates), 1)
