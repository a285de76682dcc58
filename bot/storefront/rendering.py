"""How records become page text: language, prices, links, escaping. Knows nothing of single pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from bot.keys import SETTINGS
from bot.storefront import urls
from bot.storefront.shelf import Listing
from bot.storefront.words import topic_name, word
from bot.widget.serve import bundle
from ecomlm.search.passages import label_text, money_text, sentences, value_text
from knowledge.records import Attribute, Language, Money, Offer, Product, Text

FOLDER = Path(__file__).parent
ENVIRONMENT: web.AppKey[Environment] = web.AppKey("storefront_environment")
TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
LOW_STOCK = 5


def setup(app: web.Application) -> None:
    """Prepare the templates for `render`; every value in them is escaped."""
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
    environment.filters |= {
        "text": _text, "money": _money, "date": _date, "anchor": urls.anchor, "picture": _picture,
        "label": _label, "value": _value, "sentences": _sentences, "tag": _tag, "stock": _stock,
    }  # fmt: skip
    environment.globals |= {
        "word": _word, "link": _link, "record_link": _record_link, "section_path": urls.department_url,
        "price_of": _price, "topic_name": _topic, "style_version": _style_version(),
    }  # fmt: skip


def language_of(request: web.Request) -> Language:
    """Return the page's language: the address decides, else the browser."""
    wanted: str = request.query.get("lang") or request.headers.get("Accept-Language") or ""
    return "zh" if wanted.strip().casefold().startswith("zh") else "en"


async def render(request: web.Request, template: str, values: Mapping[str, Any]) -> web.Response:
    """Render a page in the request's language."""
    language = language_of(request)
    context = {
        "language": language,
        "tag": TAGS[language],
        "shop": request.app[SETTINGS].shop_name_in(language),
        "is_explicit": "lang" in request.query,
        "path": request.path,
        "other_language": _other_language(request, language),
        "query": request.query.get("q", ""),
        "widget": f"/widget.js?v={bundle().version[:8]}",
        "product": None,
        **values,
    }
    html = aiohttp_jinja2.render_string(template, request, context, app_key=ENVIRONMENT)
    headers = {"Content-Language": TAGS[language], "Vary": "Accept-Language", "Cache-Control": "no-cache"}
    return web.Response(text=html, content_type="text/html", headers=headers)


def _other_language(request: web.Request, language: Language) -> str:
    return str(request.rel_url.update_query(lang="en" if language == "zh" else "zh"))


def _style_version() -> str:
    return hashlib.sha256((FOLDER / "static" / "storefront.css").read_bytes()).hexdigest()[:8]


@pass_context
def _word(context: Context, name: str, **values: object) -> str:
    return word(name, context["language"], **values)


@pass_context
def _link(context: Context, path: str, **query: str | int) -> str:
    """Keep an explicitly chosen language in every link."""
    kept = {key: value for key, value in query.items() if value}
    return urls.with_language(path, _chosen_language(context), **kept)


@pass_context
def _record_link(context: Context, kind: str, id: str) -> str:
    return urls.url_of(f"{kind}:{id}", language=_chosen_language(context))


def _chosen_language(context: Context) -> Language | None:
    return context["language"] if context["is_explicit"] else None


@pass_context
def _topic(context: Context, topic: str) -> str:
    return topic_name(topic, context["language"])


@pass_context
def _text(context: Context, text: Text) -> Markup:
    """Show a text in the page's language, marked where only the other language has it."""
    language: Language = context["language"]
    shown = escape(text.best(language))
    if text.exact(language) or not text:
        return shown
    return Markup('<span lang="{}">{}</span>').format(TAGS["en" if language == "zh" else "zh"], shown)


@pass_context
def _tag(context: Context, text: Text) -> str:
    language: Language = context["language"]
    return TAGS[language if text.exact(language) else "en" if language == "zh" else "zh"]


@pass_context
def _money(context: Context, money: Money) -> str:
    return money_text(money, context["language"])


@pass_context
def _price(context: Context, lowest: Money | None, highest: Money | None) -> str:
    language: Language = context["language"]
    if lowest is None:
        return word("no_price", language)
    price = money_text(lowest, language)
    return price if lowest == highest else word("from", language, price=price)


@pass_context
def _label(context: Context, attribute: Attribute) -> str:
    return label_text(attribute, context["language"])


@pass_context
def _value(context: Context, attribute: Attribute) -> str:
    return value_text(attribute, context["language"])


@pass_context
def _sentences(context: Context, text: Text) -> list[str]:
    return list(sentences(text.best(context["language"])))


@pass_context
def _stock(context: Context, offer: Offer) -> str:
    language: Language = context["language"]
    if offer.is_available is None:
        return word("not_told", language)
    if not offer.is_available:
        return word("sold_out", language)
    if offer.stock is not None and 0 < offer.stock <= LOW_STOCK:
        return word("left", language, count=offer.stock)
    return word("in_stock", language)


@pass_context
def _date(context: Context, day: date) -> str:
    if context["language"] == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def _picture(item: Product | Listing) -> str:
    return urls.picture_url(item.id)
