"""`python -m bot staff`: the console's people, from the terminal, such as when a password was forgotten."""

from __future__ import annotations

import getpass
from collections.abc import Callable

from bot.console.staff import Member, Staff, StaffInvalid, checked_password, checked_role, key_of
from bot.console.words import word
from bot.settings import BotSettings, visitor_secret
from bot.transcripts import Transcripts
from knowledge.errors import EcomlmError
from knowledge.store import Store

WHO = "terminal"
Ask = Callable[[str], str]


class StaffRefused(EcomlmError):
    """What was asked for cannot be done to the shop's people."""


async def staff(settings: BotSettings, action: str, name: str, role: str, ask: Ask = getpass.getpass) -> int:
    """List the people, add or remove one, or set a password or role; passwords are asked for, never given.

    Raises:
        StaffRefused: naming what is wrong and the remedy.
    """
    async with await Store.open(settings) as store:
        await Transcripts.beside(store.engine)
        people = Staff(store.engine, visitor_secret(settings))
        try:
            await _act(people, action, name, role, ask)
        except StaffInvalid as error:
            raise StaffRefused(word(f"refused.{error.reason}", "en", **error.values)) from error
    return 0


async def _act(people: Staff, action: str, name: str, role: str, ask: Ask) -> None:
    match action:
        case "list":
            for member in await people.members():
                print(f"{member.name}\t{member.role}\tsince {member.created:%Y-%m-%d}")
        case "add":
            await people.add(name, _password(ask), checked_role(role), who=WHO)
        case "password":
            await people.set_password((await _named(people, name)).id, _password(ask), who=WHO)
        case "role":
            await people.set_role((await _named(people, name)).id, checked_role(role), who=WHO)
        case "remove":
            await people.remove((await _named(people, name)).id, who=WHO)


async def _named(people: Staff, name: str) -> Member:
    members = await people.members()
    found = next((member for member in members if key_of(member.name) == key_of(name)), None)
    if found is None:
        known = ", ".join(member.name for member in members) or "nobody yet"
        raise StaffRefused(f"there is nobody called {name!r}; known: {known}")
    return found


def _password(ask: Ask) -> str:
    password = checked_password(ask("Password: "))
    if ask("The same password again: ") != password:
        raise StaffInvalid("not_the_same")
    return password
