"""What the console's pages say around the records, in both languages: one file for each part of the console.

`inbox.yml` holds the wordings `inbox.…`, each as `name: [English, 中文]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import EcomlmError
from knowledge.records import Language

FOLDER = Path(__file__).parent


class WordsInvalid(EcomlmError):
    """A file of wordings is not in its shape."""


def word(name: str, language: Language, /, **values: object) -> str:
    """Return a wording by its name, such as `inbox.empty`, with its values filled in."""
    text = words()[name][1 if language == "zh" else 0]
    return text.format(**values) if values else text


@cache
def words() -> Mapping[str, tuple[str, str]]:
    """Read all files.

    Raises:
        WordsInvalid: naming the first wording that lacks a language.
    """
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(FOLDER.glob("*.yml")):
        content: Any = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for name, pair in content.items():
            if not (
                isinstance(pair, list) and len(pair) == 2 and all(isinstance(t, str) and t for t in pair)
            ):
                raise WordsInvalid(f"{file.name}: {name!r} needs two texts: [English, 中文]")
            found[f"{file.stem}.{name}"] = (pair[0], pair[1])
    return found
