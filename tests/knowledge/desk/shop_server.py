"""A shop's order system on loopback whose next requests go wrong as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web
from aiohttp.test_utils import TestServer

from knowledge.desk.order_server import create_order_app
from knowledge.desk.orders import LocalOrders
from knowledge.store import Store

SECRET = "o" * 40
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = int | bytes | str
"""A status, a body, or `slow`, `drop` (before it is done), `lost` (after), `cut` (amid the answer)."""


class Shop:
    """The reference server over a store. `faults` befall the next requests in order, or the next of those
    whose path begins with `at`; `asked` keeps them all."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.faults: list[Fault] = []
        self.at = ""
        self.asked: list[tuple[str, str, str]] = []
        self._gate = asyncio.Event()
        app = create_order_app(store, LocalOrders(store, clock=clock), SECRET)
        app.middlewares.insert(0, self._middleware())
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/")).rstrip("/")

    async def close(self) -> None:
        self._gate.set()
        await self.server.close()

    def _middleware(self) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
        @web.middleware
        async def go_wrong(request: web.Request, handler: Handler) -> web.StreamResponse:
            key = request.headers.get("Idempotency-Key", "")
            self.asked.append((request.method, request.path, key))
            fault = self.faults.pop(0) if self.faults and request.path.startswith(self.at) else None
            return await (handler(request) if fault is None else self._fail(fault, request, handler))

        return go_wrong

    async def _fail(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        if isinstance(fault, int):
            return web.Response(status=fault, headers={"Location": "/elsewhere"})
        if isinstance(fault, bytes):
            return web.Response(body=fault, content_type="application/json")
        if fault == "slow":
            await self._gate.wait()
        response = await handler(request) if fault in ("lost", "cut") else web.Response()
        if fault == "cut":
            cut = web.StreamResponse(headers={"Content-Length": "100000"})
            await cut.prepare(request)
            await cut.write(b'{"receipt": {')
            response = cut
        if fault != "slow" and request.transport:
            request.transport.close()
        return response
