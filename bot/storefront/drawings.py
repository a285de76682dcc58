"""Which line drawing stands for which kind of product. The drawings lie in `drawings.yaml`.

Knows nothing of records or colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

import yaml

StrokeKind = Literal["o", "a", "l"]
FILE = Path(__file__).with_name("drawings.yaml")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing: the words that call for it, and its paths in the order they are drawn."""

    words: re.Pattern[str]
    strokes: tuple[tuple[StrokeKind, str], ...]


@cache
def drawings() -> dict[str, Drawing]:
    """Return every drawing by its name."""
    content = yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {
        name: Drawing(
            re.compile(rf"\b(?:{item['words']})\b", re.IGNORECASE),
            tuple((cast(StrokeKind, line[0]), line[2:]) for line in item["strokes"]),
        )
        for name, item in content.items()
    }


def drawing_for(*texts: str) -> Drawing | None:
    """Return the drawing that the first telling text calls for; in it, the last telling words decide."""
    for text in texts:
        found = [
            (match.end(), match.end() - match.start(), -rank, drawing)
            for rank, drawing in enumerate(drawings().values())
            for match in drawing.words.finditer(text)
        ]
        if found:
            return max(found, key=lambda item: item[:3])[-1]
    return None
