"""The shop's people: passwords, sessions, roles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.console.audit import Audit
from bot.console.staff import IDLE, LONGEST_SESSION, TRIES_PER_ADDRESS, TRIES_WITHIN, Staff, StaffInvalid
from bot.tables import staff as staff_table
from bot.tables import staff_sessions
from bot.transcripts import Transcripts
from knowledge import database
from tests.bot.console.conftest import PASSWORD

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def staff(tmp_path, clock) -> AsyncIterator[Staff]:
    engine = database.open_engine(f"sqlite:///{tmp_path}/shop.db")
    await Transcripts.open(engine)
    yield Staff(engine, b"secret", clock)
    await engine.dispose()


async def test_the_first_owner_needs_the_code_and_comes_once(staff: Staff):
    with pytest.raises(StaffInvalid, match="wrong_code"):
        await staff.begin("0" * 20, "Mei", PASSWORD)
    assert await staff.is_empty()
    owner = await staff.begin(staff.first_code, "Mei", PASSWORD)
    assert owner.role == "owner"
    with pytest.raises(StaffInvalid, match="not_first"):
        await staff.begin(staff.first_code, "Eve", PASSWORD)


async def test_nothing_that_lets_in_is_stored(staff: Staff):
    await staff.add("Mei", PASSWORD, "agent", who="test")
    token, _ = await staff.sign_in("mei ", PASSWORD, address="1")
    async with staff._engine.connect() as connection:
        people = (await connection.execute(select(staff_table))).one()
        sessions = (await connection.execute(select(staff_sessions))).one()
    assert people.password.startswith("$argon2id$")
    assert PASSWORD not in str(people)
    assert token not in str(sessions)


@pytest.mark.parametrize(("name", "password"), [("Mei", "wrong horse battery"), ("Eve", PASSWORD)])
async def test_a_wrong_name_and_a_wrong_password_look_alike(staff: Staff, name: str, password: str):
    await staff.add("Mei", PASSWORD, "agent", who="test")
    with pytest.raises(StaffInvalid) as refused:
        await staff.sign_in(name, password, address="1")
    assert (refused.value.reason, refused.value.values) == ("wrong_password", {})


async def test_guessing_ends_after_some_tries_and_goes_on_later(staff: Staff, clock: Clock):
    await staff.add("Mei", PASSWORD, "agent", who="test")
    for number in range(TRIES_PER_ADDRESS):
        with pytest.raises(StaffInvalid, match="wrong_password"):
            await staff.sign_in("Mei", f"wrong number {number}", address="1")
    with pytest.raises(StaffInvalid, match="too_many_tries"):
        await staff.sign_in("Mei", PASSWORD, address="1")
    await staff.sign_in("Mei", PASSWORD, address="2")  # from elsewhere the person is not locked out
    clock.now += TRIES_WITHIN + timedelta(seconds=1)
    await staff.sign_in("Mei", PASSWORD, address="1")


async def test_a_session_ends_when_idle_and_at_last_in_any_case(staff: Staff, clock: Clock):
    await staff.add("Mei", PASSWORD, "agent", who="test")
    token, _ = await staff.sign_in("Mei", PASSWORD, address="1")
    step = IDLE - timedelta(minutes=1)
    while clock.now + step < START + LONGEST_SESSION:
        clock.now += step
        assert await staff.member_of(token)
    clock.now = START + LONGEST_SESSION
    assert await staff.member_of(token) is None
    token, _ = await staff.sign_in("Mei", PASSWORD, address="1")
    clock.now += IDLE
    assert await staff.member_of(token) is None


async def test_a_new_password_ends_every_session(staff: Staff):
    mei = await staff.add("Mei", PASSWORD, "agent", who="test")
    token, _ = await staff.sign_in("Mei", PASSWORD, address="1")
    with pytest.raises(StaffInvalid, match="wrong_password"):
        await staff.change_password(mei, "wrong horse battery", "another horse battery")
    assert await staff.member_of(token)
    await staff.change_password(mei, PASSWORD, "another horse battery")
    assert await staff.member_of(token) is None
    await staff.sign_in("Mei", "another horse battery", address="1")


async def test_the_last_owner_stays(staff: Staff):
    mei = await staff.add("Mei", PASSWORD, "owner", who="test")
    for leaving in (staff.remove(mei.id, who="Mei"), staff.set_role(mei.id, "viewer", who="Mei")):
        with pytest.raises(StaffInvalid, match="last_owner"):
            await leaving
    assert [member.role for member in await staff.members()] == ["owner"]


@pytest.mark.parametrize(
    ("name", "password", "role", "reason"),
    [
        ("", PASSWORD, "agent", "no_name"),
        ("\u200bMei", PASSWORD, "agent", "no_name"),
        ("M" * 41, PASSWORD, "agent", "long_name"),
        ("Mei", "short", "agent", "short_password"),
        ("Mei", "p" * 257, "agent", "long_password"),
        ("Mei", PASSWORD, "admin", "no_role"),
        ("ＭＥＩ", PASSWORD, "agent", "name_taken"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(staff: Staff, name, password, role, reason):
    await staff.add("mei", PASSWORD, "agent", who="test")
    with pytest.raises(StaffInvalid) as refused:
        await staff.add(name, password, role, who="test")
    assert refused.value.reason == reason
    assert len(await staff.members()) == 1


async def test_every_change_is_in_the_log_with_who_did_it(staff: Staff):
    mei = await staff.add("Mei", PASSWORD, "owner", who="Ann")
    await staff.add("Bo", PASSWORD, "viewer", who="Mei")
    bo = (await staff.members())[0]
    await staff.set_role(bo.id, "agent", who="Mei")
    await staff.remove(bo.id, who="Mei")
    entries = await Audit(staff._engine).entries()
    assert [(entry.who, entry.action, entry.about) for entry in entries] == [
        ("Mei", "staff.remove", "Bo"),
        ("Mei", "staff.role", "Bo"),
        ("Mei", "staff.add", "Bo"),
        ("Ann", "staff.add", mei.name),
    ]
    assert entries[1].detail == {"before": "viewer", "after": "agent"}
