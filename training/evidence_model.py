"""The evidence ranker's network as it is trained: frozen weights, a low-rank update, two scales.

`ecomlm.search.late_interaction` computes the same with the update added. Knows nothing of data, losses or
calibration.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from ecomlm.search.bert import BertLayers
from ecomlm.search.e5 import E5, HEADS, pad
from ecomlm.search.late_interaction import (
    DOWN,
    UP,
    UPDATE,
    WHOLE,
    WORDS,
    own_tokens,
    padded_length,
    read_states,
)

BATCH = 32
Tokens = Sequence[int]


class EvidenceModel(nn.Module):
    """Scores each passage for each question; see `LateInteraction`. `network` is computed in `dtype`."""

    def __init__(self, network: E5, rank: int, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        weights = {name: value.to(dtype) for name, value in network.weights.items()}
        names = [name for name, value in weights.items() if name.startswith("encoder.") and value.ndim == 2]
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        for name in names:
            rows, columns = weights[name].shape
            self.down[_key(name)] = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
            self.up[_key(name)] = nn.Parameter(torch.zeros(rows, rank))
        self.whole, self.words = nn.Parameter(torch.tensor(20.0)), nn.Parameter(torch.tensor(10.0))
        self._layers = _Tuned(weights, self.down, self.up, network)

    def forward(self, questions: Sequence[Tokens], passages: Sequence[Tokens]) -> Tensor:
        """Return scores of shape [questions, passages]."""
        asked, asked_whole = self._read(questions)
        told, told_whole = self._read(passages)
        words = [states[own_tokens(len(ids), "passage")] for states, ids in zip(told, passages, strict=True)]
        padded = nn.utils.rnn.pad_sequence(words, batch_first=True)
        lengths = torch.tensor([len(each) for each in words])
        beyond = torch.arange(padded.shape[1]) >= lengths[:, None]  # [passages, tokens]
        alike = []
        for states, ids in zip(asked, questions, strict=True):
            own = states[own_tokens(len(ids), "query")]
            each = torch.einsum("qd,ptd->pqt", own, padded).masked_fill(beyond[:, None, :], -2.0)
            alike.append(each.max(dim=2).values.mean(dim=1))
        return self.whole * (asked_whole @ told_whole.T) + self.words * torch.stack(alike)

    def _read(self, texts: Sequence[Tokens]) -> tuple[list[Tensor], Tensor]:
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        words: list[Tensor] = [torch.empty(0)] * len(texts)
        wholes: list[Tensor] = [torch.empty(0)] * len(texts)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            length = padded_length(max(len(texts[row]) for row in rows))
            ids, mask = pad([texts[row] for row in rows], length, BATCH)
            states, whole = read_states(self._layers, ids, mask)
            for place, row in enumerate(rows):
                words[row], wholes[row] = states[place], whole[place]
        return words, torch.stack(wholes)

    def save(self, folder: Path) -> None:
        """Write what training changed, in half precision."""
        folder.mkdir(parents=True, exist_ok=True)
        update = {_name(key) + DOWN: value for key, value in self.down.items()}
        update |= {_name(key) + UP: value for key, value in self.up.items()}
        half = {name: value.detach().to(torch.float16).contiguous() for name, value in update.items()}
        save_file(half | {WHOLE: self.whole.detach(), WORDS: self.words.detach()}, folder / UPDATE)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        update = load_file(folder / UPDATE)
        with torch.no_grad():
            for key in self.down:
                self.down[key].copy_(update[_name(key) + DOWN])
                self.up[key].copy_(update[_name(key) + UP])
            self.whole.copy_(update[WHOLE])
            self.words.copy_(update[WORDS])


class _Tuned(BertLayers):
    """Layers whose matrices are changed by the update as it is."""

    def __init__(
        self, weights: dict[str, Tensor], down: nn.ParameterDict, up: nn.ParameterDict, network: E5
    ) -> None:
        dtype = next(iter(weights.values())).dtype
        super().__init__(weights, HEADS, network.words.to(dtype))
        self._down, self._up = down, up

    def _linear(self, state: Tensor, name: str) -> Tensor:
        key = _key(f"{name}.weight")
        inner = functional.linear(state, self._down[key].to(state.dtype))
        return super()._linear(state, name) + functional.linear(inner, self._up[key].to(state.dtype))

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
        """Plainly and in single precision: half precision is slow on a CPU in the fused backward pass."""
        scores = query.float() @ key.float().transpose(-1, -2) / math.sqrt(query.shape[-1])
        shares = scores.masked_fill(~mask, -1e4).softmax(dim=-1)
        return (shares @ value.float()).to(query.dtype)


def _key(name: str) -> str:
    return name.replace(".", "/")


def _name(key: str) -> str:
    return key.replace("/", ".")
