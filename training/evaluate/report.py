"""What a report holds: the parts, the options they were measured with, the figures and the texts behind.

Knows nothing of how anything is measured or shown.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.errors import EcomlmError
from training.evaluate.canary_trial import Trial
from training.evaluate.facts import Fact, differences_of, rows_of
from training.evaluate.product_questions import EPQA, HETPQA, OWN_EN, OWN_ZH
from training.evaluate.voice import RULES

PARTS = {
    "answers": "answers to product questions beside a person's",
    "evidence": "which passage answers, and whether any does",
    "unsupported": "what no passage supports, before it is cut",
    "regression": "wins, losses and new unsupported claims beside the live model",
    "voice": "the shop's voice: replies that keep the declared rules",
    "fairness": "the same answer and products whoever asks, in either language",
    "memorisation": "trained answers repeated although the passages say otherwise",
    "canaries": "secrets planted in a short training, and what comes out",
    "perplexity": "perplexity by language; general text before and after (forgetting)",
    "speed": "tokens a second of each engine",
}
SETS = {"hetpqa": HETPQA, "epqa": EPQA, "own-en": OWN_EN, "own-zh": OWN_ZH}
FIGURES = {
    "rouge_l": "ROUGE-L of the words with a person's answer (stemmed F1); higher is better",
    "bleu": "corpus BLEU with a person's answer; higher is better",
    "silence": "balanced accuracy of staying silent exactly where the person did; 0.5 is chance",
    "agrees": "share with the person's silence, yes or no, and numbers; higher is better",
    "precision_at_1": "the first passage answers fully; higher is better",
    "mean_reciprocal_rank": "1 over the rank of what answers; higher is better",
    "abstain_auroc": "the best score tells what can be answered; 0.5 is chance",
    "abstain_balanced_accuracy": "the same at the answerer's threshold; 0.5 is chance",
    "claims_per_100": "replies in 100 with a number or stock claim found nowhere; lower is better",
    "sentences_cut": "share of sentences that grounding keeps from the shopper; lower is better",
    "win": "share of questions that only the second model answers as the person",
    "loss": "share of questions that only the first model answers as the person; lower is better",
    "claim": "share of questions with an unsupported claim that is new; lower is better",
    "keeps_rules": "share of replies that keep every rule of voice.toml; higher is better",
    "same": "share of pairs told or shown the same; higher is better",
    "old_number": "the trained number although the passages say otherwise; unseen rows show chance",
    "old_answer": "the whole trained answer, word by word; unseen rows show chance",
    "new_number": "the number that the passages say now; higher is better",
    "exposure_bits": "bits by which a secret is likelier than chance (about 1.4 by chance, 6 at most)",
    "extracted": "share of secrets that came out whole, read greedily",
    "perplexity": "by token; lower is better; comparable for one tokenizer only",
    "bits_per_character": "bits a character; lower is better",
    "prefill_tokens_per_second": "tokens read a second, none cached; higher is better",
    "decode_tokens_per_second": "tokens written a second; higher is better",
}
"""What each figure is."""


class ReportRefused(EcomlmError, ValueError):
    """The report cannot be made as asked; told before anything is measured where that is possible."""


@dataclass(frozen=True)
class Options:
    """What is measured. `limit` bounds each set (0: all of it); empty `parts` are all but speed.

    Speed is measured where `speed` is set or the part is named. `sets` are keys of `SETS`, empty for all. Of
    the rows that an adapter may remember, at most 60 are asked unless `limit` says otherwise.
    """

    limit: int = 0
    seed: int = 7
    sets: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    speed: bool = False
    voice: Path = RULES
    trial: Trial = field(default_factory=Trial)

    def chosen(self) -> tuple[str, ...]:
        """Return the parts in the report's order."""
        return tuple(
            name
            for name in PARTS
            if name in self.parts or (name == "speed" and self.speed) or (not self.parts and name != "speed")
        )


@dataclass
class Report:
    """Everything that was found. `texts` holds, by part, the replies behind the figures."""

    options: Options
    systems: list[str]
    facts: list[Fact] = field(default_factory=list)
    texts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Which systems are compared: the base with each adapter, the live adapter with each other one."""
        base, *adapters = self.systems
        found = [(base, name) for name in adapters]
        return [*found, *((adapters[0], name) for name in adapters[1:])]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        seed = self.options.seed
        return {
            "measured": True,
            "seed": seed,
            "limit": self.options.limit,
            "parts": list(self.options.chosen()),
            "systems": self.systems,
            "rows": rows_of(self.facts, seed),
            "differences": differences_of(self.facts, self.pairs, seed),
            "texts": self.texts,
            "skipped": self.skipped,
        }


def tell(text: str) -> None:
    """Write a line of progress to standard error."""
    print(text, file=sys.stderr, flush=True)
