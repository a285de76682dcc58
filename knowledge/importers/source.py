"""A file as text, safely: plain or gzip, in its encoding, one bounded line at a time.

Whatever is wrong with the file as a whole (cut off, binary, no known encoding, a line without end) is an
ImportFailed that says what to do. Knows nothing of products.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from knowledge.errors import ImportFailed

_SAMPLE_BYTES = 262_144
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TABLES = {
    b"PK\x03\x04": "an Excel workbook or zip archive: save it as CSV UTF-8, or unpack it",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV UTF-8",
    b"%PDF": "a PDF: export the products as CSV from where they come",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "an SQLite database: export the products as CSV",
}
_WEB_PAGE = (b"<!doctype html", b"<html")


class Source:
    """One input file. `progress` is called with the bytes that were read from disk."""

    def __init__(
        self,
        path: Path,
        *,
        encoding: str | None = None,
        longest_line: int,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.path = path
        self.longest_line = longest_line
        self._progress = progress
        self.encoding = encoding or ""
        with self.bytes() as stream:
            self._sample = stream.read(_SAMPLE_BYTES)
        self._refuse_what_is_no_text()
        self.encoding = encoding or self._detect_encoding()
        try:
            codecs.lookup(self.encoding)
        except LookupError as exc:
            raise ImportFailed(
                f"encoding {encoding!r} is unknown; use utf-8, gb18030, big5, utf-16 or latin-1"
            ) from exc

    @property
    def head(self) -> str:
        """The beginning of the file as text, to recognise its format."""
        return codecs.getincrementaldecoder(self.encoding)("replace").decode(self._sample)

    @contextmanager
    def bytes(self) -> Iterator[BinaryIO]:
        """Open the file, unpacked if it is gzip."""
        try:
            with self.path.open("rb") as raw:
                is_packed = raw.read(2) == b"\x1f\x8b"
                raw.seek(0)
                counted = cast(BinaryIO, _Counted(raw, self._progress))
                if not is_packed:
                    yield counted
                    return
                with gzip.GzipFile(fileobj=counted) as unpacked:
                    yield cast(BinaryIO, unpacked)
        except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
            raise ImportFailed(
                f"{self.path.name} is a damaged or cut-off gzip file ({exc}); copy or download it again"
            ) from exc
        except OSError as exc:
            raise ImportFailed(f"cannot read {self.path}: {exc.strerror or exc}") from exc

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        """Open the file as text; line ends are kept as they are."""
        with self.bytes() as stream:
            yield io.TextIOWrapper(stream, encoding=self.encoding, newline="")

    def lines(self) -> Iterator[str]:
        """Yield each line with its end."""
        number = 0
        with self.text() as stream:
            while line := self.decoded(lambda: stream.readline(self.longest_line), number + 1):
                number += 1
                if len(line) >= self.longest_line:
                    raise self.too_long(f"line {number}")
                self.refuse_nul(line, number)
                yield line

    def decoded(self, read: Callable[[], str], line: int) -> str:
        """Return what `read` reads; bytes that are no text of the encoding are an ImportFailed."""
        try:
            return read()
        except UnicodeError as exc:
            bad = exc.object[exc.start : exc.start + 4] if isinstance(exc, UnicodeDecodeError) else b""
            raise ImportFailed(
                f"{self.path.name}, at or after line {line}: the bytes {bad.hex(' ')} are "
                f"not {self.encoding} text. Save the file as UTF-8, or name its encoding: "
                "--encoding gb18030 or big5 (Chinese), --encoding latin-1 (Western Europe)"
            ) from exc

    def too_long(self, where: str) -> ImportFailed:
        """Return the error for a line or value without end."""
        return ImportFailed(
            f"{self.path.name}, {where}: longer than {self.longest_line:,} characters. Is a quote or a "
            "line end missing, or is this no product file?"
        )

    def refuse_nul(self, text: str, line: int) -> None:
        """Raise ImportFailed for a NUL character: the file is damaged or binary."""
        if "\0" in text:
            raise ImportFailed(
                f"{self.path.name}, line {line}: holds a NUL byte. "
                "The file is damaged or not text; export it again"
            )

    def _refuse_what_is_no_text(self) -> None:
        if not self._sample.strip():
            raise ImportFailed(f"{self.path.name} is empty; export the products again")
        if self._sample[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE):
            raise ImportFailed(
                f"{self.path.name} is a web page, perhaps asking to sign in; download the export again"
            )
        for magic, what in _NOT_TABLES.items():
            if self._sample.startswith(magic):
                raise ImportFailed(f"{self.path.name} is {what}")

    def _detect_encoding(self) -> str:
        for mark, encoding in _BOMS:
            if self._sample.startswith(mark):
                return encoding
        pairs = self._sample[:4096]
        for encoding, zeros in (("utf-16-le", pairs[1::2]), ("utf-16-be", pairs[::2])):
            if len(zeros) > 8 and zeros.count(0) > 0.6 * len(zeros):
                return encoding
        if _decodes(self._sample, "utf-8") is not None:
            return "utf-8"
        chinese = _decodes(self._sample, "gb18030")
        if chinese is not None and _looks_chinese(chinese):
            return "gb18030"
        return "utf-8"  # fails where the first bad byte stands, and says what to do


def _decodes(sample: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeDecodeError:
        return None


def _looks_chinese(text: str) -> bool:
    # Latin-1 text may decode as rare GB18030 characters; real Chinese is mostly common ones.
    foreign = [character for character in text if ord(character) > 0x7F]
    common = sum(1 for character in foreign if _is_common(character))
    return len(foreign) >= 4 and common >= 0.9 * len(foreign)


def _is_common(character: str) -> bool:
    try:
        return character.encode("gb2312")[0] <= 0xD7  # the frequent half of GB 2312, and its punctuation
    except UnicodeEncodeError:
        return False


class _Counted(io.RawIOBase):
    """A file that reports how far it has been read."""

    def __init__(self, raw: IO[bytes], progress: Callable[[int], None]) -> None:
        self._raw, self._report = raw, progress

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self._report(len(data))
        return data

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
