"""What a shopper wants a thing for, read from a question: `for travel`, 下雨天用.

Knows the table `ecomlm/wordings/uses.tsv`. Knows nothing of products.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ecomlm.language import normalise
from ecomlm.telling import FOLDER, alternatives, read_table
from knowledge.records import Language

_FOR = re.compile(
    r"\bfor (?:my |the |a |an |some |use in |use on )?(?P<wish>[a-z][a-z' -]{2,40}?)\s*(?:[?.!,;]|$)"
)
_FOR_ZH = re.compile(
    r"(?:适合|更适合|用来|用于|拿来|如果|要是|想|在)?(?P<wish>[\u4e00-\u9fff]{2,8}?)(?:的话|时候?|用)?[，, ]?"
    r"(?:应该|我)?(?:选|买|用|挑)?(?:哪|谁)(?:一?[个款件双台种只]|更|比较)"
)
_NO_WISH = re.compile(
    r"^(?:me|you|him|her|us|them|it|this|that|comparison|compare|now|sure|example)\b"
    r"|^(?:比较|对比|一下|帮|请|这|那|它|两|三|四|前|第|想|要|的|和|跟|与|到底)|[一二两三四]?[个款件双台]$"
)


@dataclass(frozen=True, slots=True)
class Use:
    """A use by its name for the reader, and the keys of the facts that speak for it, most telling first."""

    name: str
    keys: tuple[str, ...]


def uses_in(question: str, language: Language) -> tuple[Use, ...]:
    """Return the uses that a question names, in the question's order; words inside others count once."""
    plain = normalise(question).lower()
    found: list[tuple[int, int, Use]] = []
    for use, pattern in _table(language):
        if match := pattern.search(plain):
            found.append((match.start(), match.end(), use))
    return tuple(
        use
        for start, end, use in sorted(found, key=lambda item: item[0])
        if not any((a <= start and end < b) or (a < start and end <= b) for a, b, _ in found)
    )


def text_wish(question: str, language: Language) -> str:
    """Return what a question asks the thing for in words that no use has; empty where it names nothing."""
    plain = normalise(question).lower()
    match = _FOR_ZH.search(plain) if language == "zh" else _FOR.search(plain)
    wish = match["wish"].strip() if match else ""
    return "" if _NO_WISH.search(wish) else wish


@cache
def _table(language: Language) -> tuple[tuple[Use, re.Pattern[str]], ...]:
    table = []
    for row in read_table(FOLDER / "uses.tsv", 5):
        name = row[1] if language == "zh" else row[0]
        english = "|".join(re.escape(word) for word in alternatives(row[2]))
        chinese = "|".join(re.escape(word) for word in alternatives(row[3]))
        pattern = rf"(?<![a-z])(?:{english})(?![a-z])|(?:{chinese})"
        table.append((Use(name, tuple(key.strip() for key in row[4].split(","))), re.compile(pattern)))
    return tuple(table)
