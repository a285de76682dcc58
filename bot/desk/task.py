"""An unfinished piece of business: what the shopper wants and what they have told about it so far.

Plain values, kept in the conversation's memory. Knows which details each kind of business needs. Knows
nothing of how they are read or asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self, get_args

Kind = Literal[
    "status", "refund", "invoice", "cancel", "address", "items", "payment", "return", "exchange", "warranty",
    "notice", "profile",
]  # fmt: skip
Detail = Literal[
    "proof", "order", "items", "count", "new_items", "address", "payment", "reason", "condition", "fault",
    "email", "product", "confirm", "whole",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
READING: tuple[Kind, ...] = ("status", "refund", "invoice")
"""Kinds that change nothing."""
_SKUS = ("items", "new_items", "unclear")


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted, and the details known so far; None where nothing was said.

    `items` and `new_items` are skus, one a piece; `condition` is whether what the rules ask for is met;
    `asked` is the detail that the shopper was asked for last; `proposal` the id they were shown. `said` are
    words of theirs that could not be read yet (who they are was not known, or another wish came first),
    `wanted` those about new items; `unclear` are skus between which they have to choose.
    """

    kind: Kind
    order: str | None = None
    items: tuple[str, ...] | None = None
    new_items: tuple[str, ...] | None = None
    wanted: str | None = None
    address: Mapping[str, str] | None = None
    payment: str | None = None
    reason: str | None = None
    condition: bool | None = None
    fault: str | None = None
    email: str | None = None
    product: str | None = None
    postcode: str | None = None
    name: str | None = None
    asked: Detail | None = None
    proposal: str | None = None
    failures: int = 0
    said: str | None = None
    unclear: tuple[str, ...] | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Self | None:
        """Read a task from plain values; unknown or unusable ones give none."""
        if not values or values.get("kind") not in KINDS:
            return None
        known = {item.name: values[item.name] for item in fields(cls) if values.get(item.name) is not None}
        if not all(_is_usable(name, value) for name, value in known.items()):
            return None
        known |= {name: tuple(known[name]) for name in _SKUS if name in known}
        return cls(**known)

    def as_json(self) -> dict[str, Any]:
        """Return the task as plain values, without what is not known."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def without_proof(self) -> Task:
        """Return the task without what it held to prove who asks."""
        return replace(self, postcode=None, name=None, email=self.email if self.kind == "notice" else None)

    @property
    def wish(self) -> dict[str, Any]:
        """What it is about, without where the conversation about it stands."""
        values = self.without_proof().as_json()
        for name in ("asked", "proposal", "failures", "wanted", "said", "unclear"):
            values.pop(name, None)
        return values


def _is_usable(name: str, value: Any) -> bool:
    if name in _SKUS:
        return isinstance(value, list | tuple) and all(isinstance(sku, str) for sku in value)
    kind = {"address": Mapping, "condition": bool, "failures": int}.get(name, str)
    return isinstance(value, kind) and (name != "asked" or value in get_args(Detail))
