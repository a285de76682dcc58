"""Who a conversation is with: proven by order data or by the shop's signature, bound by code, and for a time.

Nothing that a shopper writes changes who they are but a proof that holds. Wrong, unknown and somebody else's
look alike in the answer and in the work done. Knows nothing of wording.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.tables import identities, identity_tries
from knowledge import database
from knowledge.desk.orders import OrderSystem
from knowledge.desk.rules import Identity
from knowledge.errors import EcomlmError, RecordNotFound
from knowledge.records import Customer, Order

Level = Literal["order", "signed"]
_NOBODY = "-"  # what is compared with where there is nothing to compare with


class TooManyTries(EcomlmError):
    """Too many proofs failed; it makes no difference whether the next one would hold."""


class SignatureInvalid(EcomlmError):
    """A signed identity is not the shop's, is too old, or names nobody."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a shopper says about themselves; empty where they said nothing of it."""

    order: str = ""
    email: str = ""
    postcode: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """Who a conversation was proven to be with, how, and until when."""

    customer_id: str
    level: Level
    expires: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Identities:
    """Proves who shoppers are and remembers it for each conversation."""

    def __init__(
        self, engine: AsyncEngine, orders: OrderSystem, rules: Identity, clock: Callable[[], datetime] = _now
    ) -> None:
        self._engine, self._orders, self._rules, self._clock = engine, orders, rules, clock
        self._key = secrets.token_bytes(32)

    async def of(self, conversation: str) -> Verified | None:
        """Return who the conversation is with, if that was proven and still holds."""
        query = select(identities).where(identities.c.conversation_id == conversation)
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None or found.expires <= self._clock():
            return None
        return Verified(found.customer_id, found.level, found.expires)

    async def forget(self, conversation: str) -> None:
        """Unbind the conversation."""
        async with database.writing(self._engine) as connection:
            await connection.execute(delete(identities).where(identities.c.conversation_id == conversation))

    def is_enough(self, claim: Claim) -> bool:
        """Whether the claim has all parts of a proof that the rules accept."""
        return any(all(getattr(claim, part) for part in proof) for proof in self._rules.proofs)

    async def prove(self, conversation: str, claim: Claim) -> Verified | None:
        """Check a claim; bind the conversation where it holds. None for whatever does not hold.

        Raises:
            TooManyTries: for this visitor, or for this order whoever asks.
        """
        keys = [f"visitor:{conversation}"]
        if claim.order:
            keys.append(f"order:{_plain(claim.order).lstrip('#')[:200]}")
        async with database.writing(self._engine) as connection:
            await self._count(connection, keys)  # before the check: simultaneous tries count too
        customer = await self._holder(claim)
        if customer is None:
            return None
        async with database.writing(self._engine) as connection:  # a visitor's own count stays
            await connection.execute(delete(identity_tries).where(identity_tries.c.key.in_(keys[1:])))
        return await self._bind(conversation, customer.id, "order")

    async def sign_in(
        self, conversation: str, *, customer: str, expires: int, signature: str, secret: str
    ) -> Verified:
        """Bind the conversation to a customer whom the shop vouches for.

        The signature is the hexadecimal HMAC-SHA256 of `customer.expires` (Unix seconds) with the shop's
        `identity_secret`.

        Raises:
            SignatureInvalid: in the same words whatever is wrong.
        """
        signed = hmac.new(secret.encode(), f"{customer}.{expires}".encode(), "sha256").hexdigest()
        is_signed = hmac.compare_digest(signed.encode(), signature.encode())
        is_fresh = self._clock().timestamp() < expires
        try:
            known = await self._orders.customer(customer)
        except RecordNotFound:
            known = None
        if not secret or not is_signed or not is_fresh or known is None:
            raise SignatureInvalid("the signed identity is not valid; let the shop's server sign a new one")
        return await self._bind(conversation, known.id, "signed", until=expires)

    async def _bind(
        self, conversation: str, customer: str, level: Level, *, until: float | None = None
    ) -> Verified:
        expires = self._clock() + timedelta(minutes=self._rules.minutes)
        if until is not None:
            expires = min(expires, datetime.fromtimestamp(until, UTC))
        values = {"customer_id": customer, "level": level, "expires": expires}
        async with database.writing(self._engine) as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            bind = dialect.insert(identities).values(conversation_id=conversation, **values)
            await connection.execute(
                bind.on_conflict_do_update(index_elements=["conversation_id"], set_=values)
            )
        return Verified(customer, level, expires)

    async def _count(self, connection: AsyncConnection, keys: Sequence[str]) -> None:
        now = self._clock()
        since = now - timedelta(minutes=self._rules.tries_minutes)
        await connection.execute(delete(identity_tries).where(identity_tries.c.at < since))
        await connection.execute(insert(identity_tries), [{"key": key, "at": now} for key in keys])
        for key in keys:
            query = select(func.count()).where(identity_tries.c.key == key)
            limit = (
                self._rules.tries_per_visitor if key.startswith("visitor:") else self._rules.tries_per_order
            )
            if (await connection.scalar(query) or 0) > limit:
                raise TooManyTries(f"more than {limit} proofs in {self._rules.tries_minutes} minutes failed")

    async def _holder(self, claim: Claim) -> Customer | None:
        """Return whom the claim is about, where every part of one accepted proof is right."""
        order = await self._orders.find_order(claim.order) if claim.order else None
        about = await self._about(claim, order)
        holds = False
        for proof in self._rules.proofs:  # every proof is compared, whatever the others gave
            given = [getattr(claim, part) for part in proof]
            right = [self._is_right(part, getattr(claim, part), order, about) for part in proof]
            holds |= all(given) and all(right)
        return about if holds else None

    async def _about(self, claim: Claim, order: Order | None) -> Customer | None:
        if claim.order:
            try:
                return await self._orders.customer(order.customer_id if order else _NOBODY)
            except RecordNotFound:
                return None
        found = await self._orders.find_customers(email=claim.email, name=claim.name, postcode=claim.postcode)
        return found[0] if len(found) == 1 else None

    def _is_right(self, part: str, given: str, order: Order | None, about: Customer | None) -> bool:
        addresses = about.addresses if about else ()
        codes = [address.postcode for address in addresses]
        if order and order.address:
            codes.append(order.address.postcode)
        known = {
            "order": [order.id.lstrip("#")] if order else [],
            "email": [about.email] if about else [],
            "postcode": codes,
            "name": [about.name] if about else [],
        }[part]
        return self._is_among(given.lstrip("#") if part == "order" else given, known)

    def _is_among(self, given: str, known: Iterable[str]) -> bool:
        """Compare in constant time with each of at least one text."""
        same = False
        for text in [*known, _NOBODY]:
            same |= hmac.compare_digest(self._digest(given), self._digest(text)) and text != _NOBODY
        return same

    def _digest(self, text: str) -> bytes:
        return hmac.new(self._key, _plain(text).encode(), "sha256").digest()


def _plain(text: str) -> str:
    """Return a text without spaces and capitals: `M6J 2K5` and `m6j2k5` are the same postcode."""
    return "".join(text.split()).casefold()
