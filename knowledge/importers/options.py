"""How a file is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from knowledge.errors import ImportFailed
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Language

FormatName = Literal["shopify", "woocommerce", "google", "table", "ecomlm", "tau2-retail"]
PriceUnit = Literal["auto", "units", "cents"]
OnError = Literal["stop", "skip"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the file itself does not tell.

    `columns` says which column holds a field (`{"title": "Produktname"}`); `ignored` names columns
    to leave out.
    `longest_line` bounds, in characters, one line and one value, so that no file can fill the memory.
    """

    format: FormatName | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    currency: str = "USD"
    is_currency_given: bool = False
    price_unit: PriceUnit = "auto"
    language: Language | None = None
    encoding: str | None = None
    on_error: OnError = "stop"
    longest_line: int = 4_000_000

    def __post_init__(self) -> None:
        if self.currency not in vocabulary().currencies:
            raise ImportFailed(f"currency {self.currency!r} is no ISO 4217 code; write one such as EUR")
