"""Other names for what a review speaks of, so that results can be laid beside those of others.

Knows the laptop scheme of ACOS (Cai et al. 2021): an entity and an attribute, "BATTERY#OPERATION_PERFORMANCE".
"""

from __future__ import annotations

from ecomlm.reviews.opinions import Opinion

_ENTITIES = {
    "product": "LAPTOP", "screen": "DISPLAY", "keyboard": "KEYBOARD", "touchpad": "MOUSE", "battery": "BATTERY",
    "charger": "POWER_SUPPLY", "processor": "CPU", "memory": "MEMORY", "storage": "HARD_DISC",
    "graphics": "GRAPHICS", "motherboard": "MOTHERBOARD", "ports": "PORTS", "optical drive": "OPTICAL_DRIVES",
    "cooling": "FANS&COOLING", "sound": "MULTIMEDIA_DEVICES", "camera": "MULTIMEDIA_DEVICES",
    "hardware": "HARDWARE", "accessories": "HARDWARE", "software": "SOFTWARE", "operating system": "OS",
    "brand": "COMPANY", "service": "SUPPORT", "delivery": "SHIPPING", "packaging": "SHIPPING",
    "warranty": "WARRANTY", "instructions": "SUPPORT", "description": "COMPANY",
}  # fmt: skip
_ATTRIBUTES = {
    "price": "PRICE", "quality": "QUALITY", "design": "DESIGN_FEATURES", "performance": "OPERATION_PERFORMANCE",
    "ease of use": "USABILITY", "portability": "PORTABILITY", "connectivity": "CONNECTIVITY",
    "size": "DESIGN_FEATURES", "comfort": "USABILITY", "material": "QUALITY", "colour": "DESIGN_FEATURES",
    "noise": "OPERATION_PERFORMANCE", "heat": "OPERATION_PERFORMANCE", "cleaning": "USABILITY",
    "safety": "QUALITY", "screen": "OPERATION_PERFORMANCE",
}  # fmt: skip


def laptop(opinion: Opinion) -> str:
    """Return an opinion's category in the laptop scheme; what that does not have counts as general."""
    part, _, trait = opinion.facet.partition("#")
    return f"{_ENTITIES.get(part, 'LAPTOP')}#{_ATTRIBUTES.get(trait, 'GENERAL')}"


def shop(opinion: Opinion) -> str:
    """Return the name of an opinion's category as the shop has it."""
    return opinion.category


SCHEMES = {"shop": shop, "laptop": laptop}
