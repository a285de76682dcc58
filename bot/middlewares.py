"""The edge: request ids, security headers, origins, and errors in one shape.

The only place that knows which error is which HTTP status. What went wrong inside is logged under a
reference number; the caller gets the number, never the detail.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from bot.errors import BadRequest, OriginForbidden, PasswordRequired
from bot.keys import AHEAD, METRICS, REQUEST_ID, SETTINGS
from bot.limits import TooManyRequests
from bot.sessions import SessionInvalid
from bot.storefront.urls import PRODUCTS
from bot.wording import failure_text
from knowledge.errors import EcomlmError, RecordNotFound
from knowledge.records import Language

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OPENAI_TYPES = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
ALLOWED_HEADERS = "Authorization, Content-Type, Last-Event-ID, X-Request-ID"
ALLOWED_METHODS = "GET, POST, DELETE, OPTIONS"


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, keep its caller's one if it is harmless, and count it."""
    given = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    started = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unknown"
    request.app[METRICS].request_done(route, request.method, response.status, time.perf_counter() - started)
    return response


@web.middleware
async def translate_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a JSON answer with the request's number."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _answer(request, error.status, _http_code(error.status), error.reason)
    except SessionInvalid as error:
        return _answer(request, 401, "session_invalid", str(error))
    except PasswordRequired as error:
        response = _answer(request, 401, "password_required", str(error))
        response.headers["WWW-Authenticate"] = 'Bearer realm="shop"'
        return response
    except OriginForbidden as error:
        return _answer(request, 403, "origin_forbidden", str(error))
    except BadRequest as error:
        return _answer(request, 400, error.code, str(error))
    except RecordNotFound:
        return _answer(request, 404, "not_found", "there is no such thing here")
    except TooManyRequests as error:
        text = failure_text("rate", preferred_language(request), seconds=error.retry_after_seconds)
        response = _answer(request, 429, "too_many_requests", text)
        response.headers["Retry-After"] = str(error.retry_after_seconds)
        return response
    except EcomlmError:
        log.exception("request %s failed", request[REQUEST_ID])
        return _answer(request, 503, "unavailable", failure_text("engine", preferred_language(request)))
    except Exception:  # the edge: nothing of the inside may reach the caller
        log.exception("request %s failed", request[REQUEST_ID])
        return _answer(request, 500, "internal", failure_text("internal", preferred_language(request)))


@web.middleware
async def guard_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let browsers in from our own pages and the listed origins only; answer their preflights."""
    origin = request.headers.get("Origin")
    if request.app[SETTINGS].is_local and _host_name(request.host) not in _LOOPBACK:
        # A foreign name that points to this machine would make its pages count as our own.
        raise OriginForbidden(f"this server does not answer to the name {request.host!r}; use 127.0.0.1")
    if origin is not None and not is_allowed(request, origin):
        raise OriginForbidden(f"origin {origin!r} is not allowed; add it to allowed_origins")
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return web.Response(status=204)
    return await handler(request)


@web.middleware
async def read_ahead(request: web.Request, handler: Handler) -> web.StreamResponse:
    """When a product's page was served, make its facts ready for a question about it."""
    response = await handler(request)
    resource = request.match_info.route.resource
    if response.status == 200 and resource is not None and resource.canonical == f"{PRODUCTS}/{{id}}":
        language: Language = "zh" if response.headers.get("Content-Language", "").startswith("zh") else "en"
        request.app[AHEAD].page_opened(request.match_info["id"], language)
    return response


def is_allowed(request: web.Request, origin: str) -> bool:
    """Whether a page of `origin` may use this server."""
    return origin in request.app[SETTINGS].allowed_origins or urlsplit(origin).netloc == request.host


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the security headers; runs before any response starts, streams included."""
    headers = response.headers
    settings = request.app[SETTINGS]
    ancestors = " ".join(("'self'", *settings.allowed_origins))
    headers.setdefault("X-Request-ID", request.get(REQUEST_ID, "-"))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; manifest-src 'self'; "
        f"frame-ancestors {ancestors}",
    )
    headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin and is_allowed(request, origin):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After"
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = ALLOWED_METHODS
            headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            headers["Access-Control-Max-Age"] = "600"


def preferred_language(request: web.Request) -> Language:
    """Return the language that the caller's browser asks for."""
    wanted: str = request.query.get("locale", "") or request.headers.get("Accept-Language", "")
    return "zh" if wanted.strip().lower().startswith("zh") else "en"


def _answer(request: web.Request, status: int, code: str, message: str) -> web.Response:
    reference = request.get(REQUEST_ID, "-")
    error: dict[str, object] = {"code": code, "message": message, "reference": reference}
    if request.path.startswith("/v1/"):
        default = "server_error" if status >= 500 else "invalid_request_error"
        error |= {"type": _OPENAI_TYPES.get(status, default), "param": None}
    return web.json_response({"error": error}, status=status)


def _http_code(status: int) -> str:
    return {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(status, "bad_request")


def _host_name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").rstrip(".")
