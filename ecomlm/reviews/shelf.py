"""The shop's digests, kept in files and brought up to date as reviews come, change and go.

A file a product in `home/digests`, replaced in one step; whoever finds none, or one that other rules and
lists made, reads the reviews again. Threads read and write, but only the loop's own tasks change a book.
Knows nothing of wording or of dialogue.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import uuid4

from ecomlm.reviews.digest import Digest, ReviewBook
from ecomlm.reviews.notes import Note, ReviewText, from_json, rules, to_json
from knowledge.records import Language
from knowledge.store import Store

_log = logging.getLogger(__name__)
_CHUNK, _AT_LEAST, _SAVE_AFTER, _IN_MEMORY = 50, 200, 10_000, 32
_TURN_SECONDS = 0.3
"""How long the reading in the background goes on before whoever waits gets a turn."""


@dataclass(frozen=True, slots=True)
class Told:
    """A digest of the `read` reviews of `total`; one that has changed since it was read counts as unread."""

    digest: Digest
    total: int
    read: int

    @property
    def is_whole(self) -> bool:
        """Whether every review was read."""
        return self.read >= self.total


@dataclass
class _Entry:
    """A product's book; `unread` are the reviews to read, newest first, each with its mark.

    `users` are those who work with it or wait for it: until there are none it stays in memory.
    """

    book: ReviewBook
    revision: int = -1
    total: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    unsaved: int = 0
    users: int = 0
    digests: dict[Language, Digest] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class DigestShelf:
    """The digests of all products. Reading goes on in the background; `close` ends it."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store, self._folder = store, home / "digests"
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_closing = False

    async def digest(self, product: str, language: Language, seconds: float | None = None) -> Told:
        """Return a product's digest; after `seconds` what was read by then.

        The newest are read first, 200 at least.
        """
        entry = await self._entry(product)
        entry.users += 1
        try:
            told = await self._told(product, entry, language, seconds)
        finally:
            entry.users -= 1
        if entry.unread and product not in self._tasks and not self._is_closing:
            self._start_reading_on(product, entry)
        await self._make_room()
        return told

    async def notes(self, product: str) -> list[Note]:
        """Read everything that is new of a product, giving way to whoever waits, and return all its notes."""
        entry = await self._entry(product)
        entry.users += 1
        try:
            while True:
                async with entry.lock:
                    await self._look(product, entry)
                    await self._read(product, entry, _TURN_SECONDS)
                    if not entry.unread:
                        return list(entry.book.notes.values())
        finally:
            entry.users -= 1
            await self._make_room()

    async def close(self) -> None:
        """End the reading in the background after what is being read; what was read is kept."""
        self._is_closing = True
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()))
        for product, entry in list(self._entries.items()):
            async with entry.lock:
                await self._save(product, entry)

    async def _told(self, product: str, entry: _Entry, language: Language, seconds: float | None) -> Told:
        async with entry.lock:
            await self._look(product, entry)
            await self._read(product, entry, seconds)
            if language not in entry.digests:
                entry.digests[language] = await asyncio.to_thread(entry.book.digest, language)
            return Told(entry.digests[language], entry.total, len(entry.book.notes))

    async def _entry(self, product: str) -> _Entry:
        if product not in self._entries:
            book = await asyncio.to_thread(self._load, product)
            self._entries.setdefault(product, _Entry(book))
        self._entries.move_to_end(product)
        return self._entries[product]

    async def _make_room(self) -> None:
        """Save and let go of the books that were not asked for the longest and are in nobody's hands."""
        idle = [product for product, entry in self._entries.items() if not entry.users]
        for product in idle[: max(0, len(self._entries) - _IN_MEMORY)]:
            entry = self._entries.get(product)
            if entry is None or entry.users:
                continue
            entry.users += 1
            try:
                async with entry.lock:
                    await self._save(product, entry)
            finally:
                entry.users -= 1
            if not entry.users and len(self._entries) > _IN_MEMORY:
                del self._entries[product]

    async def _look(self, product: str, entry: _Entry) -> None:
        """Find out which reviews are new, changed or gone, if anything in the shop has changed."""
        revision = await self._store.revision()
        if revision == entry.revision:
            return
        marks = await self._store.review_marks(product)
        known = entry.book.notes
        entry.unread = {id: mark for id, mark in marks.items() if id not in known or known[id].stamp != mark}
        kept = marks.keys() - entry.unread.keys()
        if known.keys() - kept:
            entry.book.keep_only(kept)
            entry.digests.clear()
            entry.unsaved += 1
        entry.total, entry.revision = len(marks), revision

    async def _read(self, product: str, entry: _Entry, seconds: float | None) -> None:
        started, count = time.monotonic(), 0
        while entry.unread and not self._is_closing:
            if seconds is not None and count >= _AT_LEAST and time.monotonic() - started >= seconds:
                break
            part = dict(islice(entry.unread.items(), _CHUNK))
            reviews = await self._store.some_reviews(list(part))
            texts = [ReviewText.of(review, part[review.id]) for review in reviews]
            fresh = ReviewBook()
            await asyncio.to_thread(fresh.update, texts)
            entry.book.notes |= fresh.notes
            for id in part:
                del entry.unread[id]
            entry.unsaved += len(part)
            count += len(part)
            entry.digests.clear()
        if entry.unsaved and (not entry.unread or entry.unsaved >= _SAVE_AFTER):
            await self._save(product, entry)

    def _start_reading_on(self, product: str, entry: _Entry) -> None:
        def let_go(_: asyncio.Task[None]) -> None:
            entry.users -= 1
            del self._tasks[product]

        entry.users += 1
        self._tasks[product] = asyncio.create_task(self._read_on(product, entry))
        self._tasks[product].add_done_callback(let_go)

    async def _read_on(self, product: str, entry: _Entry) -> None:
        while entry.unread and not self._is_closing:
            async with entry.lock:
                await self._look(product, entry)
                await self._read(product, entry, _TURN_SECONDS)

    async def _save(self, product: str, entry: _Entry) -> None:
        if entry.unsaved:
            await asyncio.to_thread(self._write, product, tuple(entry.book.notes.values()))
            entry.unsaved = 0

    def _path(self, product: str) -> Path:
        name = hashlib.blake2b(product.encode(), digest_size=12).hexdigest()
        return self._folder / f"{name}.json"

    def _load(self, product: str) -> ReviewBook:
        try:
            values = json.loads(self._path(product).read_text(encoding="utf-8"))
            if values["rules"] != rules() or values["product"] != product:
                return ReviewBook()
            notes = map(from_json, values["notes"])
            return ReviewBook({note.id: note for note in notes})
        except FileNotFoundError:
            return ReviewBook()
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the digest of %r cannot be read and is made anew: %s", product, error)
            return ReviewBook()

    def _write(self, product: str, notes: Sequence[Note]) -> None:
        path = self._path(product)
        values = {"rules": rules(), "product": product, "notes": [to_json(note) for note in notes]}
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{uuid4().hex}")
        try:
            temporary.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
