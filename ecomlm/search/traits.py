"""Read what a product is to be, or not to be: its colour, its features, and what is refused.

Knows the catalogue's yes/no attributes. Knows nothing of amounts and names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ecomlm.language import detect, words
from ecomlm.search.facts import AttributeFacts, CatalogueFacts
from ecomlm.search.filters import ColourIs, Feature
from ecomlm.search.glossary import shop_glossary
from ecomlm.search.reading import Reading, tidy
from ecomlm.search.vocabulary import COLOURS, FEATURES
from knowledge.records import Text

_NEGATED = re.compile(
    r"(?:\b(?:not|non|without|no|isn't|aren't|free of)"
    r"|不要|不是|不含|不带|(?<!有)没有|不|(?<!有)无|非)[\s-]*$"
)
_ASKED = re.compile(r"(?:\b(?:with|has|have|having|that is|that are|is|are|must be)|带|有|支持|要|具备)\s*$")
_REFUSED = re.compile(
    r"\b(?:not|non|without)[\s-]+(?:an? |any |made of )?(?P<word>[a-z]{3,})\b"
    r"|(?:不要|不含|不是)(?P<word_zh>[\u4e00-\u9fff]{1,4}?)(?:的|制|$|[，,。\s])"
)


def read_colours(reading: Reading) -> None:
    """Take in the colours that are wanted or refused."""
    for colour in sorted(COLOURS, key=lambda item: -len(item.names[0])):
        for name in sorted(colour.names, key=len, reverse=True):
            pattern = rf"(?<![a-z]){re.escape(name)}(?:[- ]colou?red)?(?![a-z])"
            if not name.isascii():
                pattern = re.escape(name) if len(name) > 1 else re.escape(name) + r"(?=的|\s|$)"
            match = re.search(pattern, reading.text)
            if match and reading.is_free(*match.span()) and not _names_a_thing(reading, match):
                is_wanted = not _NEGATED.search(reading.text[: match.start()])
                reading.filters.append(ColourIs(colour.label, colour.names, is_wanted))
                _settle(reading, match, is_wanted)
                break


def _names_a_thing(reading: Reading, match: re.Match[str]) -> bool:
    """Tell whether a word and its neighbour are one name together: 口红 is a lipstick, not a red mouth."""
    start, end = match.span()
    kinds = shop_glossary().kinds
    longer = (reading.text[max(start - 1, 0) : end], reading.text[start : end + 1])
    return any(kinds.get(name) == "product" and name != match.group() for name in longer)


def _settle(reading: Reading, match: re.Match[str], is_wanted: bool) -> None:
    """Keep a wanted word for ranking; take a refused one out together with its refusal."""
    if is_wanted:
        reading.described.append(match.span())
        return
    refusal = _NEGATED.search(reading.text[: match.start()])
    reading.take(refusal.start() if refusal else match.start(), match.end())


def read_features(reading: Reading) -> None:
    """Take in the features that are asked for or refused (`waterproof`, `without sugar`, `支持5G`)."""
    for feature in _known_features(reading.facts):
        for name in feature.names:
            if name not in reading.text:
                continue
            pattern = rf"(?<![a-z0-9-]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)
            match = re.search(pattern, reading.text)
            if not match or not reading.is_free(*match.span()) or _names_a_thing(reading, match):
                continue
            before = reading.text[: match.start()]
            is_wanted = not _NEGATED.search(before)
            if is_wanted and not _is_condition(reading, match, feature):
                continue
            reading.filters.append(Feature(feature.keys, feature.label, feature.names, is_wanted))
            _settle(reading, match, is_wanted)
            break


def _is_condition(reading: Reading, match: re.Match[str], feature: Feature) -> bool:
    """A feature's word is a condition if asked for as one, or if it describes some other subject."""
    if _ASKED.search(reading.text[: match.start()]):
        return True
    rest = reading.text[: match.start()] + " " + reading.text[match.end() :]
    if not words(tidy(rest), detect(rest)):
        return False
    is_common = any(name in feature.names for item in FEATURES for name in item.names)
    follows = re.match(r"[\s-]*[a-z\u4e00-\u9fff]", reading.text[match.end() :])
    return is_common or bool(follows)


@lru_cache(maxsize=4)
def _known_features(facts: CatalogueFacts) -> tuple[Feature, ...]:
    """The features that every shop knows, with this catalogue's keys for them, and its own yes/no facts."""
    flags = {item.key: (item, _flag_names(item)) for item in facts.attributes if item.kind == "flag"}
    features, used = [], {key for key, (_, names) in flags.items() if names & {"colour", "color"}}
    for common in FEATURES:
        same = tuple(key for key, (_, names) in flags.items() if names & set(common.names))
        used.update(same)
        features.append(Feature(same, common.label, _longest_first(common.names)))
    for key, (flag, known) in flags.items():
        names = [name for name in known if _is_telling_name(name)]
        if key not in used and names:
            label = flag.label or Text(key.replace("_", " "))
            features.append(Feature((key,), label, _longest_first(names)))
    return tuple(features)


def _longest_first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _is_telling_name(name: str) -> bool:
    """Short words may be part of anything; with a figure in them, as in `5g`, they are unmistakable."""
    if any(sign.isdigit() for sign in name):
        return len(name) > 1
    return len(name) > (3 if name.isascii() else 1)


def _flag_names(flag: AttributeFacts) -> set[str]:
    key = flag.key.replace("_", " ")
    english = {flag.label.en.lower(), key, re.sub(r"^(?:supports?|has|is|with) ", "", key)}
    chinese = {
        flag.label.zh.lower(),
        *(word for name in english for word in shop_glossary().chinese.get(name, ())),
    }
    return {name for name in (*english, *chinese) if name}


def read_refusals(reading: Reading) -> None:
    """Take in what else is refused, whatever it is (`not made of plastic`, `不要塑料的`)."""
    for match in _REFUSED.finditer(reading.text):
        if not reading.is_free(*match.span()):
            continue
        word = match.group("word") or match.group("word_zh")
        glossary = shop_glossary()
        other = glossary.english.get(word, ()) if match.group("word_zh") else glossary.chinese.get(word, ())
        label = (
            Text(other[0] if other else word, word)
            if match.group("word_zh")
            else Text(word, (*other, word)[0])
        )
        reading.filters.append(Feature((), label, (word, *(name.lower() for name in other)), is_wanted=False))
        reading.take(*match.span())
