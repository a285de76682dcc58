"""Which options of a product a message speaks of: by name, denied, relative to the form at hand, or kept.

"Clicky", "not waterproof", "one size smaller", "500 fewer pieces", "the same material": read over one
product's own options. Knows nothing of orders, stock or prices.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from ecomlm.language import normalise
from knowledge.records import Product, Variant

_I = re.IGNORECASE
_LETTERS = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl")
_LETTER_WORDS = {
    "xs": "extra[ -]small|x-small", "s": "small", "m": "medium", "l": "large",
    "xl": "extra[ -]large|x-large", "xxl": "2xl|double[ -]xl",
}  # fmt: skip
_SCALES: tuple[tuple[str, ...], ...] = (
    _LETTERS, ("low", "medium", "high"), ("small", "medium", "large"), ("portable", "medium", "large"),
    ("beginner", "intermediate", "expert"), ("basic", "professional"),
)  # fmt: skip
_UNITS = {
    "ft": r"(?:ft|foot|feet)", "inch": r"(?:inch(?:es)?|\")", "inches": r"(?:inch(?:es)?|\")",
    "l": r"(?:l|lit(?:er|re)s?)", "liter": r"(?:l|lit(?:er|re)s?)", "liters": r"(?:l|lit(?:er|re)s?)",
    "piece": "pieces?", "hours": r"(?:h|hrs?|hours?)", "grey": "gr[ea]y", "gray": "gr[ea]y",
}  # fmt: skip
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(厘米|cm|毫升|ml|寸|公斤|kg|克|g|只装|gb|tb)")
_SAME_UNITS = {
    "厘米": ("cm", "公分"), "cm": ("厘米", "公分"), "毫升": ("ml",), "ml": ("毫升",), "公斤": ("kg",),
    "kg": ("公斤",), "克": ("g",), "g": ("克",), "gb": ("g",), "tb": ("t",), "寸": ("英寸", "吋"),
}  # fmt: skip
_NUMBERS = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six"}
_NEVER = re.compile(r"(?:\b(?:no|not|non|isn't|aren't|without|never|n't)\b[ -]*(?:\w+ )?)$", _I)
_FREE = re.compile(
    r"\b(?:don't care|do not care|doesn't matter|does not matter|no matter|or not|either way|need not)\b|无所谓|都行|都可以",
    _I,
)
_PREFERS = re.compile(
    r"\b(?:else|otherwise|prefer\w*|rather|if not|ideally|or|over|better)\b|优先|最好|或|否则", _I
)
_KEPT = re.compile(
    r"\b(?:same|keep(?:ing)?(?: the)?(?: same)?)((?:\s+[\w-]+){1,4})|((?:[\w-]+\s+){1,4})as (?:they|it) (?:are|is)\b",
    _I,
)
_UP = r"(?:higher|larger|bigger|greater|longer|taller|more)"
_DOWN = r"(?:lower|smaller|shorter|fewer|less|reduced)"
_MOST = r"(?:maximum|max|highest|largest|biggest|longest|tallest|greatest|most)"
_LEAST = r"(?:minimum|min|lowest|smallest|shortest|fewest|least)"
# What an adjective is about where no option is named, and which way it points.
_IMPLIED: tuple[tuple[str, re.Pattern[str], int], ...] = (
    ("bright", re.compile(r"\bbrighter\b|\bmore bright\b|更亮", _I), 1),
    ("bright", re.compile(r"\b(?:less bright|dimmer|darker|not so bright)\b|暗一点", _I), -1),
    ("length", re.compile(r"\blonger\b|更长|长一点", _I), 1),
    ("length", re.compile(r"\bshorter\b|更短|短一点", _I), -1),
    ("height", re.compile(r"\btaller\b|更高", _I), 1),
    ("difficult", re.compile(r"\beasier\b|更简单", _I), -1),
    ("difficult", re.compile(r"\bharder\b|更难", _I), 1),
    ("difficult", re.compile(r"\beasiest\b|最简单", _I), -9),
    ("difficult", re.compile(r"\bhardest\b|最难", _I), 9),
    ("size|尺码", re.compile(r"\b(?:bigger|larger|(?:one )?size up)\b|大一?[码号]|再大", _I), 1),
    ("size|尺码", re.compile(r"\b(?:smaller|(?:one )?size down)\b|小一?[码号]|再小", _I), -1),
    ("capacity", re.compile(r"\b(?:bigger|larger)\b|大一点", _I), 1),
    ("capacity", re.compile(r"\bsmaller\b|小一点", _I), -1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says of a product's options.

    `values` are the wanted ones of each option, the preferred first; `kept` are options that should stay
    as they are, `free` those that do not matter.
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()

    def and_then(self, later: Said) -> Said:
        """Return both, what was said later going first."""
        return Said({**self.values, **later.values}, self.kept | later.kept, self.free | later.free)


def own_options(variant: Variant) -> dict[str, str]:
    """Return a form's options by their names."""
    return {option.key: option.value.en or option.value.zh for option in variant.options}


def read_options(text: str, product: Product, now: Variant | None) -> Said:
    """Return what a message says of a product's options, seen from the form at hand."""
    plain = normalise(text).casefold().replace("’", "'")
    values = _values_of(product)
    found: dict[str, list[str]] = {}
    free = set()
    for key, known in values.items():
        plain, denied, is_free = _denied(plain, key, known)
        if is_free:
            free.add(key)
        elif denied:
            found[key] = [denied]
    own = own_options(now) if now else {}
    relative: dict[str, list[str]] = {}
    for key, known in values.items():
        if key in own and key not in found:
            plain, target = _relative(plain, key, list(known), own[key])
            if target:
                relative[key] = [target]
    for key, target in _implied(plain, values, own).items():
        relative.setdefault(key, [target])
    named = _named(plain, values, own)
    kept = {key for key in values if any(_mentions(key, part) for part in _kept_parts(plain))}
    return Said({**relative, **found, **named}, frozenset(kept - set(named) - set(relative)), frozenset(free))


def matches(text: str, product: Product, variant: Variant) -> int:
    """Return of how many options of a form a message names exactly its value."""
    own = own_options(variant)
    said = read_options(text, product, None).values
    return sum(own.get(key) in values for key, values in said.items())


def _values_of(product: Product) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return every option with its values, and each value's wordings."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for variant in product.variants:
        for option in variant.options:
            wordings = tuple(text for text in (option.value.en, option.value.zh) if text)
            found.setdefault(option.key, {})[option.value.en or option.value.zh] = wordings
    return found


def _denied(plain: str, key: str, known: Iterable[str]) -> tuple[str, str, bool]:
    """Read an option that is there or not ("no backlight"): what is left, its value, whether it is free."""
    none = next((v for v in known if v.casefold() in ("no", "none") or v.casefold().startswith("not ")), None)
    if none is None:
        return plain, "", False
    there = next((value for value in known if value.casefold() == "yes"), "")
    match = _key_pattern(key).search(plain)
    if match is None:
        return plain, "", False
    start, end = match.span()
    sentence = re.split(r"[.!?;]", plain[:start])[-1] + plain[start:end] + re.split(r"[.!?;]", plain[end:])[0]
    if _FREE.search(sentence):
        return plain, "", True
    is_denied = bool(_NEVER.search(plain[:start]))
    value = none if is_denied else there
    return (plain[:start] + " " * (end - start) + plain[end:] if value else plain), value, False


@cache
def _key_pattern(key: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.split(r"[\s/]+", key.casefold()) if part]
    if parts and len(parts[-1]) > 8:
        parts[-1] = parts[-1][:-4] + r"\w*"
    return re.compile(r"\b" + r"[\s-]*".join(parts) if key.isascii() else re.escape(key))


@cache
def _key_words(key: str) -> str:
    stems = [
        re.escape(part[:-1] if part.endswith("s") else part) for part in re.findall(r"\w+", key.casefold())
    ]
    useful = [stem for stem in stems if stem not in ("level", "type", "count", "range", "set", "kit", "key")]
    return "|".join(rf"{stem}\w*" for stem in useful or stems)


def _mentions(key: str, text: str) -> bool:
    return bool(re.search(rf"\b(?:{_key_words(key)})", text))


def _kept_parts(plain: str) -> list[str]:
    return [match[1] or match[2] for match in _KEPT.finditer(plain)]


def _relative(plain: str, key: str, known: Sequence[str], now: str) -> tuple[str, str]:
    """Read "1000 more pieces", "lower resolution", "maximum zoom": what is left of the text, the value."""
    words, ordered = _key_words(key), sorted(known, key=_order)
    by = re.search(
        rf"\b(\d+) (more|additional|fewer|less) (?:{words})|\b(\d+) (?:{words}) (more|fewer|less)\b", plain
    )
    if by:
        sign = 1 if (by[2] or by[4]) in ("more", "additional") else -1
        wanted = _order(now)[0] + sign * float(by[1] or by[3])
        target = next((value for value in known if _order(value)[0] == wanted), "")
        return _blanked(plain, by), target
    for pattern, step in ((_MOST, 9), (_LEAST, -9), (_UP, 1), (_DOWN, -1)):
        adjective = re.search(rf"(?<!\d )\b{pattern} (?:\w+ )?(?:{words})\b", plain)
        if adjective:
            return _blanked(plain, adjective), _stepped(ordered, now, step)
    return plain, ""


def _blanked(plain: str, match: re.Match[str]) -> str:
    return plain[: match.start()] + " " * (match.end() - match.start()) + plain[match.end() :]


def _implied(plain: str, values: Mapping[str, Iterable[str]], own: Mapping[str, str]) -> dict[str, str]:
    for about, pattern, step in _IMPLIED:
        key = next((key for key in values if re.search(about, key.casefold()) and key in own), None)
        if key and pattern.search(plain):
            target = _stepped(sorted(values[key], key=_order), own[key], step)
            return {key: target} if target else {}
    return {}


def _stepped(ordered: Sequence[str], now: str, step: int) -> str:
    if abs(step) > 1:
        return ordered[-1 if step > 0 else 0]
    place = ordered.index(now) + step
    return ordered[place] if 0 <= place < len(ordered) else ""


def _order(value: str) -> tuple[float, str]:
    plain = value.casefold()
    for scale in _SCALES:
        if plain in scale:
            return float(scale.index(plain)), plain
    number = re.search(r"\d+(?:\.\d+)?", plain)
    return (float(number.group()) if number else 1e9), plain


def _named(
    plain: str, values: Mapping[str, Mapping[str, tuple[str, ...]]], own: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return the values that are named, in the message's order; of overlapping ones the longest."""
    every = [
        (key, value, wording)
        for key, known in values.items()
        for value, wordings in known.items()
        for wording in wordings
        if wording.casefold() not in ("yes", "no", "none")
    ]
    left = dict.fromkeys(values, plain)
    matched: list[tuple[range, str, str]] = []
    for key, value, wording in sorted(every, key=lambda item: -len(item[2])):
        for match in _value_pattern(key, wording).finditer(left[key]):
            matched.append((range(*match.span()), key, value))
            left[key] = _blanked(left[key], match)
    places = _settled(matched)
    found = {key: list(dict.fromkeys(value for _, value in sorted(said))) for key, said in places.items()}
    for key, said in found.items():
        if len(said) == 2 and own.get(key) in said and not _PREFERS.search(plain):
            said.remove(own[key])
    return found


def _settled(matched: Sequence[tuple[range, str, str]]) -> dict[str, list[tuple[int, str]]]:
    """Give each word to one option: where several know it ("medium"), to one of which nothing else is said."""
    places: dict[str, list[tuple[int, str]]] = {}
    contested = []
    for span, key, value in matched:
        if any(other != key and span.start < o.stop and o.start < span.stop for o, other, _ in matched):
            contested.append((span, key, value))
        else:
            places.setdefault(key, []).append((span.start, value))
    taken: list[range] = []
    for span, key, value in sorted(contested, key=lambda item: (item[1] in places, -len(item[0]))):
        if not any(span.start < other.stop and other.start < span.stop for other in taken):
            places.setdefault(key, []).append((span.start, value))
            taken.append(span)
    return places


@cache
def _value_pattern(key: str, value: str) -> re.Pattern[str]:
    plain = value.casefold()
    if amount := _AMOUNT.fullmatch(plain):
        units = "|".join([re.escape(amount[2]), *_SAME_UNITS.get(amount[2], ())])
        return re.compile(
            rf"(?<![\d.a-z-]){re.escape(amount[1])}(?:[\s-]*(?:{units})(?![a-z])|(?=\s*(?:的|那|吧)))"
        )
    if not plain.isascii():
        short = plain[:-1] if plain.endswith("色") and len(plain) > 2 else plain
        return re.compile(re.escape(short))
    if plain in _LETTER_WORDS and "size" in key.casefold():
        return re.compile(rf"(?<![a-z0-9.'-])(?:{plain}|{_LETTER_WORDS[plain]})(?:-?sized?)?(?![a-z0-9'])")
    tokens = [token for token in re.findall(r"\d+(?:\.\d+)?|[a-z]+|[^\sa-z\d]", plain) if token != "-"]
    parts = [_token_pattern(token, is_first=place == 0) for place, token in enumerate(tokens)]
    if len(tokens) == 1 and tokens[0].isdigit():
        return re.compile(
            rf"(?<![a-z0-9.'-]){tokens[0]}(?![a-z0-9.]*\d)(?!\s?-?(?:gb|inch|bar|hour|%|\w*oz))(?![a-z0-9])"
        )
    last = tokens[-1]
    if last.isalpha() and len(last) > 4 and last.endswith("s"):
        parts[-1] = f"{last[:-1]}s?"
    plural = "s?" if last.isalpha() and len(last) > 3 and not last.endswith("s") else ""
    return re.compile(r"(?<![a-z0-9.'])" + r"[\s-]*".join(parts) + plural + r"(?![a-z0-9])")


def _token_pattern(token: str, *, is_first: bool) -> str:
    if is_first and token in _NUMBERS:
        return f"(?:{token}|{_NUMBERS[token]})"
    return _UNITS.get(token) or re.escape(token)
