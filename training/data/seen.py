"""Remembers what has been read, on disk, so that memory does not grow with the data.

Near duplicates are found by MinHash (Broder 1997) with locality-sensitive hashing: 128 hashes in 16 bands of
8, so that texts sharing 85 % of their shingles meet in a band with 99 % certainty. Libraries for it
(datasketch) keep their index in memory or need a server; this one is a temporary SQLite file. Knows nothing
of rows.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import zlib

import numpy as np
from numpy.typing import NDArray

_BANDS, _ROWS = 16, 8
_CANDIDATES = 64
_CACHE_KIB = 32_768
_CHANCE = np.random.default_rng(20_240_501)
_FACTORS = _CHANCE.integers(1, 2**63, _BANDS * _ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _CHANCE.integers(0, 2**63, _BANDS * _ROWS, dtype=np.uint64)
_NOT_WORDS = re.compile(r"[\W_]+")


class Seen:
    """Keys and texts that came before; nothing is kept when it is closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_CACHE_KIB};"
            "CREATE TABLE keys (key BLOB PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
            "CREATE TABLE texts (number INTEGER PRIMARY KEY, signature BLOB);"
            "CREATE TABLE bands (band INTEGER, number INTEGER, PRIMARY KEY (band, number)) WITHOUT ROWID;"
        )

    def close(self) -> None:
        """Give the temporary file back."""
        self._database.close()

    def first(self, *parts: str, value: int = 0) -> int | None:
        """Remember `value` under a key; return the value it had already, None where the key is new."""
        key = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = self._database.execute("SELECT value FROM keys WHERE key = ?", (key,)).fetchone()
        if found:
            return int(found[0])
        self._database.execute("INSERT INTO keys VALUES (?, ?)", (key, value))
        return None

    def has_like(self, text: str, guard: str, *, share: float, size: int) -> bool:
        """Tell whether a text like this came before; if not, remember it.

        Args:
            text: what is compared, by its letters and digits alone.
            guard: only texts with the same guard are compared (their numbers, say).
            share: how much of the shingles two texts must have in common, 0 to 1.
            size: characters of a shingle: 5 for English, 3 for Chinese.
        """
        signature = minhash(text, size)
        bands = _band_keys(signature, guard)
        marks = ",".join("?" * _BANDS)
        query = (
            "SELECT DISTINCT signature FROM bands JOIN texts USING (number)"
            f" WHERE band IN ({marks}) LIMIT {_CANDIDATES}"
        )
        low = signature.astype(np.uint16)
        for (stored,) in self._database.execute(query, bands):
            if float(np.mean(np.frombuffer(stored, np.uint16) == low)) >= share:
                return True
        added = self._database.execute("INSERT INTO texts (signature) VALUES (?)", (low.tobytes(),))
        rows = [(band, added.lastrowid) for band in bands]
        self._database.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", rows)
        return False


def shingles(text: str, size: int) -> set[str]:
    """Return the runs of `size` characters in a text, spaces and punctuation made one space."""
    plain = _NOT_WORDS.sub(" ", text.lower()).strip()
    return {plain[start : start + size] for start in range(max(1, len(plain) - size + 1))}


def minhash(text: str, size: int) -> NDArray[np.uint32]:
    """Return 128 hashes; the share in which two texts agree estimates how many shingles they share."""
    hashes = [zlib.crc32(piece.encode("utf-8", "surrogatepass")) for piece in shingles(text, size)]
    lowest = np.full(_BANDS * _ROWS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(hashes), 4096):
        part = np.array(hashes[start : start + 4096], dtype=np.uint64)
        lowest = np.minimum(lowest, (part[:, None] * _FACTORS + _OFFSETS).min(axis=0))
    return (lowest >> np.uint64(32)).astype(np.uint32)


def _band_keys(signature: NDArray[np.uint32], guard: str) -> list[int]:
    prefix = guard.encode("utf-8", "surrogatepass")
    return [
        int.from_bytes(
            hashlib.blake2b(bytes([band]) + part.tobytes() + prefix, digest_size=8).digest(),
            "big",
            signed=True,
        )
        for band, part in enumerate(signature.reshape(_BANDS, _ROWS))
    ]
