"""Text as it should be kept: HTML becomes plain text, control characters go, spaces are tidied."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Language, Text

_TAG = re.compile(r"<(?:[a-zA-Z/!?][^<>]*)>")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_SILENT = frozenset(["script", "style", "template", "noscript", "iframe", "object", "svg", "head"])
_FACT = re.compile(r"([^:：]{1,60}?)\s*[:：]\s*(\S.*)", re.DOTALL)


@dataclass
class Page:
    """What a piece of HTML says: its paragraphs, and the points of its lists apart."""

    paragraphs: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The paragraphs as plain text."""
        return "\n\n".join(self.paragraphs)

    def facts(self) -> tuple[list[tuple[str, str]], list[str]]:
        """Return the points that read "name: value", and the others."""
        facts: list[tuple[str, str]] = []
        others: list[str] = []
        for point in self.points:
            found = _FACT.fullmatch(point)
            if found and len(found[1].split()) <= 12 and not re.search(r"[.!?。！？]", found[1]):
                facts.append((found[1].strip(), found[2].strip()))
            else:
                others.append(point)
        return facts, others


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._buffer: list[str] = []
        self._silent = 0
        self._is_point = False
        self._blocks = vocabulary().html_blocks

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag in self._blocks:
            self.flush()
            self._is_point = self._is_point or tag == "li"

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in self._blocks:
            self.flush()
            self._is_point = self._is_point and tag != "li"

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._buffer.append(data)

    def flush(self) -> None:
        text = tidy(" ".join("".join(self._buffer).split()))
        self._buffer.clear()
        if text:
            (self.page.points if self._is_point else self.page.paragraphs).append(text)


def read_html(text: str) -> Page:
    """Return what the HTML says; scripts and styles are dropped. Plain text keeps its paragraphs."""
    if not _TAG.search(text):
        text = html.unescape(text)  # feeds often escape their HTML once more
    if not _TAG.search(text):
        paragraphs = [tidy(part) for part in re.split(r"\n\s*\n", text)]
        return Page([part for part in paragraphs if part])
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.flush()
    return reader.page


def plain(text: str) -> str:
    """Return one line or paragraph as plain text, without tags."""
    page = read_html(text)
    return tidy("\n".join(page.paragraphs + page.points))


def tidy(text: str) -> str:
    """Return the text without control characters and surplus spaces."""
    if text.isprintable() and "  " not in text and text == text.strip():
        return text
    lines = (" ".join(line.split()) for line in _CONTROL.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def is_chinese(text: str) -> bool:
    """Return whether the text holds Chinese characters and is not Japanese."""
    return bool(_CHINESE.search(text)) and not _KANA.search(text)


def as_text(text: str, language: Language | None) -> Text:
    """Return the wording under its language: the one given, else the one its characters show."""
    if (language or ("zh" if is_chinese(text) else "en")) == "zh":
        return Text(zh=text)
    return Text(en=text)
