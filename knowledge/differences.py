"""How two versions of a record differ, value by value.

Knows records as JSON. Knows nothing of how a difference is worded or shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from knowledge import codec
from knowledge.records import Record


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that changed; `path` is such as `offer.price.amount` or `variants[B-42].offer.stock`.

    `before` is None where the value is new, `after` where it is gone.
    """

    path: str
    before: Any
    after: Any


def differences(before: Record | None, after: Record | None) -> list[Difference]:
    """Return every value that changed; of a new or a removed record all that it holds."""
    old, new = (dict(_leaves(codec.to_json(record))) if record else {} for record in (before, after))
    return [
        Difference(path, old.get(path), new.get(path))
        for path in dict.fromkeys([*old, *new])
        if old.get(path) != new.get(path)
    ]


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, content in value.items():
            yield from _leaves(content, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, content in enumerate(value, start=1):
            named = content if isinstance(content, Mapping) else {}
            yield from _leaves(content, f"{path}[{named.get('key') or named.get('sku') or number}]")
    else:
        yield path, value
