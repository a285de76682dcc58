"""Back-in-stock notices: which product, which sold-out form of it, and the plan to write once.

Needs no proof of identity: nothing of any order is told. Knows nothing of other business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.desk.questions import show_plan, show_refusal
from bot.desk.reading import without_notice
from bot.desk.talk import Talk
from bot.desk.task import Task
from bot.desk.variants import choose_variant
from bot.desk.wording import tell
from bot.tracker import Request
from bot.wording import join
from knowledge.desk import operations
from knowledge.desk.plans import Plan
from knowledge.desk.refusals import Refused
from knowledge.desk.rules import Rules
from knowledge.errors import RecordNotFound
from knowledge.records import Language, Product

if TYPE_CHECKING:
    from bot.desk.service import Desk
    from bot.tools import Tools


async def advance_notice(desk: Desk, task: Task, talk: Talk) -> None:
    """Ask for the next detail of a notice, or propose it."""
    request, reply = talk.request, talk.reply
    product = await find_product(task, request, talk.tools)
    if product is None:
        await talk.say("product.ask")
        talk.keep(replace(task, asked="product"))
        return
    sku = notice_sku(task, talk.text, product)
    emails = request.values("email")
    verified = await desk.identities.of(talk.conversation)
    email = emails[-1] if emails else task.email
    if email is None and verified:
        email = (await desk.orders.customer(verified.customer_id)).email
    task = replace(task, product=product.id, items=(sku,) if sku else None, email=email)
    if sku is None:
        await reply.say(notice_question(product, talk.language))
        talk.keep(replace(task, asked="items"))
        return
    if email is None:
        await talk.say("email.ask")
        talk.keep(replace(task, asked="email"))
        return
    task = replace(task, reason=talk.language)
    try:
        plan = await notice_plan(task, desk.rules, talk.tools)
    except Refused as refused:
        await show_refusal(refused, None, request, reply, talk.tools)
        talk.keep(None)
        return
    customer = verified.customer_id if verified else ""
    id = await desk.proposals.make(talk.conversation, customer, plan.digest, task.wish)
    await show_plan(id, task, plan, None, request, reply)
    talk.keep(replace(task, asked="confirm", proposal=id))


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
    found = choose_variant([text], product, task.items[0] if task.items else "")
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
