"""A model of two tiny layers, a tokenizer of its own and rows for it: what every stage is tested on."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

from training.recipe import FinetuneRecipe, Lora, Training
from training.runs import Run, open_run
from training.tokens import TokenRow

WORDS = 60
TEXTS = (
    "The boot is waterproof and weighs 480 g. It has a sealed membrane.",
    "The tent sleeps two people and packs small.",
    "这款登山鞋防水，重480克。",
    "双人帐篷，收纳体积小。",
)


def tiny_model(words: int = WORDS, layers: int = 2, seed: int = 3) -> Gemma3ForCausalLM:
    torch.manual_seed(seed)
    shape = Gemma3TextConfig(
        vocab_size=words,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=256,
        sliding_window=32,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=1,
        initializer_range=0.3,
    )
    return Gemma3ForCausalLM(shape)


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """Bytes and a few merges; pad 0, end 1, begin 2."""
    plain = Tokenizer(models.BPE())
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    special = ["<pad>", "<eos>", "<bos>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    plain.train_from_iterator(TEXTS * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>"
    )


def rows() -> list[TokenRow]:
    """Prompts of two padded lengths, all with the same answer."""
    return [TokenRow((2, 5 + number % 20, *range(30, 33 + number % 9), 7, 1), 2) for number in range(48)]


def recipe(**changes) -> FinetuneRecipe:
    training = Training(
        **{"learning_rate": 2e-2, "epochs": 6, "rows_per_batch": 8, "lengths": (12, 16)} | changes
    )
    return FinetuneRecipe(name="tiny", seed=1, lora=Lora(rank=4, alpha=8), training=training)


def new_run(folder: Path, **changes) -> Run:
    return open_run(folder, stage="test", arguments=changes, seed=1, data={"hash": "d" * 64})
