"""Fewer layers: a smaller model made of some of a larger one's.

A layer's kind (sliding or full attention) belongs to its place, in llama.cpp even by a fixed pattern, so
each place takes a layer of its own kind. Knows nothing of training.
"""

from __future__ import annotations

import copy
from typing import Any

from knowledge.errors import EcomlmError


class LayersImpossible(EcomlmError, ValueError):
    """No choice of so many layers fits the model."""


def choose_layers(kinds: list[str], count: int) -> list[int]:
    """Return which of the layers, by rising place, make a model of `count`.

    Place `n` takes a layer of the kind that stands at place `n`; first and last are kept where the kinds
    allow it, the others lie as evenly as they can (least sum of squared distances).

    Raises:
        LayersImpossible: for a number out of range, or where the kinds cannot be kept.
    """
    if not 1 <= count <= len(kinds):
        raise LayersImpossible(f"{count} layers: the model has {len(kinds)}, so choose 1 to {len(kinds)}")
    stride = (len(kinds) - 1) / max(count - 1, 1)
    best: dict[int, tuple[float, list[int]]] = {-1: (0.0, [])}
    for place in range(count):
        step: dict[int, tuple[float, list[int]]] = {}
        for layer in range(len(kinds)):
            before = [found for last, found in best.items() if last < layer]
            if kinds[layer] == kinds[place] and before:
                cost, chosen = min(before)
                step[layer] = (cost + (layer - place * stride) ** 2, [*chosen, layer])
        best = step
    if not best:
        raise LayersImpossible(
            f"no {count} of {len(kinds)} layers keep each place's kind of attention: take another number"
        )
    return min(best.values())[1]


def with_layers(model: Any, chosen: list[int]) -> Any:
    """Return a copy of a causal language model with only the `chosen` decoder layers."""
    config = copy.deepcopy(model.config)
    config.num_hidden_layers = len(chosen)
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[layer] for layer in chosen]
    student = type(model)(config).to(next(model.parameters()).dtype)
    weights = {}
    for name, weight in model.state_dict().items():
        parts = name.split(".")
        if "layers" in parts:
            place = parts.index("layers") + 1
            if int(parts[place]) not in chosen:
                continue
            parts[place] = str(chosen.index(int(parts[place])))
        weights[".".join(parts)] = weight.clone()
    student.load_state_dict(weights)
    return student


def kinds_of(model: Any) -> list[str]:
    """Return each layer's kind of attention."""
    config = model.config
    return list(getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers)
