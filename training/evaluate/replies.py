"""Compares replies with what a person answered: words, numbers, yes or no, and when to stay silent.

Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import abstention
from ecomlm.language import words
from ecomlm.quantities import quantities
from ecomlm.verdict import polarity
from knowledge.records import Language
from training.evaluate.intervals import Table, table_of

ALIKE = 0.7
"""How much of the words an answer shares with the corrected one to count as the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt with what a person answered. `evidence` is what claims are held against, None to hold none."""

    prompt: str
    question: str
    language: Language
    reference: str
    evidence: tuple[Evidence, ...] | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system said where a person said `reference`."""

    language: Language
    text: str
    reference: str


def abstains(text: str, language: Language) -> bool:
    """True where the reply is the sentence that nothing is known."""
    return text.strip().rstrip("。. ").lower() == abstention(language).rstrip("。. ").lower()


def rouge_rows(replies: Sequence[Reply]) -> Table:
    """Return the stemmed ROUGE-L F1 of each English reply; their mean is the figure."""
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    return table_of(scorer.score(reply.reference, reply.text)["rougeL"].fmeasure for reply in replies)


def bleu_rows(replies: Sequence[Reply]) -> Table:
    """Return what corpus BLEU adds up of each English reply: matches, n-grams and lengths; see `bleu`."""
    scorer = BLEU(effective_order=True)
    scores = [scorer.sentence_score(reply.text, [reply.reference]) for reply in replies]
    return table_of([*score.counts, *score.totals, score.sys_len, score.ref_len] for score in scores)


def bleu(table: Table) -> float:
    """Return the corpus BLEU of `bleu_rows`."""
    *counts, system, reference = (int(part) for part in table.sum(axis=0))
    half = len(counts) // 2
    return float(BLEU.compute_bleu(counts[:half], counts[half:], system, reference).score)


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


def agree_rows(replies: Sequence[Reply]) -> Table:
    """Return 1 for each reply that says the same as the person, else 0."""
    return table_of(map(agrees, replies))


def silence_rows(replies: Sequence[Reply]) -> Table:
    """Return for each reply whether the person was silent, and whether the reply was; see `balanced`."""
    return table_of(
        (abstains(reply.reference, reply.language), abstains(reply.text, reply.language)) for reply in replies
    )


def balanced(table: Table) -> float:
    """Return the balanced accuracy of the second column, true or false, against the first."""
    wanted, told = table[:, 0] > 0, table[:, 1] > 0
    rates = [float((told[wanted == kind] == kind).mean()) for kind in (True, False) if (wanted == kind).any()]
    return sum(rates) / len(rates)


def as_corrected(reply: Reply) -> bool:
    """True where a reply says what the correction says.

    Silence, yes or no, and numbers are the same, and most words in their order.
    """
    return agrees(reply) and alike(reply) >= ALIKE


def corrected_rows(replies: Sequence[Reply]) -> Table:
    """Return 1 for each reply that says what the correction says, else 0."""
    return table_of(map(as_corrected, replies))


def alike(reply: Reply) -> float:
    """Return how much of their words two answers share in order, 0 to 1; Chinese by characters."""
    if reply.language == "zh":
        one, other = ([sign for sign in text if sign.isalnum()] for text in (reply.text, reply.reference))
    else:
        one, other = (words(text, reply.language) for text in (reply.text, reply.reference))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def says_same(one: str, other: str, languages: tuple[Language, Language]) -> bool:
    """True where two replies are both silent, or have the same yes or no and the same numbers."""
    silent = [abstains(text, language) for text, language in zip((one, other), languages, strict=True)]
    if any(silent):
        return all(silent)
    if polarity(one) is not polarity(other):
        return False
    first, second = quantities(one), quantities(other)
    return all(
        any(number.equals(twin) for twin in there)
        for here, there in ((first, second), (second, first))
        for number in here
    )
