"""Which words of a wish stand in a product's record: a reason that anyone can check on its page."""

from __future__ import annotations

import re

from ecomlm.language import detect, words
from knowledge.records import Product, Text

_PIECES = re.compile(r"[a-z0-9][a-z0-9'’-]*|[\u3400-\u9fff]+", re.IGNORECASE)
_MOST = 2


def mentioned(need: str, product: Product) -> tuple[str, ...]:
    """Return the words of a need, as they were said, that the product's record has too; at most two."""
    if not need:
        return ()
    known: set[str] = set()
    for text in _texts(product):
        for wording in (text.en, text.zh):
            known.update(words(wording, detect(wording)))
    found = []
    for piece in _pieces(need):
        stems = words(piece, detect(piece))
        if stems and all(stem in known for stem in stems):
            found.append(piece)
    return tuple(dict.fromkeys(found))[:_MOST]


def _pieces(need: str) -> list[str]:
    """Split a need into words as they are written; Chinese runs into the words that are compared."""
    pieces = []
    for run in _PIECES.findall(need):
        if run[0].isascii():
            pieces.append(run)
        else:
            pieces.extend(word for word in words(run, "zh") if len(word) > 1)
    return pieces


def _texts(product: Product) -> tuple[Text, ...]:
    return (product.title, product.description, *product.highlights, product.department, *product.categories)
