"""Which products are never trained on.

The decision rests on a product's id alone, so that every data set, model and evaluation agrees on
it. Knows nothing of what the data hold.
"""

from __future__ import annotations

import hashlib

HELD_OUT_PERCENT = 24


def is_test_product(product_id: str) -> bool:
    """True for the third of the sample shop's products on which answers are tested."""
    return int(hashlib.sha256(product_id.encode()).hexdigest(), 16) % 3 == 0


def is_held_out(product_id: str, percent: int = HELD_OUT_PERCENT) -> bool:
    """True for ePQA's products kept back for measuring: a fixed pseudo-random share of all ids."""
    digest = hashlib.sha256(f"ecomlm held out {product_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < percent


def is_development(key: str, percent: int) -> bool:
    """True for the products and conversations on which training that uses prepared data is watched."""
    digest = hashlib.sha256(f"ecomlm development {key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") % 100 < percent
