"""The sample shop's orders as old as they are in the sample, whenever the tests run.

Return windows count from delivery, so every order is moved by the time since the sample's own today.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.settings import BotSettings
from knowledge.records import Order, Parcel
from knowledge.store import Store

TODAY = datetime(2026, 11, 20, 20, tzinfo=UTC)
State = dict[str, tuple[str, dict[str, str]]]


def move_orders(home: Path) -> None:
    """Move the orders of a home to now."""
    asyncio.run(_move(home, datetime.now(UTC) - TODAY))


def state_of(home: Path) -> tuple[State, int]:
    """Return each order's state with those of its lines, and how many receipts there are."""
    return asyncio.run(_state(home))


async def _move(home: Path, age: timedelta) -> None:
    async with await Store.open(BotSettings(home=home)) as store:
        await store.save([moved(order, age) for order in await _orders(store)], who="test")


def moved(order: Order, age: timedelta) -> Order:
    """Return the order with all its dates moved."""
    parcels = tuple(_moved_parcel(parcel, age) for parcel in order.parcels)
    return replace(order, placed=order.placed + age, parcels=parcels)


def _moved_parcel(parcel: Parcel, age: timedelta) -> Parcel:
    return replace(
        parcel,
        shipped=parcel.shipped and parcel.shipped + age,
        expected=parcel.expected and parcel.expected + age,
        delivered=parcel.delivered and parcel.delivered + age,
    )


async def _orders(store: Store) -> list[Order]:
    return [order async for order in store.each("order") if isinstance(order, Order)]


async def _state(home: Path) -> tuple[State, int]:
    from sqlalchemy import func, select

    from knowledge.tables import receipts

    async with await Store.open(BotSettings(home=home)) as store:
        orders = {
            str(order.id): (order.status, {str(line.sku): line.status for line in order.lines})
            for order in await _orders(store)
        }
        async with store.engine.connect() as connection:
            count = await connection.scalar(select(func.count()).select_from(receipts))
    return orders, int(count or 0)
