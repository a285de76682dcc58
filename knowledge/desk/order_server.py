"""An order system over HTTP on our own store: the protocol that `HttpOrders` speaks, from the other side.

For trying it out, for a desk that runs on another machine than the shop's records, and as a reference for a
shop that serves it from a system of its own. Knows nothing of identity or dialogue: who knows the secret is
believed about the customer, but changes no records of another one.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from decimal import Decimal

from aiohttp import web
from aiohttp.typedefs import Middleware

from knowledge.desk import order_messages
from knowledge.desk.orders import LocalOrders, OrderSystem
from knowledge.errors import EcomlmError, RecordConflict, RecordInvalid, RecordNotFound, SettingsInvalid
from knowledge.records import Customer, Order, Record
from knowledge.settings import SECRET_CHARACTERS, KnowledgeSettings
from knowledge.store import Store

log = logging.getLogger(__name__)
PORT = 8090
_LONGEST_KEY = 80
_MOST_BYTES = 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_order_app(store: Store, orders: OrderSystem, secret: str) -> web.Application:
    """Build the application over a store and the order system in it."""
    app = web.Application(client_max_size=_MOST_BYTES, middlewares=[_translate, _guard(secret)])
    served = _Served(store, orders)
    app.add_routes(
        [
            web.get("/orders", served.orders),
            web.get("/customers", served.customer),
            web.post("/customers/search", served.find_customers),
            web.get("/products", served.products),
            web.post("/changes", served.change),
            web.get("/receipts", served.receipt),
        ]
    )
    return app


async def serve_orders(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Serve the store's orders until the program is stopped."""
    if len(settings.orders_secret) < SECRET_CHARACTERS:
        fault = f"orders_secret is shorter than {SECRET_CHARACTERS} characters; whoever asks must know it"
        raise SettingsInvalid([fault])
    async with await Store.open(settings) as store:
        app = create_order_app(store, LocalOrders(store), settings.orders_secret)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, options.host, options.port).start()
            print(f"orders are served at http://{options.host}:{options.port} (Ctrl-C stops)", flush=True)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
    return 0


class _Served:
    """The handlers, one a message."""

    def __init__(self, store: Store, orders: OrderSystem) -> None:
        self._store, self._orders = store, orders

    async def orders(self, request: web.Request) -> web.Response:
        if customer := request.query.get("customer"):
            found = await self._orders.orders_of(customer)
        else:
            order = await self._orders.find_order(_asked(request, "number"))
            found = [order] if order else []
        return _answer(order_messages.records_to_json("orders", found))

    async def customer(self, request: web.Request) -> web.Response:
        try:
            found = [await self._orders.customer(_asked(request, "id"))]
        except RecordNotFound:
            found = []
        return _answer(order_messages.records_to_json("customers", found))

    async def find_customers(self, request: web.Request) -> web.Response:
        body = await _body(request)
        asked = body if isinstance(body, dict) else {}
        is_search = set(asked) in ({"email"}, {"name", "postcode"})
        if not is_search or not all(isinstance(value, str) and value for value in asked.values()):
            raise RecordInvalid("send either 'email', or 'name' and 'postcode'")
        found = await self._orders.find_customers(**asked)
        return _answer(order_messages.records_to_json("customers", found))

    async def products(self, request: web.Request) -> web.Response:
        found = await self._store.products(list(dict.fromkeys(request.query.getall("id", []))))
        return _answer(order_messages.records_to_json("products", found))

    async def change(self, request: web.Request) -> web.Response:
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= _LONGEST_KEY:
            raise RecordInvalid(f"send the header Idempotency-Key, at most {_LONGEST_KEY} characters")
        plan, customer = order_messages.change_in(await _body(request))
        for record in (*plan.before, *plan.after):
            if _owner(record) not in (customer, None):
                raise RecordInvalid(f"{customer!r} may not change a record of another customer")
        receipt = await self._orders.commit(plan, key=key, customer=customer)
        return _answer(order_messages.receipt_to_json(receipt), status=201 if receipt.is_new else 200)

    async def receipt(self, request: web.Request) -> web.Response:
        return _answer(order_messages.receipt_to_json(await self._orders.receipt(_asked(request, "key"))))


def _owner(record: Record) -> str | None:
    return (
        record.customer_id
        if isinstance(record, Order)
        else (record.id if isinstance(record, Customer) else None)
    )


def _asked(request: web.Request, name: str) -> str:
    if not (value := request.query.get(name, "")):
        raise RecordInvalid(f"{request.path}: name what is asked for, {name}=...")
    return value


async def _body(request: web.Request) -> object:
    try:
        return json.loads(await request.read(), parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        raise RecordInvalid("the request's body is not JSON") from exc


def _answer(content: object, *, status: int = 200) -> web.Response:
    return web.json_response(content, status=status)


def _guard(secret: str) -> Middleware:
    wanted = f"Bearer {secret}".encode()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        if not hmac.compare_digest(given, wanted):
            return _answer({"error": "unauthorized"}, status=401)
        return await handler(request)

    return guard


@web.middleware
async def _translate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what goes wrong into an answer that tells nothing of the inside."""
    try:
        return await handler(request)
    except RecordConflict as error:
        return _answer({"error": "conflict", "kind": error.kind, "id": error.id}, status=409)
    except RecordInvalid as error:
        return _answer({"error": "bad_request", "message": str(error)[:200]}, status=400)
    except EcomlmError:
        log.exception("%s %s failed", request.method, request.path)
        return _answer({"error": "unavailable"}, status=503)
