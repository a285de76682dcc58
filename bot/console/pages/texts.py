"""Product texts: choose a product and a kind, look at a draft, change it, have it checked, publish it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, get_args

from aiohttp import web

from bot.cards import short_title
from bot.console.doors import Door, Refused, to
from bot.console.rendering import language_of, render, say
from bot.console.session import MEMBER
from bot.console.texts import (
    LONGEST_PIECE,
    PUBLISHED,
    Judged,
    TextUnsupported,
    judge,
    judged_draft,
    published,
)
from bot.keys import AUDIT, ENGINE, SEARCH, SETTINGS, STORE
from ecomlm.copywriting.kinds import PARTS, Kind, Piece
from ecomlm.copywriting.material import NothingToWrite
from ecomlm.copywriting.voice import load_voice
from ecomlm.copywriting.writer import Writer
from knowledge import codec
from knowledge.errors import RecordConflict
from knowledge.records import Language

_FOUND = 12
KINDS: tuple[Kind, ...] = get_args(Kind)


async def choose(request: web.Request) -> web.Response:
    """Find the product that a text is wanted for."""
    words, language = request.query.get("q", "").strip()[:200], language_of(request)
    found = []
    if words:
        result = await request.app[SEARCH].products(words, language=language, limit=_FOUND)
        found = [(hit.product.id, short_title(hit.product, language)) for hit in result.hits]
    return await render(request, "texts.html", {"words": words, "found": found, "kinds": KINDS})


async def draft(request: web.Request) -> web.Response:
    """A draft of one kind in one language; by the model where that is asked for, which takes seconds."""
    product = await request.app[STORE].product(request.match_info["id"])
    kind, language = _kind(request.query.get("kind", "description")), _language(request)
    seed, is_modelled = _seed(request), request.query.get("by") == "model"
    writer = _writer(request, is_modelled)
    try:
        judged = judged_draft(product, await writer.draft(product, kind, language, seed))
    except NothingToWrite as error:
        judged = Judged(product, kind, language, (), (), (str(error),))
    return await _page(request, judged, seed=seed)


async def check(request: web.Request) -> web.Response:
    """Check what was changed, without keeping it."""
    return await _page(request, await _given(request))


async def publish(request: web.Request) -> web.Response:
    """Put a clean text into its record; the page with the verdict where it is not clean."""
    judged, form = await _given(request), await request.post()
    store, who = request.app[STORE], request[MEMBER].name
    try:
        record = published(judged)
        replacing = [judged.product] if judged.kind != "faq" else []
        if str(form.get("stamp", "")) != _stamp(judged):
            raise RecordConflict("product", judged.product.id)
        await store.save([record], who=who, replacing=replacing)
    except TextUnsupported:
        return await _page(request, judged, fault=say(request, "texts.not_clean"), status=400)
    except RecordConflict:
        return await _page(request, judged, fault=say(request, "texts.changed_meanwhile"), status=409)
    await request.app[AUDIT].note(
        who, "text.publish", judged.product.id, kind=judged.kind, language=judged.language
    )
    query = {"kind": judged.kind, "language": judged.language}
    raise to(f"/texts/{judged.product.id}", **query, notice="texts.published")


async def _page(
    request: web.Request, judged: Judged, *, seed: int = 0, fault: str = "", status: int = 200
) -> web.Response:
    values: dict[str, Any] = {
        "judged": judged,
        "title_of": short_title(judged.product, language_of(request)),
        "kinds": KINDS,
        "parts": {part.name: part for part in PARTS[judged.kind]},
        "has_place": judged.kind in PUBLISHED,
        "stamp": _stamp(judged),
        "seed": seed,
        "fault": fault,
    }
    return await render(request, "texts_draft.html", values, status=status)


async def _given(request: web.Request) -> Judged:
    product = await request.app[STORE].product(request.match_info["id"])
    form = await request.post()
    kind = _kind(str(form.get("kind", "")))
    language: Language = "zh" if form.get("language") == "zh" else "en"
    known = {part.name for part in PARTS[kind]}
    names, texts = form.getall("part", []), form.getall("text", [])
    if len(names) != len(texts) or not known.issuperset(map(str, names)):
        raise Refused(400, "no_text_form")
    if any(len(str(text)) > LONGEST_PIECE for text in texts):
        raise Refused(400, "long_piece", limit=LONGEST_PIECE)
    pieces = [Piece(str(name), str(text)) for name, text in zip(names, texts, strict=True)]
    return judge(_writer(request, False), product, kind, language, pieces)


def _writer(request: web.Request, is_modelled: bool) -> Writer:
    file = request.app[SETTINGS].voice_file
    voice = load_voice(Path(file) if file else None)
    return Writer(voice, request.app[ENGINE] if is_modelled else None)


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if name == kind:
            return kind
    raise Refused(400, "no_kind", kind=name, kinds=", ".join(KINDS))


def _language(request: web.Request) -> Language:
    wanted = request.query.get("language") or language_of(request)
    return "zh" if wanted == "zh" else "en"


def _seed(request: web.Request) -> int:
    text = request.query.get("seed", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _stamp(judged: Judged) -> str:
    """A mark of the record as the page showed it."""
    return hashlib.sha256(codec.encode(judged.product).encode()).hexdigest()[:16]


DOORS = (
    Door("GET", "/texts", choose, "viewer"),
    Door("GET", "/texts/{id}", draft, "viewer"),
    Door("POST", "/texts/{id}/check", check, "editor"),
    Door("POST", "/texts/{id}/publish", publish, "editor"),
)
