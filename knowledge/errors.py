"""What can go wrong with the shop's records. Each message names the thing, the value and the remedy."""

from __future__ import annotations


class EcomlmError(Exception):
    """Base of every error that this project raises on purpose; its text may be shown to an operator."""


class SettingsInvalid(EcomlmError):
    """The settings file or environment has faults; all of them are listed."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("settings are not usable:\n" + "\n".join(f"  - {fault}" for fault in faults))


class RecordNotFound(EcomlmError, LookupError):
    """No record of that kind has that id."""

    def __init__(self, kind: str, id: str) -> None:
        self.kind, self.id = kind, id
        super().__init__(f"no {kind} {id!r}. List what there is: python -m knowledge list {kind}s")


class RecordInvalid(EcomlmError, ValueError):
    """A record breaks a rule that every record keeps (a negative price, an empty title ...)."""


class ImportFailed(EcomlmError):
    """A file could not be imported; nothing of it was written."""


class StoreUnavailable(EcomlmError):
    """The database cannot be opened or brought up to date."""

    def __init__(self, address: str, reason: str) -> None:
        remedy = (
            "Check that its folder can be written to and has room, and that no other program holds it"
            if address.startswith("sqlite")
            else "Check database_url (ECOMLM_DATABASE_URL), and that the database is running"
        )
        super().__init__(f"cannot use the database {address}: {reason}. {remedy}")


class RecordConflict(EcomlmError):
    """A record has changed since a change to it was decided; nothing was saved."""

    def __init__(self, kind: str, id: str) -> None:
        self.kind, self.id = kind, id
        super().__init__(f"{kind} {id!r} has changed meanwhile; look at it again and repeat the change")
