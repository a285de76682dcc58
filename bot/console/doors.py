"""Who may open what: every address of the console names the role it needs, and is behind its guard.

Here are the check of forms (no other site's page can send one), the check of the transport, and what a
refusal looks like. Knows nothing of what the pages show.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import BodyPartReader, MultipartReader, web

from bot.console import session
from bot.console.notebook import NotebookInvalid
from bot.console.rendering import render, say
from bot.console.session import ROOT
from bot.console.staff import Role, StaffInvalid
from bot.errors import BadRequest
from knowledge.errors import RecordNotFound

_READING = ("GET", "HEAD")
_LONGEST_TOKEN = 200
_MULTIPART = "multipart/form-data"
_MOST_FIELDS = 50_000
UPLOAD: web.RequestKey[MultipartReader] = web.RequestKey("upload", MultipartReader)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Door:
    """One address of the console; without a `role` it is open to those who are not signed in.

    A door for `uploads` reads its own body: what it takes may be larger than a form, and streams. Such a
    request carries its form's token in the header, or as the first field of its body. `largest` is how many
    bytes a form may have that is larger than a shopper's message. What a page's script `polls` keeps nobody
    signed in.
    """

    method: str
    path: str
    handler: Handler
    role: Role | None
    uploads: bool = False
    polls: bool = False
    largest: int | None = None


class Refused(Exception):
    """The request is not let in, or not done; `reason` is the name of a wording under `refused.`."""

    def __init__(self, status: int, reason: str, /, **values: object) -> None:
        self.status, self.reason, self.values = status, reason, values
        super().__init__(f"{status} {reason} {values or ''}".strip())


def add_doors(app: web.Application, *doors: Door) -> None:
    """Add the addresses, each behind its guard."""
    for door in doors:
        app.router.add_route(door.method, ROOT + door.path, guarded(door))


def guarded(door: Door) -> Handler:
    """Return the handler that lets in only whom the door is for."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if door.largest:
            request = request.clone(client_max_size=door.largest, client_max_fields=_MOST_FIELDS)
        try:
            await _let_in(request, door)
            return await door.handler(request)
        except Exception as error:
            refused = _as_refusal(error)
            if refused is None:
                raise
            return await _refuse(request, refused)

    return handle


def to(path: str, **query: str) -> web.HTTPSeeOther:
    """Return a redirect to a page of the console, for after a form."""
    return web.HTTPSeeOther(f"{ROOT}{path}{'?' if query else ''}{urlencode(query)}")


def safe_path(path: str) -> str:
    """Return where to go on after signing in; only pages of the console will do."""
    parts = urlsplit(path)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(f"{ROOT}/")
    return path if is_ours and "\\" not in path and path.isprintable() else f"{ROOT}/"


async def _let_in(request: web.Request, door: Door) -> None:
    is_reading = request.method in _READING
    if not session.is_private(request):
        raise Refused(403, "insecure")
    if not is_reading and not _is_from_here(request):
        raise Refused(403, "foreign_form")
    member = await session.recognise(request, is_polled=door.polls)
    if door.role is None:
        return
    if member is None:
        if is_reading and _wants_page(request):
            raise web.HTTPSeeOther(f"{ROOT}/sign-in?next={quote(str(request.rel_url), safe='')}")
        raise Refused(401, "signed_out")
    if not member.may(door.role):
        raise Refused(403, "not_allowed")
    if not is_reading:
        given = request.headers.get(session.FORM_HEADER, "")
        if not given:
            is_upload = door.uploads and request.content_type == _MULTIPART
            given = await (_first_field(request) if is_upload else _form_field(request))
        if not session.is_own_form(request, given):
            raise Refused(403, "old_form")


async def _form_field(request: web.Request) -> str:
    return str((await request.post()).get(session.FORM_TOKEN, ""))


async def _first_field(request: web.Request) -> str:
    """Read the token in front of an upload; the parts after it are left to the handler."""
    try:
        request[UPLOAD] = await request.multipart()
        field = await request[UPLOAD].next()
        if not isinstance(field, BodyPartReader) or field.name != session.FORM_TOKEN:
            return ""
        return (await field.read_chunk(_LONGEST_TOKEN)).decode("ascii", "replace")
    except ValueError:
        return ""


async def upload_of(request: web.Request) -> MultipartReader:
    """Return the parts of an upload that were not read yet.

    Raises:
        BadRequest: where the body is none.
    """
    if UPLOAD in request:
        return request[UPLOAD]
    if request.content_type != _MULTIPART:
        raise BadRequest(f"send the file as {_MULTIPART}")
    try:
        return await request.multipart()
    except ValueError as error:
        raise BadRequest(f"the upload is damaged: {error}") from error


def _is_from_here(request: web.Request) -> bool:
    """Whether the console's own page sent this; the listed origins may carry the widget, and no more."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _as_refusal(error: Exception) -> Refused | None:
    match error:
        case Refused():
            return error
        case RecordNotFound() | web.HTTPNotFound():
            return Refused(404, "missing")
        case web.HTTPRequestEntityTooLarge():
            return Refused(413, "too_large")
        case StaffInvalid() | NotebookInvalid():
            return Refused(400, error.reason, **error.values)
        case BadRequest():
            return Refused(400, "bad_request", fault=str(error))
    return None


async def _refuse(request: web.Request, refused: Refused) -> web.Response:
    message = say(request, f"refused.{refused.reason}", **refused.values)
    if _wants_page(request):
        return await render(request, "refused.html", {"message": message}, status=refused.status)
    return web.json_response({"error": {"code": refused.reason, "message": message}}, status=refused.status)


def _wants_page(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "text/html")
