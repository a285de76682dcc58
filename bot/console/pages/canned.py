"""Canned replies: what agents say often, in both languages; editors keep them."""

from __future__ import annotations

from aiohttp import web

from bot.console.doors import Door, to
from bot.console.notebook import LONGEST_REPLY, LONGEST_TITLE, CannedReply, Notebook, NotebookInvalid
from bot.console.rendering import render, say
from bot.console.session import MEMBER
from bot.keys import STORE
from knowledge.errors import RecordNotFound

_NONE = CannedReply(0, "", "", "")


async def replies(request: web.Request) -> web.Response:
    """All of them; for editors with forms."""
    return await _page(request)


async def add(request: web.Request) -> web.Response:
    """Add one."""
    return await _save(request, 0)


async def change(request: web.Request) -> web.Response:
    """Change one."""
    return await _save(request, _id(request))


async def remove(request: web.Request) -> web.Response:
    """Remove one."""
    await Notebook(request.app[STORE].engine).remove_reply(_id(request), who=request[MEMBER].name)
    raise to("/inbox/replies", notice="canned.removed")


async def _save(request: web.Request, id: int) -> web.Response:
    form, notebook, who = await request.post(), Notebook(request.app[STORE].engine), request[MEMBER].name
    title, english, chinese = (
        str(form.get(field, "")).replace("\r\n", "\n") for field in ("title", "english", "chinese")
    )
    try:
        if id:
            await notebook.change_reply(id, title, english, chinese, who=who)
        else:
            await notebook.add_reply(title, english, chinese, who=who)
    except NotebookInvalid as error:
        fault = say(request, f"refused.{error.reason}", **error.values)
        return await _page(request, typed=CannedReply(id, title, english, chinese), fault=fault)
    raise to("/inbox/replies", notice="canned.saved")


async def _page(request: web.Request, *, typed: CannedReply = _NONE, fault: str = "") -> web.Response:
    found = await Notebook(request.app[STORE].engine).replies()
    values = {
        "replies": [typed if typed.id and reply.id == typed.id else reply for reply in found],
        "typed": typed if not typed.id else _NONE,
        "fault": fault,
        "faulty": typed.id,
        "limits": {"title": LONGEST_TITLE, "text": LONGEST_REPLY},
        "may_edit": request[MEMBER].may("editor"),
    }
    return await render(request, "canned.html", values, status=400 if fault else 200)


def _id(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RecordNotFound("canned reply", text)
    return int(text)


DOORS = (
    Door("GET", "/inbox/replies", replies, "agent"),
    Door("POST", "/inbox/replies", add, "editor"),
    Door("POST", "/inbox/replies/{id}", change, "editor"),
    Door("POST", "/inbox/replies/{id}/remove", remove, "editor"),
)
