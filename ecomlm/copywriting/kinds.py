"""The kinds of text for operators, and how long each part of one may be.

Knows nothing of products or of writing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ecomlm.language import has_chinese, segmenter

_ENDS_OPEN = re.compile(r"(?:\b(?:and|with|for|of|the|a|an|in|to|or|by)|[,;:/&|+–-])\s*$", re.IGNORECASE)
_OPEN_WORDS = frozenset(["的", "和", "与", "及", "以及", "或", "带", "含", "配", "、", "，", "：", "（", "("])
Kind = Literal["description", "title", "bullets", "search_ad", "social", "email", "faq", "seo"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text: `limit` in columns (see `columns`), how many of it there are at least and at most."""

    name: str
    limit: int
    fewest: int = 1
    most: int = 1


PARTS: dict[Kind, tuple[Part, ...]] = {
    "description": (Part("text", 700),),
    "title": (Part("title", 70),),
    "bullets": (Part("bullet", 110, 2, 5),),
    "search_ad": (Part("headline", 30, 2, 3), Part("description", 90, 1, 2)),
    "social": (Part("post", 280),),
    "email": (Part("subject", 60),),
    "faq": (Part("question", 120, 1, 5), Part("answer", 300, 1, 5)),
    "seo": (Part("title", 60), Part("description", 155)),
}
"""As search engines, ad platforms and mail programs show them; a Chinese character takes two columns."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a text: the part that it is, and its words."""

    part: str
    text: str


def columns(text: str) -> int:
    """Return how wide a text is: one column a letter, two a Chinese character or full-width sign."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def shortened(text: str, limit: int) -> str:
    """Cut a text to whole words within a limit of columns, without a word that leaves it open."""
    if columns(text) <= limit:
        return text
    is_chinese = has_chinese(text)
    parts = list(segmenter().cut(text)) if is_chinese else text.split(" ")
    joint = "" if is_chinese else " "
    while parts and (columns(joint.join(parts)) > limit or parts[-1] in _OPEN_WORDS):
        parts.pop()
    kept = joint.join(parts)
    while match := _ENDS_OPEN.search(kept):
        kept = kept[: match.start()].rstrip()
    if kept.count("(") > kept.count(")") or kept.count("（") > kept.count("）"):
        kept = re.split(r"[(（]", kept)[0].rstrip(" ,")
    return kept.rstrip(" ,;:，；：")


def length_faults(kind: Kind, pieces: tuple[Piece, ...]) -> list[str]:
    """Return what of a text is too long, missing or too many, in words for the operator."""
    faults = []
    for part in PARTS[kind]:
        own = [piece for piece in pieces if piece.part == part.name]
        if not part.fewest <= len(own) <= part.most:
            faults.append(f"{len(own)} of {part.name}, not {part.fewest} to {part.most}")
        faults += [
            f"{part.name} is {columns(piece.text)} columns wide, {part.limit} are allowed"
            for piece in own
            if columns(piece.text) > part.limit
        ]
    return faults
