"""Importing a file: take it in, show the importers' report of a dry run, then write it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web

from bot.console.doors import Door, Refused, to, upload_of
from bot.console.imports import RUNNING, ImportInvalid, Imports, Reading
from bot.console.rendering import render
from bot.console.session import FORM_TOKEN, MEMBER
from bot.errors import BadRequest
from bot.keys import AUDIT, SETTINGS

IMPORTS: web.AppKey[Imports] = web.AppKey("imports", Imports)
_CHUNK = 262_144
_LONGEST_FIELD = 200
_AROUND_THE_FILE = 100_000
_SHOWN_ROWS = 100
_STATUS = {"too_large": 413, "busy": 409, "not_checked": 409, "done_already": 409}


async def open_imports(app: web.Application) -> AsyncIterator[None]:
    """Give the application its imports."""
    settings = app[SETTINGS]
    app[IMPORTS] = Imports(settings, settings.max_import_megabytes * 1_000_000)
    yield


async def imports(request: web.Request) -> web.Response:
    """A form for a file, and the last imports."""
    values = {
        "recent": await asyncio.to_thread(request.app[IMPORTS].recent),
        "limit": request.app[SETTINGS].max_import_megabytes,
        "currency": request.app[SETTINGS].currency,
    }
    return await render(request, "imports.html", values)


async def receive(request: web.Request) -> web.Response:
    """Take a file in and begin to check it; nothing of the shop changes."""
    store = request.app[IMPORTS]
    if (request.content_length or 0) > store.limit_bytes + _AROUND_THE_FILE:
        raise _refused(ImportInvalid("too_large", limit=store.limit_bytes // 1_000_000))
    reader, given, job, reading = await upload_of(request), dict[str, str](), None, Reading()
    try:
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise BadRequest("the upload holds a part within a part")
            if part.name == "file" and part.filename and job is None:
                reading = Reading.read(given)  # the file is the form's last field
                job = await store.receive(part.filename, _chunks(part), who=request[MEMBER].name)
            elif part.name and part.name != FORM_TOKEN:
                given[part.name] = (await part.read_chunk(_LONGEST_FIELD)).decode("utf-8", "replace")
        if job is None:
            raise ImportInvalid("no_file")
        await asyncio.to_thread(store.start, job.id, "check", reading)
    except ImportInvalid as error:
        if job is not None and error.reason == "busy":
            raise to(f"/import/{job.id}", notice="imports.waits") from error
        raise _refused(error) from error
    except ValueError as error:
        raise BadRequest(f"the upload is damaged: {error}") from error
    await request.app[AUDIT].note(request[MEMBER].name, "import.check", job.name, size=job.size)
    raise to(f"/import/{job.id}")


async def one(request: web.Request) -> web.Response:
    """How far an import is, and what the importers say of the file."""
    standing = await asyncio.to_thread(request.app[IMPORTS].standing, request.match_info["id"])
    bad_rows = standing.report["bad_rows"] if standing.report else []
    values = {
        "standing": standing,
        "job": standing.job,
        "report": standing.report,
        "bad_rows": bad_rows[:_SHOWN_ROWS],
        "is_running": standing.state in RUNNING,
        "currency": request.app[SETTINGS].currency,
    }
    return await render(request, "import.html", values)


async def progress(request: web.Request) -> web.Response:
    """How far an import is, for the page's script."""
    standing = await asyncio.to_thread(request.app[IMPORTS].standing, request.match_info["id"])
    found = {"state": standing.state, "is_running": standing.state in RUNNING, **standing.progress}
    return web.json_response(found, headers={"Cache-Control": "no-store"})


async def check(request: web.Request) -> web.Response:
    """Check the file again, read in another way."""
    form = await request.post()
    given = {name: str(value) for name, value in form.items()}
    await _start(request, "check", given)
    raise to(f"/import/{request.match_info['id']}")


async def write(request: web.Request) -> web.Response:
    """Write what was checked."""
    await _start(request, "write")
    raise to(f"/import/{request.match_info['id']}")


async def bad_rows(request: web.Request) -> web.StreamResponse:
    """The rows that cannot be used, as a file for a spreadsheet."""
    path = await asyncio.to_thread(request.app[IMPORTS].bad_rows, request.match_info["id"])
    return web.FileResponse(
        path,
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="bad-rows.csv"',
            "Cache-Control": "no-store",
        },
    )


async def _start(request: web.Request, run: str, given: dict[str, str] | None = None) -> None:
    store, id = request.app[IMPORTS], request.match_info["id"]
    try:
        reading = Reading.read(given) if given is not None else None
        job = await asyncio.to_thread(store.start, id, "check" if run == "check" else "write", reading)
    except ImportInvalid as error:
        raise _refused(error) from error
    await request.app[AUDIT].note(request[MEMBER].name, f"import.{run}", job.name, size=job.size)


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk


def _refused(error: ImportInvalid) -> Refused:
    return Refused(_STATUS.get(error.reason, 400), f"import_{error.reason}", **error.values)


DOORS = (
    Door("GET", "/import", imports, "editor"),
    Door("POST", "/import", receive, "editor", uploads=True),
    Door("GET", "/import/{id}", one, "editor"),
    Door("GET", "/import/{id}/progress", progress, "editor"),
    Door("POST", "/import/{id}/check", check, "editor"),
    Door("POST", "/import/{id}/write", write, "editor"),
    Door("GET", "/import/{id}/bad-rows.csv", bad_rows, "editor"),
)
