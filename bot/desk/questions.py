"""How the desk asks, proposes, refuses and confirms: the sentences and buttons of one step.

Knows what to say of a task and a plan. Decides nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.cards import source_links
from bot.desk.filling import condition_of
from bot.desk.identity import Claim
from bot.desk.picks import picks
from bot.desk.shelf import Shelf, fits, open_lines
from bot.desk.slips import receipt_slip
from bot.desk.task import Detail, Task
from bot.desk.wording import (
    as_done,
    items_text,
    money_lines,
    order_line,
    proposal_title,
    refusal_text,
    tell,
    title_of,
    what_text,
)
from bot.dispatch import Reply
from bot.events import Button, Buttons, Proposal, Sources
from bot.tracker import Request
from bot.wording import join, say
from ecomlm.search.passages import evidence_of_article, money_text
from knowledge.desk.orders import OrdersUnavailable, OutcomeUnknown, Receipt
from knowledge.desk.plans import Plan, Situation
from knowledge.desk.refusals import Refused
from knowledge.desk.rules import Identity
from knowledge.errors import RecordNotFound
from knowledge.records import Language, Order, Product, ProductId

if TYPE_CHECKING:
    from bot.tools import Tools

_LISTED = 5


async def ask_proof(claim: Claim, rules: Identity, request: Request, reply: Reply) -> None:
    """Ask for what is still needed to know who it is; says nothing of any order."""
    needs_order = all("order" in proof for proof in rules.proofs)
    if not needs_order:
        name = "proof.ask_any"
    elif claim.order:
        name = "proof.ask_secret"
    else:
        name = "proof.ask_order" if claim.email or claim.postcode else "proof.ask"
    await reply.say(tell(name, request.language, order=claim.order))


async def ask(
    detail: Detail, task: Task, situation: Situation, shelf: Shelf, request: Request, reply: Reply
) -> None:
    """Ask for one detail."""
    language = request.language
    if detail == "order":
        await _ask_order(task, shelf, request, reply)
        return
    await reply.say(_question(detail, task, situation, language))
    if buttons := picks(detail, task, situation, language):
        await reply.send(Buttons(buttons))


def _question(detail: Detail, task: Task, situation: Situation, language: Language) -> str:
    order, products = situation.order, situation.products
    match detail:
        case "items":
            assert order is not None
            if task.unclear:
                lines = [line for line in order.lines if line.sku in task.unclear]
                return tell("items.unclear", language, items=items_text(lines, products, language))
            items = items_text(open_lines(task.kind, order), products, language)
            return tell(f"items.ask.{task.kind}", language, order=order.id, items=items)
        case "count":
            assert order is not None
            lines = [line for line in open_lines(task.kind, order) if line.sku in (task.items or ())]
            count = sum(line.quantity for line in lines)
            return tell("count.ask", language, count=count, title=title_of(lines[0], products, language))
        case "new_items":
            return _ask_new(task, situation, language)
        case "address":
            if task.kind == "profile" or order is None:
                return tell("address.ask_profile", language)
            return tell("address.ask", language, order=order.id)
        case "payment":
            methods = join((method.label for method in situation.customer.payments), language)
            return tell("payment.ask", language, methods=methods)
        case "whole":
            assert order is not None
            return tell("whole.ask", language, order=order.id)
        case "reason":
            known = (tell(f"reason.{reason}", language) for reason in situation.rules.cancel_reasons)
            return tell("reason.ask", language, reasons=join(known, language))
        case "condition":
            found = condition_of(task, situation)
            assert found is not None
            title = title_of(found[1], products, language)
            return tell(f"condition.ask.{found[0]}", language, title=title)
        case _:
            assert order is not None
            lines = [line for line in order.lines if line.sku in (task.items or ())]
            return tell("fault.ask", language, title=items_text(lines[:1], products, language))


def _ask_new(task: Task, situation: Situation, language: Language) -> str:
    """Ask what the first item without a choice should become, listing what there is."""
    items, new = task.items or (), task.new_items or ()
    place = next((i for i, sku in enumerate(new) if not sku), 0)
    sku = items[place]
    assert situation.order is not None
    line = next(line for line in situation.order.lines if line.sku == sku)
    product = situation.products.get(line.product_id)
    title = title_of(line, situation.products, language)
    options = options_text(product, language, without=sku) if product else ""
    if not options:
        return tell("new.none", language, title=title)
    return tell("new.ask", language, title=title, options=options)


def options_text(product: Product, language: Language, *, without: str = "") -> str:
    """Return the forms of a product that can be had, with their prices."""
    told = []
    for variant in product.variants:
        if variant.sku == without or variant.offer.is_available is False or variant.offer.price is None:
            continue
        options = " ".join(option.value.best(language) for option in variant.options)
        told.append(f"{options} ({money_text(variant.offer.price, language)})")
    return join(told, language)


async def _ask_order(task: Task, shelf: Shelf, request: Request, reply: Reply) -> None:
    language = request.language
    fitting = [order for order in shelf.orders if fits(task.kind, order)] or list(shelf.orders)
    if not fitting:
        await reply.say(tell("order.none", language))
        return
    many = task.kind == "status" and len(fitting) > 1
    question = tell("status.many", language, count=len(fitting)) if many else tell("order.ask", language)
    await reply.say("\n".join([question, *(_listed(order, shelf, language) for order in fitting[:_LISTED])]))
    await reply.send(Buttons(tuple(Button(order.id, order.id) for order in fitting[:_LISTED])))


def _listed(order: Order, shelf: Shelf, language: Language) -> str:
    return f"- {order_line(order, shelf.products, language)}"


async def show_plan(
    id: str, task: Task, plan: Plan, situation: Situation | None, request: Request, reply: Reply
) -> None:
    """State exactly what would happen and what it costs, and ask for a yes to just that."""
    language = request.language
    what = what_text(plan, situation.products if situation else {}, language)
    rests_on, money = _rests_on(task, situation, language), money_lines(plan, language)
    once = [tell("propose.once", language)] if plan.facts.get("once") else []
    told = [what, *rests_on, *money, *once, tell("confirm.ask", language)]
    said = (" " if language == "en" else "").join(told)
    title = proposal_title(plan, language)
    await reply.send(Proposal(id, title, what, tuple(money), (*rests_on, *once), said))
    await reply.say(said)
    no = Button(tell("confirm.no", language), f'/deny{{"proposal": "{id}"}}')
    await reply.send(Buttons((_yes_button(id, language), no)))


def _rests_on(task: Task, situation: Situation | None, language: Language) -> list[str]:
    """Return what the shopper said that the plan rests on, a sentence each."""
    told = []
    if task.kind in ("cancel", "return", "exchange") and task.reason:
        told.append(tell("propose.reason", language, reason=tell(f"reason.{task.reason}", language)))
    if situation and task.condition and (found := condition_of(task, situation)):
        told.append(tell("propose.condition", language, condition=tell(f"condition.{found[0]}", language)))
    return told


def _yes_button(proposal: str, language: Language) -> Button:
    return Button(tell("confirm.yes", language), f'/affirm{{"proposal": "{proposal}"}}')


async def show_receipt(
    receipt: Receipt, plan: Plan, products: Mapping[ProductId, Product], request: Request, reply: Reply
) -> None:
    """Say what was done, with its number."""
    language = request.language
    what = what_text(plan, products, language).rstrip("。.")
    space = " " if language == "en" else ""
    told = [tell("done.what", language, receipt=receipt.id, what=as_done(what)), *money_lines(plan, language)]
    statement = space + space.join(told)
    await reply.say(tell("done", language) + statement)
    await reply.send(receipt_slip(receipt, plan, products, language, statement))


async def show_refusal(
    refused: Refused, situation: Situation | None, request: Request, reply: Reply, tools: Tools
) -> None:
    """Say why not, and cite the article that words the rule."""
    language = request.language
    order = situation.order if situation else None
    currency = order.total.currency if order else tools.settings.currency
    space = " " if language == "en" else ""
    text = refusal_text(refused, language, currency) + space + tell("refused.nothing_done", language)
    rules = situation.rules if situation else None
    name = rules.articles.get(refused.rule) if rules else None
    if not name:
        await reply.say(text + space)
        return
    try:
        article = await tools.store.article(name)
    except RecordNotFound:
        await reply.say(text + space)
        return
    passage = evidence_of_article(article, language)[0]
    await reply.say(f"{text} {say('quote', language, text=passage.text)} [1]\n")
    await reply.send(Sources(source_links([passage], language)))


async def offer_person(request: Request, reply: Reply) -> None:
    """Offer a person by a button."""
    title = say("button.handoff", request.language)
    await reply.send(Buttons((Button(title, title),)))


async def calm(request: Request, reply: Reply, *, is_alone: bool) -> None:
    """Answer angry words: say sorry and offer a person, whom the next angry word gets."""
    request.remember(upset=True)
    await reply.say(("" if is_alone else "\n") + tell("anger.offer", request.language))
    await offer_person(request, reply)


async def say_unavailable(error: OrdersUnavailable, request: Request, reply: Reply) -> None:
    """Say that the order system is down and offer a person; a change without an answer can be asked after."""
    language, title = request.language, say("button.handoff", request.language)
    person = Button(title, title)
    if isinstance(error, OutcomeUnknown):
        await reply.say(tell("unavailable.unknown", language))
        await reply.send(Buttons((_yes_button(error.key, language), person)))
        return
    await reply.say(tell("unavailable", language))
    await reply.send(Buttons((person,)))


async def say_still_open(task: Task, request: Request, reply: Reply) -> None:
    """Say what was begun and is not done, with a button that goes back to it."""
    language = request.language
    await reply.say("\n" + tell("resume.open", language, what=tell(f"kind.{task.kind}", language)))
    title = tell("resume.button", language)
    await reply.send(Buttons((Button(title, title),)))
