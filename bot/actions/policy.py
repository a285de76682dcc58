"""Answer a question about the shop itself (delivery, returns, payment ...) from its articles, citing them."""

from __future__ import annotations

from bot.actions.ask import AskProduct, asks_for_fact_of_page, stream_answer
from bot.actions.base import ShopAction
from bot.dispatch import Reply
from bot.events import Button, Buttons
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import say
from ecomlm.regions import with_regions
from knowledge.errors import RecordNotFound

_PASSAGES = 8
_SPEAKS_OF_IT = 0.2


class AnswerPolicy(ShopAction):
    """Answer from the shop's articles."""

    action_name = "action_policy_question"
    intents = ("policy_question",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Find the passages that speak of it, answer from them, or say that none does.

        A fact of the open page that is asked for by its name, such as its warranty, is the product's own.
        """
        if await asks_for_fact_of_page(request, tools):
            await AskProduct(tools).answer(request, reply, tools)
            return
        question = with_regions(request.text, request.language)
        ranked = await tools.search.articles(question, language=request.language, limit=_PASSAGES)
        evidence = [item.evidence for item in ranked]
        reply.trace["evidence"] = [{"id": item.evidence.id, "score": round(item.score, 4)} for item in ranked]
        if not ranked or ranked[0].score < _SPEAKS_OF_IT:
            await reply.say(say("policy.silent", request.language))
            await say_silent(request, reply)
            return
        title = await _title(evidence[0].record.partition(":")[2], request, tools)
        prior = [item.score for item in ranked]
        answer = await stream_answer(question, title, evidence, request, reply, tools, prior=prior)
        if answer.abstained:
            await say_silent(request, reply)


async def say_silent(request: Request, reply: Reply) -> None:
    """Say that the articles do not tell, and offer a person."""
    reply.trace["abstained"] = True
    space = " " if request.language == "en" else ""
    await reply.say(space + say("ask.person", request.language))
    request.remember(offer="handoff")
    title = say("button.handoff", request.language)
    await reply.send(Buttons((Button(title, title),)))


async def _title(article: str, request: Request, tools: Tools) -> str:
    try:
        return (await tools.store.article(article)).title.best(request.language)
    except RecordNotFound:  # removed while we searched
        return ""
