"""The shop's digests, kept in files and brought up to date as reviews come, change and go.

A file a product in `home/digests`, replaced in one step; whoever finds none, or one of another format,
reads the reviews again. Knows nothing of wording or of dialogue.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ecomlm.reviews.digest import Digest, ReviewBook
from ecomlm.reviews.notes import FORMAT, Note, ReviewText, from_json, to_json
from knowledge.records import Language
from knowledge.store import Store

_log = logging.getLogger(__name__)
_CHUNK, _AT_LEAST, _SAVE_AFTER, _IN_MEMORY = 50, 200, 10_000, 32
_TURN_SECONDS = 0.3
"""How long the reading in the background goes on before whoever waits gets a turn."""


@dataclass(frozen=True, slots=True)
class Told:
    """A digest, and how many reviews there are: more than `digest.of` while some are still being read."""

    digest: Digest
    total: int
    read: int

    @property
    def is_whole(self) -> bool:
        """Whether every review was read."""
        return self.read >= self.total


@dataclass
class _Entry:
    """A product's book; `unread` are the reviews to read, newest first, each with its mark."""

    book: ReviewBook
    revision: int = -1
    total: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    unsaved: int = 0
    digests: dict[Language, Digest] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class DigestShelf:
    """The digests of all products. Reading goes on in the background; `close` ends it."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store, self._folder = store, home / "digests"
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def digest(self, product: str, language: Language, seconds: float | None = None) -> Told:
        """Return a product's digest; after `seconds` what was read by then.

        The newest are read first, 200 at least.
        """
        entry = await self._entry(product)
        async with entry.lock:
            await self._look(product, entry)
            await self._read(product, entry, seconds)
            if language not in entry.digests:
                entry.digests[language] = await asyncio.to_thread(entry.book.digest, language)
            told = Told(entry.digests[language], entry.total, len(entry.book.notes))
        if entry.unread and product not in self._tasks:
            task = asyncio.create_task(self._read_on(product, entry))
            self._tasks[product] = task
            task.add_done_callback(lambda _: self._tasks.pop(product, None))
        return told

    async def notes(self, product: str) -> list[Note]:
        """Read everything that is new of a product, giving way to whoever waits, and return all its notes."""
        entry = await self._entry(product)
        while True:
            async with entry.lock:
                await self._look(product, entry)
                await self._read(product, entry, _TURN_SECONDS)
                if not entry.unread:
                    return list(entry.book.notes.values())

    async def close(self) -> None:
        """End the reading in the background; what was read is kept."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        for product, entry in self._entries.items():
            await self._save(product, entry)

    async def _entry(self, product: str) -> _Entry:
        entry = self._entries.get(product)
        if entry is None:
            book = await asyncio.to_thread(self._load, product)
            entry = self._entries.setdefault(product, _Entry(book))
        self._entries.move_to_end(product)
        while len(self._entries) > _IN_MEMORY:
            oldest = next(iter(self._entries))
            if oldest in self._tasks:
                break
            await self._save(oldest, self._entries.pop(oldest))
        return entry

    async def _look(self, product: str, entry: _Entry) -> None:
        """Find out which reviews are new, changed or gone, if anything in the shop has changed."""
        revision = await self._store.revision()
        if revision == entry.revision:
            return
        marks = await self._store.review_marks(product)
        known = entry.book.notes
        entry.unread = {id: mark for id, mark in marks.items() if id not in known or known[id].stamp != mark}
        if known.keys() - marks.keys():
            entry.book.keep_only(marks)
            entry.digests.clear()
            entry.unsaved += 1
        entry.total, entry.revision = len(marks), revision

    async def _read(self, product: str, entry: _Entry, seconds: float | None) -> None:
        started, count = time.monotonic(), 0
        while entry.unread and (seconds is None or count < _AT_LEAST or time.monotonic() - started < seconds):
            part = dict(islice(entry.unread.items(), _CHUNK))
            reviews = await self._store.some_reviews(list(part))
            texts = [ReviewText.of(review, part[review.id]) for review in reviews]
            await asyncio.to_thread(entry.book.update, texts)
            for id in part:
                del entry.unread[id]
            entry.unsaved += len(part)
            count += len(part)
            entry.digests.clear()
        if entry.unsaved and (not entry.unread or entry.unsaved >= _SAVE_AFTER):
            await self._save(product, entry)

    async def _read_on(self, product: str, entry: _Entry) -> None:
        while entry.unread:
            async with entry.lock:
                await self._look(product, entry)
                await self._read(product, entry, _TURN_SECONDS)

    async def _save(self, product: str, entry: _Entry) -> None:
        if entry.unsaved:
            await asyncio.to_thread(self._write, product, entry.book)
            entry.unsaved = 0

    def _path(self, product: str) -> Path:
        name = hashlib.blake2b(product.encode(), digest_size=12).hexdigest()
        return self._folder / f"{name}.json"

    def _load(self, product: str) -> ReviewBook:
        try:
            values = json.loads(self._path(product).read_text(encoding="utf-8"))
            if values["format"] != FORMAT or values["product"] != product:
                return ReviewBook()
            notes = map(from_json, values["notes"])
            return ReviewBook({note.id: note for note in notes})
        except FileNotFoundError:
            return ReviewBook()
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the digest of %r cannot be read and is made anew: %s", product, error)
            return ReviewBook()

    def _write(self, product: str, book: ReviewBook) -> None:
        path = self._path(product)
        values = {"format": FORMAT, "product": product}
        notes = [to_json(note) for note in book.notes.values()]
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps({**values, "notes": notes}, ensure_ascii=False), encoding="utf-8")
        temporary.replace(path)
