"""`python -m bot serve`: the web server, until it is told to stop."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from bot.app import create_app
from bot.commands.prepare import as_prepared
from bot.settings import BotSettings
from knowledge.errors import EcomlmError


class AddressTaken(EcomlmError):
    """Something else listens where the server should."""


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
    address = f"http://{shown(settings.host)}:{settings.port}"
    tell = announce or (lambda address: print(f"The shop is open at {address}  (stop: Ctrl+C)", flush=True))
    try:
        web.run_app(
            create_app(as_prepared(settings)),
            host=settings.host,
            port=settings.port,
            access_log=None,
            shutdown_timeout=settings.drain_seconds,
            print=lambda *_: tell(address),
        )
    except OSError as error:
        raise AddressTaken(
            f"cannot listen at {address}: {error.strerror or error}. Choose another port: ECOMLM_PORT=8081"
        ) from error
    return 0


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
