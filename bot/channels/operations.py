"""For those who run the server: is it alive, is it ready, what does it count."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.requests import require_program
from bot.keys import METRICS, STORE


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics)


async def alive(request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """The model and the index are loaded (they are before the server listens) and the store answers."""
    try:
        products = await request.app[STORE].count("product")
    except (OSError, SQLAlchemyError):
        return web.json_response({"status": "the store does not answer"}, status=503)
    return web.json_response({"status": "ready", "products": products})


async def metrics(request: web.Request) -> web.Response:
    """Counters in Prometheus' text format."""
    require_program(request)
    return web.Response(
        body=request.app[METRICS].render(), headers={"Content-Type": "text/plain; version=0.0.4"}
    )
