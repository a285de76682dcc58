"""A question while it is being read: what of it has been understood, and what is left to look for.

Knows the words that carry no meaning for a search. Knows nothing of what conditions mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

from ecomlm.language import normalise
from ecomlm.search.amounts import plain_numbers
from ecomlm.search.facts import CatalogueFacts
from ecomlm.search.filters import Filter
from ecomlm.search.vocabulary import Superlative

_FILLER = re.compile(
    r"\b(?:do|does) you (?:have|sell|carry|stock|offer)\b|\b(?:have|has) (?:you|the shop) got\b"
    r"|\bwhat(?:'s| is| are)\b"
    r"|\bwhich(?: one)?\b|\bshow me\b|\bi(?:'m| am| is)? (?:wants?|needs?|would like|'d like|looking for"
    r"|look for|search for)\b"
    r"|\bi'd like\b|\b(?:can|could) you\b|\brecommend\b|\bplease\b|\banything\b|\bsomething\b|\bany\b"
    r"|\bis there\b"
    r"|\bare there\b|\bgive me\b|\bfind me\b|\bprice range\b|\bbudget\b|\bprices?\b|\bpriced\b"
    r"|\bcosts?(?:ing)?\b"
    r"|\bones?\b|\bthings?\b|\bstuff\b|\bitems?\b|\bgoods\b|\bproducts?\b|\byour\b|\byou have\b"
    r"|\b(?:gifts?|presents?)(?: ideas?)?\b(?!\s+(?:card|box|wrap|bag|set|basket|voucher))"
    r"|\bfor (?:my|our|a|the) (?:dad|father|mum|mom|mother|husband|wife|boyfriend|girlfriend|friend|brother"
    r"|sister|son|daughter|uncle|aunt|boss|teacher|colleague|parents|grand\w+)s?\b"
    r"|\bwho (?:really |also )?(?:loves?|likes?|enjoys?|is (?:mad|crazy) about|is into|goes)\b"
    r"|送给?(?!货)(?:我的?|一个|个)?|(?:爱|喜欢)(?=[\u4e00-\u9fff]{1,8}的(?:爸|妈|父|母|男|女|朋友|老|同|爷|奶|人))"
    r"|的?(?:爸爸|妈妈|父亲|母亲|爸妈|父母|男朋友|女朋友|男友|女友|朋友|老公|老婆|老师|同事|爷爷|奶奶)(?![装鞋])"
    r"|礼物|礼品(?![卡盒包袋])"
    r"|\byou sell\b|\bhi\b|\bhello\b|\bthanks\b|\bonly\b|\bjust\b"
    r"|(?<![\u4e00-\u9fff])要(?![\u4e00-\u9fff])|只要|只看|仅看|看看"
    r"|请问|你们|你好|您好|有没有|有什么|有哪些|我想要?|我要|我需要|帮我|给我|推荐|一下|哪款|哪个|哪些"
    r"|什么|卖不卖|卖吗"
    r"|价格|价位|预算|多少钱|之间|的话|左右|一双|一个|一款|一台|一件|一条|几款|想买|买|找|卖|东西|商品"
    r"|产品|吗|呢|吧|请|是"
)
# Who asks tells nothing of what is wanted; names are known by their capitals, so this is read first. For whom
# it is may tell it: "Baby needs a blanket".
_NAME = r"[A-ZÀ-Þ][\w'’-]*(?: [A-ZÀ-Þ][\w'’-]*)?"
_INTRODUCTION = re.compile(
    rf"\b(?:[Mm]y name(?: is|['’]s)|[Tt]his is|I(?: am|['’]m)) {_NAME}(?:\s*[,.;:!]|\s+and\b)+\s*"
    rf"|\b{_NAME} (?:here|speaking)\b(?:\s*[,.;:!]|\s+and\b)+\s*"
    r"|^(?!(?:Bab|Child|Kid|Toddler|Boy|Girl|Dog|Pupp|Cat|Kitten|Horse|Bird|Pet)\w*\b)"
    rf"(?:(?:Mr|Mrs|Ms|Dr)\.? )?{_NAME} (?=(?:wants?|needs?|would like|is looking for) \S)"
)
_INTRODUCTION_ZH = re.compile(r"我(?:的名字)?(?:叫|姓)[\u4e00-\u9fff·]{1,8}(?=[，,。！!：:\s])")
_LOOSE = re.compile(r"[?？!！。，,;；:：\"“”()（）]+")


@dataclass
class Reading:
    """A text being read: spans are taken out as they are understood."""

    text: str
    facts: CatalogueFacts
    filters: list[Filter] = field(default_factory=list)
    superlative: Superlative | None = None
    taken: list[tuple[int, int]] = field(default_factory=list)
    described: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, facts: CatalogueFacts) -> Self:
        """Begin to read a text, in small letters, without loose signs and with its numbers in figures."""
        plain = re.sub(r"(\d)-?in\b", r"\1 inch", normalise(_without_introduction(text)).lower())
        return cls(plain_numbers(_LOOSE.sub(_spaced, plain)), facts)

    def take(self, start: int, end: int) -> None:
        """Remove a span from subject and core."""
        self.taken.append((start, end))

    def is_free(self, start: int, end: int) -> bool:
        """Tell whether no part of a span has been understood yet."""
        return all(end <= first or start >= last for first, last in (*self.taken, *self.described))

    def without(self, *spans: list[tuple[int, int]]) -> str:
        """Return the text with these spans blanked."""
        signs = list(self.text)
        for start, end in (span for group in spans for span in group):
            signs[start:end] = " " * (end - start)
        return "".join(signs)


def _without_introduction(text: str) -> str:
    return _INTRODUCTION_ZH.sub(" ", _INTRODUCTION.sub("I ", text))


def tidy(text: str) -> str:
    """Take politeness and loose connecting words off a subject."""
    plain = _LOOSE.sub(" ", _FILLER.sub(" ", text))
    plain = re.sub(
        r"(?<![a-z])(?:and|or|but|with|for|in|of|the|a|an|that|is|are|to|at|from|by)\s*$", " ", plain
    )
    plain = re.sub(r"^\s*(?:的|and|or|with|for|in|of|the|a|an|that|is|are|from|by)(?![a-z])", " ", plain)
    plain = re.sub(r"\s*的(?=\s|$)|^\s*的", " ", plain)
    return " ".join(plain.split())


def _spaced(match: re.Match[str]) -> str:
    return match.group() if set(match.group()) <= {",", '"'} else " "
