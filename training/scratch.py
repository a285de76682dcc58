"""A language model from nothing: its tokenizer, and its shape by one word.

The shapes are Gemma 3's (Gemma Team 2025), so that attention, export and adapters are those of the base.
Knows nothing of how it is trained.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

Size = Literal["tiny", "20m", "100m", "300m"]
PAD, END, BEGIN, UNKNOWN = "<pad>", "<eos>", "<bos>", "<unk>"


@dataclass(frozen=True, slots=True)
class Shape:
    """How wide and deep a model is; heads are 64 wide (32 in the tiny one)."""

    layers: int
    width: int
    heads: int
    key_heads: int
    inner: int
    vocabulary: int
    head_width: int = 64


SHAPES: dict[Size, Shape] = {
    "tiny": Shape(2, 64, 2, 1, 256, 2048, 32),
    "20m": Shape(8, 320, 5, 1, 1280, 24_576),
    "100m": Shape(12, 640, 10, 2, 2560, 49_152),
    "300m": Shape(20, 1024, 16, 4, 3072, 49_152),
}


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer (Sennrich et al. 2016), which encodes every text.

    Digits stand alone, so that no number is a token of its own. A small corpus yields fewer tokens than
    `vocabulary`.
    """
    plain = Tokenizer(models.BPE())
    plain.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    plain.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, END, BEGIN, UNKNOWN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    plain.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token=PAD, eos_token=END, bos_token=BEGIN, unk_token=UNKNOWN
    )


def new_model(size: Size, tokens: int, *, length: int, seed: int, **attention: Any) -> Gemma3ForCausalLM:
    """Return a randomly initialised model for `tokens` tokens and rows of up to `length`."""
    torch.manual_seed(seed)
    shape = SHAPES[size]
    config = Gemma3TextConfig(
        vocab_size=tokens,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        head_dim=shape.head_width,
        query_pre_attn_scalar=shape.head_width,
        max_position_embeddings=max(length, 2048),
        sliding_window=512,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
        tie_word_embeddings=True,
    )
    return Gemma3ForCausalLM._from_config(config, **attention)
