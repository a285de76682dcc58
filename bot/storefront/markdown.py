"""Shows an article's paragraph: headings, lists, tables, bold, links. Everything else stays text.

A small part of Markdown on purpose: what an operator writes can never become a script or a foreign form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

_BULLET = re.compile(r"\s*[-*•]\s+")
_NUMBER = re.compile(r"\s*\d+[.)、]\s*")
_HEADING = re.compile(r"(#{1,4})\s+(.*)")
_SPANS = re.compile(
    r"\*\*(?P<bold>[^*]+)\*\*|`(?P<code>[^`]+)`|\[(?P<label>[^\]]+)\]\((?P<url>(?:https?://|/(?!/))[^\s)]*)\)"
)


def as_html(paragraph: str) -> Markup:
    """Return one paragraph as markup.

    >>> as_html("**30 days** <b>")
    Markup('<p><strong>30 days</strong> &lt;b&gt;</p>')
    """
    lines = [line for line in paragraph.splitlines() if line.strip()]
    heading = _HEADING.match(lines[0]) if lines else None
    if heading:
        rest = as_html("\n".join(lines[1:])) if len(lines) > 1 else Markup("")
        return Markup("<h2>{}</h2>{}").format(_spans(heading[2]), rest)
    for pattern, name in ((_BULLET, "ul"), (_NUMBER, "ol")):
        first = next((at for at, line in enumerate(lines) if pattern.match(line)), None)
        if first is not None and all(pattern.match(line) for line in lines[first:]):
            before = as_html("\n".join(lines[:first])) if first else Markup("")
            return before + _list(name, (line[pattern.match(line).end() :] for line in lines[first:]))  # type: ignore[union-attr]  # all match
    if len(lines) > 1 and all(line.strip().startswith("|") for line in lines):
        return _table(lines)
    return Markup("<p>{}</p>").format(Markup("<br>").join(_spans(line) for line in lines))


def _list(name: str, items: Iterable[str]) -> Markup:
    content = Markup("").join(Markup("<li>{}</li>").format(_spans(item)) for item in items)
    return Markup("<{0}>{1}</{0}>").format(Markup(name), content)


def _table(lines: list[str]) -> Markup:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    rows = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(_spans(cell)) for cell in rows[0])
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(_spans(cell)) for cell in row)
        )
        for row in rows[1:]
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, body)


def _spans(text: str) -> Markup:
    parts, at = [], 0
    for found in _SPANS.finditer(text):
        parts += [escape(text[at : found.start()]), _span(found)]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _span(found: re.Match[str]) -> Markup:
    if found["bold"]:
        return Markup("<strong>{}</strong>").format(found["bold"])
    if found["code"]:
        return Markup("<code>{}</code>").format(found["code"])
    return Markup('<a href="{}">{}</a>').format(found["url"], found["label"])
