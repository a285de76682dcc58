"""The shop's people: who they are, what they may do, and whether they are signed in.

Passwords are kept as Argon2id hashes, sessions as hashes of their cookies. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.console.audit import note
from bot.tables import sign_in_tries, staff, staff_sessions
from knowledge import database
from knowledge.errors import EcomlmError, RecordNotFound

Role = Literal["viewer", "agent", "editor", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may do what those before it may
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
LONGEST_NAME = 40
IDLE = timedelta(hours=12)
LONGEST_SESSION = timedelta(days=7)
TRIES_WITHIN = timedelta(minutes=15)
TRIES_PER_ADDRESS = 10
TRIES_PER_NAME = 50  # from anywhere: few enough against guessing, many enough not to lock a person out
_SEEN_EVERY = timedelta(minutes=1)


class StaffInvalid(EcomlmError):
    """A name, password or role that cannot be; `reason` is a wording's name, with its values."""

    def __init__(self, reason: str, /, **values: Any) -> None:
        self.reason, self.values = reason, values
        super().__init__(f"{reason} {values or ''}".strip())


@dataclass(frozen=True, slots=True)
class Member:
    """One of the shop's people."""

    id: str
    name: str
    role: Role
    created: datetime

    def may(self, role: Role) -> bool:
        """Whether this person may do what `role` may."""
        return ROLES.index(self.role) >= ROLES.index(role)


def _now() -> datetime:
    return datetime.now(UTC)


class Staff:
    """The shop's people and their sessions."""

    def __init__(self, engine: AsyncEngine, secret: bytes, clock: Callable[[], datetime] = _now) -> None:
        self._engine, self._secret, self._clock = engine, secret, clock

    @property
    def first_code(self) -> str:
        """What the first owner shows, to prove that they can see the server's terminal."""
        return hmac.new(self._secret, b"the console's first owner", "sha256").hexdigest()[:20]

    def form_token(self, session: str) -> str:
        """Return what a form of this session must carry, so that no other page can send it."""
        return hmac.new(self._secret, b"form:" + session.encode(), "sha256").hexdigest()

    async def is_empty(self) -> bool:
        """Whether nobody has been added yet."""
        async with self._engine.connect() as connection:
            return not await connection.scalar(select(func.count()).select_from(staff))

    async def begin(self, code: str, name: str, password: str) -> Member:
        """Add the first owner.

        Raises:
            StaffInvalid: if the code is not the one on the terminal, or there is somebody already.
        """
        if not hmac.compare_digest(code.strip().encode(), self.first_code.encode()):
            raise StaffInvalid("wrong_code")
        values = await _new_row(name, password, "owner", self._clock())
        async with database.writing(self._engine) as connection:
            if await connection.scalar(select(func.count()).select_from(staff)):
                raise StaffInvalid("not_first")
            return await _insert(connection, values, who=values["name"])

    async def add(self, name: str, password: str, role: Role, *, who: str) -> Member:
        """Add a person.

        Raises:
            StaffInvalid: for a name that is taken or unusable, or a password that is too short.
        """
        values = await _new_row(name, password, role, self._clock())
        async with database.writing(self._engine) as connection:
            if await connection.scalar(select(staff.c.id).where(staff.c.key == values["key"])):
                raise StaffInvalid("name_taken", name=values["name"])
            return await _insert(connection, values, who=who)

    async def members(self) -> list[Member]:
        """Return everybody, in the order of their names."""
        async with self._engine.connect() as connection:
            return [_member(row) for row in await connection.execute(select(staff).order_by(staff.c.key))]

    async def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, Member]:
        """Return a new session's token and whose it is.

        Raises:
            StaffInvalid: in the same words for a wrong name and a wrong password; or too many tries.
        """
        keys = {
            f"name:{key_of(name)[:LONGEST_NAME]}": TRIES_PER_NAME,
            f"address:{address[:64]}": TRIES_PER_ADDRESS,
        }
        async with database.writing(self._engine) as connection:
            await self._count(connection, keys)  # before the check: simultaneous tries count too
            row = (await connection.execute(select(staff).where(staff.c.key == key_of(name)))).one_or_none()
        is_right = await asyncio.to_thread(_fits, row.password if row else _nobodys_password(), password)
        if row is None or not is_right:
            raise StaffInvalid("wrong_password")
        token, now = secrets.token_urlsafe(32), self._clock()
        async with database.writing(self._engine) as connection:
            await connection.execute(delete(sign_in_tries).where(sign_in_tries.c.key.in_(list(keys))))
            await connection.execute(
                delete(staff_sessions).where(staff_sessions.c.created < now - LONGEST_SESSION)
            )
            session = {"digest": _digest(token), "staff_id": row.id, "created": now, "seen": now}
            await connection.execute(insert(staff_sessions).values(**session))
            await note(connection, row.name, "sign_in")
        return token, _member(row)

    async def member_of(self, token: str, *, is_sign: bool = True) -> Member | None:
        """Return who is signed in with this token, if the session still holds.

        With `is_sign` the request counts as a sign of the person, and the session is not idle.
        """
        now, mine = self._clock(), staff_sessions.c.digest == _digest(token)
        query = (
            select(staff, staff_sessions.c.seen)
            .join_from(staff_sessions, staff)
            .where(mine, staff_sessions.c.seen > now - IDLE, staff_sessions.c.created > now - LONGEST_SESSION)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if is_sign and now - row.seen > _SEEN_EVERY:
            async with database.writing(self._engine) as connection:
                await connection.execute(update(staff_sessions).where(mine).values(seen=now))
        return _member(row)

    async def sign_out(self, token: str) -> None:
        """End the session."""
        async with database.writing(self._engine) as connection:
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.digest == _digest(token)))

    async def change_password(self, member: Member, old: str, new: str) -> None:
        """Change one's own password; every session of the person ends.

        Raises:
            StaffInvalid: if the old one is wrong, or the new one too short.
        """
        async with self._engine.connect() as connection:
            known = await connection.scalar(select(staff.c.password).where(staff.c.id == member.id))
        if not await asyncio.to_thread(_fits, known or _nobodys_password(), old):
            raise StaffInvalid("wrong_password")
        await self.set_password(member.id, new, who=member.name)

    async def set_password(self, id: str, password: str, *, who: str) -> None:
        """Give a person a new password; their sessions end."""
        hashed = await asyncio.to_thread(_hashed, checked_password(password))
        async with database.writing(self._engine) as connection:
            member = await _one(connection, id)
            await connection.execute(update(staff).where(staff.c.id == id).values(password=hashed))
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == id))
            await note(connection, who, "staff.password", member.name)

    async def set_role(self, id: str, role: Role, *, who: str) -> None:
        """Change what a person may do; it holds from their next page on.

        Raises:
            StaffInvalid: where the shop would be left without an owner.
        """
        async with database.writing(self._engine) as connection:
            member = await _one(connection, id)
            await connection.execute(update(staff).where(staff.c.id == id).values(role=checked_role(role)))
            await _keep_an_owner(connection)
            await note(connection, who, "staff.role", member.name, before=member.role, after=role)

    async def remove(self, id: str, *, who: str) -> None:
        """Remove a person and end their sessions.

        Raises:
            StaffInvalid: where the shop would be left without an owner.
        """
        async with database.writing(self._engine) as connection:
            member = await _one(connection, id)
            await connection.execute(delete(staff).where(staff.c.id == id))
            await _keep_an_owner(connection)
            await note(connection, who, "staff.remove", member.name, role=member.role)

    async def _count(self, connection: AsyncConnection, keys: dict[str, int]) -> None:
        now = self._clock()
        await connection.execute(delete(sign_in_tries).where(sign_in_tries.c.at < now - TRIES_WITHIN))
        for key, limit in keys.items():
            query = select(func.count()).where(sign_in_tries.c.key == key)
            if (await connection.scalar(query) or 0) >= limit:
                raise StaffInvalid("too_many_tries", minutes=int(TRIES_WITHIN.total_seconds() // 60))
        await connection.execute(insert(sign_in_tries), [{"key": key, "at": now} for key in keys])


def key_of(name: str) -> str:
    """Return a name as it is compared: `Ann`, `ann ` and full-width letters are the same person."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def checked_name(name: str) -> str:
    """Return a usable name, or raise StaffInvalid."""
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    if not plain or not plain.isprintable():
        raise StaffInvalid("no_name")
    if len(plain) > LONGEST_NAME:
        raise StaffInvalid("long_name", limit=LONGEST_NAME)
    return plain


def checked_password(password: str) -> str:
    """Return a usable password, or raise StaffInvalid."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffInvalid("short_password", limit=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise StaffInvalid("long_password", limit=LONGEST_PASSWORD)
    return password


def checked_role(role: str) -> Role:
    """Return a role that exists, or raise StaffInvalid."""
    for known in ROLES:
        if role == known:
            return known
    raise StaffInvalid("no_role", role=role, roles=", ".join(ROLES))


async def _new_row(name: str, password: str, role: str, now: datetime) -> dict[str, Any]:
    plain = checked_name(name)
    hashed = await asyncio.to_thread(_hashed, checked_password(password))
    values = {"id": secrets.token_hex(12), "key": key_of(plain), "name": plain, "role": checked_role(role)}
    return {**values, "password": hashed, "created": now}


async def _insert(connection: AsyncConnection, values: dict[str, Any], *, who: str) -> Member:
    await connection.execute(insert(staff).values(**values))
    await note(connection, who, "staff.add", values["name"], role=values["role"])
    return Member(values["id"], values["name"], values["role"], values["created"])


async def _one(connection: AsyncConnection, id: str) -> Member:
    row = (await connection.execute(select(staff).where(staff.c.id == id))).one_or_none()
    if row is None:
        raise RecordNotFound("member", id)
    return _member(row)


async def _keep_an_owner(connection: AsyncConnection) -> None:
    owners = select(func.count()).select_from(staff).where(staff.c.role == "owner")
    if not await connection.scalar(owners):
        raise StaffInvalid("last_owner")


def _member(row: Any) -> Member:
    return Member(row.id, row.name, row.role, row.created)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # Argon2id with the parameters of RFC 9106 for little memory


def _hashed(password: str) -> str:
    return _hasher().hash(unicodedata.normalize("NFKC", password))


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, unicodedata.normalize("NFKC", password[:LONGEST_PASSWORD]))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_password() -> str:
    """What a password is compared with where nobody has the name: it takes as long as any other."""
    return _hashed(secrets.token_urlsafe(16))
