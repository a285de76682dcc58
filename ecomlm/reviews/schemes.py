"""Other names for what a review speaks of, so that results can be laid beside those of others.

Knows the laptop scheme of ACOS (Cai et al. 2021), an entity and an attribute: "BATTERY#QUALITY".
"""

from __future__ import annotations

from ecomlm.reviews.lexicon import lexicon
from ecomlm.reviews.opinions import Opinion, Span
from ecomlm.reviews.reading import read
from knowledge.records import Language

_ENTITIES = {
    "product": "LAPTOP", "screen": "DISPLAY", "keyboard": "KEYBOARD", "touchpad": "MOUSE",
    "battery": "BATTERY", "charger": "POWER_SUPPLY", "processor": "CPU", "memory": "MEMORY",
    "storage": "HARD_DISC",
    "graphics": "GRAPHICS", "motherboard": "MOTHERBOARD", "ports": "PORTS", "optical drive": "OPTICAL_DRIVES",
    "cooling": "FANS&COOLING", "sound": "MULTIMEDIA_DEVICES", "camera": "MULTIMEDIA_DEVICES",
    "hardware": "HARDWARE", "accessories": "HARDWARE", "software": "SOFTWARE", "operating system": "OS",
    "brand": "COMPANY", "service": "SUPPORT", "delivery": "SHIPPING", "packaging": "SHIPPING",
    "warranty": "WARRANTY", "instructions": "SUPPORT", "description": "COMPANY",
}  # fmt: skip
_ATTRIBUTES = {
    "price": "PRICE", "quality": "QUALITY", "design": "DESIGN_FEATURES",
    "performance": "OPERATION_PERFORMANCE", "ease of use": "USABILITY", "portability": "DESIGN_FEATURES",
    "connectivity": "CONNECTIVITY",
    "size": "DESIGN_FEATURES", "comfort": "USABILITY", "material": "QUALITY", "colour": "DESIGN_FEATURES",
    "noise": "OPERATION_PERFORMANCE", "heat": "OPERATION_PERFORMANCE", "cleaning": "USABILITY",
    "safety": "QUALITY", "screen": "OPERATION_PERFORMANCE",
}  # fmt: skip

_WORKING = frozenset(("battery", "sound", "camera", "charger", "storage", "cooling", "optical drive"))


def laptop(opinion: Opinion) -> str:
    """Return an opinion's category in the laptop scheme; what that does not have counts as general.

    Of a part that is there to do something, "good" says that it works well; weight counts as design.
    """
    part, _, trait = opinion.facet.partition("#")
    otherwise = "OPERATION_PERFORMANCE" if part in _WORKING else "GENERAL"
    return f"{_ENTITIES.get(part, 'LAPTOP')}#{_ATTRIBUTES.get(trait, otherwise)}"


def shop(opinion: Opinion) -> str:
    """Return the name of an opinion's category as the shop has it."""
    return opinion.category


SCHEMES = {"shop": shop, "laptop": laptop}


def head(opinion: Opinion, language: Language = "en") -> Span | None:
    """Return the characters of the one word that judges, as ACOS marks it; a negated phrase is kept whole."""
    if opinion.opinion_span is None:
        return None
    reading = read(opinion.opinion)
    words = lexicon(language)
    terms = [words.entries.get((unit.text,)) for unit in reading.units]
    if any(entry and "negate" in entry.roles for entry in terms):
        return opinion.opinion_span
    judging = [unit for unit, entry in zip(reading.units, terms, strict=True) if entry and entry.judges]
    start = opinion.opinion_span[0]
    return (start + judging[-1].start, start + judging[-1].end) if judging else opinion.opinion_span
