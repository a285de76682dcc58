"""What a visitor of the web application can do wrong. `bot/middlewares.py` turns these into answers."""

from __future__ import annotations

from knowledge.errors import EcomlmError


class BadRequest(EcomlmError):
    """The request's body or a value in it is not usable; the message names it and the remedy."""

    def __init__(self, message: str, *, code: str = "bad_request") -> None:
        self.code = code
        super().__init__(message)


class OriginForbidden(EcomlmError):
    """The request comes from a page of an origin that is not on the list."""


class PasswordRequired(EcomlmError):
    """This address is for the shop's own programs and needs the operator password."""
