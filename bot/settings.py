"""Settings of the conversation side: where it listens, whom it lets in, how long it waits.

Knows nothing of aiohttp. The visitor secret is made on the first start and kept in `home`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar

from ecomlm.settings import Settings
from knowledge.records import Language

SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True, repr=False)
class BotSettings(Settings):
    """What `bot` needs to know on top of the records and the language tools.

    `allowed_origins` are the web origins (`https://shop.example`) whose pages may carry the widget; the
    server's own pages always may. `trusted_proxies` is how many reverse proxies stand in front, whose
    `X-Forwarded-For` entries are believed; 0 means none. `secret` signs visitors' tokens; when empty it
    is made once and kept in `home/secret`. `tls_certificate` and `tls_key` are files in PEM form; with them
    the server speaks HTTPS itself. With `identity_secret` the shop's server signs who a visitor is;
    `handoff_webhook` is told of handoffs, signed with `handoff_secret`. `max_import_megabytes` bounds a file
    that the shop's people import.
    """

    table: ClassVar[str] = "bot"

    host: str = "127.0.0.1"
    port: int = 8080
    shop_name: str = "Larkwood"
    shop_name_zh: str = "雀林商店"
    secret: str = field(default="", metadata={"secret": True})
    operator_password: str = field(default="", metadata={"secret": True})
    identity_secret: str = field(default="", metadata={"secret": True})
    handoff_webhook: str = ""
    handoff_secret: str = field(default="", metadata={"secret": True})
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: int = 0
    tls_certificate: str = ""
    tls_key: str = ""
    storefront: bool = True
    session_days: int = 30
    max_message_characters: int = 2000
    max_body_bytes: int = 16384
    max_import_megabytes: int = 200
    visitor_messages_per_minute: int = 20
    address_messages_per_minute: int = 60
    address_sessions_per_minute: int = 30
    events_per_minute: int = 120
    reply_timeout_seconds: float = 30.0
    search_timeout_seconds: float = 5.0
    heartbeat_seconds: float = 15.0
    drain_seconds: float = 20.0
    cards_per_reply: int = 6
    low_stock: int = 5

    def check(self) -> Iterator[str]:
        """Yield a sentence for every unusable value."""
        yield from super().check()
        if not 0 <= self.port <= 65535:
            yield f"port = {self.port} is not between 0 and 65535"
        if not self.is_local and not self.operator_password:
            yield (
                f"host = {self.host!r} is reachable by others: set operator_password "
                "(ECOMLM_OPERATOR_PASSWORD) first, or listen on 127.0.0.1"
            )
        if self.operator_password and len(self.operator_password) < 12:
            yield "operator_password is shorter than 12 characters"
        if self.secret and len(self.secret) < 32:
            yield "secret is shorter than 32 characters; leave it empty to have one made"
        if self.identity_secret and len(self.identity_secret) < 32:
            yield "identity_secret is shorter than 32 characters"
        if self.handoff_webhook and not self.handoff_webhook.startswith(("https://", "http://")):
            yield f"handoff_webhook = {self.handoff_webhook!r} is not a web address"
        if self.handoff_webhook and len(self.handoff_secret) < 32:
            yield "handoff_secret is shorter than 32 characters; the webhook's messages are signed with it"
        for name in ("tls_certificate", "tls_key"):
            path = getattr(self, name)
            if bool(self.tls_certificate) != bool(self.tls_key):
                yield "tls_certificate and tls_key are set together, or neither"
                break
            if path and not Path(path).is_file():
                yield f"{name} = {path!r}: there is no such file"
        for origin in self.allowed_origins:
            scheme, _, rest = origin.partition("://")
            if scheme not in ("http", "https") or not rest or "/" in rest or "*" in rest:
                yield f"allowed_origins: {origin!r} is not an origin such as 'https://shop.example'"
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                yield f"{name} = {getattr(self, name)} must be above 0"
        if self.trusted_proxies < 0:
            yield f"trusted_proxies = {self.trusted_proxies} must be 0 or more"

    def shop_name_in(self, language: Language) -> str:
        """Return the shop's name in a language."""
        return self.shop_name_zh if language == "zh" and self.shop_name_zh else self.shop_name

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


_POSITIVE = (
    "session_days", "max_message_characters", "max_body_bytes", "max_import_megabytes",
    "visitor_messages_per_minute", "address_messages_per_minute", "address_sessions_per_minute",
    "events_per_minute", "reply_timeout_seconds", "search_timeout_seconds", "heartbeat_seconds",
    "drain_seconds", "cards_per_reply", "low_stock",
)  # fmt: skip


def visitor_secret(settings: BotSettings) -> bytes:
    """Return the key that signs visitors' tokens, making it on the first start."""
    if settings.secret:
        return settings.secret.encode()
    path = settings.home / "secret"
    if not path.exists():
        _write_once(path, secrets.token_hex(SECRET_BYTES))
    return path.read_text(encoding="ascii").strip().encode()


def _write_once(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(content)
    try:
        os.link(aside, path)  # fails if another process made it first: theirs is kept
    except FileExistsError:
        pass
    finally:
        aside.unlink()
