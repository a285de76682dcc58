"""`python -m bot route --evaluate`: how often the router is right about wording that it has not seen.

Cross-validated on its own examples, and measured on messages written apart from them and on a public set of
customer-service utterances, each where it is at hand; neither of these two shapes any weights. Judges the
classifier alone: knows nothing of what a conversation adds to the words.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
QUESTIONS = Path(__file__).parents[2] / "tests" / "data" / "intent_questions.jsonl"
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a message wanted, and what it was taken for."""

    language: str
    wanted: str
    got: str

    @property
    def is_right(self) -> bool:
        """Whether the two are the same."""
        return self.wanted == self.got


def evaluate(settings: BotSettings) -> int:
    """Measure and print."""
    from bot.classifier import load_or_train

    embed = _remembering(open_router_embedder(settings))
    examples = _unique(read_examples(EXAMPLES))
    print(f"own examples, {FOLDS} folds, seed {_SEED}: {len(examples):,} messages")
    _print_accuracy(own := cross_validate(examples, embed))
    for (wanted, got), count in _confusions(own).most_common(_WORST):
        print(f"    {wanted} taken for {got}: {count}")
    classifier = load_or_train(EXAMPLES, cache_folder(settings), embed)
    if QUESTIONS.exists():
        print("messages written apart from the examples, never trained on")
        _print_accuracy(apart := judge_questions(QUESTIONS, classifier))
        _print_table(apart)
    public = settings.data / "intents" / "bitext.jsonl"
    if not public.exists():
        print(f"no public set at {public} (ECOMLM_DATA names its folder)")
        return 0
    _print_public(public, classifier)
    return 0


def retrain(settings: BotSettings) -> int:
    """Train on all examples and write the weights that the program ships; takes minutes."""
    classifier = train([*read_examples(EXAMPLES), *pattern_examples()], open_router_embedder(settings))
    classifier.save(SHIPPED, recipe_of(EXAMPLES))
    print(f"{SHIPPED.name}: {len(classifier.intents)} intents, {SHIPPED.stat().st_size:,} bytes")
    return 0


def cross_validate(examples: Sequence[Example], embed: Embed) -> list[Judgement]:
    """Judge every example by a classifier that has not seen it."""
    order = random.Random(_SEED).sample(list(examples), len(examples))
    judgements: list[Judgement] = []
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        hidden = {canonical(example.text) for example in held}
        seen = [item for item in [*order, *pattern_examples()] if canonical(item.text) not in hidden]
        classifier = train(seen, embed)
        best = classifier.probabilities([example.text for example in held]).argmax(axis=1)
        judgements += [
            Judgement(detect(example.text), example.intent, classifier.intents[row])
            for example, row in zip(held, best, strict=True)
        ]
    return judgements


def judge_questions(file: Path, classifier: Classifier) -> list[Judgement]:
    """Judge every line of a JSONL file of `intent`, `language` and `text`."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    best = classifier.probabilities([row["text"] for row in rows]).argmax(axis=1)
    return [
        Judgement(row["language"], row["intent"], classifier.intents[column])
        for row, column in zip(rows, best, strict=True)
    ]


def accuracy(judgements: Iterable[Judgement], language: str) -> float:
    """Return the share of a language's messages that were taken for what they wanted."""
    return float(np.mean([item.is_right for item in judgements if item.language == language]))


def _confusions(judgements: Iterable[Judgement]) -> Counter[tuple[str, str]]:
    return Counter((item.wanted, item.got) for item in judgements if not item.is_right)


def _print_accuracy(judgements: Sequence[Judgement]) -> None:
    for language, count in sorted(Counter(item.language for item in judgements).items()):
        print(f"  {language}: {accuracy(judgements, language):.3f} right of {count:,}")


def _print_table(judgements: Sequence[Judgement]) -> None:
    """Print a line an intent: how many messages wanted it, how many were right, what the others became."""
    wanted, confused = Counter(item.wanted for item in judgements), _confusions(judgements)
    for intent, count in sorted(wanted.items()):
        taken = {got: number for (want, got), number in confused.most_common() if want == intent}
        others = ", ".join(f"{got} {number}" for got, number in taken.items())
        print(f"  {intent:<17}{count - sum(taken.values()):>4} of {count:>3}  {others}".rstrip())


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
