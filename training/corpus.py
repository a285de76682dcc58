"""Plain text to pretrain on: the shop's records, and text files.

Prices and stock are left out, because they change and must come from records. Knows nothing of tokens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import get_args

from ecomlm.evidence import Evidence
from ecomlm.language import detect
from ecomlm.search.passages import evidence_of, evidence_of_article
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from knowledge.records import Article, Language, Product, Record, Review
from knowledge.store import Store
from training.data.split import is_held_out

_PASSING = ("price", "stock", "variant")
_LANGUAGES: tuple[Language, ...] = get_args(Language)


class CorpusInvalid(EcomlmError):
    """A text file cannot be used; every faulty line is named."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text to learn language from. `subject` (a product, an article, a file's line) decides the split."""

    text: str
    language: Language
    subject: str


def shop_documents(records: Iterable[Record]) -> Iterator[Document]:
    """Yield what products, articles and reviews say, once in each language in which they say it."""
    for record in records:
        for language in _LANGUAGES:
            match record:
                case Product():
                    passages = evidence_of(record, (), language)
                    lines = [item for item in passages if item.source not in _PASSING]
                case Article():
                    lines = evidence_of_article(record, language)
                case Review(language=written) if written == language:
                    lines = [Evidence(f"product:{record.product_id}", "", "review", record.text, language)]
                case _:
                    continue
            told = [item for item in lines if item.language == language]
            if told:
                yield Document("\n".join(item.text for item in told), language, told[0].record)


async def stored_documents(settings: Settings) -> AsyncIterator[Document]:
    """Yield the documents of the shop's own records, one record in memory at a time."""
    async with await Store.open(settings) as store:
        for kind in ("product", "article", "review"):
            async for record in store.each(kind):
                for document in shop_documents([record]):
                    yield document


def read_documents(path: Path) -> Iterator[Document]:
    """Yield the documents of a text file (parted by blank lines) or of JSON lines with a `text`.

    Raises:
        CorpusInvalid: when the file is missing, not UTF-8, or has a line that is no such object.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            yield from _json_lines(lines, path) if path.suffix == ".jsonl" else _paragraphs(lines, path)
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusInvalid(
            f"the text {path} cannot be read: {error}. It has to be a UTF-8 .txt or .jsonl"
        ) from error


def _json_lines(lines: Iterable[str], path: Path) -> Iterator[Document]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            text, language = row["text"], row.get("language")
        except (ValueError, TypeError, KeyError) as error:
            raise CorpusInvalid(f'{path}, line {number}: not {{"text": ...}}: {error}') from error
        if not isinstance(text, str) or language not in (None, *_LANGUAGES):
            raise CorpusInvalid(f"{path}, line {number}: text has to be words, language en or zh")
        if text.strip():
            yield Document(text.strip(), language or detect(text), f"{path.name}:{number}")


def _paragraphs(lines: Iterable[str], path: Path) -> Iterator[Document]:
    part: list[str] = []
    for number, line in enumerate(chain(lines, [""]), 1):
        if line.strip():
            part.append(line.rstrip())
        elif part:
            text = "\n".join(part)
            yield Document(text, detect(text), f"{path.name}:{number}")
            part = []


def split(documents: Iterable[Document], percent: int) -> tuple[list[Document], list[Document]]:
    """Return the documents to learn from and those, of other subjects, to measure on."""
    learnt: list[Document] = []
    kept_back: list[Document] = []
    for document in documents:
        part = kept_back if is_held_out(f"corpus {document.subject}", percent) else learnt
        part.append(document)
    return learnt, kept_back


def documents_hash(documents: Sequence[Document]) -> str:
    """Return the SHA-256 over all texts in their order."""
    digest = hashlib.sha256()
    for document in documents:
        digest.update(f"{document.language}\0{document.text}\0".encode())
    return digest.hexdigest()
