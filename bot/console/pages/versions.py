"""The history of any record, and bringing an earlier version back; the records' own rooms open it."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from bot.console.doors import Refused
from bot.console.rendering import render
from bot.console.session import MEMBER
from bot.console.versions import fingerprint, versions_of
from bot.keys import STORE
from knowledge.errors import RecordConflict, RecordInvalid, RecordNotFound
from knowledge.records import Article, Product, Record, RecordKind
from knowledge.store import Store


async def history_page(request: web.Request, kind: RecordKind, folder: str, room: str) -> web.Response:
    """Show a record's versions, those of a removed record too."""
    store, id = request.app[STORE], request.match_info["id"]
    versions, record = await versions_of(store, kind, id), await _known(store, kind, id)
    if not versions and record is None:
        raise RecordNotFound(kind, id)
    values = {
        "versions": versions,
        "record": record,
        "name": record.title if isinstance(record, Product | Article) else None,
        "id": id,
        "seen": fingerprint(*([record] if record else [])),
        "path_back": f"{folder}/{quote(id, safe='')}",
        "room": room,
    }
    return await render(request, "versions.html", values)


async def restore_version(request: web.Request, kind: RecordKind) -> None:
    """Bring the version that a form names back; refuse where the record changed since it was shown."""
    sent, store, id = await request.post(), request.app[STORE], request.match_info["id"]
    revision = str(sent.get("revision", ""))
    if not (revision.isascii() and revision.isdigit() and len(revision) < 16):
        raise RecordNotFound(kind, id)
    record = await _known(store, kind, id)
    if sent.get("seen") != fingerprint(*([record] if record else [])):
        raise Refused(409, "changed_meanwhile")
    try:
        await store.restore(kind, id, int(revision), who=request[MEMBER].name, replacing=record)
    except RecordConflict as error:
        raise Refused(409, "changed_meanwhile") from error
    except RecordInvalid as error:  # a review whose product is gone
        raise Refused(400, "bad_request", fault=str(error)) from error


async def _known(store: Store, kind: RecordKind, id: str) -> Record | None:
    try:
        return await store.get(kind, id)
    except RecordNotFound:
        return None
