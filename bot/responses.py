"""What the bot says of itself: greetings, thanks, handoffs, from `responses.yml`, in both languages.

Knows nothing of products; a reply about records is worded in `bot/wording.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml

from knowledge.errors import EcomlmError
from knowledge.records import Language

FILE = Path(__file__).parent / "responses.yml"


class ResponsesInvalid(EcomlmError):
    """The file of responses lacks something or is not in its shape."""


class Responses:
    """Named replies, each with variants in both languages."""

    def __init__(self, variants: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        self._variants = variants

    @classmethod
    def load(cls, file: Path = FILE) -> Responses:
        """Read the file and check its shape.

        Raises:
            ResponsesInvalid: naming the first key that has no usable variant.
        """
        try:
            content: Any = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ResponsesInvalid(
                f"{file.name} cannot be read: {error}. Restore it or correct it"
            ) from error
        content = content.get("responses", content) if isinstance(content, dict) else content
        if not isinstance(content, dict):
            raise ResponsesInvalid(f"{file.name} must map utter_... names to lists of {{en, zh}} variants")
        for name, variants in content.items():
            _check(file, str(name), variants)
        return cls(content)

    @property
    def names(self) -> list[str]:
        """The names of all responses."""
        return list(self._variants)

    def pick(self, name: str, language: Language, *, seed: str = "", **values: object) -> str:
        """Return one variant; the same seed always gives the same one."""
        try:
            variants = self._variants[name]
        except KeyError:
            raise ResponsesInvalid(f"no response {name!r}. Add it to {FILE.name}") from None
        variant = variants[crc32(seed.encode()) % len(variants)]
        return variant[language].format_map(_Values(values)).strip()


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> str:
        raise ResponsesInvalid(f"a response asks for {{{key}}}, which is not known here. Correct {FILE.name}")


def _check(file: Path, name: str, variants: Any) -> None:
    usable = isinstance(variants, list) and variants
    if not usable or not all(
        isinstance(variant, dict) and all(isinstance(variant.get(code), str) for code in ("en", "zh"))
        for variant in variants
    ):
        raise ResponsesInvalid(f"{file.name}: {name} needs a list of variants, each with 'en' and 'zh' text")
