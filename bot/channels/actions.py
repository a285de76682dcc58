"""The action server's protocol, for a real Rasa server: `POST /webhook`, `GET /actions`, `GET /health`.

As `python -m rasa_sdk --actions bot.actions` speaks it, but: the shop is open before the first call; it
listens where the settings say, on this machine alone unless told otherwise; a call without the domain
(`enable_selective_domain`) is served; and no answer repeats a call, which holds what customers wrote.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web
from rasa_sdk.executor import ActionExecutor

from bot.actions import make_executor
from bot.actions.behind_rasa import NOBODY
from bot.channels.requests import json_object, require_program
from bot.errors import BadRequest, OriginForbidden, PasswordRequired
from bot.keys import SETTINGS
from bot.middlewares import Handler, guard_origin
from bot.settings import BotSettings
from bot.tools import Tools, open_tools
from bot.transcripts import Transcripts

log = logging.getLogger(__name__)
_MAX_BODY = 32 * 1024 * 1024  # Rasa sends the whole conversation each time
_EXECUTOR: web.AppKey[ActionExecutor] = web.AppKey("executor")


def create_action_server(
    settings: BotSettings, *, opening: Callable[[BotSettings], Awaitable[Tools]] = open_tools
) -> web.Application:
    """Build the application; `opening` gives it its tools when it starts."""
    app = web.Application(client_max_size=_MAX_BODY, middlewares=[_tell_errors, guard_origin])
    app[SETTINGS] = settings

    async def opened(app: web.Application) -> AsyncIterator[None]:
        tools = await opening(settings)
        try:
            await Transcripts.open(tools.store.engine)  # brings the tables up to date
            app[_EXECUTOR] = make_executor(tools)
            yield
        finally:
            await tools.close()

    app.cleanup_ctx.append(opened)
    app.router.add_post("/webhook", webhook)
    app.router.add_get("/actions", actions)
    app.router.add_get("/health", health)
    return app


async def health(request: web.Request) -> web.Response:
    """Say that the server is there."""
    return web.json_response({"status": "ok"})


async def actions(request: web.Request) -> web.Response:
    """List the actions."""
    require_program(request)
    return web.json_response([{"name": name} for name in request.app[_EXECUTOR].actions])


async def webhook(request: web.Request) -> web.Response:
    """Run one action for one message; whatever the call lacks, the shopper gets a sentence."""
    require_program(request)
    call, executor = await json_object(request), request.app[_EXECUTOR]
    name = call.get("next_action")
    if not isinstance(name, str) or not name:
        return _refusal(400, "'next_action' is missing; it names the action to run", "")
    if name not in executor.actions:
        return _refusal(404, "there is no such action; GET /actions lists them", name)
    result = await executor.run({"next_action": name, "tracker": _tracker(call), "domain": {}})
    return web.json_response(result.model_dump())


def _tracker(call: dict[str, Any]) -> dict[str, Any]:
    """Return the call's tracker with the parts that rasa_sdk cannot do without."""
    given = call.get("tracker")
    tracker = given if isinstance(given, dict) else {}
    sender = tracker.get("sender_id") or call.get("sender_id")
    return {**tracker, "sender_id": sender if isinstance(sender, str) else NOBODY}


@web.middleware
async def _tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in the shape that Rasa reads, with nothing of the call in them."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _refusal(error.status, error.reason, "")
    except PasswordRequired as error:
        return _refusal(401, str(error), "")
    except OriginForbidden as error:
        return _refusal(403, str(error), "")
    except BadRequest as error:
        return _refusal(400, str(error), "")
    except Exception:  # the edge: nothing of the inside may reach the caller
        reference = secrets.token_hex(4).upper()
        log.exception("an action call failed, reference %s", reference)
        return _refusal(500, f"the action server failed; its log tells why under {reference}", "")


def _refusal(status: int, error: str, name: str) -> web.Response:
    return web.json_response({"error": error, "action_name": name}, status=status)
