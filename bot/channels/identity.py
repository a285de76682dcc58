"""Who a visitor is, as the shop's own server vouches for: sign in, sign out.

Works on the conversation that the visitor's token names. What a signature must hold: `bot.desk.identity`.
"""

from __future__ import annotations

from aiohttp import web

from bot.channels.requests import json_object, session_of, text_of
from bot.desk.identity import SignatureInvalid
from bot.errors import BadRequest
from bot.keys import LIVE, SETTINGS, TOOLS

_CUSTOMER_CHARACTERS = 200
_SIGNATURE_CHARACTERS = 64


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_post("/api/identity", sign_in)
    app.router.add_delete("/api/identity", sign_out)


async def sign_in(request: web.Request) -> web.Response:
    """Bind the visitor's conversation to the customer whom the shop's own server signed for."""
    session, body = session_of(request), await json_object(request)
    customer = text_of(body, "customer", _CUSTOMER_CHARACTERS, required=True)
    given = text_of(body, "signature", _SIGNATURE_CHARACTERS, required=True)
    expires = body.get("expires")
    if isinstance(expires, bool) or not isinstance(expires, int):
        raise BadRequest(f"'expires' is {expires!r}; send Unix seconds such as 1790000000")
    try:
        verified = await request.app[TOOLS].desk.identities.sign_in(
            session.conversation, customer=customer, expires=expires, signature=given,
            secret=request.app[SETTINGS].identity_secret,
        )  # fmt: skip
    except SignatureInvalid as error:
        raise BadRequest(str(error), code="identity_invalid") from error
    left = verified.expires - request.app[TOOLS].desk.clock()
    return web.json_response(
        {"expires": int(verified.expires.timestamp()), "seconds": int(left.total_seconds())}
    )


async def sign_out(request: web.Request) -> web.Response:
    """Unbind the conversation, however its customer was proven; drop what they were asked to confirm."""
    conversation, desk = session_of(request).conversation, request.app[TOOLS].desk
    await desk.identities.forget(conversation)
    await desk.proposals.drop_all(conversation)
    request.app[LIVE].wake(conversation)
    return web.Response(status=204)
