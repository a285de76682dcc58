"""The service desk's dialogue: from a wish to a proposal, and from an explicit yes to a receipt.

The customer comes from `Identities` alone, never from a message or the conversation's memory. A proposal is
carried out only while the plan made anew of the records is the one that was shown. Several wishes of one
message are kept and worked through one after another. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.desk import filling, reading, spread
from bot.desk.identity import Identities
from bot.desk.notices import advance_notice, notice_plan
from bot.desk.planning import make_plan
from bot.desk.proof import Doorkeeper
from bot.desk.proposals import Proposal, Proposals
from bot.desk.questions import (
    ask,
    offer_person,
    say_still_open,
    say_unavailable,
    show_plan,
    show_receipt,
    show_refusal,
)
from bot.desk.reports import report
from bot.desk.shelf import Shelf
from bot.desk.talk import Talk
from bot.desk.task import READING, Task
from bot.desk.turning import queued, states_business, taken_up
from bot.desk.wording import tell
from bot.dispatch import Reply
from bot.tracker import Request
from bot.wording import say
from knowledge.desk.http_orders import open_orders
from knowledge.desk.orders import OrdersUnavailable, OrderSystem, Receipt
from knowledge.desk.plans import Plan, Situation
from knowledge.desk.refusals import Refused
from knowledge.desk.rules import Rules, load_rules
from knowledge.errors import RecordConflict
from knowledge.records import Order, Product, ProductId

if TYPE_CHECKING:
    from bot.tools import Tools

_PROPOSAL_MINUTES = 30
_TRIES = 3


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """The service desk over one order system."""

    orders: OrderSystem
    identities: Identities
    proposals: Proposals
    rules: Rules
    clock: Callable[[], datetime] = _now

    @classmethod
    def open(cls, tools: Tools, clock: Callable[[], datetime] = _now) -> Desk:
        """Return the desk over the shop's orders, wherever they live, and the shop's rules."""
        rules, engine = load_rules(tools.settings.rules), tools.store.engine
        orders = open_orders(tools.settings, tools.store, clock)
        identities = Identities(engine, orders, rules.identity, clock)
        return cls(orders, identities, Proposals(engine, _PROPOSAL_MINUTES, clock), rules, clock)

    def claims(self, request: Request) -> bool:
        """Whether a message belongs to what is under way here, whatever its intent says."""
        text = request.text
        if reading.PAYLOAD.match(text) or reading.named_kind(text) == "notice":
            return True
        task = Task.from_json(request.memory.task)
        if task is None:
            return states_business(request)
        if reading.continues(text) or reading.drops(text):
            return True
        is_plain = reading.is_plain_yes(text, task.kind) or reading.is_plain_no(text)
        if task.asked is None:
            return is_plain and request.memory.offer is None and task.kind not in READING
        return is_plain or not reading.is_other_topic(text, request.intent)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Take one message about business."""
        talk = Talk(request, reply, tools)
        try:
            await self._answer(talk)
        except OrdersUnavailable as error:
            await say_unavailable(error, request, reply)

    async def _answer(self, talk: Talk) -> None:
        text, task = talk.text, talk.task
        if payload := reading.PAYLOAD.match(text):
            await self._decide(payload[1] == "affirm", payload[2], talk)
            return
        is_yes = reading.is_plain_yes(text, task.kind if task else None)
        is_no, lets_go, goes_on = reading.is_plain_no(text), reading.lets_go(text), reading.continues(text)
        if done := await self._done_unseen(task, talk.request):
            await talk.say("done.before", receipt=done.id)
            talk.keep(None)
            if is_yes or is_no or lets_go or goes_on:
                return
            await talk.reply.say("\n")
            task = None
        if task and task.kind in READING and goes_on and talk.request.memory.parked:
            talk.keep(None)
            await self._resume(talk, None)
            task = talk.task
            if task is None or task.asked:
                return
        shown = task.proposal if task and task.asked == "confirm" else None
        if shown and (
            is_no or lets_go or (is_yes and talk.request.was_offered(shown))
        ):  # else it is shown again
            await self._decide(is_yes, shown, talk)
        elif task and (lets_go or (task.asked not in ("condition", "reason") and is_no)):
            await self._drop(talk)
        elif task and task.asked is None and (goes_on or is_yes):
            await self._advance(task, "", talk)
        else:
            await self._take_up(talk)

    async def _take_up(self, talk: Talk) -> None:
        if talk.task and reading.begins_with_no(talk.text):
            await self.proposals.drop_all(talk.conversation)
        task, text = taken_up(talk)
        if task is None:
            await talk.reply.say(say("talk.nothing_pending", talk.language))
        elif task.kind == "notice":
            await advance_notice(self, task, talk)
        else:
            await self._advance(task, text, talk)

    # ---- towards a proposal ----

    async def _advance(self, task: Task, text: str, talk: Talk, *, is_next: bool = False) -> None:
        """Read what the message tells, then ask for the next detail, report, or propose.

        `is_next` tells that the task was kept for later with the order that it is about.
        """
        known = await Doorkeeper(self.identities, self.rules).let_in(task, text, talk)
        if known is None:
            return
        task, text = known.task, known.text
        shelf = await self._shelf(known.customer)
        if task.kind == "profile":
            order, before = None, task
        else:
            numbered, strange = spread.numbered_orders(spread.order_part(task, text), shelf)
            if strange and not numbered:
                await talk.say("order.unknown", order=strange[-1])
                said = text.replace(strange[-1], " ").strip(" #") or None
                talk.keep(replace(task, order=None, asked="order", said=said))
                return
            found = spread.choose_orders(task, text, numbered, shelf, is_next=is_next)
            before, order = task, found[0] if found else None
            if order is None:
                await ask("order", task, self._situation(shelf, None), shelf, talk.request, talk.reply)
                talk.keep(
                    replace(filling.fill(task, text, None, shelf, None), asked="order", said=text or None)
                )
                return
            if order.id != task.order:
                task = filling.for_other_order(task, order)
            queued([Task(task.kind, order=other.id, said=text) for other in found[1:]], talk)
            task = filling.settle_kind(task, order)
        situation = self._situation(shelf, order)
        filled = filling.fill(task, text, order, shelf, situation.original if order else None)
        if filling.is_given_up(before, filled, text):
            await self._drop(talk)
            return
        await self._next(filled, situation, shelf, talk)

    async def _next(self, task: Task, situation: Situation, shelf: Shelf, talk: Talk) -> None:
        if task.kind in READING:
            await report(task, situation, talk.request, talk.reply)
            talk.keep(replace(task, asked=None))
            talk.reply.trace["arguments"] = {"kind": task.kind, "order_id": task.order}
            await self._resume(talk, task)
            return
        needed = filling.missing(task, situation)
        try:
            if needed == "reason":  # what cannot be done whatever the reason is not asked for
                make_plan(replace(task, reason=self.rules.cancel_reasons[0]), situation)
            if needed is None:
                await self._propose(task, make_plan(task, situation), situation, talk)
                return
        except Refused as refused:
            await self._refused(refused, task, situation, shelf, talk)
            return
        failures = task.failures + 1 if needed == task.asked else 0
        await ask(needed, task, situation, shelf, talk.request, talk.reply)
        if failures >= _TRIES or reading.wants_person(talk.text) == "anger":
            await offer_person(talk.request, talk.reply)
        talk.keep(replace(task, asked=needed, failures=failures))

    async def _propose(self, task: Task, plan: Plan, situation: Situation, talk: Talk) -> None:
        id = await self.proposals.make(talk.conversation, situation.customer.id, plan.digest, task.wish)
        await show_plan(id, task, plan, situation, talk.request, talk.reply)
        talk.keep(replace(task.without_proof(), asked="confirm", proposal=id, failures=0))
        talk.reply.trace["proposal"] = {"id": id, "name": plan.tool, "arguments": dict(plan.arguments)}

    async def _refused(
        self, refused: Refused, task: Task, situation: Situation, shelf: Shelf, talk: Talk
    ) -> None:
        """Say why not; where another choice would do, ask for it, else let go."""
        await self.proposals.drop_all(talk.conversation)
        await show_refusal(refused, situation, talk.request, talk.reply, talk.tools)
        talk.reply.trace["refused"] = {"code": refused.code, "tool": task.kind}
        again = filling.to_choose_again(refused, task)
        if again is None:  # kept for "not this order, the other one", unless something waits
            talk.keep(None if talk.request.memory.parked else Task(task.kind, order=task.order))
            await self._resume(talk, task)
            return
        assert again.asked is not None
        await ask(again.asked, again, situation, shelf, talk.request, talk.reply)
        talk.keep(again)

    # ---- yes or no ----

    async def _decide(self, is_yes: bool, id: str, talk: Talk) -> None:
        """Take the answer to one proposal, by its id."""
        proposal = await self.proposals.get(id, talk.conversation)
        verified = await self.identities.of(talk.conversation)
        is_owner = proposal is not None and proposal.customer == (verified.customer_id if verified else "")
        done = await self.orders.receipt(id) if proposal else None
        if done and is_owner:
            await self.proposals.mark(id, "done")
            await talk.say("done.before", receipt=done.id)
            self._finish(id, talk)
        elif proposal is None or (proposal.state != "open" and not done):
            await self._go_on("confirm.expired", talk.task, talk)
        elif done or (is_yes and not is_owner):  # what was done is told to nobody else
            await self._go_on("", Task.from_json(proposal.task), talk)
        elif is_yes:
            await self._carry_out(proposal, talk)
        else:
            await self._drop(talk)

    async def _carry_out(self, proposal: Proposal, talk: Talk) -> None:
        task = Task.from_json(proposal.task)
        assert task is not None
        try:
            plan, situation = await self._plan_again(task, proposal.customer, talk)
            if plan.digest != proposal.digest:
                raise RecordConflict("order", task.order or "")
            receipt = await self.orders.commit(plan, key=proposal.id, customer=proposal.customer)
        except (RecordConflict, Refused):
            await self.proposals.mark(proposal.id, "dropped")
            await self._go_on("confirm.changed", task, talk)
            return
        await self.proposals.mark(proposal.id, "done")
        products = situation.products if situation else {}
        await show_receipt(receipt, plan, products, talk.request, talk.reply)
        call = {"name": plan.tool, "arguments": dict(plan.arguments), "result": {"receipt": receipt.id}}
        talk.reply.trace["calls"] = [call]
        self._finish(proposal.id, talk)
        await self._resume(talk, task)

    async def _plan_again(self, task: Task, customer: str, talk: Talk) -> tuple[Plan, Situation | None]:
        if task.kind == "notice":
            return await notice_plan(task, self.rules, talk.tools), None
        shelf = await self._shelf(customer)
        situation = self._situation(shelf, shelf.order(task.order))
        return make_plan(task, situation), situation

    async def _go_on(self, sentence: str, task: Task | None, talk: Talk) -> None:
        """Say something, then go back to what is under way, if anything is."""
        if sentence:
            await talk.say(sentence)
        if task is None:
            return
        if sentence:
            await talk.reply.say("\n")
        task = replace(task, asked=None)
        talk.keep(task)
        if task.kind == "notice":
            await advance_notice(self, task, talk)
        else:
            await self._advance(task, "", talk)

    async def _done_unseen(self, task: Task | None, request: Request) -> Receipt | None:
        """Return what was done of a task in a turn whose end the shopper never saw."""
        if task is None or task.proposal is None or request.was_offered(task.proposal):
            return None
        done = await self.orders.receipt(task.proposal)
        return done if done and await self.identities.of(request.conversation) else None

    async def _drop(self, talk: Talk) -> None:
        dropped = talk.task
        await self.proposals.drop_all(talk.conversation)
        await talk.say("confirm.dropped")
        talk.keep(None)
        await self._resume(talk, dropped)

    def _finish(self, id: str, talk: Talk) -> None:
        task = talk.task
        if task and task.proposal in (id, None):
            talk.keep(None)

    # ---- what else is open ----

    async def interrupted(self, request: Request, reply: Reply) -> None:
        """After another topic was served: say what is still open. A bare yes no longer confirms it."""
        task = Task.from_json(request.memory.task)
        if task is None or task.asked is None or task.kind in READING:
            return
        with suppress(OrdersUnavailable):
            if done := await self._done_unseen(task, request):
                await reply.say("\n" + tell("done.before", request.language, receipt=done.id))
                request.remember(task=None, offer=None)
                return
        await say_still_open(task, request, reply)
        request.remember(task=replace(task, asked=None).as_json(), offer=None)

    async def _resume(self, talk: Talk, settled: Task | None) -> None:
        """After something is settled: take up the next wish, or offer to go on with what was left for it."""
        parked, current = talk.request.memory.parked, talk.task
        if not parked or (current and current.kind not in READING):
            return
        task = Task.from_json(parked[-1])
        talk.request.remember(parked=parked[:-1])
        if task is None or task.said is None:
            talk.request.remember(task=task.as_json() if task else None)
            if task:
                await say_still_open(task, talk.request, talk.reply)
            return
        await talk.reply.say("\n\n")
        text, is_next = task.said, task.order is not None
        task = filling.inherited(replace(task, said=None), settled, text)
        await self._advance(task, text, talk, is_next=is_next)

    # ---- records ----

    async def _shelf(self, customer: str) -> Shelf:
        orders = await self.orders.orders_of(customer)
        products: dict[ProductId, Product] = {}
        for order in orders:
            products |= await self.orders.products_of(order)
        return Shelf(await self.orders.customer(customer), orders, self.rules, products)

    def _situation(self, shelf: Shelf, order: Order | None) -> Situation:
        ids = {line.product_id for line in order.lines} if order else set()
        products = {id: product for id, product in shelf.products.items() if id in ids}
        return Situation(self.rules, shelf.customer, self.clock(), order, products)
