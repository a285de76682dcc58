"""Serves the chat widget as one script, put together from its parts when it is first asked for.

There is no build step: `bundle()` joins the parts in order, without comments and indentation, and carries the
style sheet as a string.
Knows nothing of conversations.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

SOURCE = Path(__file__).parent / "source"
PARTS = (
    "words.js", "dom.js", "icons.js", "colour.js", "storage.js", "server.js", "line.js", "composer.js",
    "cards.js", "proposal.js", "slip.js", "opinions.js", "reply.js", "feedback.js", "transcript.js", "panel.js",
    "others.js", "chat.js", "element.js", "start.js",
)  # fmt: skip
STYLE = "widget.css"
_COMMENT = re.compile(r"^\s*/\*(?:(?!\*/).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The script as it is sent: plain, compressed, and its version."""

    text: bytes
    compressed: bytes
    version: str


@cache
def bundle() -> Bundle:
    """Join the widget's parts into one script in a scope of its own."""
    style = json.dumps(_lean(STYLE), ensure_ascii=False)
    parts = [_lean(part) for part in PARTS]
    script = "\n".join(('(() => {\n"use strict";', f"const STYLE = {style};", *parts, "})();\n"))
    text = script.encode()
    return Bundle(text, gzip.compress(text, 9, mtime=0), hashlib.sha256(text).hexdigest()[:16])


def _lean(part: str) -> str:
    """Return a part without the lines that only explain, and without indentation."""
    text = (SOURCE / part).read_text(encoding="utf-8")
    return _INDENT.sub("", _COMMENT.sub("", text)).strip()


def setup(app: web.Application) -> None:
    """Serve `/widget.js`, and `/widget-VERSION.js`, whose content never changes."""
    app.router.add_get("/widget.js", _newest)
    app.router.add_get("/widget-{version:[0-9a-f]{16}}.js", _versioned)


async def _newest(request: web.Request) -> web.Response:
    return _respond(request, "public, max-age=300, stale-while-revalidate=86400")


async def _versioned(request: web.Request) -> web.Response:
    if request.match_info["version"] != bundle().version:
        raise web.HTTPNotFound(text="This version of the widget is not served here. Use /widget.js\n")
    return _respond(request, "public, max-age=31536000, immutable")


def _respond(request: web.Request, caching: str) -> web.Response:
    script = bundle()
    etag = f'"{script.version}"'
    headers = {
        "Cache-Control": caching,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if any(tag.value == script.version for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    compress = "gzip" in request.headers.get("Accept-Encoding", "")
    if compress:
        headers["Content-Encoding"] = "gzip"
    return web.Response(
        body=script.compressed if compress else script.text,
        headers=headers,
        content_type="text/javascript",
        charset="utf-8",
    )
