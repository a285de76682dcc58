"""Route a message: its intent, how sure that is, its language, and the values in it.

The classifier judges the words; rules add what words alone cannot tell: which page is open, what was just
shown, what a plain "yes" would accept. A message that nothing speaks for goes to `other` with its honest,
low confidence. Knows nothing of how an intent is served.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from bot.beside import relation_of
from bot.classifier import Classifier, Embed, load_or_train
from bot.entities import find_entities, spoken_language
from bot.settings import BotSettings
from bot.tracker import Entity, Memory
from ecomlm.search.vocabulary import SUPERLATIVES
from ecomlm.verdict import is_yes_no
from knowledge.records import Language

Intent = Literal[
    "find_product", "ask_product", "compare_products", "recommend", "reviews", "policy_question",
    "order_status", "order_cancel", "order_change", "order_return", "order_refund", "handoff", "smalltalk",
    "other", "affirm", "deny",
]  # fmt: skip
INTENTS: tuple[str, ...] = get_args(Intent)
EXAMPLES = Path(__file__).parent / "rasa" / "data" / "nlu.yml"

SURE_ENOUGH = 0.25
"""Below this confidence a message is not acted on as its best intent says: see `_unsure`."""

_FOLLOW_UP = re.compile(
    r"^(?:ok(?:ay)?[, ]+|so[, ]+)?(?:and|what about|how about|and what about)\b[^?]{1,40}\??$"
    r"|^(?:那么?|还有)?[^？?，,]{1,14}呢[？?]?$",
    re.IGNORECASE,
)
_REFINEMENT = re.compile(
    r"\b(?:cheaper|less expensive|pricier|more expensive|bigger|smaller|lighter|similar)\b[^?]{0,30}"
    r"\b(?:ones?|options?)\b"
    r"|^(?:anything|something|got anything|any)\s+(?:cheaper|less expensive|smaller|bigger|lighter)\b"
    r"|便宜(?:一)?点的|更便宜|贵一点的|再便宜|还有别的|还有其他的",
    re.IGNORECASE,
)
_POINTS_AT_PRODUCT = re.compile(
    r"\b(?:it|its|this|that|they|these|those)\b|这个|这款|这双|这件|这台|这条|它|那个|那款|该商品|此款",
    re.IGNORECASE,
)
_ORDER_WORDS = re.compile(
    r"\b(?:orders?|parcel|package|refund|return|cancel)\b|订单|包裹|退款|退货|取消", re.IGNORECASE
)
_STEERING = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|prompts?|rules?|everything)\b"
    r"|\bsystem prompt\b|\byou are now\b|\bact as\b|\bpretend\b|\bjailbreak\b"
    r"|(?:忽略|忘掉|忘记|无视).{0,10}(?:指令|提示|规则|要求|设定)|系统提示|提示词|你现在是|假装你|扮演",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile("|".join(f"(?:{pattern})" for pattern, _ in SUPERLATIVES), re.IGNORECASE)
_DO_YOU_SELL = re.compile(
    r"\bdo you (?:guys )?(?:sell|carry|stock)\b|\bcan i buy\b"
    r"|(?:卖不卖|有没有卖|有卖|卖)[^\s？?]{1,12}[吗么？?]",
    re.IGNORECASE,
)
_WHICH_OF_THEM = re.compile(r"\b(?:which|what)\b|哪", re.IGNORECASE)
_ON_CONDITION = re.compile(
    r"\b(?:can|could|may)\b.*\b(?:after|once|if|without|opened|used|worn)\b"
    r"|(?:拆封|开封|用过|穿过|洗过|过期|超过).*(?:能|可以|吗)",
    re.IGNORECASE,
)
_ABOUT_ORDERS = ("order_status", "order_cancel", "order_change", "order_return", "order_refund")


def cache_folder(settings: BotSettings) -> Path:
    """Return where the trained classifier is kept."""
    return settings.home / "models" / "router"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes, and why."""

    intent: str
    confidence: float
    language: Language
    entities: tuple[Entity, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()

    def as_latest_message(self) -> dict[str, Any]:
        """Return it as Rasa's `latest_message`, without the text."""
        return {
            "intent": {"name": self.intent, "confidence": self.confidence},
            "intent_ranking": [{"name": name, "confidence": value} for name, value in self.ranking],
            "entities": [asdict(entity) for entity in self.entities],
            "language": self.language,
        }


class Router:
    """Routes messages with one trained classifier."""

    def __init__(self, classifier: Classifier, brands: Callable[[], Iterable[str]] = tuple) -> None:
        self._classifier, self._brands = classifier, brands

    @classmethod
    async def open(
        cls, settings: BotSettings, embed: Embed, brands: Callable[[], Iterable[str]] = tuple
    ) -> Router:
        """Load the classifier of this version's examples; the first time it is trained, in seconds."""
        classifier = await asyncio.to_thread(load_or_train, EXAMPLES, cache_folder(settings), embed)
        return cls(classifier, brands)

    async def route(self, text: str, memory: Memory) -> Route:
        """Route one message in the light of the conversation so far."""
        return await asyncio.to_thread(self.decide, text, memory)

    def decide(self, text: str, memory: Memory | None = None) -> Route:
        """Route one message; without a memory by its words alone."""
        memory = memory or Memory()
        odds = self._classifier.probabilities([text])[0]
        judged = dict(zip(self._classifier.intents, map(float, odds), strict=True))
        language, entities = spoken_language(text, memory.language), find_entities(text, self._brands())
        intent, confidence = _in_context(text, language, judged, memory, entities)
        ranking = tuple(sorted(judged.items(), key=lambda item: -item[1])[:5])
        return Route(intent, round(confidence, 4), language, entities, ranking)


def _in_context(
    text: str, language: Language, judged: Mapping[str, float], memory: Memory, entities: tuple[Entity, ...]
) -> tuple[str, float]:
    """Return the intent after what the conversation adds to the words."""
    said = {entity.entity for entity in entities}
    if _STEERING.search(text):
        return "other", max(judged["other"], 0.9)
    if "order_number" in said:
        best = max(_ABOUT_ORDERS, key=judged.__getitem__)
        return best, max(judged[best], 0.6)
    has_product = bool(memory.page or memory.product)
    if memory.question and has_product and _FOLLOW_UP.search(text) and not _ORDER_WORDS.search(text):
        return "ask_product", max(judged["ask_product"], 0.6)
    asks_extreme = bool(_SUPERLATIVE.search(text)) and not _POINTS_AT_PRODUCT.search(text)
    if memory.query and (_REFINEMENT.search(text) or (asks_extreme and _WHICH_OF_THEM.search(text))):
        return "find_product", max(judged["find_product"], 0.6)
    relation = relation_of(text)
    if relation != "next" and (has_product or (memory.shown and not said)):
        return "recommend", max(judged["recommend"], 0.6)
    adjusted, points = dict(judged), bool(_POINTS_AT_PRODUCT.search(text))
    if said & {"price_min", "price_max"}:
        adjusted["find_product"] *= 3.0
    if asks_extreme:
        adjusted["find_product"] *= 6.0
    if _DO_YOU_SELL.search(text):
        adjusted["find_product"] *= 4.0
    if _ON_CONDITION.search(text):
        adjusted["policy_question"] *= 4.0
    if has_product and not _REFINEMENT.search(text):
        asks_fact = bool(memory.page) and is_yes_no(text, language)
        adjusted["ask_product"] *= 6.0 if points or asks_fact else 3.0 if memory.page else 1.5
    if not memory.offer:
        for name in ("affirm", "deny"):
            adjusted[name] *= 0.5
    total = sum(adjusted.values())
    intent = max(adjusted, key=adjusted.__getitem__)
    return _unsure(intent, adjusted[intent] / total)


def _unsure(intent: str, confidence: float) -> tuple[str, float]:
    """Send what is too uncertain to `other`, except questions whose wrong reading costs nothing."""
    if confidence < SURE_ENOUGH and intent not in ("find_product", "ask_product"):
        return "other", confidence
    return intent, confidence
