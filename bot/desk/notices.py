"""Back-in-stock notices: which product, which sold-out form of it, and the plan to write once.

Needs no proof of identity: nothing of any order is told. Knows nothing of the dialogue's course.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.desk import choices
from bot.desk.reading import without_notice
from bot.desk.task import Task
from bot.desk.wording import tell
from bot.tracker import Request
from bot.wording import join
from knowledge.desk import operations
from knowledge.desk.plans import Plan
from knowledge.desk.rules import Rules
from knowledge.errors import RecordNotFound
from knowledge.records import Language, Product

if TYPE_CHECKING:
    from bot.tools import Tools


async def find_product(task: Task, request: Request, tools: Tools) -> Product | None:
    """Return the product that is meant: the one on the open page, the last one, or the one that is named."""
    for id in (task.product, request.memory.page, request.memory.product):
        if id:
            try:
                return await tools.store.product(id)
            except RecordNotFound:
                continue
    named = without_notice(request.text)
    found = await tools.search.products(named, language=request.language, limit=1)
    return found.hits[0].product if found.hits and found.exact else None


async def notice_plan(task: Task, rules: Rules, tools: Tools) -> Plan:
    """Return the plan of a complete notice.

    Raises:
        Refused: when it can be had already.
    """
    product = await tools.store.product(task.product or "")
    language: Language = "zh" if task.reason == "zh" else "en"
    sku = (task.items or ("",))[0]
    return operations.request_stock_notice(
        product, sku=sku, email=task.email or "", language=language, rules=rules
    )


def notice_sku(task: Task, text: str, product: Product) -> str | None:
    """Return which sold-out form of a product somebody waits for; None where that is not clear."""
    if not product.variants:
        return str(product.id)
    if task.items and task.asked not in ("items", "confirm"):
        return task.items[0]
    found = choices.choose_variant(text, product, task.items[0] if task.items else "")
    gone = [variant for variant in found or product.variants if variant.offer.is_available is False]
    if len(gone) == 1:
        return gone[0].sku
    return found[0].sku if len(found) == 1 else task.items[0] if task.items else None


def notice_question(product: Product, language: Language) -> str:
    """Ask which form, naming those that are sold out."""
    gone = [
        " ".join(option.value.best(language) for option in variant.options)
        for variant in product.variants
        if variant.offer.is_available is False
    ]
    return tell("items.unclear", language, items=join(gone, language))
