"""What can be said about orders before identity can be proven: the shop's rules, and a person."""

from __future__ import annotations

from bot.actions.base import ShopAction
from bot.cards import source_links
from bot.dispatch import Reply
from bot.events import Button, Buttons, Sources
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import say

_TELLS_OF_IT = 0.5


class OrderHelp(ShopAction):
    """Explain that order service needs proof of identity; quote the shop's rule; offer a person."""

    action_name = "action_order_help"
    intents = ("order_status", "order_cancel", "order_change", "order_return", "order_refund")

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Say what is needed; nothing of any order is looked up or shown."""
        language = request.language
        await reply.say(say("orders.proof", language))
        if request.intent != "order_status":
            await _quote_rule(request, reply, tools)
        request.remember(offer="handoff")
        title = say("button.handoff", language)
        await reply.send(Buttons((Button(title, title),)))
        reply.trace["arguments"] = {"order_numbers": request.values("order_number")}


async def _quote_rule(request: Request, reply: Reply, tools: Tools) -> None:
    """Quote what the shop's articles say of such a wish, where they plainly do."""
    language = request.language
    ranked = await tools.search.articles(request.text, language=language, limit=1)
    if ranked and ranked[0].score >= _TELLS_OF_IT:
        passage = ranked[0].evidence
        await reply.say(f"\n{say('orders.policy', language)} {say('quote', language, text=passage.text)} [1]")
        await reply.send(Sources(source_links([passage], language)))
