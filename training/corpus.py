"""What a stage reads: rows of data files, cleaned, and the text of the shop's own records.

A file with a row that cannot be used is refused whole, with every such row named; `python -m training data`
checks and mends files. Knows nothing of formats or models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from ecomlm.privacy import Masker
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.store import Store
from training.data.card import sample_records
from training.data.cleaning import Cleaner, CleaningSettings
from training.data.readers import read
from training.data.rows import DataRefused, Faults, Text, Value
from training.data.shop_texts import shop_texts
from training.data.split import is_development

V = TypeVar("V", bound=Value)


def read_values(paths: Iterable[Path], kind: type[V], *, near_duplicate: float = 0.0) -> list[V]:
    """Return all values of one kind (`Example`, `Preference`, `Text`) in files of any known format.

    Personal data are masked. `near_duplicate` is the share of text in common above which the later of two
    rows is left out, 0 for exact repeats alone.

    Raises:
        DataRefused: naming every row that cannot be used, or when there is no row of that kind.
    """
    faults = Faults()
    cleaner = Cleaner(CleaningSettings(near_duplicate=near_duplicate), faults, Masker.of(sample_records()))
    named = list(paths)
    rows = (row for path in named for row in read(path, faults))
    found: list[Any] = [row.value for row in cleaner.clean(rows) if isinstance(row.value, kind)]
    files = ", ".join(map(str, named))
    if faults.refused:
        raise DataRefused(f"{files}: {faults.refused} rows cannot be used; nothing was trained on:\n{faults}")
    if not found:
        notes = "; ".join(f"{count} {note}" for note, count in faults.notes.items())
        raise DataRefused(
            f"{files}: no {kind.__name__.lower()} to learn from{f' ({notes})' if notes else ''}"
        )
    return found


async def stored_texts(settings: Settings) -> list[Text]:
    """Return what the shop's own products, articles and reviews say, without prices and stock."""
    found: list[Text] = []
    async with await Store.open(settings) as store:
        for kind in ("product", "article", "review"):
            async for record in store.each(kind):
                for language in get_args(Language):
                    found += shop_texts([record], language)
    return found


def split(texts: Iterable[Text], percent: int) -> tuple[list[Text], list[Text]]:
    """Return the texts to learn from and those, of other products, to measure on."""
    sides: tuple[list[Text], list[Text]] = ([], [])
    for text in texts:
        sides[is_development(f"text {text.product or text.text}", percent)].append(text)
    return sides


def texts_hash(texts: Sequence[Text]) -> str:
    """Return the SHA-256 over all texts in their order."""
    digest = hashlib.sha256()
    for part in _parts(texts):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _parts(texts: Sequence[Text]) -> Iterator[str]:
    for text in texts:
        yield from (text.language, text.text)
