"""One product: its form with a preview, its history, removing and bringing back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.cards import card
from bot.console.doors import Door, Refused, to
from bot.console.pages.products import LARGEST_FORM
from bot.console.pages.versions import history_page, restore_version
from bot.console.product_form import AVAILABILITIES, OPTIONS, TYPES, Fault, ProductForm
from bot.console.product_reading import read_product
from bot.console.products import names_of, owners_of
from bot.console.rendering import render, say
from bot.console.session import MEMBER
from bot.console.versions import fingerprint, lines_between, versions_of
from bot.console.words import words
from bot.keys import SETTINGS, STORE
from ecomlm.search.passages import label_text, value_text
from knowledge.errors import RecordConflict, RecordInvalid
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Product, Review
from knowledge.store import Store
from knowledge.tables import LANGUAGES

_SHOWN_REVIEWS = 5


async def product(request: web.Request) -> web.Response:
    """Everything the shop knows about one product, to look at and to edit."""
    found = await request.app[STORE].product(request.match_info["id"])
    return await _page(request, found, ProductForm.of(found))


async def new(request: web.Request) -> web.Response:
    """An empty form; what it makes is a draft unless it is published right away."""
    form = ProductForm()
    form.fields["currency"] = request.app[SETTINGS].currency
    return await _page(request, None, form)


async def create(request: web.Request) -> web.Response:
    """Add a product."""
    sent = await request.post()
    form = await _sent(request, str(sent.get("id", "")).strip())
    store, made = request.app[STORE], read_product(form)
    if made and await store.products([made.id]):
        form.faults["id"] = Fault("id_taken", {"value": made.id})
    await _check_skus(store, form, made)
    if made is None or form.faults or sent.get("do") == "preview":
        return await _page(request, None, form, preview=None if form.faults else made)
    await store.save([made], who=request[MEMBER].name)
    raise to(f"/products/p/{quote(made.id, safe='')}", notice="products.created")


async def save(request: web.Request) -> web.Response:
    """Save a product, or only show how it would look; what somebody else did meanwhile is not undone."""
    sent, store = await request.post(), request.app[STORE]
    form = await _sent(request, request.match_info["id"])
    before = await store.product(form.id)
    made = read_product(form, before)
    await _check_skus(store, form, made)
    if sent.get("seen") != fingerprint(before):
        return await _page(request, before, form, conflict=made or before)
    if made is None or form.faults or sent.get("do") == "preview":
        return await _page(request, before, form, preview=None if form.faults else made)
    try:
        changes = await store.save([made], who=request[MEMBER].name, replacing=[before])
    except RecordConflict:
        return await _page(request, await store.product(form.id), form, conflict=made)
    raise to(_path(form.id), notice="products.saved" if changes.updated else "products.same")


async def shop_page(request: web.Request) -> web.Response:
    """Show what the form says as the storefront's own page."""
    sent = await request.post()
    form = await _sent(request, str(sent.get("id", "")).strip())
    known = await request.app[STORE].products([form.id])
    made = read_product(form, known[0] if known else None)
    if made is None or not request.app[SETTINGS].storefront:
        return await _page(request, known[0] if known else None, form)
    from bot.storefront.rendering import render as render_shop

    reviews: list[Review] = []
    values = {"product": made, "section": None, "reviews": reviews, "rating": None, "similar": []}
    return await render_shop(request, "product.html", values)


async def history(request: web.Request) -> web.Response:
    """What was changed in a product, by whom; also of one that was removed."""
    return await history_page(request, "product", "/products/p", "/products")


async def restore(request: web.Request) -> web.Response:
    """Bring an earlier version back, as a new change."""
    await restore_version(request, "product")
    raise to(_path(request.match_info["id"]), notice="products.restored")


async def remove(request: web.Request) -> web.Response:
    """Remove a product and its reviews; its history brings both back."""
    id = request.match_info["id"]
    await request.app[STORE].remove("product", [id], who=request[MEMBER].name)
    raise to(f"{_path(id)}/history", notice="products.removed")


async def _sent(request: web.Request, id: str) -> ProductForm:
    sent = await request.post()
    given = {name: [str(value) for value in sent.getall(name)] for name in sent}
    try:
        return ProductForm.sent(id, given)
    except RecordInvalid as error:
        raise Refused(400, "bad_request", fault=str(error)) from error


async def _check_skus(store: Store, form: ProductForm, made: Product | None) -> None:
    """Note which skus another product has."""
    owners = await owners_of(store, [variant.sku for variant in made.variants]) if made else {}
    for number, row in enumerate(form.variants):
        owner = owners.get(row["sku"].strip())
        if owner is not None and owner != form.id:
            form.faults[f"variant.{number}.sku"] = Fault("sku_taken", {"value": row["sku"], "owner": owner})


async def _page(
    request: web.Request,
    before: Product | None,
    form: ProductForm,
    *,
    preview: Product | None = None,
    conflict: Product | None = None,
) -> web.Response:
    store, settings = request.app[STORE], request.app[SETTINGS]
    reviews = await store.reviews(before.id, limit=_SHOWN_REVIEWS + 1) if before else []
    last = (await versions_of(store, "product", before.id))[:1] if before and conflict else []
    values: dict[str, Any] = {
        "product": before,
        "form_data": form.with_spare_rows(),
        "seen": fingerprint(before) if before else "",
        "may_edit": request[MEMBER].may("editor"),
        "options": OPTIONS,
        "place_name": lambda place: _place_name(request, place),
        "label_text": label_text,
        "value_text": value_text,
        "types": TYPES,
        "availabilities": AVAILABILITIES,
        "currencies": sorted(vocabulary().currencies),
        "departments": await names_of(store, "department"),
        "brands": await names_of(store, "brand"),
        "reviews": reviews[:_SHOWN_REVIEWS],
        "more_reviews": len(reviews) > _SHOWN_REVIEWS,
        "has_shop_page": settings.storefront,
        "preview": preview,
        "cards": [(name, card(replace(preview, is_published=True), name, settings)) for name in LANGUAGES]
        if preview
        else [],
        "conflict": last[0] if last else None,
        "conflict_lines": lines_between(before, conflict) if before and conflict else [],
    }
    status = 409 if conflict else 400 if form.faults else 200
    return await render(request, "product.html", values, status=status)


def _place_name(request: web.Request, place: str) -> str:
    """Name a field of the form: `Variants 2, Price`."""
    list_name, _, rest = place.partition(".")
    if not rest:
        return say(request, f"fields.{list_name}")
    number, _, column = rest.partition(".")
    names = words()
    candidates = (f"product_form.{list_name}_{column}", f"product_form.{column}", f"fields.{column}")
    found = next((name for name in candidates if name in names), None)
    row = f"{say(request, f'product_form.rows_{list_name}')} {int(number) + 1}"
    return f"{row}, {say(request, found) if found else column}"


def _path(id: str) -> str:
    return f"/products/p/{quote(id, safe='')}"


DOORS = (
    Door("GET", "/products/new", new, "editor"),
    Door("POST", "/products/new", create, "editor", largest=LARGEST_FORM),
    Door("POST", "/products/page", shop_page, "editor", largest=LARGEST_FORM),
    Door("GET", "/products/p/{id}", product, "viewer"),
    Door("POST", "/products/p/{id}", save, "editor", largest=LARGEST_FORM),
    Door("GET", "/products/p/{id}/history", history, "viewer"),
    Door("POST", "/products/p/{id}/restore", restore, "editor"),
    Door("POST", "/products/p/{id}/remove", remove, "editor"),
)
