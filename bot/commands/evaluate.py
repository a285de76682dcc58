"""`python -m bot route --evaluate`: how often the router is right about wording that it has not seen.

Cross-validated on its own examples, and measured on a public set of customer-service utterances where that
is at hand; the public set shapes no weights.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.classifier import (
    SHIPPED,
    Classifier,
    Embed,
    Example,
    Floats,
    canonical,
    pattern_examples,
    read_examples,
    recipe_of,
    train,
)
from bot.commands.prepare import open_router_embedder
from bot.router import EXAMPLES, cache_folder
from bot.settings import BotSettings
from ecomlm.language import detect

FOLDS = 5
_SEED = 7
_WORST = 8
# The public set's intents, and ours that serve them.
_PUBLIC = {
    "cancel_order": ("order_cancel",),
    "change_order": ("order_change",),
    "change_shipping_address": ("order_change",),
    "track_order": ("order_status",),
    "get_refund": ("order_refund",),
    "track_refund": ("order_refund",),
    "check_refund_policy": ("policy_question",),
    "check_cancellation_fee": ("policy_question",),
    "check_payment_methods": ("policy_question",),
    "delivery_options": ("policy_question",),
    "delivery_period": ("policy_question",),
    "contact_human_agent": ("handoff",),
    "contact_customer_service": ("handoff",),
    "complaint": ("handoff",),
}


def evaluate(settings: BotSettings) -> int:
    """Measure and print."""
    from bot.classifier import load_or_train

    embed = _remembering(open_router_embedder(settings))
    examples = _unique(read_examples(EXAMPLES))
    right, confused = cross_validate(examples, embed)
    print(f"own examples, {FOLDS} folds, seed {_SEED}: {len(examples):,} messages")
    for language in ("en", "zh"):
        marks = [mark for spoken, mark in right if spoken == language]
        print(f"  {language}: {np.mean(marks):.3f} right of {len(marks):,}")
    for (wanted, got), count in confused.most_common(_WORST):
        print(f"    {wanted} taken for {got}: {count}")
    public = settings.data / "intents" / "bitext.jsonl"
    if not public.exists():
        print(f"no public set at {public} (ECOMLM_DATA names its folder)")
        return 0
    classifier = load_or_train(EXAMPLES, cache_folder(settings), embed)
    _print_public(public, classifier)
    return 0


def retrain(settings: BotSettings) -> int:
    """Train on all examples and write the weights that the program ships; takes minutes."""
    classifier = train([*read_examples(EXAMPLES), *pattern_examples()], open_router_embedder(settings))
    classifier.save(SHIPPED, recipe_of(EXAMPLES))
    print(f"{SHIPPED.name}: {len(classifier.intents)} intents, {SHIPPED.stat().st_size:,} bytes")
    return 0


def cross_validate(
    examples: Sequence[Example], embed: Embed
) -> tuple[list[tuple[str, bool]], Counter[tuple[str, str]]]:
    """Return (language, is right) of every example, judged by a classifier that has not seen it."""
    order = random.Random(_SEED).sample(list(examples), len(examples))
    right: list[tuple[str, bool]] = []
    confused: Counter[tuple[str, str]] = Counter()
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        hidden = {canonical(example.text) for example in held}
        seen = [item for item in [*order, *pattern_examples()] if canonical(item.text) not in hidden]
        classifier = train(seen, embed)
        best = classifier.probabilities([example.text for example in held]).argmax(axis=1)
        for example, row in zip(held, best, strict=True):
            got = classifier.intents[row]
            right.append((detect(example.text), got == example.intent))
            if got != example.intent:
                confused[example.intent, got] += 1
    return right, confused


def _print_public(file: Path, classifier: Classifier) -> None:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row["intent"] in _PUBLIC]
    best = classifier.probabilities([row["utterance"] for row in rows]).argmax(axis=1)
    marks: dict[str, list[bool]] = {}
    for row, column in zip(rows, best, strict=True):
        is_right = classifier.intents[column] in _PUBLIC[row["intent"]]
        marks.setdefault(row["intent"], []).append(is_right)
    total = [mark for values in marks.values() for mark in values]
    print(f"public utterances, English, never trained on: {np.mean(total):.3f} right of {len(total):,}")
    for intent, values in sorted(marks.items()):
        print(f"  {intent}: {np.mean(values):.3f} of {len(values):,}")


def _unique(examples: Sequence[Example]) -> list[Example]:
    """One example of each wording, so that no fold has seen its own."""
    return list({canonical(example.text): example for example in examples}.values())


def _remembering(embed: Embed) -> Embed:
    """Embed every text once."""
    known: dict[str, Floats] = {}

    def remembered(texts: Sequence[str]) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new), strict=True))
        return np.array([known[text] for text in texts], dtype=np.float32)

    return remembered
