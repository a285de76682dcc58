"""The words of conversations, so that staff find what was said: the same in SQLite and in PostgreSQL.

A text becomes tokens here, not in the database: words of letters and digits without capitals and accents,
and of Chinese every pair of neighbours, with a run's last character alone. So a run of Chinese characters is
found wherever it stands, however long; one alone, and a word of three letters or more, as a beginning. SQLite
keeps the tokens in an FTS5 table, PostgreSQL as a `tsvector`; neither splits or stems anything itself.
Knows nothing of conversations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, bindparam, column, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

LONGEST = 16_000
"""Tokens kept of one text; PostgreSQL counts positions up to 16,383."""
_LONGEST_TOKEN = 100
_PARTS_AT_MOST = 12
_BEGINNING = 3
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_WORDS = table("conversation_words", column("rowid"), column("number"))


def runs(text: str) -> Iterator[str]:
    """Yield the words, and the runs of Chinese, of a text as they are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    yield from _RUN.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter)))


def tokens(texts: Iterable[str]) -> list[str]:
    """Return what is kept of texts, in order."""
    found: list[str] = []
    for said in texts:
        for run in runs(said):
            found.extend(_pairs(run, is_whole=True) if _IS_HAN.match(run) else [run[:_LONGEST_TOKEN]])
            if len(found) >= LONGEST:
                return found[:LONGEST]
    return found


async def keep(connection: AsyncConnection, number: int, texts: Iterable[str]) -> None:
    """Keep the words of texts under a number, instead of those kept before."""
    found = tokens(texts)
    if connection.dialect.name == "postgresql":
        await connection.execute(_KEEP_POSTGRESQL, {"number": number, "words": _vector(found)})
    else:
        await connection.execute(_KEEP_SQLITE, {"number": number, "words": " ".join(found)})


def numbers_with(wanted: str, dialect: str) -> Select[Any] | None:
    """Return a query for the numbers whose texts hold all parts of `wanted`; None where it has no words."""
    parts = list(dict.fromkeys(runs(wanted)))[:_PARTS_AT_MOST]
    if not parts:
        return None
    number: ColumnElement[Any]
    if dialect == "postgresql":
        number, condition = _WORDS.c.number, text("words @@ CAST(:words_wanted AS tsquery)")
        match = " & ".join(map(_postgresql_part, parts))
    else:
        number, condition = _WORDS.c.rowid, text("conversation_words MATCH :words_wanted")
        match = " AND ".join(map(_sqlite_part, parts))
    return select(number).where(condition.bindparams(bindparam("words_wanted", match)))


def _pairs(run: str, *, is_whole: bool) -> list[str]:
    pairs = [run[start : start + 2] for start in range(len(run) - 1)]
    return [*pairs, run[-1]] if is_whole else pairs


def _wanted(run: str) -> tuple[list[str], bool]:
    """Return the tokens of a wanted run that must follow each other, and whether they are a beginning."""
    if _IS_HAN.match(run):
        return (_pairs(run, is_whole=False), False) if len(run) > 1 else ([run], True)
    return [run[:_LONGEST_TOKEN]], len(run) >= _BEGINNING


def _sqlite_part(run: str) -> str:
    found, is_beginning = _wanted(run)
    return f'"{" ".join(found)}"{" *" if is_beginning else ""}'


def _postgresql_part(run: str) -> str:
    found, is_beginning = _wanted(run)
    return " <-> ".join(f"'{token}'" for token in found) + (":*" if is_beginning else "")


def _vector(found: Sequence[str]) -> str:
    places: dict[str, list[str]] = {}
    for place, token in enumerate(found, 1):
        places.setdefault(token, []).append(str(place))
    return " ".join(f"'{token}':{','.join(where)}" for token, where in places.items())


_KEEP_SQLITE: TextClause = text(
    "INSERT OR REPLACE INTO conversation_words (rowid, words) VALUES (:number, :words)"
)
_KEEP_POSTGRESQL: TextClause = text(
    "INSERT INTO conversation_words (number, words) VALUES (:number, CAST(:words AS tsvector)) "
    "ON CONFLICT (number) DO UPDATE SET words = excluded.words"
)
