"""Which language a text is in, and what its words are.

Knows English and Chinese. Knows nothing of products, search or models.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from ecomlm.search.glossary import shop_glossary
from knowledge.records import Language

if TYPE_CHECKING:
    import jieba

CHINESE_SHARE = 0.3
_CHARACTERS_A_WORD = 1.7
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_GRAMMAR = re.compile(r"[吗呢吧的我你您要有没是这那哪么请想给多能]")
_TOKEN = re.compile(
    r"[0-9]+\.[0-9]+[a-z]*|[a-z0-9]+(?:['’][a-z]+)?|[\u3400-\u9fff\uf900-\ufaff]+", re.IGNORECASE
)
_UNIT = (
    r"(?:gb|tb|mb|kb|ghz|mhz|hz|khz|mm|cm|m|km|kg|g|mg|lbs?|oz|mah|wh|kwh|w|kw|v|ml|l|dpi|ppm|fps|db|mp"
    r"|inch(?:es)?)"
)
_MEASURE = re.compile(rf"\b(\d+(?:\.\d+)?)[\s-]*({_UNIT}|\")(?![a-z0-9])", re.IGNORECASE)
_ENGLISH_STOPWORDS = """
a an and are as at be but by can could do does for from have has how i if in into is it its me my no not of
on or our shall should so some such than that the their them then there these they this to too us was we were
what when where which who will with would you your please want need looking show find any something
"""
_CHINESE_STOPWORDS = """
的 了 吗 呢 吧 啊 我 你 您 要 想 想要 有 没有 是 这 那 个 一个 一款 一双 一件 一台 请 给 请问 们
我们 你们 和 与 或 在 也 都 就 还 能 可以 帮 帮我 找 看看 推荐 什么 哪些 哪个 怎么 多少 一些 一下
适合 款 买 想买 需要 用 用的
"""
ENGLISH_STOPWORDS = frozenset(_ENGLISH_STOPWORDS.split())
CHINESE_STOPWORDS = frozenset(_CHINESE_STOPWORDS.split())


def normalise(text: str) -> str:
    """Return `text` with full-width and compatibility forms made plain and its spaces single."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def detect(text: str) -> Language:
    """Tell the language of a text that may mix both: Chinese if a meaningful share of it is."""
    chinese = len(_HAN.findall(text))
    if not chinese:
        return "en"
    if _GRAMMAR.search(text):
        return "zh"
    amount = chinese / _CHARACTERS_A_WORD
    return "zh" if amount / (amount + len(_LATIN_WORD.findall(text))) >= CHINESE_SHARE else "en"


def has_chinese(text: str) -> bool:
    """Tell whether a text holds any Chinese character."""
    return bool(_HAN.search(text))


def words(text: str, language: Language) -> list[str]:
    """Split a text into the words that search compares.

    Latin words are stemmed and freed of stop words; numbers keep their unit (`16 GB` -> `16gb`);
    runs of Chinese become words, and in Chinese texts also every pair of characters.
    """
    plain = _MEASURE.sub(_join, normalise(text).lower())
    found: list[str] = []
    for token in _TOKEN.findall(plain):
        if _HAN.match(token):
            found.extend(_chinese_words(token))
        elif token not in ENGLISH_STOPWORDS:
            found.append(_stem(token))
    return found


def _join(match: re.Match[str]) -> str:
    unit = match.group(2).lower()
    unit = "inch" if unit in ('"', "inches") else unit
    return f" {match.group(1)}{unit} "


def _chinese_words(run: str) -> list[str]:
    parts = [word for word in segmenter().cut_for_search(run) if word not in CHINESE_STOPWORDS]
    pairs = [run[start : start + 2] for start in range(len(run) - 1)]
    kept = [pair for pair in pairs if pair not in parts and not set(pair) & CHINESE_STOPWORDS]
    return parts + kept


@cache
def segmenter() -> jieba.Tokenizer:
    """Return the Chinese word splitter, which knows the glossary's words."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in shop_glossary().english:
        tokenizer.add_word(word)
    return tokenizer


@cache
def _stemmer() -> object:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=65536)
def _stem_known(token: str) -> str:
    return str(_stemmer().stemWord(token))  # type: ignore[attr-defined]  # no types there


def _stem(token: str) -> str:
    return token if token[0].isdigit() else _stem_known(token)
