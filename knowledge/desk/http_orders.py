"""A shop's own order system, asked over HTTP with JSON; docs/service-desk.md shows every message.

Reads are repeated when they fail on the way, and so are changes: each carries its key, by which the shop
knows that it has done it. An answer that is not exactly as documented is not used at all. Knows nothing of
rules, identity or dialogue.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

import aiohttp

from knowledge.desk import order_messages
from knowledge.desk.circuit import Circuit, CircuitOpen
from knowledge.desk.orders import (
    LocalOrders,
    OrdersUnavailable,
    OrderSystem,
    OutcomeUnknown,
    Receipt,
    bare_number,
    is_named,
)
from knowledge.desk.plans import Plan
from knowledge.errors import RecordConflict, RecordInvalid, RecordNotFound
from knowledge.records import Customer, Order, Product, ProductId
from knowledge.settings import KnowledgeSettings
from knowledge.store import Store

log = logging.getLogger(__name__)
PAUSES_SECONDS = (0.2, 0.8)
"""How long to wait before each further try."""
MOST_BYTES = 4 * 1024 * 1024
_LONGEST_NUMBER = 200
_CONFLICT = 409
_COME_BACK = (408, 425, 429)  # as with 5xx: the same request may be answered a moment later
Answer = TypeVar("Answer")


class _Failed(Exception):
    """One try failed in a way that may pass. `may_be_done`: the shop may have acted on the request."""

    def __init__(self, reason: str, *, may_be_done: bool) -> None:
        self.may_be_done = may_be_done
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class _Question:
    """One request. `key` is the change's; a question without one changes nothing."""

    method: str
    path: str
    params: Sequence[tuple[str, str]] = ()
    body: Mapping[str, Any] | None = None
    key: str = ""
    expected: tuple[int, ...] = field(default=(200,))


class HttpOrders:
    """The orders of a shop's own system at `url`, which knows us by a bearer `secret`."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        timeout_seconds: float = 4.0,
        circuit: Circuit | None = None,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._url, self._secret, self._pause = url.rstrip("/"), secret, pause
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._circuit = circuit or Circuit()
        self._session: aiohttp.ClientSession | None = None

    async def find_order(self, id: str) -> Order | None:
        """Return the order of that number, written in any way a shopper may write it."""
        number = bare_number(id)
        if not number or len(number) > _LONGEST_NUMBER or not number.isprintable():
            return None
        question = _Question("GET", "/orders", [("number", number)])
        orders = await self._ask(question, order_messages.orders_in)
        if len(orders) > 1 or any(bare_number(order.id) != number for order in orders):
            self._refuse(question, "it tells other orders than the one that was asked for")
        return orders[0] if orders else None

    async def orders_of(self, customer: str) -> list[Order]:
        """Return a customer's orders, newest first."""
        question = _Question("GET", "/orders", [("customer", customer)])
        orders = await self._ask(question, order_messages.orders_in)
        if any(order.customer_id != customer for order in orders):
            self._refuse(question, "it tells another customer's orders")
        return sorted(orders, key=lambda order: (-order.placed.timestamp(), order.id))

    async def customer(self, id: str) -> Customer:
        """Return a customer, or raise RecordNotFound."""
        question = _Question("GET", "/customers", [("id", id)])
        customers = await self._ask(question, order_messages.customers_in)
        if not customers:
            raise RecordNotFound("customer", id)
        if [customer.id for customer in customers] != [id]:
            self._refuse(question, "it tells other customers than the one that was asked for")
        return customers[0]

    async def find_customers(self, *, email: str = "", name: str = "", postcode: str = "") -> list[Customer]:
        """Return the customers with that e-mail, or with that name and postcode."""
        body = {"email": email} if email else {"name": name, "postcode": postcode}
        question = _Question("POST", "/customers/search", body=body)  # not in the address: that is logged
        customers = await self._ask(question, order_messages.customers_in)
        for customer in customers:
            if email and customer.email.casefold() == email.strip().casefold():
                continue
            if not email and is_named(customer, name, postcode):
                continue
            self._refuse(question, "it tells customers that were not asked for")
        return customers

    async def products_of(self, order: Order) -> dict[ProductId, Product]:
        """Return the products of an order that the shop still knows."""
        ids = list(dict.fromkeys(line.product_id for line in order.lines))
        if not ids:
            return {}
        question = _Question("GET", "/products", [("id", id) for id in ids])
        products = {product.id: product for product in await self._ask(question, order_messages.products_in)}
        if not set(products) <= set(ids):
            self._refuse(question, "it tells products that were not asked for")
        return {id: products[id] for id in ids if id in products}

    async def commit(self, plan: Plan, *, key: str, customer: str) -> Receipt:
        """Have a plan carried out: completely or not at all, and once for a key.

        Raises:
            RecordConflict: when a record has changed since the plan was made.
            OutcomeUnknown: when it may have been done, and the answer was lost.
        """
        body = order_messages.change_to_json(plan, customer)
        question = _Question("POST", "/changes", body=body, key=key, expected=(200, 201, _CONFLICT))
        receipt = await self._ask(question, order_messages.receipt_in)
        if receipt is None:
            self._refuse(question, "it tells of no receipt")
        if (receipt.tool, dict(receipt.arguments)) != (plan.tool, json.loads(json.dumps(body["arguments"]))):
            self._refuse(question, "its receipt is of something else than what was asked for")
        return receipt

    async def receipt(self, key: str) -> Receipt | None:
        """Return what was done under a key, if anything was."""
        return await self._ask(_Question("GET", "/receipts", [("key", key)]), order_messages.receipt_in)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, question: _Question, read: Callable[[object], Answer]) -> Answer:
        """Ask, again after a pause where a try failed on the way, and read the answer strictly."""
        status, content = await self._tries(question)
        if status == _CONFLICT and status in question.expected:
            raise RecordConflict("order", str((question.body or {})["arguments"].get("order_id", "")))
        if status not in question.expected:
            raise self._unavailable(question, f"it answers with status {status}", may_be_done=False)
        if len(content) > MOST_BYTES:
            self._refuse(question, f"its answer has more than {MOST_BYTES:,} bytes")
        try:
            return read(json.loads(content, parse_float=Decimal, parse_constant=_refuse_constant))
        except (ValueError, RecursionError) as error:  # RecordInvalid is a ValueError
            log.debug("the order system's answer to %s: %s", question.path, error)
            detail = "not a documented answer" if isinstance(error, RecordInvalid) else "not JSON"
            self._refuse(question, f"its answer with status {status} is {detail}", error)

    async def _tries(self, question: _Question) -> tuple[int, bytes]:
        may_be_done = False
        for pause in (*PAUSES_SECONDS, None):
            try:
                with self._circuit.call(_Failed):
                    return await self._send(question)
            except CircuitOpen as error:
                raise self._unavailable(question, str(error), may_be_done=may_be_done) from error
            except _Failed as error:
                may_be_done |= error.may_be_done
                log.warning("order system, %s %s: %s", question.method, question.path, error)
                if pause is None:
                    reason = f"{error}, {len(PAUSES_SECONDS) + 1} times"
                    raise self._unavailable(question, reason, may_be_done=may_be_done) from error
                await self._pause(pause)
        raise AssertionError("the last try returns or raises")

    async def _send(self, question: _Question) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self._secret}", "Accept": "application/json"}
        if question.key:
            headers["Idempotency-Key"] = question.key
        if self._session is None:
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=jar)
        try:
            async with self._session.request(
                question.method, self._url + question.path, params=list(question.params) or None,
                json=question.body, headers=headers, allow_redirects=False,
            ) as response:  # fmt: skip
                content = await _content(response)
                status = response.status
        except aiohttp.ClientConnectorError as error:
            raise _Failed("it cannot be reached", may_be_done=False) from error
        except TimeoutError as error:
            raise _Failed(f"no answer within {self._timeout.total} s", may_be_done=True) from error
        except aiohttp.ClientError as error:
            raise _Failed(f"the connection broke ({type(error).__name__})", may_be_done=True) from error
        if status >= 500 or status in _COME_BACK:
            raise _Failed(f"it answers with status {status}", may_be_done=status >= 500)
        return status, content

    def _refuse(self, question: _Question, reason: str, cause: Exception | None = None) -> NoReturn:
        """Use nothing of an answer; a change may have been done all the same."""
        log.error("order system, %s %s: %s", question.method, question.path, reason)
        raise self._unavailable(question, reason, may_be_done=True) from cause

    def _unavailable(self, question: _Question, reason: str, *, may_be_done: bool) -> OrdersUnavailable:
        where = f"the order system at {self._url}{question.path}"
        if question.key and may_be_done:
            told = f"{where}: {reason}. The change {question.key} may have been done; the same key tells"
            return OutcomeUnknown(told, question.key)
        return OrdersUnavailable(f"{where}: {reason}. Check orders_url, orders_secret and that it runs")


def open_orders(
    settings: KnowledgeSettings, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> OrderSystem:
    """Return the shop's own order system where the settings name one, else the one in our store."""
    if not settings.orders_url:
        return LocalOrders(store, clock=clock)
    timeout = settings.orders_timeout_seconds
    return HttpOrders(settings.orders_url, settings.orders_secret, timeout_seconds=timeout)


async def _content(response: aiohttp.ClientResponse) -> bytes:
    """Return the answer's content; of one that is too long no more than shows it."""
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > MOST_BYTES:
            break
    return bytes(content)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
