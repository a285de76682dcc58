"""Business about orders: everything goes to the service desk."""

from __future__ import annotations

from bot.actions.base import ShopAction
from bot.dispatch import Reply
from bot.tools import Tools
from bot.tracker import Request


class OrderDesk(ShopAction):
    """Look into an order, cancel, change, return, exchange, start a warranty case, note a notice."""

    action_name = "action_order_desk"
    intents = ("order_status", "order_cancel", "order_change", "order_return", "order_refund")

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Take the message to the desk."""
        await tools.desk.answer(request, reply, tools)
