"""`python -m bot serve`: the web server, until it is told to stop."""

from __future__ import annotations

import json
import logging
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from bot.app import create_app
from bot.commands.prepare import as_prepared
from bot.console.session import ROOT
from bot.keys import STAFF
from bot.settings import BotSettings
from knowledge.errors import EcomlmError


class AddressTaken(EcomlmError):
    """Something else listens where the server should."""


class CertificateUnusable(EcomlmError):
    """The files of `tls_certificate` and `tls_key` are no pair in PEM form."""

    def __init__(self, path: str, cause: Exception) -> None:
        super().__init__(
            f"tls_certificate = {path!r} and its tls_key cannot be used: {cause}. Give a PEM pair"
        )


class JsonLines(logging.Formatter):
    """One JSON object a line, as log collectors read them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        return json.dumps(values, ensure_ascii=False)


def serve(settings: BotSettings, announce: Callable[[str], None] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; replies under way may then finish.

    Raises:
        AddressTaken: if the port is in use.
    """
    set_up_logging()
    scheme = "https" if settings.tls_certificate else "http"
    address = f"{scheme}://{shown(settings.host)}:{settings.port}"
    tell = announce or (lambda address: print(f"The shop is open at {address}  (stop: Ctrl+C)", flush=True))
    app = create_app(as_prepared(settings))
    app.on_startup.append(lambda app: _tell_first_owner(app, address))
    try:
        web.run_app(
            app,
            host=settings.host,
            port=settings.port,
            ssl_context=_tls(settings),
            access_log=None,
            shutdown_timeout=settings.drain_seconds,
            print=lambda *_: tell(address),
        )
    except ssl.SSLError as error:
        raise CertificateUnusable(settings.tls_certificate, error) from error
    except OSError as error:
        raise AddressTaken(
            f"cannot listen at {address}: {error.strerror or error}. Choose another port: ECOMLM_PORT=8081"
        ) from error
    return 0


async def _tell_first_owner(app: web.Application, address: str) -> None:
    """While nobody may open the console, say how its owner comes in; the code proves who reads this."""
    staff = app[STAFF]
    if await staff.is_empty():
        print(f"The console waits for its owner: {address}{ROOT}/first?code={staff.first_code}", flush=True)


def _tls(settings: BotSettings) -> ssl.SSLContext | None:
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


def set_up_logging() -> None:
    """Write warnings and errors to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)  # some libraries set their own loggers to say everything
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def shown(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{host}]" if ":" in host else host
