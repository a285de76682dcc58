"""How well a language model foresees text, by language.

Perplexity depends on the tokens; bits a character can be compared across tokenizers. Knows nothing of
training.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch.nn import functional

from training.data.rows import Text

STEP = 32


@torch.no_grad()
def perplexity(model: Any, tokenizer: Any, texts: Iterable[Text], length: int) -> dict[str, dict[str, float]]:
    """Return perplexity, bits a character and the number of tokens by language.

    Texts are read alone, cut at `length` tokens and padded to a multiple of 32, so that a CPU sees few
    shapes.
    """
    model.eval()
    device = next(model.parameters()).device
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0, 0])
    for item in texts:
        ids = tokenizer(item.text, add_special_tokens=False).input_ids[: length - 1]
        row = [tokenizer.bos_token_id, *ids]
        padding = [tokenizer.pad_token_id] * (-len(row) % STEP)
        logits = model(input_ids=torch.tensor([row + padding], device=device), use_cache=False).logits
        told = functional.cross_entropy(
            logits[0, : len(ids)].float(), torch.tensor(ids, device=device), reduction="sum"
        )
        part = sums[item.language]
        part[0] += float(told)
        part[1] += len(ids)
        part[2] += len(tokenizer.decode(ids))
    return {
        language: {
            "perplexity": round(math.exp(min(loss / max(tokens, 1), 700.0)), 3),
            "bits_per_character": round(loss / math.log(2) / max(characters, 1), 4),
            "tokens": int(tokens),
        }
        for language, (loss, tokens, characters) in sorted(sums.items())
    }
