"""Articles: the list, the form with its preview, history, removing."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from bot.console.articles import ArticleForm, find_articles, topics_of
from bot.console.doors import Door, to
from bot.console.pages.versions import history_page, restore_version
from bot.console.product_form import Fault
from bot.console.rendering import render, say
from bot.console.session import MEMBER
from bot.console.versions import fingerprint, lines_between, versions_of
from bot.keys import STORE
from bot.storefront.markdown import as_html
from ecomlm.search.passages import paragraphs
from knowledge.errors import RecordConflict
from knowledge.records import Article
from knowledge.tables import LANGUAGES

_LARGEST_FORM = 1_000_000
_LONGEST = 200


async def articles(request: web.Request) -> web.Response:
    """The articles that are looked for, a page at a time."""
    store = request.app[STORE]
    wanted = {name: request.query.get(name, "").strip()[:_LONGEST] for name in ("words", "topic", "state")}
    found = await find_articles(store, **wanted, after=request.query.get("after", "")[:_LONGEST])
    values = {
        "wanted": wanted,
        "query": {name: value for name, value in wanted.items() if value},
        "found": found,
        "after": request.query.get("after", ""),
        "topics": await topics_of(store),
    }
    return await render(request, "articles.html", values)


async def article(request: web.Request) -> web.Response:
    """One article, to look at and to edit."""
    found = await request.app[STORE].article(request.match_info["id"])
    return await _page(request, found, ArticleForm.of(found))


async def new(request: web.Request) -> web.Response:
    """An empty form; what it makes is a draft unless it is published right away."""
    return await _page(request, None, ArticleForm())


async def create(request: web.Request) -> web.Response:
    """Add an article."""
    given, store = await _given(request), request.app[STORE]
    form = ArticleForm.sent(given.get("id", "").strip(), given)
    made = form.article()
    if made and await store.some("article", [made.id]):
        form.faults["id"] = Fault("article_taken", {"value": made.id})
    if made is None or form.faults or given.get("do") == "preview":
        return await _page(request, None, form, preview=None if form.faults else made)
    await store.save([made], who=request[MEMBER].name)
    raise to(_path(made.id), notice="articles.created")


async def save(request: web.Request) -> web.Response:
    """Save an article, or only show how it would look; what somebody else did meanwhile is not undone."""
    given, store = await _given(request), request.app[STORE]
    form = ArticleForm.sent(request.match_info["id"], given)
    before = await store.article(form.id)
    made = form.article(before)
    if given.get("seen") != fingerprint(before):
        return await _page(request, before, form, conflict=made or before)
    if made is None or given.get("do") == "preview":
        return await _page(request, before, form, preview=made)
    try:
        changes = await store.save([made], who=request[MEMBER].name, replacing=[before])
    except RecordConflict:
        return await _page(request, await store.article(form.id), form, conflict=made)
    raise to(_path(form.id), notice="products.saved" if changes.updated else "products.same")


async def history(request: web.Request) -> web.Response:
    """What was changed in an article, by whom; also of one that was removed."""
    return await history_page(request, "article", "/articles/a", "/articles")


async def restore(request: web.Request) -> web.Response:
    """Bring an earlier version back, as a new change."""
    await restore_version(request, "article")
    raise to(_path(request.match_info["id"]), notice="products.restored")


async def remove(request: web.Request) -> web.Response:
    """Remove an article; its history brings it back."""
    id = request.match_info["id"]
    await request.app[STORE].remove("article", [id], who=request[MEMBER].name)
    raise to(f"{_path(id)}/history", notice="articles.removed")


async def _given(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


async def _page(
    request: web.Request,
    before: Article | None,
    form: ArticleForm,
    *,
    preview: Article | None = None,
    conflict: Article | None = None,
) -> web.Response:
    store = request.app[STORE]
    last = (await versions_of(store, "article", before.id))[:1] if before and conflict else []
    values = {
        "article": before,
        "form_data": form,
        "place_name": lambda place: say(request, f"fields.{place}"),
        "seen": fingerprint(before) if before else "",
        "may_edit": request[MEMBER].may("editor"),
        "topics": await topics_of(store),
        "preview": preview,
        "blocks": [(name, _blocks(preview, name == "zh")) for name in LANGUAGES] if preview else [],
        "conflict": last[0] if last else None,
        "conflict_lines": lines_between(before, conflict) if before and conflict else [],
    }
    status = 409 if conflict else 400 if form.faults else 200
    return await render(request, "article.html", values, status=status)


def _blocks(article: Article, is_chinese: bool) -> list[object]:
    return [as_html(block) for block in paragraphs(article.body.best("zh" if is_chinese else "en"))]


def _path(id: str) -> str:
    return f"/articles/a/{quote(id, safe='')}"


DOORS = (
    Door("GET", "/articles", articles, "viewer"),
    Door("GET", "/articles/new", new, "editor"),
    Door("POST", "/articles/new", create, "editor", largest=_LARGEST_FORM),
    Door("GET", "/articles/a/{id}", article, "viewer"),
    Door("POST", "/articles/a/{id}", save, "editor", largest=_LARGEST_FORM),
    Door("GET", "/articles/a/{id}/history", history, "viewer"),
    Door("POST", "/articles/a/{id}/restore", restore, "editor"),
    Door("POST", "/articles/a/{id}/remove", remove, "editor"),
)
