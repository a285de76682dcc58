"""More ways of putting things, made from patterns, so that the router has seen each wish in many words.

Knows `patterns.yml`. Knows nothing of how a classifier learns.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import EcomlmError

FILE = Path(__file__).parent / "patterns.yml"
_SLOT = re.compile(r"\{(\w+)\}")
_TRIES = 12


class PatternsInvalid(EcomlmError):
    """The file of patterns names a list that it does not have, or is not in its shape."""


def made_examples(file: Path = FILE, *, per_intent: int = 90, seed: int = 0) -> list[tuple[str, str]]:
    """Return (text, intent) pairs: at most `per_intent` of each intent and language, always the same.

    Raises:
        PatternsInvalid: naming the pattern at fault.
    """
    try:
        content: Any = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        lists, patterns = content["lists"], content["patterns"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise PatternsInvalid(f"{file.name} needs 'lists' and 'patterns': {error!r}") from error
    made = []
    for intent, by_language in patterns.items():
        for language, wordings in by_language.items():
            chance = random.Random(f"{seed}/{intent}/{language}")
            texts = _filled(wordings, lists.get(language, {}), per_intent, chance)
            made += [(text, str(intent)) for text in texts]
    return made


def _filled(
    wordings: Sequence[str], lists: Mapping[str, Sequence[str]], wanted: int, chance: random.Random
) -> list[str]:
    """Fill every pattern in turn until there are `wanted` different texts or nothing new comes."""
    found: dict[str, None] = {}
    for _ in range(_TRIES):
        for wording in chance.sample(wordings, len(wordings)):
            found.setdefault(_fill(wording, lists, chance).strip())
            if len(found) >= wanted:
                return list(found)
    return list(found)


def _fill(wording: str, lists: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    def chosen(match: re.Match[str]) -> str:
        try:
            return chance.choice(lists[match.group(1)])
        except KeyError:
            raise PatternsInvalid(
                f"pattern {wording!r} names the list {match.group(1)!r}, which is not there"
            ) from None

    return _SLOT.sub(chosen, wording)
