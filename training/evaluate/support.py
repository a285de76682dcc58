"""How much of what a model says no passage supports, before anything is cut.

Two measures: sentences that the answerer's own check (`ecomlm.grounding`) keeps from the shopper, and numbers
and stock claims that a simpler check, written apart from it, finds nowhere. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecomlm.grounding import Context, check, is_grounded
from training.evaluate.claims import unsupported
from training.evaluate.intervals import Table, ratio, table_of
from training.evaluate.replies import Asked, Reply, abstains

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


Pair = tuple[Asked, Reply]


def claims_of(asked: Asked, reply: Reply) -> list[str]:
    """Return the numbers and stock claims of a reply that stand neither in its prompt nor its passages."""
    if asked.evidence is None:
        return []
    return list(unsupported(reply.text, asked.prompt, asked.evidence))


def claim_rows(pairs: Sequence[Pair]) -> Table:
    """Return 1 for each reply with a number or stock claim that nothing supports; see `per_hundred`."""
    return table_of(bool(claims_of(*pair)) for pair in pairs)


def per_hundred(table: Table) -> float:
    """Return the mean of the first column in 100."""
    return 100 * float(table[:, 0].mean())


def cut_sentences(asked: Asked, reply: Reply) -> tuple[list[str], int]:
    """Return the sentences of a reply that grounding would cut, and how many it has in all.

    Silence is no claim and counts for nothing. The check sees the passages of the prompt alone.
    """
    if asked.evidence is None or abstains(reply.text, asked.language):
        return [], 0
    shown = asked.evidence
    context = Context(asked.question, asked.subject, shown, shown, asked.language)
    said = [part.strip() for part in _SENTENCE.split(reply.text) if part.strip()]
    return [part for part in said if not is_grounded(check(part, context))], len(said)


def cut_rows(pairs: Sequence[Pair]) -> Table:
    """Return for each reply its sentences that would be cut, and all its sentences; see `share_cut`."""
    found = (cut_sentences(*pair) for pair in pairs)
    return table_of((len(cut), total) for cut, total in found)


def share_cut(table: Table) -> float:
    """Return the share of sentences cut, 0 where nothing was said."""
    return ratio(table) if table[:, 1].any() else 0.0
