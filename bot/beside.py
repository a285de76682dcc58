"""What is asked beside a product: what goes with it, or what is like it. Knows words, not products."""

from __future__ import annotations

import re

from ecomlm.recommend.model import Relation

_GOES_WITH = re.compile(
    r"\b(?:what|which|anything|something|things|stuff|suggest)\b.{0,40}"
    r"\b(?:go(?:es)?|pairs?|match(?:es)?|combines?) (?:well |nicely |best )?(?:together )?"
    r"(?:with|this|that|it)\b"
    r"|\baccessor(?:y|ies) (?:for|do)\b|\bcomplete the (?:look|set|outfit)\b|\bto go with\b"
    r"|\belse do (?:people|others|customers|shoppers) (?:buy|get|take)\b|\b(?:bought|buy) (?:together|with)\b"
    r"|(?:搭配?|配)(?:点|些)?(?:什么|啥|哪)|有(?:什么|没有|啥|哪些).{0,8}(?:搭配|配套|配件)"
    r"|(?:搭配|配套|配件).{0,3}推荐|推荐.{0,8}(?:搭配|配套|配件)|还(?:要|需要|可以|会)?买(?:点|些)?(?:什么|啥)"
    r"|一起买",
    re.IGNORECASE,
)
_SIMILAR = re.compile(
    r"\bsimilar\b|\balternatives?\b|\binstead of (?:this|it|that)\b"
    r"|\b(?:something|anything|others?|more|ones?|products?) like (?:this|that|it|these|those)\b"
    r"|类似|差不多的|同类|相似|替代|像这[款个件双种]",
    re.IGNORECASE,
)
# Whether it goes with a given thing, or is like one, is a question about the product itself.
_OF_ITSELF = re.compile(
    r"^\W*(?:does|do|will|would|can|could|is|are|was) (?:it|this|that|these|those|they|the)\b"
    r"|(?:能|可以|适合)(?:和|跟|与|用来)?(?:搭配|配)(?!什么|啥|哪)",
    re.IGNORECASE,
)


_POINTING = re.compile(
    r"\b(?:this|that|it|these|those|one|ones|well|together|do|i|you|have|need|is|are|there|what|which|anything)\b"
    r"|[这那]个?|的|还有|有|吗|呢|什么",
    re.IGNORECASE,
)


def without_relation(text: str) -> str:
    """Return what a text says besides, so that it can be looked for; empty for `what goes with this?`."""
    left = _POINTING.sub(" ", _SIMILAR.sub(" ", _GOES_WITH.sub(_named, text)))
    return " ".join(left.split()).strip(" ?？.。!！,，")


def _named(match: re.Match[str]) -> str:
    """Keep the goods that the words of going with name themselves."""
    said = match.group().lower()
    return " accessories " if "accessor" in said else " 配件 " if "配件" in said else " "


def relation_of(text: str) -> Relation:
    """Return whether something beside a product is asked for, something like it, or neither (`next`)."""
    if _OF_ITSELF.search(text):
        return "next"
    if _GOES_WITH.search(text):
        return "goes_with"
    return "similar" if _SIMILAR.search(text) else "next"
