"""Pruning keeps what text needs."""

from __future__ import annotations

import numpy as np

from ecomlm.models.vocabulary import choose_tokens, shipped_tokens

LEADING = [f"<special{n}>" for n in range(494)]
TOKENS = [*LEADING, "ab", "abc", "xy", "鞋", "登山", "登", "山", "a", "b", "c", "x", "y", "я"]
TYPES = [3] * 494 + [1] * (len(TOKENS) - 494)


def chosen(uses, size):
    return {TOKENS[id] for id in choose_tokens(TOKENS, TYPES, uses, size) if id >= 494}


def test_single_characters_of_both_writings_always_stay():
    assert {"a", "b", "c", "x", "y", "鞋", "登", "山"} <= chosen({}, 494 + 8)


def test_other_writings_go():
    assert "я" not in chosen({}, 494 + 20)


def test_a_used_token_comes_with_what_merging_passes_through():
    assert {"ab", "abc"} <= chosen({TOKENS.index("abc"): 5}, 494 + 10)


def test_used_tokens_come_before_the_vocabularys_own_order():
    assert "登山" in chosen({TOKENS.index("登山"): 5}, 494 + 9)


def test_the_shipped_choice_keeps_specials_and_bytes_in_place():
    kept = shipped_tokens()
    assert kept.size == 49_152
    assert np.array_equal(kept[:494], np.arange(494))
    assert np.all(np.diff(kept) > 0)
