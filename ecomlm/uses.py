"""What a shopper wants a thing for, read from a question: `for travel`, 下雨天用.

Knows the table `ecomlm/wordings/uses.tsv`. Knows nothing of products.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ecomlm.language import has_chinese, normalise, segmenter
from ecomlm.naming import without_names
from ecomlm.telling import FOLDER, alternatives, read_table
from knowledge.records import Language, Text

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


def uses_in(question: str, language: Language, titles: Sequence[Text] = ()) -> tuple[Use, ...]:
    """Return the uses that a question names, in the question's order; words inside others count once.

    Words by which it calls the products of `titles` name none: a sleeping bag is not for the bedroom.
    """
    plain = without_names(normalise(question).lower(), titles, _is_use)
    alone = _words_of_one_sign(plain)
    found: list[tuple[int, int, Use]] = []
    for use, pattern in _table(language):
        for match in pattern.finditer(plain):
            if len(match[0]) > 1 or match.start() in alone:
                found.append((match.start(), match.end(), use))
                break
    return tuple(
        use
        for start, end, use in sorted(found, key=lambda item: item[0])
        if not any((a <= start and end < b) or (a < start and end <= b) for a, b, _ in found)
    )


def text_wish(question: str, language: Language, titles: Sequence[Text] = ()) -> str:
    """Return what a question asks the thing for in words that no use has; empty where it names nothing."""
    plain = without_names(normalise(question).lower(), titles, _is_use)
    match = _FOR_ZH.search(plain) if language == "zh" else _FOR.search(plain)
    wish = match["wish"].strip() if match else ""
    return "" if _NO_WISH.search(wish) else wish


def _is_use(text: str) -> bool:
    """Whether words say no more than a use: `travel`, 更轻."""
    plain = _without_degree(text.strip())
    return any(pattern.fullmatch(plain) for _, pattern in _table("en"))


def _words_of_one_sign(plain: str) -> set[int]:
    """Where a Chinese character is a word of its own, with a degree at most: 轻 in 最轻, not in 年轻人."""
    places: set[int] = set()
    start = 0
    for segment in segmenter().cut(plain) if has_chinese(plain) else ():
        if len(core := _without_degree(segment)) == 1:
            places |= {start + place for place, sign in enumerate(segment) if sign == core}
        start += len(segment)
    return places


def _without_degree(word: str) -> str:
    """Return a Chinese word without what grades or asks it: 最轻 and 轻不轻 are 轻."""
    core = word.strip("最更较太很不够好点些的了吗")
    return core[0] if len(core) == 3 and core[0] == core[2] and core[1] == "不" else core


@cache
def _table(language: Language) -> tuple[tuple[Use, re.Pattern[str]], ...]:
    table = []
    for row in read_table(FOLDER / "uses.tsv", 5):
        name = row[1] if language == "zh" else row[0]
        english, chinese = (
            "|".join(re.escape(word) for word in sorted(alternatives(cell), key=len, reverse=True))
            for cell in row[2:4]
        )
        pattern = rf"(?<![a-z])(?:{english})(?![a-z])|(?:{chinese})"
        table.append((Use(name, tuple(key.strip() for key in row[4].split(","))), re.compile(pattern)))
    return tuple(table)
