"""A page's form as a browser would send it."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

from aiohttp import ClientResponse

from tests.bot.console.conftest import Browser

Fields = list[tuple[str, str]]


class _Reader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self._action, self._is_inside = action, False
        self._area: str | None = None
        self._select: str | None = None
        self._is_first = False
        self._text = ""
        self.fields: Fields = []
        self.found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = values.get("action") == self._action
            self.found |= self._is_inside
        if not self._is_inside:
            return
        if tag == "input" and "name" in values:
            is_choice = values.get("type") in ("checkbox", "radio")
            if not is_choice or "checked" in values:
                self.fields.append((values["name"], values.get("value", "")))
        elif tag == "textarea":
            self._area, self._text = values["name"], ""
        elif tag == "select":
            self._select, self._is_first = values["name"], True
            self.fields.append((values["name"], ""))
        elif tag == "option" and self._select and ("selected" in values or self._is_first):
            self.fields[-1], self._is_first = (self._select, values.get("value", "")), False

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.fields.append((self._area, self._text.removeprefix("\n")))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._is_inside = False


def form_of(html: str, path: str) -> Fields:
    """Return what the form that goes to `path` would send untouched, without its buttons."""
    reader = _Reader(f"/console{path}")
    reader.feed(html)
    assert reader.found, f"the page has no form for {path}"
    return reader.fields


def with_values(fields: Fields, **values: str) -> Fields:
    """Return the fields with others' values in place of theirs; new ones at the end."""
    names = {name for name, _ in fields}
    changed = [(name, values.get(name, value)) for name, value in fields]
    return [*changed, *((name, value) for name, value in values.items() if name not in names)]


def in_row(fields: Fields, name: str, row: int, value: str) -> Fields:
    """Return the fields with one row's value of a list changed."""
    places = [at for at, (known, _) in enumerate(fields) if known == name]
    return [(known, value if at == places[row] else old) for at, (known, old) in enumerate(fields)]


async def send(browser: Browser, path: str, fields: Iterable[tuple[str, str]]) -> ClientResponse:
    """Send a form's fields."""
    return await browser.client.post(
        f"/console{path}", data=list(fields), headers={"Accept": "text/html"}, allow_redirects=False
    )
