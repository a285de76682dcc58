"""The service desk's dialogue: from a wish to a proposal, and from an explicit yes to a receipt.

The customer comes from `Identities` alone, never from a message or the conversation's memory. A proposal is
carried out only while the plan made anew of the records is the one that was shown. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.desk import filling, reading
from bot.desk.identity import Claim, Identities, TooManyTries
from bot.desk.notices import find_product, notice_plan, notice_question, notice_sku
from bot.desk.planning import make_plan
from bot.desk.proposals import Proposal, Proposals
from bot.desk.questions import (
    ask,
    ask_proof,
    offer_person,
    say_still_open,
    say_unavailable,
    show_plan,
    show_receipt,
    show_refusal,
)
from bot.desk.reports import report
from bot.desk.task import READING, Task
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
_PARKED = 3
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
        if reading.PAYLOAD.match(text):
            return True
        task = Task.from_json(request.memory.task)
        if task is None:
            return False
        if reading.continues(text) or reading.drops(text):
            return True
        is_plain = reading.is_plain_yes(text) or reading.is_plain_no(text)
        if task.asked is None:
            return is_plain and request.memory.offer is None and task.kind not in READING
        return is_plain or not reading.is_other_topic(text, request.intent)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Take one message about business."""
        try:
            await self._answer(request, reply, tools)
        except OrdersUnavailable as error:
            await say_unavailable(error, request, reply)

    async def _answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        text, task = request.text, Task.from_json(request.memory.task)
        if payload := reading.PAYLOAD.match(text):
            await self._decide(payload[1] == "affirm", payload[2], request, reply, tools)
            return
        is_yes, drops = reading.is_plain_yes(text), reading.drops(text)
        is_no = drops or reading.is_plain_no(text)
        if done := await self._done_unseen(task, request):
            await reply.say(tell("done.before", request.language, receipt=done.id) + "\n")
            self._keep(None, request)
            if is_no or is_yes or reading.continues(text):
                return
            task = None
        shown = task.proposal if task and task.asked == "confirm" else None
        if shown and (is_no or (is_yes and request.was_offered(shown))):  # else it is shown again first
            await self._decide(not is_no, shown, request, reply, tools)
            return
        if task and (drops or (is_no and task.asked != "condition")):
            await self._drop(request, reply)
            return
        if task and task.asked is None and (is_yes or reading.continues(text)):
            await self._advance(task, "", request, reply, tools)
            return
        task = self._taken_up(task, request)
        if task is None:
            await reply.say(say("talk.nothing_pending", request.language))
            return
        if task.kind == "notice":
            await self._notice(task, request, reply, tools)
        else:
            await self._advance(task, text, request, reply, tools)

    def _taken_up(self, task: Task | None, request: Request) -> Task | None:
        """Return the task that a message is about: the one under way, or a new one, the old one parked."""
        kind = reading.read_kind(request.text, request.intent)
        named = reading.named_kind(request.text)
        if task is None:
            return Task(kind) if kind else Task("status") if request.intent == "order_status" else None
        if kind is None or kind == task.kind or named is None:
            return task
        alike = {"items", "exchange"}
        if {kind, task.kind} <= alike or (task.asked == "reason" and kind == "cancel"):
            return task
        if task.asked in ("payment", "address", "new_items", "fault", "reason") and kind in (
            "payment", "address", "items", "exchange", "return",
        ):  # fmt: skip
            return task
        if task.kind not in READING and task.asked:
            parked = replace(task, asked=None, proposal=None).as_json()
            request.remember(parked=(*request.memory.parked, parked)[-_PARKED:])
        return Task(kind, order=None if reading.named_kind(request.text) else task.order)

    # ---- who it is ----

    async def _verified(self, task: Task, request: Request, reply: Reply) -> tuple[Task, str | None]:
        """Return the task and the customer's id; None after asking for what is still needed as proof."""
        verified = await self.identities.of(request.conversation)
        if verified:
            return task, verified.customer_id
        numbers, emails = request.values("order_number"), request.values("email")
        said = tuple(numbers + emails)
        task = replace(
            task,
            order=numbers[-1] if numbers else task.order,
            email=emails[-1] if emails else task.email,
            postcode=reading.read_postcode(request.text, said) or task.postcode,
            name=reading.read_name(request.text) or task.name,
        )
        claim = Claim(task.order or "", task.email or "", task.postcode or "", task.name or "")
        if not self.identities.is_enough(claim):
            await ask_proof(claim, self.rules.identity, request, reply)
            self._keep(replace(task, asked="proof"), request)
            return task, None
        try:
            proven = await self.identities.prove(request.conversation, claim)
        except TooManyTries:
            await reply.say(tell("proof.locked", request.language))
            await offer_person(request, reply)
            self._keep(None, request)
            return task, None
        if proven is None:
            await reply.say(tell("proof.failed", request.language))
            await offer_person(request, reply)
            self._keep(replace(Task(task.kind), asked="proof"), request)
            return task, None
        reply.trace["verified"] = proven.level
        return task.without_proof(), proven.customer_id

    # ---- towards a proposal ----

    async def _advance(self, task: Task, text: str, request: Request, reply: Reply, tools: Tools) -> None:
        """Read what the message tells, then ask for the next detail, report, or propose."""
        task, customer = await self._verified(task, request, reply)
        if customer is None:
            return
        shelf = await self._shelf(customer)
        numbers = request.values("order_number") if text else []
        if numbers:
            named = await self.orders.find_order(numbers[-1])
            if named is None or named.customer_id != customer:
                await reply.say(tell("order.unknown", request.language, order=numbers[-1]))
                self._keep(replace(task, order=None, asked="order"), request)
                return
            changed = task.order is not None and shelf.order(task.order) not in (None, named)
            task = Task(task.kind, reason=task.reason) if changed else task
            task = replace(task, order=named.id)
        elif task.order and (found := await self.orders.find_order(task.order)):
            task = replace(task, order=found.id)
        order = None if task.kind == "profile" else filling.find_order(task, text, shelf)
        if order and order.id != task.order:
            task = replace(task, order=order.id, items=None, new_items=None)
        if order is None and task.kind != "profile":
            task = filling.fill(task, text, None, shelf, None)
            await ask("order", task, self._situation(shelf, None), shelf, request, reply)
            self._keep(replace(task, asked="order"), request)
            return
        situation = self._situation(shelf, order)
        if order:
            task = filling.settle_kind(task, order)
        task = filling.fill(task, text, order, shelf, situation.original if order else None)
        await self._next(task, situation, shelf, request, reply, tools)

    async def _next(
        self,
        task: Task,
        situation: Situation,
        shelf: filling.Shelf,
        request: Request,
        reply: Reply,
        tools: Tools,
    ) -> None:
        if task.kind in READING:
            await report(task, situation, request, reply)
            self._keep(replace(task, asked=None), request)
            reply.trace["arguments"] = {"kind": task.kind, "order_id": task.order}
            await self._resume(request, reply)
            return
        needed = filling.missing(task, situation)
        if needed:
            again = needed == task.asked
            failures = task.failures + 1 if again else 0
            await ask(needed, task, situation, shelf, request, reply)
            if failures >= _TRIES:
                await offer_person(request, reply)
            self._keep(replace(task, asked=needed, failures=failures), request)
            return
        try:
            plan = make_plan(task, situation)
        except Refused as refused:
            await self._refused(refused, task, situation, shelf, request, reply, tools)
            return
        await self._propose(task, plan, situation, request, reply)

    async def _propose(
        self, task: Task, plan: Plan, situation: Situation, request: Request, reply: Reply
    ) -> None:
        id = await self.proposals.make(request.conversation, situation.customer.id, plan.digest, task.wish)
        await show_plan(id, task, plan, situation, request, reply)
        self._keep(replace(task.without_proof(), asked="confirm", proposal=id, failures=0), request)
        reply.trace["proposal"] = {"id": id, "name": plan.tool, "arguments": dict(plan.arguments)}

    async def _refused(
        self,
        refused: Refused,
        task: Task,
        situation: Situation,
        shelf: filling.Shelf,
        request: Request,
        reply: Reply,
        tools: Tools,
    ) -> None:
        """Say why not; where another choice would do, ask for it, else let go."""
        await self.proposals.drop_all(request.conversation)
        await show_refusal(refused, situation, request, reply, tools)
        reply.trace["refused"] = {"code": refused.code, "tool": task.kind}
        if refused.code in ("sold_out", "same_variant", "not_a_variant"):
            task = replace(task, new_items=None)
            await ask("new_items", task, situation, shelf, request, reply)
            self._keep(replace(task, asked="new_items", proposal=None), request)
        elif refused.code in (
            "gift_card_too_small",
            "payment_unknown",
            "payment_not_allowed",
            "same_payment",
        ):
            again = replace(task, payment="?")
            await ask("payment", again, situation, shelf, request, reply)
            self._keep(replace(again, asked="payment", proposal=None), request)
        else:
            self._keep(None, request)
            await self._resume(request, reply)

    # ---- yes or no ----

    async def _decide(self, is_yes: bool, id: str, request: Request, reply: Reply, tools: Tools) -> None:
        """Take the answer to one proposal, by its id."""
        language = request.language
        proposal = await self.proposals.get(id, request.conversation)
        verified = await self.identities.of(request.conversation)
        is_owner = proposal is not None and proposal.customer == (verified.customer_id if verified else "")
        done = await self.orders.receipt(id) if proposal else None
        if done and is_owner:
            await self.proposals.mark(id, "done")
            await reply.say(tell("done.before", language, receipt=done.id))
            self._finish(id, request)
            return
        if proposal is None or (proposal.state != "open" and not done):
            task = Task.from_json(request.memory.task)
            await self._go_on(tell("confirm.expired", language), task, request, reply, tools)
            return
        if done or (is_yes and not is_owner):  # what was done is told to nobody else
            await self._go_on("", Task.from_json(proposal.task), request, reply, tools)
            return
        if not is_yes:
            await self._drop(request, reply)
            return
        await self._carry_out(proposal, request, reply, tools)

    async def _carry_out(self, proposal: Proposal, request: Request, reply: Reply, tools: Tools) -> None:
        task = Task.from_json(proposal.task)
        assert task is not None
        try:
            plan, situation = await self._plan_again(task, proposal.customer, tools)
            if plan.digest != proposal.digest:
                raise RecordConflict("order", task.order or "")
            receipt = await self.orders.commit(plan, key=proposal.id, customer=proposal.customer)
        except (RecordConflict, Refused):
            await self.proposals.mark(proposal.id, "dropped")
            await self._go_on(tell("confirm.changed", request.language), task, request, reply, tools)
            return
        await self.proposals.mark(proposal.id, "done")
        await self._tell_done(receipt, plan, situation, request, reply)
        self._finish(proposal.id, request)
        await self._resume(request, reply)

    async def _tell_done(
        self, receipt: Receipt, plan: Plan, situation: Situation | None, request: Request, reply: Reply
    ) -> None:
        await show_receipt(receipt, plan, situation.products if situation else {}, request, reply)
        call = {"name": plan.tool, "arguments": dict(plan.arguments), "result": {"receipt": receipt.id}}
        reply.trace["calls"] = [call]

    async def _plan_again(self, task: Task, customer: str, tools: Tools) -> tuple[Plan, Situation | None]:
        if task.kind == "notice":
            return await notice_plan(task, self.rules, tools), None
        shelf = await self._shelf(customer)
        situation = self._situation(shelf, shelf.order(task.order))
        return make_plan(task, situation), situation

    async def _go_on(
        self, told: str, task: Task | None, request: Request, reply: Reply, tools: Tools
    ) -> None:
        """Say something, then go back to what is under way, if anything is."""
        if told:
            await reply.say(told + ("\n" if task else ""))
        if task is None:
            return
        task = replace(task, asked=None)
        self._keep(task, request)
        if task.kind == "notice":
            await self._notice(task, request, reply, tools)
        else:
            await self._advance(task, "", request, reply, tools)

    async def _done_unseen(self, task: Task | None, request: Request) -> Receipt | None:
        """Return what was done of a task in a turn whose end the shopper never saw."""
        if task is None or task.proposal is None or request.was_offered(task.proposal):
            return None
        done = await self.orders.receipt(task.proposal)
        return done if done and await self.identities.of(request.conversation) else None

    async def _drop(self, request: Request, reply: Reply) -> None:
        await self.proposals.drop_all(request.conversation)
        await reply.say(tell("confirm.dropped", request.language))
        self._keep(None, request)
        await self._resume(request, reply)

    def _finish(self, id: str, request: Request) -> None:
        task = Task.from_json(request.memory.task)
        if task and task.proposal in (id, None):
            self._keep(None, request)

    # ---- interruptions ----

    async def interrupted(self, request: Request, reply: Reply) -> None:
        """After another topic was served: say what is still open. A bare yes no longer confirms it."""
        task = Task.from_json(request.memory.task)
        if task is None or task.asked is None or task.kind in READING:
            return
        with suppress(OrdersUnavailable):
            if done := await self._done_unseen(task, request):
                await reply.say("\n" + tell("done.before", request.language, receipt=done.id))
                self._keep(None, request)
                return
        await say_still_open(task, request, reply)
        self._keep(replace(task, asked=None), request)

    async def _resume(self, request: Request, reply: Reply) -> None:
        """After something is settled: offer to go on with what was left for it."""
        parked = request.memory.parked
        current = Task.from_json(request.memory.task)
        if not parked or (current and current.kind not in READING):
            return
        task = Task.from_json(parked[-1])
        request.remember(parked=parked[:-1], task=task.as_json() if task else None)
        if task:
            await say_still_open(task, request, reply)

    # ---- back in stock ----

    async def _notice(self, task: Task, request: Request, reply: Reply, tools: Tools) -> None:
        language, text = request.language, request.text
        product = await find_product(task, request, tools)
        if product is None:
            await reply.say(tell("product.ask", language))
            self._keep(replace(task, asked="product"), request)
            return
        sku = notice_sku(task, text, product)
        emails = request.values("email")
        verified = await self.identities.of(request.conversation)
        email = emails[-1] if emails else task.email
        if email is None and verified:
            email = (await self.orders.customer(verified.customer_id)).email
        task = replace(task, product=product.id, items=(sku,) if sku else None, email=email)
        if sku is None:
            await reply.say(notice_question(product, language))
            self._keep(replace(task, asked="items"), request)
            return
        if email is None:
            await reply.say(tell("email.ask", language))
            self._keep(replace(task, asked="email"), request)
            return
        task = replace(task, reason=language)
        try:
            plan = await notice_plan(task, self.rules, tools)
        except Refused as refused:
            await show_refusal(refused, None, request, reply, tools)
            self._keep(None, request)
            return
        id = await self.proposals.make(
            request.conversation, verified.customer_id if verified else "", plan.digest, task.wish
        )
        await show_plan(id, task, plan, None, request, reply)
        self._keep(replace(task, asked="confirm", proposal=id), request)

    # ---- records ----

    async def _shelf(self, customer: str) -> filling.Shelf:
        orders = await self.orders.orders_of(customer)
        products: dict[ProductId, Product] = {}
        for order in orders:
            products |= await self.orders.products_of(order)
        return filling.Shelf(await self.orders.customer(customer), orders, self.rules, products)

    def _situation(self, shelf: filling.Shelf, order: Order | None) -> Situation:
        ids = {line.product_id for line in order.lines} if order else set()
        products = {id: product for id, product in shelf.products.items() if id in ids}
        return Situation(self.rules, shelf.customer, self.clock(), order, products)

    def _keep(self, task: Task | None, request: Request) -> None:
        request.remember(task=task.as_json() if task else None, offer=None)
