"""How the console's pages are put together: language, navigation, wordings, dates.

Knows nothing of single pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp_jinja2
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot.console.session import FORM_TOKEN, MEMBER, ROOT, form_token
from bot.console.staff import Role
from bot.console.words import word, words
from bot.keys import SETTINGS
from bot.middlewares import preferred_language
from knowledge.records import Language

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
ENVIRONMENT: web.AppKey[Environment] = web.AppKey("console_environment")
TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
LANGUAGE_COOKIE = "ecomlm_console_language"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the console in its navigation; the wording of its name is `rooms.NAME`."""

    name: str
    path: str
    key: str
    role: Role = "viewer"


# In the order of the navigation; `g` and then the key opens it.
ROOMS = (
    Room("home", "/", "h"),
    Room("inbox", "/inbox", "i", "agent"),
    Room("conversations", "/conversations", "c"),
    Room("products", "/products", "d"),
    Room("articles", "/articles", "a"),
    Room("reviews", "/reviews", "r"),
    Room("import", "/import", "m", "editor"),
    Room("try", "/try", "q"),
    Room("insights", "/insights", "o"),
    Room("texts", "/texts", "t"),
    Room("people", "/people", "p", "owner"),
    Room("log", "/log", "l", "owner"),
)


def setup(app: web.Application) -> None:
    """Prepare the templates; every value in them is escaped."""
    environment = aiohttp_jinja2.setup(
        app,
        app_key=ENVIRONMENT,
        default_helpers=False,
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "word": _word, "named": _named, "form": _form, "root": ROOT, "version": _version(),
    }  # fmt: skip
    environment.filters |= {
        "moment": _moment, "day": _day, "number": _number, "said": _said, "part": _part,
    }  # fmt: skip


def language_of(request: web.Request) -> Language:
    """Return the page's language: what was chosen here, else what the browser asks for."""
    chosen = request.query.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("en", "zh"):
        return "zh" if chosen == "zh" else "en"
    return preferred_language(request)


def say(request: web.Request, name: str, /, **values: object) -> str:
    """Return a wording in the page's language."""
    return word(name, language_of(request), **values)


async def render(
    request: web.Request, template: str, values: Mapping[str, Any], *, status: int = 200
) -> web.Response:
    """Render a page in the request's language; `notice` in the address names a wording to show above it."""
    language, member = language_of(request), request.get(MEMBER)
    other: Language = "en" if language == "zh" else "zh"
    context = {
        "language": language,
        "tag": TAGS[language],
        "other_tag": TAGS[other],
        "other_language": str(request.rel_url.update_query(lang=other)),
        "shop": request.app[SETTINGS].shop_name_in(language),
        "member": member,
        "rooms": [room for room in ROOMS if member and member.may(room.role)],
        "path": request.path.removeprefix(ROOT),
        "form_token": form_token(request),
        "notice": _notice(request),
        **values,
    }
    html = aiohttp_jinja2.render_string(template, request, context, app_key=ENVIRONMENT)
    headers = {
        "Content-Language": TAGS[language],
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY,
        "X-Robots-Tag": "noindex",
    }
    response = web.Response(text=html, content_type="text/html", status=status, headers=headers)
    if request.query.get("lang") in ("en", "zh"):
        response.set_cookie(LANGUAGE_COOKIE, language, path=ROOT, samesite="Lax", max_age=31_536_000)
    return response


def _notice(request: web.Request) -> str:
    """Return the wording that the address names; an address can say nothing of its own."""
    name = request.query.get("notice", "")
    return say(request, name) if name in words() else ""


def _version() -> str:
    """Return a mark of the static files, so that a browser takes the new ones after an upgrade."""
    content = b"".join(file.read_bytes() for file in sorted(STATIC.iterdir()))
    return hashlib.sha256(content).hexdigest()[:8]


@pass_context
def _word(context: Context, name: str, /, **values: object) -> str:
    return word(name, context["language"], **values)


@pass_context
def _named(context: Context, group: str, value: str) -> str:
    """Return what people call a stored value, the wording `GROUP.VALUE`; one that has none as it is."""
    name = f"{group}.{value}"
    return word(name, context["language"]) if name in words() else value


@pass_context
def _said(context: Context, value: object) -> str:
    """Word a record's value: yes and no."""
    if isinstance(value, bool):
        return word("fields.yes" if value else "fields.no", context["language"])
    return str(value)


def _part(text: str) -> str:
    """Return a text as one part of an address."""
    return quote(text, safe="")


@pass_context
def _form(context: Context) -> Markup:
    """The hidden field that every form of a signed-in person carries."""
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format(FORM_TOKEN, context["form_token"])


@pass_context
def _moment(context: Context, at: datetime) -> str:
    """Show a time to the minute, in UTC; the page's script turns it into the reader's own."""
    return f"{_day(context, at)} {at.astimezone(UTC):%H:%M}"


@pass_context
def _day(context: Context, at: datetime) -> str:
    day = at.astimezone(UTC)
    if context["language"] == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%b} {day.year}"


def _number(value: float) -> str:
    return f"{value:,}"
