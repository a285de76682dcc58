"""What a text about a product can be made of: its facts in words, safe to repeat.

Each fact carries the address in the record that it rests on. What the guards hold back, what gives orders
and what cannot be said in the language is left out. Knows nothing of kinds of text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from ecomlm.copywriting.guards import before_orders, clean, held_back
from ecomlm.copywriting.kinds import PARTS, Kind, columns, shortened
from ecomlm.language import has_chinese, segmenter
from ecomlm.search.glossary import shop_glossary
from ecomlm.search.passages import money_text, number_text, sentences, value_text
from ecomlm.telling import FOLDER, filled, kind_of, name_of, phrases, read_table, spoken_value
from knowledge.errors import EcomlmError
from knowledge.records import Attribute, Language, Product

_LISTED, _LABEL, _LINE, _NAME, _TAG = 60, 40, 170, 26, 16
_COUNTS = re.compile(
    r"\b(?:quantity|number|ports|cores|threads|buttons|sheets|pages|yield|labels|channels|per pack"
    r"|pieces|pockets)\b|数"
)
_LOGISTICS = re.compile(
    r"pallet|master|package|packag|harmonized|oem|code|change|ark id|^name$|status|segment|launch"
    r"|carton|weight"
    r"|^model$|manual|certif|may contain|allergen"
)
_TECHNICAL = re.compile(
    r"(?:[A-Z0-9][A-Za-z0-9.+/()\"″°%×x-]*|[xX×/+&-])(?:[ ,](?:[A-Z0-9][A-Za-z0-9.+/()\"″°%×x-]*"
    r"|[xX×/+&-]))*"
)
_LOWERCASE_WORD = re.compile(r"\b[A-Z]?[a-z]{3,}\b")
_MODEL = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9./-]{2,}$")
_STOPS_NAME = re.compile(r"^(?:for|with|in|of|and|to|by|from|[-–|,(].*)$", re.IGNORECASE)
_PRIVATE = "model_info"
_ONE = {
    "people": "1 person", "pockets": "1 pocket", "pieces": "1 piece", "servings": "1 serving",
    "slots": "1 slot",
    "steps": "1 step",
}  # fmt: skip
_ACRONYM = re.compile(
    r"\b(hdd|ssd|led|lcd|usb|lan|hdmi|vga|dvi|ram|cpu|gpu|tv|pci|dvd|cd|ac|dc|rohs|tft)\b", re.IGNORECASE
)
_BARE = re.compile(r"[\d\s.,x×/()+-]+")


class NothingToWrite(EcomlmError):
    """The record holds too little that may be said; the message tells what would help."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact in words.

    `told` go after "it"; `short` is a few words; `listed` is label and value. Each may be missing where the
    fact cannot be said so. `says` is the value of a yes/no fact, and a fact that says no has only `listed`;
    `asked` is what such a fact would say with a yes.
    """

    key: str
    place: str
    label: str
    listed: str = ""
    told: tuple[str, ...] = ()
    short: str = ""
    says: bool | None = None
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """All that may be said of a product in a language. `lines` are sentences of its page, with their place.

    `price` is its lowest price in words, empty where it has none.
    """

    product: Product
    language: Language
    title: str
    name: str
    kind: str
    facts: tuple[Fact, ...]
    lines: tuple[tuple[str, str], ...]
    price: str

    @property
    def names(self) -> tuple[str, ...]:
        """What may be said without a fact: the product's own names."""
        maker = clean(self.product.brand or "")
        both = (self.product.title.en, self.product.title.zh)
        short = clean(name_of(self.product, self.language))
        return tuple(filter(None, (self.title, *map(clean, both), self.name, short, maker, self.kind)))

    def names_in(self, kind: Kind) -> tuple[str, ...]:
        """What may be said in a kind of text without a fact: the names, cut to its parts' limits too."""
        short = [shortened(name, part.limit) for part in PARTS[kind] for name in (self.title, self.name)]
        return tuple(dict.fromkeys(filter(None, (*self.names, self.tag, *short))))

    @property
    def tag(self) -> str:
        """The hashtag of the product's kind, empty where it has none."""
        if self.language == "zh":
            return f"#{self.kind}#" if self.kind and columns(self.kind) <= _TAG else ""
        return "#" + "".join(re.findall(r"[a-z0-9]+", self.kind.lower())) if self.kind else ""


def material_of(product: Product, language: Language) -> Material:
    """Gather what may be said of a product.

    Raises:
        NothingToWrite: where not even its title may be.
    """
    title = clean(product.title.best(language))
    maker = clean(product.brand or "")
    if not title or _is_held(title, maker):
        title = _shown_part(title, maker)
    if not title:
        raise NothingToWrite(
            f"product {product.id!r}: its title {product.title.best(language)!r} holds nothing that may be "
            "repeated; correct the title first"
        )
    name = _name(product, title, language)
    kind = clean(kind_of(product, language))
    low = product.lowest_price
    return Material(
        product,
        language,
        title,
        name,
        "" if _is_held(kind, maker) or (language == "zh") != has_chinese(kind) else kind,
        tuple(_facts(product, language, maker)),
        tuple(_lines(product, language, maker)),
        money_text(low, language) if low else "",
    )


def _is_held(text: str, maker: str) -> bool:
    return bool(held_back(text, (maker,)))


def _shown_part(title: str, maker: str) -> str:
    """Return the longest run of a title's words that may be said: `Best ever kettle` is a kettle."""
    title, is_chinese = before_orders(title, (maker,)), has_chinese(title)
    parts = list(segmenter().cut(title)) if is_chinese else title.split()
    joint = "" if is_chinese else " "
    runs = [
        run
        for start in range(len(parts))
        for end in range(len(parts), start, -1)
        if (run := joint.join(parts[start:end]).strip(" 的了和与，,.!?！？。")) and not _is_held(run, maker)
    ]
    return max(reversed(runs), key=len, default="")


def _name(product: Product, title: str, language: Language) -> str:
    """Return a short name: the maker and the model, or the title's first words."""
    parts = title.split()
    if columns(title) <= _NAME:
        return title
    if product.categories and title == product.title.best(language):
        return clean(name_of(product, language))
    if has_chinese(title) and len(parts) < 2:
        return title
    model = next((place for place, part in enumerate(parts[:6]) if _MODEL.match(part)), None)
    if model is not None and product.brand and title.lower().startswith(product.brand.lower()):
        maker = len(clean(product.brand).split())
        return " ".join([*parts[:maker], *parts[max(model, maker) : model + 1]])
    stop = next((place for place, part in enumerate(parts[1:5], 1) if _STOPS_NAME.match(part)), 4)
    return " ".join(parts[:stop]).rstrip(" ,.;:-")


def _facts(product: Product, language: Language, maker: str) -> Iterator[Fact]:
    for attribute in product.attributes:
        fact = _fact(attribute, language, _capitals(product))
        is_unclear = isinstance(attribute.value, bool) and attribute.key in ("colour", "type", "internal")
        if fact is None or is_unclear or attribute.key == _PRIVATE:
            continue
        told = tuple(text for text in fact.told if not _is_held(text, maker))
        short = "" if _is_held(fact.short, maker) else fact.short
        listed = "" if _is_held(fact.listed, maker) else fact.listed
        if told or short or listed:
            yield replace(fact, listed=listed, told=told, short=short)


def _fact(attribute: Attribute, language: Language, names: frozenset[str]) -> Fact | None:
    place = f"attribute.{attribute.key}"
    label, value = _label(attribute, language), _value(attribute, language, names)
    if value is None:
        return None
    listed = ""
    is_behind = _LOGISTICS.search(attribute.key.replace("_", " ")) and not _has_unit(attribute)
    if label and columns(label) <= _LABEL and columns(value) <= _LISTED and not is_behind:
        colon = "：" if language == "zh" else ": "
        listed = _single(f"{label}{colon}{value}")
    says = attribute.value if isinstance(attribute.value, bool) else None
    phrase = None if _is_of_another_trade(attribute) else phrases(language).get(attribute.key)
    asked = (phrase.told[0] if language == "en" else phrase.short) if phrase and says is not None else ""
    if phrase is None or says is False or not _is_sayable(attribute, language):
        return Fact(attribute.key, place, label, listed, says=says, asked=asked) if listed else None
    told = tuple(_single(text) for item in phrase.told if (text := filled(item, attribute, language)))
    return Fact(
        attribute.key, place, label, listed, tuple(map(clean, told)),
        _single(clean(filled(phrase.short, attribute, language) or "")), says, asked,
    )  # fmt: skip


def _is_of_another_trade(attribute: Attribute) -> bool:
    """Whether the key's wording is of make-up and the thing is not: a lamp's finish is no lipstick's."""
    phrase = phrases("zh").get(attribute.key)
    return phrase is not None and "妆" in phrase.told[0] and "妆" not in attribute.label.zh


def _single(text: str) -> str:
    """Put what is counted in the singular where there is one of it: `1 people` is no English."""
    return re.sub(r"\b1 (people|pockets|pieces|servings|slots|steps)\b", lambda m: _ONE[m[1]], text)


def _has_unit(attribute: Attribute) -> bool:
    return isinstance(attribute.value, Decimal) and bool(attribute.unit)


def _is_sayable(attribute: Attribute, language: Language) -> bool:
    """Whether a value can stand in a sentence: a number with its unit, a wording in the reader's language."""
    if isinstance(attribute.value, bool):
        return True
    if isinstance(attribute.value, Decimal):
        return bool(attribute.unit)
    text = value_text(attribute, language)
    return has_chinese(text) == (language == "zh") or bool(_TECHNICAL.fullmatch(text))


def _label(attribute: Attribute, language: Language) -> str:
    exact = clean(attribute.label.exact(language))
    other = clean(attribute.label.best(language)) or attribute.key.replace("_", " ")
    if language == "zh" and not exact:
        return _chinese("labels").get(other.lower(), "")
    text = _ACRONYM.sub(lambda match: match[0].upper(), exact or ("" if has_chinese(other) else other))
    return text[:1].upper() + text[1:]


def _value(attribute: Attribute, language: Language, names: frozenset[str]) -> str | None:
    """Return a value in the reader's language; None where it cannot be said in it."""
    value = attribute.value
    if isinstance(value, bool):
        return value_text(attribute, language)
    if isinstance(value, Decimal):
        label = attribute.label.en.lower() or attribute.key.replace("_", " ")
        if not attribute.unit and not _COUNTS.search(label):
            return None
        return spoken_value(attribute, language) if attribute.unit else number_text(value)
    text = clean(value_text(attribute, language))
    if "\n" in value_text(attribute, language) or not text:
        return None
    if _BARE.fullmatch(text) and not _COUNTS.search(attribute.label.en.lower()):
        return None  # a number that says neither what it counts nor in which unit
    if language == "en":
        return None if has_chinese(text) else text
    if has_chinese(text):
        return text
    return _in_chinese(text, names)


def _in_chinese(text: str, names: frozenset[str]) -> str | None:
    """Say an English value in Chinese: by the tables, or as it is where it is a code, a unit or a name."""
    whole = _chinese("values").get(text.lower())
    if whole:
        return whole
    parts = [part.strip() for part in re.split(r"[,/]", text) if part.strip()]
    said = []
    for part in parts:
        words = shop_glossary().chinese.get(part.lower(), ())
        colours = [word for word in words if shop_glossary().kinds.get(word) == "colour"]
        told = _chinese("values").get(part.lower()) or next(iter(colours), "")
        if not told:
            plain = all(word in names for word in _LOWERCASE_WORD.findall(part))
            told = part if plain and _TECHNICAL.fullmatch(part) else ""
        if not told:
            return None
        said.append(told)
    return "、".join(said) if said else None


@cache
def _chinese(table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in read_table(FOLDER / f"{table}.tsv", 2)}


def _capitals(product: Product) -> frozenset[str]:
    """The names in a product's title, which are written alike in both languages."""
    return frozenset(re.findall(r"\b[A-Z][A-Za-z]+\b", f"{product.title.en} {product.brand or ''}"))


def _lines(product: Product, language: Language, maker: str) -> Iterator[tuple[str, str]]:
    """The page's own sentences in the language that may be repeated, highlights first."""
    for number, highlight in enumerate(product.highlights):
        text = clean(highlight.exact(language))
        if text and columns(text) <= _LINE and not _is_held(text, maker):
            yield f"highlight.{number}", text
    for number, sentence in enumerate(sentences(product.description.exact(language))):
        text = clean(sentence)
        is_whole = bool(re.search(r"[.!?。！？]$", text)) and " " in text[:80] or has_chinese(text)
        if text and is_whole and columns(text) <= _LINE and not _is_held(text, maker):
            yield f"description.{number}", text
