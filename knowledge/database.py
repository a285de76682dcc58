"""The connection to SQLite or PostgreSQL, and bringing its tables up to date.

Knows nothing of what is stored: each package has its own migrations folder and its own version table,
so that several packages can keep their tables in one database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from knowledge.errors import StoreUnavailable

BUSY_MILLISECONDS = 30_000
_MIGRATION_LOCK = 0x65636F6D  # one number for every process that shares the database
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


def open_engine(url: str) -> AsyncEngine:
    """Return an engine for a `sqlite:///...` or `postgresql://...` address."""
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise unavailable(parsed, exc) from exc
    engine = create_async_engine(parsed)
    event.listen(engine.sync_engine, "connect", _configure_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Run one write transaction: everything inside is committed together, or nothing is.

    Raises:
        StoreUnavailable: when the database fails, such as for want of room.
    """
    try:
        async with engine.connect() as connection:
            await connection.execution_options(is_writing=True)
            async with connection.begin():
                yield connection
    except DBAPIError as exc:
        raise unavailable(engine.url, exc) from exc


def unavailable(url: URL, exc: DBAPIError | OSError) -> StoreUnavailable:
    """Return what the database complains about, without the statement and its values."""
    cause = exc.orig if isinstance(exc, DBAPIError) and exc.orig else exc
    reason = str(cause).removeprefix(f"{type(cause.__cause__)}: ").rstrip(".")
    return StoreUnavailable(_shown(url), reason)


def _shown(url: URL) -> str:
    """Return the address as the operator writes it, without its password."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


async def upgrade(engine: AsyncEngine, migrations: Path, *, version_table: str) -> None:
    """Bring the tables of one package up to date; safe when several processes start at once."""
    try:
        async with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
            await connection.run_sync(_upgrade, migrations, version_table)
    except OSError as exc:
        raise unavailable(engine.url, exc) from exc
    except CommandError as exc:
        reason = f"{exc}. The database may belong to a newer version of this program: upgrade the program"
        raise StoreUnavailable(_shown(engine.url), reason) from exc


def _upgrade(connection: Connection, migrations: Path, version_table: str) -> None:
    script = ScriptDirectory(str(migrations))

    def steps(revision: Any, context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=version_table)
        environment.run_migrations()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise StoreUnavailable("(hidden)", "it is not a database address such as sqlite:///shop.db") from exc
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        reason = (
            f"{backend!r} is not supported; use sqlite:///shop.db or postgresql://user:password@host/name"
        )
        raise StoreUnavailable(_shown(parsed), reason)
    return parsed.set(drivername=_DRIVERS[backend])


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would commit before DDL and never begin for reads.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: what was committed survives a power cut, not only kill -9.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail instead of waiting its turn.
    is_writing = connection.get_execution_options().get("is_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
