"""Tells how like a passage is to a question: word by word, and both as wholes.

Late interaction (Khattab and Zaharia 2020, "ColBERT"): question and passage are read apart from each other,
so passages are read ahead and remembered; each word of the question then looks for the passage's word most
like it. The network is multilingual-e5-small with a low-rank update that `training` makes. Knows nothing of
evidence, probabilities, or where passages come from.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from ecomlm.search.bert import BertLayers, mean_of
from ecomlm.search.e5 import E5Tokenizer, Kind, load_e5, pad
from ecomlm.search.embed import is_quick_at_bfloat16

UPDATE = "weights.safetensors"
DOWN, UP = ".down", ".up"
"""An update of the matrix M is stored as the factors `M.down` [rank, columns] and `M.up` [rows, rank]."""
WHOLE, WORDS = "scale.whole", "scale.words"
QUESTION_TOKENS, PASSAGE_TOKENS = 48, 96
PREFIX = 3
"""So many tokens of a text are not its own: the start, and what says if it is a question or a passage."""
LENGTHS = (16, 24, 32, 48, 64, 96)
"""Batches are padded to these lengths: few shapes are much faster on a CPU than many."""
BATCH = 16
REMEMBERED_TOKENS = 60_000
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """A text that was read: unit vectors of its tokens [tokens, dimensions] and of the whole [dimensions]."""

    words: npt.NDArray[np.floating]
    whole: npt.NDArray[np.floating]


class LateInteraction:
    """Scores passages. One object serves many threads."""

    def __init__(
        self, layers: BertLayers, tokenizer: E5Tokenizer, whole: float, words: float, threads: int
    ) -> None:
        self._layers, self._tokenizer = layers, tokenizer
        self._whole, self._words = whole, words
        self._threads = threads
        self._remembered: OrderedDict[str, Read] = OrderedDict()
        self._tokens = 0
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path, threads: int = 0) -> LateInteraction:
        """Read the update that training wrote to `folder` and add it to the network.

        Raises:
            FileNotFoundError: when there is none.
            ValueError: when it is not one of this network.
        """
        update = load_file(folder / UPDATE)
        try:
            whole, words = float(update.pop(WHOLE)), float(update.pop(WORDS))
        except KeyError as error:
            raise ValueError(f"{folder / UPDATE} lacks {error}") from error
        network = load_e5()
        layers = BertLayers(merged(network.weights, update), words=network.words)
        if is_quick_at_bfloat16():
            layers = layers.to(torch.bfloat16)
        return cls(layers, network.tokenizer, whole, words, threads or os.cpu_count() or 1)

    def remember(self, texts: Sequence[str], at_most: int = 0) -> None:
        """Read those passages that are not known yet, the first `at_most` of them (0: all)."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._remembered]
        if not new:
            return
        found = self._read(new[: at_most or len(new)], "passage", PASSAGE_TOKENS)
        with self._lock:
            for text, read in zip(new, found, strict=False):
                self._forget(text)
                half = Read(read.words.astype(np.float16), read.whole.astype(np.float16))
                self._remembered[text] = half
                self._tokens += len(half.words)
            while self._tokens > REMEMBERED_TOKENS and len(self._remembered) > 1:
                self._forget(next(iter(self._remembered)))

    def scores(self, question: str, texts: Sequence[str], *, new: int = 0) -> list[float | None]:
        """Return how like each passage is; None beyond the first `new` of those not known yet (0: all)."""
        self.remember(texts, new)
        with self._lock:
            known = {text: self._remembered[text] for text in texts if text in self._remembered}
        if not known:
            return [None] * len(texts)
        asked = self._read([question], "query", QUESTION_TOKENS)[0]
        found = dict(zip(known, self._alike(asked, list(known.values())), strict=True))
        return [found.get(text) for text in texts]

    def _alike(self, asked: Read, passages: Sequence[Read]) -> list[float]:
        words = np.concatenate([item.words for item in passages]).astype(np.float32)
        starts = np.cumsum([0, *(len(item.words) for item in passages[:-1])])
        best = np.maximum.reduceat(words @ asked.words.T, starts, axis=0).mean(axis=1)
        whole = np.stack([item.whole for item in passages]).astype(np.float32) @ asked.whole
        scores: list[float] = (self._whole * whole + self._words * best).tolist()
        return scores

    @torch.inference_mode()
    def _read(self, texts: Sequence[str], kind: Kind, limit: int) -> list[Read]:
        torch.set_num_threads(1 if len(texts) == 1 else self._threads)
        tokens = self._tokenizer.encode(texts, kind, limit)
        order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
        found: dict[int, Read] = {}
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            length = padded_length(max(len(tokens[row]) for row in rows))
            ids, mask = pad([tokens[row] for row in rows], length)
            states, whole = read_states(self._layers, ids, mask)
            for place, row in enumerate(rows):
                own = own_tokens(len(tokens[row]), kind)
                found[row] = Read(states[place, own].numpy(), whole[place].numpy())
        return [found[row] for row in range(len(texts))]

    def _forget(self, text: str) -> None:
        old = self._remembered.pop(text, None)
        self._tokens -= 0 if old is None else len(old.words)


def read_states(layers: BertLayers, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return unit vectors of the tokens [texts, tokens, dimensions] and of the texts [texts, dimensions]."""
    states = layers(ids, mask).float()
    return functional.normalize(states, dim=-1), functional.normalize(mean_of(states, mask), dim=-1)


def own_tokens(length: int, kind: Kind) -> slice:
    """Return which tokens of a text are compared: its words, and of a passage its end, too."""
    return slice(PREFIX, max(PREFIX + 1, length - 1) if kind == "query" else length)


def merged(weights: Mapping[str, Tensor], update: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights with the low-rank update added.

    Raises:
        ValueError: when a matrix of the update is not among the weights, or of another shape.
    """
    found = dict(weights)
    for name in (name.removesuffix(DOWN) for name in update if name.endswith(DOWN)):
        change = update[name + UP].float() @ update[name + DOWN].float()
        if name not in found or found[name].shape != change.shape:
            raise ValueError(f"an update of {name} {tuple(change.shape)} does not fit this network")
        found[name] = found[name] + change
    return found


def padded_length(longest: int) -> int:
    """Return the smallest of the few lengths that holds `longest` tokens."""
    return next((length for length in LENGTHS if length >= longest), LENGTHS[-1])
