"""Evidence: one citable passage of one record.

Everything that a reply states rests on evidence. Knows nothing of search, models or dialogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge.records import Attribute, Language

Source = Literal[
    "title", "price", "stock", "variant", "attribute", "highlight",
    "description", "review", "article", "community",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage with its address.

    `record` is `kind:id` (`product:4711`), `field` the place in it (`attribute.read_speed`,
    `description`, `body.2` for the third paragraph). `attribute` carries the typed value where the
    passage is one, so that a claim can be bound to number, unit and name.
    """

    record: str
    field: str
    source: Source
    text: str
    language: Language
    attribute: Attribute | None = None

    @property
    def id(self) -> str:
        """The address as one string, `product:4711#attribute.read_speed`."""
        return f"{self.record}#{self.field}"


@dataclass(frozen=True, slots=True)
class RankedEvidence:
    """Evidence with its rank score: a probability between 0 and 1 that it answers the question."""

    evidence: Evidence
    score: float
