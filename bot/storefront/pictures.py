"""Draws a calm picture for products that have none. Knows nothing of pages."""

from __future__ import annotations

import re
from zlib import crc32

from aiohttp import web
from markupsafe import escape

from bot.keys import STORE
from bot.storefront.drawings import Drawing, drawing_for
from knowledge.records import Product

# Ground, shape behind, light face, accent face, line: eight quiet families of one lightness.
TONES = (
    ("#e7ece5", "#d6dfd4", "#f8faf6", "#a9c0ad", "#3d5a48"),
    ("#e6ebef", "#d3dce4", "#f7f9fb", "#a8bccd", "#3c546b"),
    ("#f1e9e0", "#e6d8c8", "#fcf9f4", "#d3b18e", "#6d4e31"),
    ("#ebe8f0", "#dcd7e5", "#faf9fc", "#b9aecd", "#564a70"),
    ("#e2edec", "#cde0df", "#f5fafa", "#9cc2c1", "#325a5c"),
    ("#f0eddd", "#e3ddc2", "#fbfaf2", "#cfc284", "#5f5626"),
    ("#f3e6e4", "#e8d2ce", "#fcf6f5", "#d6a59d", "#76433b"),
    ("#eaebea", "#d9dcda", "#f9faf9", "#b5bcb8", "#4b5651"),
)
HEAD_CHARACTERS = 60
HEADERS = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}


async def serve(request: web.Request) -> web.Response:
    """Send the drawing of the product that the address names."""
    product = await request.app[STORE].product(request.match_info["id"])
    return web.Response(text=draw(product), content_type="image/svg+xml", headers=HEADERS)


def draw(product: Product) -> str:
    """Return an SVG picture: the kind of product, or its brand's initial where the kind is not known."""
    ground, shape, face, accent, line = TONES[crc32(product.id.encode()) % len(TONES)]
    category = product.categories[-1].en if product.categories else ""
    drawing = drawing_for(_head(product.title.en), category, product.title.en, product.department.en)
    content = _strokes(drawing, face, accent, line) if drawing else _initial(product, line)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="640" height="480">'
        f'<rect width="320" height="240" fill="{ground}"/><circle cx="160" cy="120" r="92" fill="{shape}"/>'
        f"{content}</svg>"
    )


def _head(title: str) -> str:
    """The part of a short title that ends in the kind of thing: "Camera" of "Camera with Lens, black".

    A long one lists properties, of which any could look like a kind: it only counts after the category.
    """
    head = re.split(r" with | for |[,(:]| [-–] ", title)[0]
    return head if len(head) <= HEAD_CHARACTERS else ""


def _strokes(drawing: Drawing, face: str, accent: str, line: str) -> str:
    fills = {"o": face, "a": accent, "l": "none"}
    paths = "".join(f'<path fill="{fills[kind]}" d="{path}"/>' for kind, path in drawing.strokes)
    return (
        f'<g transform="translate(100 60)" stroke="{line}" stroke-width="3" stroke-linecap="round" '
        f'stroke-linejoin="round">{paths}</g>'
    )


def _initial(product: Product, line: str) -> str:
    letter = next(iter(re.findall(r"\w", product.brand or product.title.en or product.title.zh)), "·").upper()
    return (
        f'<text x="160" y="122" fill="{line}" font-family="Palatino, Georgia, serif" font-size="84" '
        f'text-anchor="middle" dominant-baseline="central">{escape(letter)}</text>'
    )
