"""Tell a review that praises in order to blame, in the plainest forms.

A short cheer beside nothing but a serious fault ("Great, it broke on day two"), or a known turn of mockery
with a fault ("so much for waterproof", "真行，两天就坏了"). Misses irony that needs knowledge of the world.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecomlm.reviews.lexicon import Term
from ecomlm.reviews.reading import Reading

_SHORT = 5
_SERIOUS = -1.0


def ironic(reading: Reading, terms: Sequence[Term], values: Sequence[tuple[int, float, bool]]) -> bool:
    """Tell whether the praise in a text is mockery.

    Args:
        values: of each judgement the number of its first unit, what it amounts to, and whether it names no
            aspect.
    """
    faults = [place for place, value, _ in values if value <= _SERIOUS]
    praise = [place for place, value, _ in values if value > 0]
    if not faults or not praise or not all(bare for _, value, bare in values if value > 0):
        return False
    cues = [term.first for term in terms if "sarcasm" in term.entry.roles]
    units = reading.units
    clauses = {units[place].clause for place in praise}
    if len({units[place].sentence for place in praise}) > 1 or len(praise) > 2 or len(faults) < len(praise):
        return False
    first = min(praise)
    if any(abs(units[cue].clause - units[first].clause) <= 1 for cue in cues):
        return True
    cheer = [unit for unit in units if unit.clause == units[first].clause]
    return (
        len(clauses) == 1 and units[first].clause == 0 and len(cheer) <= _SHORT // 2 and min(faults) > first
    )
