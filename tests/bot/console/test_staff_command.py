"""`python -m bot staff`: the console's people from the terminal."""

from __future__ import annotations

import pytest

from bot.commands.staff import StaffRefused, staff
from bot.console.staff import Staff
from knowledge.store import Store
from tests.bot.console.conftest import PASSWORD


def typed(*answers: str):
    left = list(answers)
    return lambda prompt: left.pop(0)


async def test_people_are_added_listed_changed_and_removed(settings, capsys):
    await staff(settings, "add", "Mei", "owner", typed(PASSWORD, PASSWORD))
    await staff(settings, "add", "小林", "agent", typed(PASSWORD, PASSWORD))
    await staff(settings, "role", "小林", "editor")
    await staff(settings, "password", "mei", "", typed("another horse battery", "another horse battery"))
    await staff(settings, "list", "", "")
    assert [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["Mei", "owner"],
        ["小林", "editor"],
    ]
    await staff(settings, "remove", "小林", "")
    async with await Store.open(settings) as store:
        people = Staff(store.engine, b"secret")
        assert [member.name for member in await people.members()] == ["Mei"]
        await people.sign_in("Mei", "another horse battery", address="1")


@pytest.mark.parametrize(
    ("action", "name", "role", "answers", "said"),
    [
        ("remove", "Mei", "", (), "at least one owner"),
        ("role", "Mei", "viewer", (), "at least one owner"),
        ("remove", "Nobody", "", (), "known: Mei"),
        ("add", "Bo", "agent", ("short",), "at least 12 characters"),
        ("add", "Bo", "agent", (PASSWORD, PASSWORD + "!"), "passwords differ"),
        ("add", "MEI", "agent", (PASSWORD, PASSWORD), "already somebody called MEI"),
    ],
)
async def test_what_cannot_be_done_is_named_and_changes_nothing(settings, action, name, role, answers, said):
    await staff(settings, "add", "Mei", "owner", typed(PASSWORD, PASSWORD))
    with pytest.raises(StaffRefused, match=said):
        await staff(settings, action, name, role, typed(*answers))
    async with await Store.open(settings) as store:
        assert [(member.name, member.role) for member in await Staff(store.engine, b"").members()] == [
            ("Mei", "owner")
        ]
