"""Perplexity by language: on the shop's own text, and on general text before and after an adapter.

A rise on general text is what training made the model forget. The general sentences were written for this
project; the shop's text is that of sample products that nothing was trained on. Knows nothing of training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from knowledge.records import Language
from training.data.rows import Text
from training.data.shop_texts import shop_texts
from training.data.split import is_test_product
from training.evaluate.facts import Fact
from training.evaluate.intervals import Table, ratio, table_of
from training.evaluate.product_questions import sample_subjects, sampled
from training.evaluate.texts import read_lines
from training.perplexity import perplexity

LENGTH = 256
"""Tokens of a text that are read."""


def text_sets(limit: int, seed: int) -> dict[str, list[Text]]:
    """Return at most `limit` texts (0: all) of each kind and language."""
    products = sample_subjects().products.values()
    unseen = [item for item in products if is_test_product(item.id)]
    found: dict[str, list[Text]] = {}
    for language in get_args(Language):
        general = [Text(line, language, "general") for line in read_lines(f"general.{language}.txt")]
        found[f"general {language.upper()}"] = sampled(general, limit, seed)
        found[f"shop {language.upper()}"] = sampled(shop_texts(unseen, language), limit, seed)
    return found


def perplexity_facts(
    system: str, model: Any, tokenizer: Any, texts: Mapping[str, Sequence[Text]]
) -> list[Fact]:
    """Return perplexity and bits a character of a model on each set."""
    found = []
    for name, part in texts.items():
        table = losses(model, tokenizer, part)
        found += [
            Fact("perplexity", name, "perplexity", system, table, per_token),
            Fact("perplexity", name, "bits_per_character", system, table[:, [0, 2]], per_character),
        ]
    return found


def losses(model: Any, tokenizer: Any, texts: Sequence[Text]) -> Table:
    """Return for each text its loss in nats, and how many tokens and characters were read."""
    rows = []
    for text in texts:
        told = perplexity(model, tokenizer, [text], LENGTH)[text.language]
        loss = math.log(told["perplexity"]) * told["tokens"]
        bits = told["bits_per_character"]
        rows.append((loss, told["tokens"], loss / math.log(2) / bits if bits else len(text.text)))
    return table_of(rows)


def per_token(table: Table) -> float:
    """Return the perplexity over the first two columns, loss in nats and tokens."""
    return math.exp(min(ratio(table), 700.0))


def per_character(table: Table) -> float:
    """Return bits a character over the two columns, loss in nats and characters."""
    return ratio(table) / math.log(2)
