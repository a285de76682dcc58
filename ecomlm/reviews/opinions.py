"""What a review says, as plain values: opinions on aspects, and the whole.

Knows nothing of how they are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge.records import Language

Polarity = Literal["positive", "negative", "neutral", "mixed"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Opinion:
    """One thing that a review says of one aspect.

    `aspect` and `opinion` are the review's own words and empty where it says the thing without naming it.
    `category` is a name of `taxonomy.CATEGORIES`; `facet` says the same with the kind of quality, for
    example "screen#design". `span` holds the characters of the aspect, else of the opinion; `strength` is 1
    for a plain word, more for an emphasised and less for a weakened one.
    """

    aspect: str
    category: str
    polarity: Polarity
    opinion: str
    span: Span | None = None
    opinion_span: Span | None = None
    facet: str = ""
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """One review, read. `polarity` is that of the whole review, "mixed" where both sides weigh.

    `score` is its place between -1 and 1; `is_ironic` tells that praise in it was read as blame.
    """

    language: Language
    polarity: Polarity
    opinions: tuple[Opinion, ...]
    score: float = 0.0
    is_ironic: bool = False
