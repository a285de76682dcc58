"""What is asked beside a product: what goes with it, or what is like it, and which words name the product."""

from __future__ import annotations

import re

from ecomlm.language import ENGLISH_STOPWORDS, has_chinese, segmenter, words
from ecomlm.recommend.model import Relation
from ecomlm.search.filters import ColourIs
from ecomlm.search.vocabulary import COLOURS
from knowledge.records import Product

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
    r"|\b(?:but|also|and)\b|[这那]个?|的|还有|有没有|没有|有|吗|呢|什么|但是?|不过",
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


# What stands before the name of the product that something is to go with.
_BEFORE = (
    r"(?:^|\b(?:with|to|like|for|of)\s+(?:(?:the|this|that|these|those|my|our|an?)\s+)?"
    r"|\b(?:the|this|that|these|those|my|our)\s+"
    r"|(?:[和跟与给配像]|买了)(?:我的|[这那此][个款件双条台只种套]?)?|[这那此][个款件双条台只种套])\s*"
)
_LATIN = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*")


def without_product(text: str, product: Product) -> str:
    """Return a text without the words that name a product: of its title, maker and kind, and its own colours.

    A colour is the product's own where it stands with such words: `the navy jacket`, but not `this jacket, in
    blue`.
    """
    names, colours = _names(product), _colours(product)
    word = "|".join(map(_pattern, sorted(names | colours, key=len, reverse=True)))
    run = re.compile(rf"(?P<before>{_BEFORE})(?P<run>(?:{word})(?:[\s的·-]*(?:{word}))*)")
    name = re.compile("|".join(_pattern(item) for item in names if not item.isdigit()))

    def blanked(match: re.Match[str]) -> str:
        return f"{match['before']} " if name.search(match["run"]) else match.group()

    return run.sub(blanked, text.lower()) if names else text


def is_of_kind(said: str, product: Product) -> bool:
    """Tell whether all words of a text stand in a product's title, categories or department."""
    kinds = (product.title, product.department, *product.categories)
    if has_chinese(said):
        told = " ".join(kind.zh for kind in kinds)
        pieces = [piece for piece in segmenter().cut(said) if words(piece, "zh")]
        return bool(pieces) and all(piece in told for piece in pieces)
    wanted = set(words(said, "en"))
    return bool(wanted) and wanted <= {word for kind in kinds for word in words(kind.en, "en")}


def _names(product: Product) -> set[str]:
    texts = [product.brand or ""]
    for item in (product.title, *product.categories):
        texts += [item.en, item.zh]
    latin = {word for text in texts for word in _LATIN.findall(text.lower())}
    chinese = {word for text in texts for word in words(text, "zh") if not word.isascii()}
    return {word for word in latin if word not in ENGLISH_STOPWORDS} | chinese


def _colours(product: Product) -> set[str]:
    own = (item for item in COLOURS if ColourIs(item.label, item.names).allows(product))
    return {name.lower() for item in own for name in item.names}


def _pattern(name: str) -> str:
    if not name.isascii():
        return rf"{re.escape(name)}色?"
    stem = name.removesuffix("s") if len(name) > 3 else name
    return rf"(?<![a-z0-9]){re.escape(stem)}(?:e?s)?(?![a-z0-9])"
