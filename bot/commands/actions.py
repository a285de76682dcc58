"""`python -m bot actions`: the action server for a real Rasa server, until it is told to stop."""

from __future__ import annotations

from aiohttp import web

from bot.channels.actions import create_action_server
from bot.commands.prepare import as_prepared
from bot.commands.serve import AddressTaken, set_up_logging, shown
from bot.settings import BotSettings


def serve_actions(settings: BotSettings, port: int) -> int:
    """Serve until SIGINT or SIGTERM.

    Raises:
        AddressTaken: if the port is in use.
    """
    set_up_logging()
    address = f"http://{shown(settings.host)}:{port}/webhook"
    try:
        web.run_app(
            create_action_server(as_prepared(settings)),
            host=settings.host,
            port=port,
            access_log=None,
            shutdown_timeout=settings.drain_seconds,
            print=lambda *_: print(f"Rasa's actions are served at {address}  (stop: Ctrl+C)", flush=True),
        )
    except OSError as error:
        raise AddressTaken(
            f"cannot listen at {address}: {error.strerror or error}. Choose another port: --port 5056"
        ) from error
    return 0
