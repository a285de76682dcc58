"""The demo storefront: server-rendered pages over the shop's own records, carrying the chat widget.

`setup(app)` adds it to a web application. Knows nothing of dialogue, models or visitors' sessions.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"


def setup(app: web.Application) -> None:
    """Serve the storefront's pages and its static files from `app`."""
    app.router.add_static("/static", STATIC, append_version=False)
