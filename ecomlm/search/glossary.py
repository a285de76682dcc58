"""The shop glossary: what Chinese shopping words are called in English, and the other way round.

Lets a question in one language find records in the other. Knows nothing of indexes or ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from knowledge.errors import EcomlmError

FILE = Path(__file__).with_name("glossary.tsv")


class GlossaryInvalid(EcomlmError, ValueError):
    """A line of the glossary cannot be read."""


@dataclass(frozen=True)
class Glossary:
    """Chinese words with their English names, most usual first; `kinds` tells product from colour."""

    english: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str] = field(default_factory=dict)
    chinese: Mapping[str, tuple[str, ...]] = field(init=False)
    _pattern: re.Pattern[str] = field(init=False, repr=False)
    _reverse: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        reverse: dict[str, list[str]] = {}
        for rank in range(max((len(names) for names in self.english.values()), default=0)):
            for chinese, names in self.english.items():
                if rank < len(names) and chinese not in reverse.setdefault(names[rank].lower(), []):
                    reverse[names[rank].lower()].append(chinese)
        object.__setattr__(self, "chinese", {name: tuple(words) for name, words in reverse.items()})
        object.__setattr__(self, "_pattern", _alternatives(self.english))
        object.__setattr__(
            self, "_reverse", _alternatives(self.chinese, r"(?<![a-z0-9])", r"(?:e?s)?(?![a-z0-9])")
        )

    def find_chinese(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """List the known Chinese words in `text`, longest first match, each with its English names."""
        return [(found, self.english[found]) for found in self._pattern.findall(text)]

    def find_english(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """List the known English words in `text`, each with its Chinese names."""
        found = (match.group(1) for match in self._reverse.finditer(text.lower()))
        return [(name, self.chinese[name]) for name in found]

    def to_english(self, text: str) -> str:
        """Put the English names in place of the Chinese words; other Chinese characters are dropped."""
        named = self._pattern.sub(lambda match: f" {self.english[match.group()][0]} ", text)
        return " ".join(re.sub(r"[\u3400-\u9fff]+", " ", named).split())

    def to_chinese(self, text: str) -> str:
        """Put the Chinese words in place of the English names; other words stay."""
        named = self._reverse.sub(lambda match: f" {self.chinese[match.group(1)][0]} ", text.lower())
        return " ".join(named.split())


def _alternatives(words: Iterable[str], before: str = "", after: str = "") -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    if not ordered:
        return re.compile(r"(?!)")
    choice = "|".join(map(re.escape, ordered))
    return re.compile(f"{before}({choice}){after}" if before else choice)


def read_glossary(path: Path) -> Glossary:
    """Read `zh<TAB>en1|en2<TAB>kind` lines; empty lines and those that start with # are passed over.

    Raises:
        GlossaryInvalid: with the number of the first line that is not of that form.
    """
    english: dict[str, tuple[str, ...]] = {}
    kinds: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        names = (
            tuple(name.strip() for name in columns[1].split("|") if name.strip()) if len(columns) > 1 else ()
        )
        if not columns[0].strip() or not names:
            raise GlossaryInvalid(f"{path.name}, line {number}: {line!r} is not 'zh<TAB>en1|en2<TAB>kind'")
        chinese = columns[0].strip()
        english[chinese] = tuple(dict.fromkeys((*english.get(chinese, ()), *names)))
        kinds.setdefault(chinese, columns[2].strip() if len(columns) > 2 else "")
    return Glossary(english, kinds)


def other_names(english: str) -> tuple[str, ...]:
    """Return what else English calls a thing: the names that share a Chinese word with it."""
    glossary = shop_glossary()
    known = glossary.chinese.get(english.lower(), ())
    return tuple(dict.fromkeys(name for word in known for name in glossary.english[word]))


@cache
def shop_glossary() -> Glossary:
    """Return the glossary that ships with the program."""
    return read_glossary(FILE) if FILE.exists() else Glossary({})
