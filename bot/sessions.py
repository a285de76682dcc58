"""Visitors' tokens: who may read and continue which conversation.

A token names one conversation and a time; the signature makes it ours. Nothing is kept on the server,
so any replica with the same secret can check it. Knows nothing of HTTP.
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

from knowledge.errors import EcomlmError

VERSION = "v1"
_SECONDS_PER_DAY = 86400


class SessionInvalid(EcomlmError):
    """The token is missing, not ours, altered or too old. Ask for a new one: POST /api/session."""


@dataclass(frozen=True, slots=True)
class Session:
    """A visitor's right to one conversation, until `expires` (Unix seconds)."""

    conversation: str
    expires: int


class Sessions:
    """Issues tokens and checks them."""

    def __init__(self, secret: bytes, days: int, clock: Callable[[], float] = time.time) -> None:
        self._secret, self._days, self._clock = secret, days, clock

    def issue(self) -> tuple[str, Session]:
        """Return a token for a new conversation that nobody can guess."""
        session = Session(secrets.token_urlsafe(16), int(self._clock()) + self._days * _SECONDS_PER_DAY)
        signed = f"{VERSION}.{session.conversation}.{session.expires}"
        return f"{signed}.{self._sign(signed)}", session

    def check(self, token: str) -> Session:
        """Return what the token entitles to.

        Raises:
            SessionInvalid: in the same words whatever is wrong with it, except that it is too old.
        """
        signed, _, signature = token.rpartition(".")
        if not signed or not hmac.compare_digest(self._sign(signed).encode(), signature.encode()):
            raise SessionInvalid("the session token is not valid; start a new session: POST /api/session")
        _, conversation, expires = signed.split(".")
        if int(expires) <= self._clock():
            raise SessionInvalid("the session has expired; start a new session: POST /api/session")
        return Session(conversation, int(expires))

    def _sign(self, signed: str) -> str:
        digest = hmac.new(self._secret, signed.encode(), "sha256").digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
