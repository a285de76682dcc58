"""Answer a question about one product from its record and its reviews, or say that they do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict

from bot.actions.base import ShopAction
from bot.cards import card, price_text, short_title, source_links
from bot.dispatch import Reply
from bot.events import Button, Buttons, Cards, Sources
from bot.references import Reference, named_product, resolve
from bot.tools import READ_REVIEWS, Tools
from bot.tracker import Request
from bot.wording import join, say
from ecomlm.answer import Answer
from ecomlm.evidence import Evidence
from ecomlm.quantities import topic
from ecomlm.rendering import certain_facts
from ecomlm.search.passages import choices_of, evidence_of, stock_text
from knowledge.records import Language, Product, Variant

_HELPFUL, _SURELY_HELPFUL = 0.08, 0.3
"""How likely a review answers: to be quoted where it shares a word with the question, and where not."""
_QUOTED_REVIEWS = 2
_CANDIDATES = 3


class AskProduct(ShopAction):
    """Answer from the product that the message is about."""

    action_name = "action_ask_product"
    intents = ("ask_product",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Find out which product is meant, then answer with sources."""
        reference = await resolve(request, tools.store)
        if reference is None and request.memory.shown and request.values("ordinal"):
            await reply.say(say("ask.no_such_number", request.language, count=len(request.memory.shown)))
            return
        if reference is None:
            found = await tools.search.products(request.text, language=request.language, limit=_CANDIDATES)
            products = [hit.product for hit in found.hits]
            named = named_product(request.text, products)
            if named is None:
                await _ask_which(products, request, reply, tools)
                return
            reference = Reference(named, request.text, is_new=True)
            request.remember(shown=(named.id,))
        product, language = reference.product, request.language
        request.remember(product=product.id, question=reference.question, offer=None)
        if _only_points(request, reference):
            await _describe(product, request, reply, tools)
            return
        if reference.is_new and product.id != request.memory.page:
            await reply.say(say("ask.about", language, title=short_title(product, language)))
        if reference.wanted_option:
            await _say_option(reference, request, reply)
            if not reference.variants or reference.is_form_only:
                return
        reviews = await tools.store.reviews(product.id, limit=READ_REVIEWS)
        evidence = [*evidence_of(product, reviews, language), *choices_of(product, language)]
        answer = await stream_answer(
            reference.question, product.title.best(language), evidence, request, reply, tools
        )
        if answer.abstained:
            await _offer_help(answer, evidence, request, reply)


async def asks_for_fact_of_page(request: Request, tools: Tools) -> bool:
    """Tell whether a message asks for a fact of the open page, or a choice it offers, by its name."""
    page, language = request.memory.page, request.language
    products = await tools.store.products([page]) if page else []
    return any(
        certain_facts(
            request.text,
            product.title.best(language),
            [*evidence_of(product, (), language), *choices_of(product, language)],
            language,
        )
        for product in products
    )


def _only_points(request: Request, reference: Reference) -> bool:
    """Whether a message names a product and asks nothing, now or before."""
    return reference.is_bare and not reference.wanted_option


async def _describe(product: Product, request: Request, reply: Reply, tools: Tools) -> None:
    """Show the product that was pointed at, and what its page says first."""
    language = request.language
    shown = card(product, language, tools.settings)
    await reply.send(Cards((shown,)))
    facts = join(filter(None, (shown.price, shown.stock, *shown.options)), language)
    await reply.say(say("ask.summary", language, title=short_title(product, language), facts=facts))
    passages = [item for item in evidence_of(product, (), language) if item.source == "description"]
    if passages:
        await reply.say(f"{' ' if language == 'en' else ''}{passages[0].text} [1]")
        await reply.send(Sources(source_links(passages[:1], language)))
    reply.trace["arguments"] = {"product": product.id}
    request.remember(question="")


async def stream_answer(
    question: str,
    title: str,
    evidence: list[Evidence],
    request: Request,
    reply: Reply,
    tools: Tools,
    product: Product | None = None,
    prior: Sequence[float] | None = None,
) -> Answer:
    """Pass the checked answer on as it is written, then its sources; return it whole.

    `prior` is what search thinks of each passage, where search found them.
    """
    answer: Answer | None = None
    stream = tools.answerer.stream(
        question, title=title, evidence=evidence, language=request.language, prior=prior
    )
    async with aclosing(stream) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                answer = piece
            else:
                await reply.say(piece)
    if answer is None:
        raise RuntimeError("the answer ended without its summary")
    if answer.cited and not answer.abstained:
        links = source_links(answer.cited, request.language, product)
        await reply.say(" " + "".join(f"[{link.number}]" for link in links))
        await reply.send(Sources(links))
    trace_answer(reply, question, evidence, answer)
    if answer.prompt:
        reply.trace["model"] = tools.engine.name
    return answer


def trace_answer(reply: Reply, question: str, evidence: list[Evidence], answer: Answer) -> None:
    """Note what an answer rests on."""
    best = [
        {"id": evidence[number].id, "score": round(score, 4)}
        for number, score in zip(answer.ranking[:5], answer.scores[:5], strict=True)
    ]
    reply.trace["arguments"] = {"question": question, "record": evidence[0].record if evidence else None}
    reply.trace["result"] = {"cited": [item.id for item in answer.cited], "abstained": answer.abstained}
    reply.trace |= {"abstained": answer.abstained, "evidence": best, "prompt": answer.prompt}
    reply.trace["cut"] = answer.cut
    reply.trace["claims"] = [asdict(claim) for claim in answer.claims]


async def _ask_which(products: Sequence[Product], request: Request, reply: Reply, tools: Tools) -> None:
    """Ask which product is meant, showing those that it may be."""
    language = request.language
    if not products:
        reply.trace["result"] = {"products": []}
        await reply.say(say("ask.which_none", language))
        return
    await reply.send(Cards(tuple(card(product, language, tools.settings) for product in products)))
    await reply.say(say("ask.which", language))
    request.remember(shown=tuple(product.id for product in products), question=request.text)


async def _say_option(reference: Reference, request: Request, reply: Reply) -> None:
    """State price and stock of the form that was named, or that there is none."""
    language, product = request.language, reference.product
    if not reference.variants:
        options = _offered(product, language, reference.wanted_option, request.values("colour"))
        await reply.say(
            say(
                "ask.no_such_option", language, title=short_title(product, language),
                option=reference.wanted_option, options=options,
            )
        )  # fmt: skip
        return
    request.remember(option=reference.wanted_option)
    facts = form_facts(reference.variants, reference.wanted_option, language)
    await reply.say(say("ask.variant", language, option=reference.wanted_option, facts=facts) + " ")
    cited = [item for item in evidence_of(product, (), language) if item.field in _fields(reference.variants)]
    if reference.is_form_only and cited:
        links = source_links(cited[:1], language)
        await reply.say("[1]")
        await reply.send(Sources(links))


def _fields(variants: Sequence[Variant]) -> set[str]:
    return {f"variant.{variant.sku}" for variant in variants}


def form_facts(variants: Sequence[Variant], wanted: str, language: Language) -> str:
    """Return price and stock of a form; where it comes in several sizes, say, which of them can be had."""
    prices = sorted({v.offer.price for v in variants if v.offer.price}, key=lambda price: price.amount)
    facts = [price_text(prices[0], prices[-1], language)] if prices else []
    if len(variants) == 1:
        facts += [stock] if (stock := stock_text(variants[0].offer, language)) else []
        return join(facts, language)
    rest: dict[bool, list[str]] = {True: [], False: []}
    for variant in variants:
        other = " ".join(
            option.value.best(language)
            for option in variant.options
            if option.value.best(language) not in wanted.replace("、", ", ").split(", ")
        )
        if other and variant.offer.is_available is not None:
            rest[variant.offer.is_available].append(other)
    for can_be_had, values in rest.items():
        if values:
            name = "ask.form_in_stock" if can_be_had else "ask.form_sold_out"
            facts.append(say(name, language, values=join(values, language)))
    return ("; " if language == "en" else "；").join(facts)


def _offered(product: Product, language: Language, wanted: str, colours: Sequence[str]) -> str:
    """Return what can be chosen instead: colours for a colour, sizes for a size, else everything."""
    parts = ("colo",) if colours and _is_one(wanted) else ("size",) if _is_one(wanted) else ("",)
    lines = choices_of(product, language)
    chosen = [item for item in lines if item.attribute and any(part in item.attribute.key for part in parts)]
    return (". " if language == "en" else "。").join(item.text for item in chosen or lines)


def _is_one(wanted: str) -> bool:
    """Tell whether one thing alone was wanted, not a combination."""
    return not any(comma in wanted for comma in (",", "、"))


async def _offer_help(answer: Answer, evidence: list[Evidence], request: Request, reply: Reply) -> None:
    """After "the page does not say": what buyers wrote about it, else a person."""
    language = request.language
    scored = zip(answer.ranking, answer.scores, strict=True)
    asked = topic(reply.trace["arguments"]["question"])
    helpful = [
        evidence[n]
        for n, score in scored
        if evidence[n].source == "review"
        and (score >= _SURELY_HELPFUL or (score >= _HELPFUL and asked & topic(evidence[n].text)))
    ]
    quoted = helpful[:_QUOTED_REVIEWS]
    if quoted:
        quotes = " ".join(
            f"{say('quote', language, text=item.text)} [{n}]" for n, item in enumerate(quoted, 1)
        )
        await reply.say(" " + say("ask.buyers", language) + " " + quotes)
        await reply.send(Sources(source_links(quoted, language)))
    else:
        await reply.say((" " if language == "en" else "") + say("ask.person", language))
    request.remember(offer="handoff")
    titles = [say(f"button.{name}", language) for name in ("reviews", "handoff")]
    await reply.send(Buttons(tuple(Button(title, title) for title in titles)))
