"""A chat server with scripted replies: the widget's contract without search or a model.

Used where a test needs what a real server does not do on demand: slow streams, lost connections, refusals.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.events import Button, Buttons, Card, Cards, Done, Event, SourceLink, Sources, TextPiece, as_json
from bot.storefront import site
from bot.widget import serve

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'"
)
Step = Event | Callable[[], Awaitable[None]]


def card(number: int, **changes: Any) -> Card:
    """A believable card; a number gives it its own id and price."""
    values: dict[str, Any] = {
        "id": f"boot-{number}",
        "title": "Norrfell Ridge Waterproof Hiking Boots",
        "price": f"${100 + number}.00",
        "amount": f"{100 + number}.00",
        "currency": "USD",
        "availability": "in_stock",
        "stock": "In stock",
        "url": f"/products/boot-{number}",
        "image": None,
        "brand": "Norrfell",
    }
    return Card(**(values | changes))


SOURCE = SourceLink(
    1,
    "product:boot-1#attribute.waterproof",
    "Waterproof",
    "Waterproof: yes",
    "/products/boot-1#attribute.waterproof",
)
ANSWER: tuple[Step, ...] = (
    TextPiece("Yes, the Norrfell Ridge boots "),
    TextPiece("are waterproof [1"),
    TextPiece("]."),
    Sources((SOURCE,)),
    Buttons((Button("Which sizes are in stock?", "Which sizes are in stock?"),)),
    Done("m1", "ask_product", "en"),
)
SEARCH: tuple[Step, ...] = (
    Cards(tuple(card(number) for number in range(1, 6))),
    TextPiece("These boots are waterproof and cost less than $150."),
    Done("m2", "find_product", "en"),
)


@dataclass
class Double:
    """The server's script and its memory of what it was asked."""

    reply: tuple[Step, ...] = ANSWER
    received: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refusals: list[web.Response] = field(default_factory=list)
    identities: list[dict[str, Any]] = field(default_factory=list)
    lines: list[asyncio.Queue[bytes | None]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    standing: dict[str, Any] = field(default_factory=dict)
    knows_signature: bool = True
    sessions: int = 0

    def app(self) -> web.Application:
        """Build the application: the contract's routes, the widget, and pages that carry it."""
        app = web.Application(middlewares=[self._note, self._share])
        app.router.add_get("/api/config", self._config)
        app.router.add_post("/api/session", self._session)
        app.router.add_post("/api/messages", self._messages)
        app.router.add_get("/api/conversation", self._conversation)
        app.router.add_delete("/api/conversation", self._clear)
        app.router.add_get("/api/live", self._live)
        app.router.add_post("/api/identity", self._sign_in)
        app.router.add_delete("/api/identity", self._sign_out)
        app.router.add_post("/api/feedback", self._feedback)
        app.router.add_get("/page", _page)
        serve.setup(app)
        app.router.add_static("/static", site.STATIC)
        return app

    @web.middleware
    async def _note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.calls.append(f"{request.method} {request.path}")
        response: web.StreamResponse = await handler(request)
        return response

    @web.middleware
    async def _share(self, request: web.Request, handler: Any) -> web.StreamResponse:
        headers = {
            "Access-Control-Allow-Origin": request.headers.get("Origin", "null"),
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
            "Access-Control-Allow-Methods": "GET, POST, DELETE",
            "Access-Control-Expose-Headers": "Retry-After",
        }
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=headers)
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers.update(headers)
        return response

    async def _config(self, request: web.Request) -> web.Response:
        chinese = request.query["locale"] == "zh"
        return web.json_response(
            {
                "shop": "雀林商店" if chinese else "Larkwood",
                "greeting": "您好！想找什么商品？" if chinese else "Hello! What are you looking for today?",
                "suggestions": ["150美元以下的防水登山鞋", "鞋子多久内可以退？"]
                if chinese
                else ["Waterproof hiking boots under $150", "How long do I have to return shoes?"],
                "privacy_url": "/articles/privacy",
            }
        )

    async def _session(self, request: web.Request) -> web.Response:
        self.sessions += 1
        return web.json_response(
            {"token": f"token-{self.sessions}", "conversation": "c1", "expires": 4102444800}, status=201
        )

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        self.received.append(await request.json() | {"token": request.headers.get("Authorization", "")})
        if self.refusals:
            return self.refusals.pop(0)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "null")
        await response.prepare(request)
        after = int(request.headers.get("Last-Event-ID", "0"))
        for number, step in enumerate(self.reply, 1):
            if number <= after:
                continue
            if not isinstance(step, Event):
                await step()
                continue
            frame = f"id: {number}\nevent: {step.type}\ndata: {json.dumps(as_json(step))}\n\n"
            await response.write(frame.encode())
        await response.write_eof()
        return response

    async def _conversation(self, request: web.Request) -> web.Response:
        return web.json_response({"messages": self.history, **self.standing})

    async def _live(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "null")
        await response.prepare(request)
        await response.write(b": open\n\n")
        self.marks.append(request.headers.get("Last-Event-ID", ""))
        line: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.lines.append(line)
        try:
            while frame := await line.get():
                await response.write(frame)
        finally:
            self.lines.remove(line)
        return response

    async def tell(self, name: str, mark: str = "1-9", **values: Any) -> None:
        """Send an event over every open line, once there is one."""
        while not self.lines:
            await asyncio.sleep(0.02)
        for line in self.lines:
            line.put_nowait(f"id: {mark}\nevent: {name}\ndata: {json.dumps(values)}\n\n".encode())

    def hang_up(self) -> None:
        """End every open line."""
        for line in self.lines:
            line.put_nowait(None)

    async def _sign_in(self, request: web.Request) -> web.Response:
        self.identities.append(await request.json())
        if not self.knows_signature:
            return web.json_response({"error": {"code": "identity_invalid"}}, status=400)
        return web.json_response({"expires": self.identities[-1]["expires"], "seconds": 600})

    async def _sign_out(self, request: web.Request) -> web.Response:
        self.identities.append({})
        return web.Response(status=204)

    async def _clear(self, request: web.Request) -> web.Response:
        self.history.clear()
        return web.Response(status=204)

    async def _feedback(self, request: web.Request) -> web.Response:
        self.feedback.append(await request.json())
        return web.Response(status=204)


def pause(seconds: float) -> Callable[[], Awaitable[None]]:
    """A step that lets time pass."""

    async def step() -> None:
        await asyncio.sleep(seconds)

    return step


async def _page(request: web.Request) -> web.Response:
    """An empty shop page; its query becomes the widget's data attributes."""
    language = request.query.get("lang", "en")
    data = " ".join(f'data-{key}="{value}"' for key, value in request.query.items() if key != "lang")
    server = request.query.get("server", "")
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Shop</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        '<h1>Shop</h1><p><a href="/page">A link</a></p>'
        f'<script async src="{server}/widget.js" {data}></script></html>'
    )
    policy = POLICY.replace("'self'", f"'self' {server}") if server else POLICY
    return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})
