"""The actions, one per intent, in one explicit list.

The same classes run in our own server and behind Rasa: `python -m rasa_sdk --actions bot.actions`.
"""

from __future__ import annotations

from rasa_sdk.executor import ActionExecutor

from bot.actions.ask import AskProduct
from bot.actions.base import ShopAction
from bot.actions.compare import CompareProducts
from bot.actions.find import FindProducts
from bot.actions.orders import OrderDesk
from bot.actions.policy import AnswerPolicy
from bot.actions.recommend import Recommend
from bot.actions.reviews import ShowReviews
from bot.actions.talk import Fallback, HandOff, SmallTalk, YesOrNo
from bot.tools import Tools

ACTIONS: tuple[type[ShopAction], ...] = (
    FindProducts, Recommend, AskProduct, CompareProducts, ShowReviews, AnswerPolicy, OrderDesk, HandOff,
    SmallTalk, YesOrNo, Fallback,
)  # fmt: skip


def action_for(intent: str) -> str:
    """Return the name of the action that serves an intent."""
    serving = (action.action_name for action in ACTIONS if intent in action.intents)
    return next(serving, Fallback.action_name)


def make_executor(tools: Tools) -> ActionExecutor:
    """Return an executor with every action over the same tools."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(tools))
    return executor
