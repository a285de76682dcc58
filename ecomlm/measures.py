"""How much, how big, how long: which part a question measures, and which fact or sentence measures it.

"How big is the water tank?" is answered by the fact `Water tank: 4 L`, and where no fact is named so, by the
sentence "the 1.2 litre tank lifts out". Knows names and units. Knows nothing of ranking or models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ecomlm.evidence import Evidence
from ecomlm.language import has_chinese, normalise, words
from ecomlm.quantities import Quantity, quantities, topic
from ecomlm.search.glossary import shop_glossary
from knowledge.records import Attribute

_SIZES = frozenset({"length", "screen", "volume", "storage", "charge", "m2", "pixels"})
_MEASURES: tuple[tuple[str, frozenset[str], str], ...] = (
    (
        r"how (?:big|large|small|roomy)|what size|多大|多小|几寸|几升",
        _SIZES,
        "size capacity volume diameter dimension area 尺寸 容量 大小 直径 体积 面积",
    ),
    (
        r"how much weight|how much (?:\S+ ){0,4}(?:carry|support|bear)s?\b|(?:载|承受|承)[^？?]{0,2}多少"
        r"|多少(?:公斤|千克|斤|kg)",
        frozenset({"mass"}),
        "load weight 承重 载重 负重 承受",
    ),
    (
        r"how much (?:\S+ ){0,4}(?:hold|take|fit|store|contain)s?\b"
        r"|how much (?:room|space|storage|water)|what capacity|(?:capacity|volume) of"
        r"|(?:装|放|容纳|盛|存)(?:得下|下)?多少|容量|多少(?:升|毫升)",
        frozenset({"volume", "mass", "storage"}),
        "capacity volume 容量 体积",
    ),
    (
        r"how long|多长|多久",
        frozenset({"length", "time", "day", "month"}),
        "length time life 长 长度 时间 时长",
    ),
    (r"how heavy|how much (?:\S+ ){0,4}weigh|多重|多沉", frozenset({"mass"}), "weight 重量 净重"),
    (r"how (?:tall|high)|多高", frozenset({"length"}), "height 高 高度"),
    (r"how wide|多宽", frozenset({"length"}), "width 宽 宽度"),
    (r"how deep|多深", frozenset({"length"}), "depth 深 深度"),
    (r"how thick|多厚", frozenset({"length"}), "thickness 厚 厚度"),
    (r"how far|多远", frozenset({"length"}), "range distance 距离"),
    (r"how (?:loud|noisy)|多(?:吵|响)", frozenset({"db"}), "noise 噪音"),
    (r"how bright|多亮", frozenset({"lm", "nits"}), "brightness 亮度"),
    (r"how (?:powerful|strong)|多少瓦|功率多[大少高]", frozenset({"power"}), "power 功率"),
)
"""How a question asks; in which units (as `Quantity.unit`) the answer may be; what the fact may be called."""
_KINDS = frozenset(words("height width depth thickness diameter weight length", "en")) | {
    "高度", "宽度", "深度", "厚度", "直径", "重量", "长度",
}  # fmt: skip
_ASKING = frozenset(
    words(
        "room space much many hold take fit store contain carry support bear load go need use last does item"
        " one",
        "en",
    )
)
_HOLDS = re.compile(
    r"how much (?:\S+ ){0,4}(?:hold|take|fit|store|contain|carry|support|bear|load)"
    r"|(?:装|放|容纳|盛|存|载|承)[^？?]{0,3}多少"
)
_CHINESE_HELD = re.compile(r"(?<=多少)(?![升克毫公斤千])[\u4e00-\u9fff]{1,3}(?=[？?]?$)")
_CHINESE_ASKING = re.compile(
    r"这款|这个|这台|这件|该|请问|它|的|是|为|有|能够|能|可以|可|使用|用|持续|装得下|装下|装|放得下|放下|放|容纳|盛|存|载"
    r"|承受|承|多少(?:公斤|千克|毫升|厘米|[克升斤瓦]|kg|ml|l|g)?|多[大小长久重沉高宽深厚远吵响亮]|几[寸升]|大概|大约|到底|吗|么|呢|[？?。，,\s]"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a question measures: the units and names that fit, and the words for the part.

    Without a part it asks how much of something the whole product holds.
    """

    units: frozenset[str]
    names: frozenset[str]
    part: tuple[str, ...]

    def allows(self, text: str) -> bool:
        """Tell whether a text holds a number of the right kind, or one without a unit, or none at all."""
        read = quantities(text)
        return not read or any(not item.unit or item.unit in self.units for item in read)


def asked_measure(question: str, title: str) -> Measure | None:
    """Return what a question measures of which part; None where it asks for none, or of the whole product."""
    plain = normalise(question).lower()
    known = topic(title)
    for pattern, units, names in _MEASURES:
        if re.search(pattern, plain):
            said = _chinese_part(plain) if has_chinese(plain) else _english_part(plain)
            part = tuple(word for word in dict.fromkeys(said) if word not in known)
            holds = bool(_HOLDS.search(plain))
            return Measure(units, topic(names), part) if part or holds else None
    return None


def _english_part(plain: str) -> list[str]:
    """The content words but for those that ask, and for what is to be held (`how much water does ...`)."""
    rest = re.sub(
        r"\bhow much (?!does|do|can|will|is|are)\w+|\bhow \w+|\bwhat (?:size|capacity)\b", " ", plain
    )
    return [word for word in words(rest, "en") if word not in _ASKING]


def _chinese_part(plain: str) -> list[str]:
    pieces = _CHINESE_ASKING.sub(" ", _CHINESE_HELD.sub(" ", plain)).split()
    return [piece for piece in pieces if not any(piece != other and piece in other for other in pieces)]


def measuring(measure: Measure, evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the passage that measures the part: a fact named after it, else a sentence of the page."""
    facts = [item for item in evidence if item.source == "attribute" and item.attribute]
    fitting = [(rank, item) for item in facts if (rank := _fit(measure, item)) is not None]
    if fitting or not measure.part:
        return min(fitting, key=lambda pair: pair[0])[1] if fitting else None
    told = (item for item in evidence if item.source in ("description", "highlight"))
    return next((item for item in told if _tells(measure, item.text)), None)


def _fit(measure: Measure, evidence: Evidence) -> tuple[bool, int] | None:
    """Return how well a fact measures the part, least first; None where it does not."""
    assert evidence.attribute is not None
    names, written = _names(evidence.attribute)
    if not all(_is_named(word, names, written) for word in measure.part):
        return None
    is_called_so = bool(names & measure.names)
    if not is_called_so and (names & _KINDS or not measure.part):
        return None  # its width, where its height was asked for
    read = quantities(evidence.text)
    if not any(item.unit in measure.units or (not item.unit and is_called_so) for item in read):
        return None
    return (not is_called_so, len(names))


def _names(attribute: Attribute) -> tuple[frozenset[str], str]:
    """The words of a fact's name, in both languages, and its Chinese names as they are written."""
    glossary = shop_glossary()
    key = attribute.key.replace("_", " ")
    chinese = [attribute.label.zh]
    for name in (attribute.label.en.lower(), key):
        chinese += [word for _, known in glossary.find_english(name) for word in known]
    english = [name for _, known in glossary.find_chinese(attribute.label.zh) for name in known]
    found = topic(f"{key} {attribute.label.en}") | topic(" ".join(english)) | topic(attribute.label.zh)
    return found, " ".join(filter(None, chinese))


def _is_named(word: str, names: frozenset[str], written: str) -> bool:
    """Tell whether a word of the question is in a fact's name, as it stands or in the other language."""
    if not has_chinese(word):
        return word in names
    return word in written or any(topic(name) <= names for name in shop_glossary().english.get(word, ()))


def _tells(measure: Measure, text: str) -> bool:
    """Tell whether a sentence puts a number of the right kind beside the part itself."""
    part = measure.part[-1]  # the tank of "water tank": sentences are short of words
    return any(item.unit in measure.units and _is_beside(part, item, text) for item in quantities(text))


def _is_beside(part: str, quantity: Quantity, text: str) -> bool:
    if not has_chinese(part):
        return part in quantity.about
    at, number = text.find(part), text.lower().find(quantity.text)
    between = text[min(at, number) : max(at, number)]
    return at >= 0 and number >= 0 and not re.search(r"[，。；、,;.](?!\d)", between)
