"""A hash over everything a shop keeps, to show that a refused request left not a byte changed."""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge.tables import metadata


async def fingerprint(engine: AsyncEngine) -> str:
    """Return a hash over every row of every table of the shop: records, history, receipts, notices."""
    digest = hashlib.sha256()
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = (await connection.execute(select(table))).all()
            digest.update(table.name.encode())
            for row in sorted(repr(tuple(row)) for row in rows):
                digest.update(row.encode())
    return digest.hexdigest()
