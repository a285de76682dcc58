"""The search encoder learns words without losing its space, and is kept only for a gain."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForMaskedLM, BertModel

from ecomlm.settings import Settings
from tests.training.tiny import new_run
from training import encoder as module
from training.data.rows import Text
from training.encoder import (
    EncoderRecipe,
    found_first,
    pooled,
    pretrain_encoder,
    save_encoder,
    tokenizer_of,
    train_encoder,
)
from training.recipe import RecipeInvalid, Schedule

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
NOUNS, KINDS = ["boot", "tent", "lamp"], ["warm", "light", "strong", "waterproof"]
WORDS = [*SPECIAL, "the", "is", "and", "small", *NOUNS, *KINDS]


def texts():
    return [
        Text(f"the {noun} is {one}\nthe {noun} is {one} and {other}", "en", "made", f"{noun} {one} {other}")
        for noun in NOUNS
        for one in KINDS
        for other in KINDS
    ]


@pytest.fixture
def start(tmp_path):
    """A folder as MiniLM's package has it, of two tiny layers."""
    torch.manual_seed(1)
    folder = tmp_path / "start"
    folder.mkdir()
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=12,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    config.architectures = ["BertModel"]
    config.save_pretrained(folder)
    weights = BertModel(config).state_dict()
    save_file(
        {name: weight.contiguous() for name, weight in weights.items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    words = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    words.save(str(folder / "tokenizer.json"))
    return folder


def recipe(**changes):
    training = Schedule(learning_rate=5e-3, rows_per_batch=16, max_steps=30, checkpoint_steps=30, log_steps=5)
    return EncoderRecipe(**{"length": 16, "training": training} | changes)


def test_masked_words_are_learned_and_the_anchor_holds_the_vectors(start, tmp_path):
    words, near = tokenizer_of(start), {}
    asked = words(["the boot is warm", "the lamp is small"], return_tensors="pt", padding=True)
    for anchor in (0.0, 20.0):
        original = BertModel.from_pretrained(start)
        run = new_run(tmp_path / f"run-{anchor}")
        model = train_encoder(
            BertForMaskedLM.from_pretrained(start), original, texts(), words, recipe(anchor=anchor), run
        )
        with torch.no_grad():
            one, other = (
                pooled(each.eval(), asked.input_ids, asked.attention_mask) for each in (model.bert, original)
            )
        near[anchor] = float(torch.nn.functional.cosine_similarity(one, other).mean())
        if not anchor:
            losses = [float(line.split(",")[1]) for line in run.curves.read_text().splitlines()[1:]]
            assert losses[-1] < 0.8 * losses[0]
    assert near[20.0] > near[0.0]
    assert near[20.0] > 0.95


@pytest.mark.parametrize(("after", "kept"), [(0.9, True), (0.5, False)])
def test_encoder_is_kept_only_where_search_gains(start, tmp_path, monkeypatch, after, kept):
    figures = iter((0.5, after))
    monkeypatch.setattr(module, "found_first", lambda *_: next(figures))
    quick = recipe(training=Schedule(rows_per_batch=16, max_steps=1))
    found = pretrain_encoder(Settings(home=tmp_path), quick, start, texts(), name="run")
    assert (found is not None) is kept
    assert (tmp_path / "models" / "encoders" / "shop-encoder" / "model.safetensors").exists() is kept
    assert json.loads((tmp_path / "runs" / "run" / "result.json").read_text())["kept"] is kept


def test_saved_encoder_is_read_with_its_new_weights(start, tmp_path):
    model = BertForMaskedLM.from_pretrained(start)
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight.add_(1.0)
    folder = save_encoder(model, start, tmp_path / "made")
    again = BertModel.from_pretrained(folder)
    assert torch.equal(again.embeddings.word_embeddings.weight, model.bert.embeddings.word_embeddings.weight)


def test_rank_is_of_the_own_text_among_all():
    class Embedder:
        name, dimensions = "made", 2

        def encode_queries(self, texts):
            return np.array([[1, 0], [1, 0]], np.float32)

        def encode_passages(self, texts):
            return np.array([[1, 0], [0, 1]], np.float32)

    pair = [Text("a\nlong", "en", "made"), Text("b\nlonger", "en", "made"), Text("title alone", "en", "made")]
    assert found_first(Embedder(), pair) == pytest.approx((1 + 1 / 2) / 2)


def test_too_few_texts_are_refused(start, tmp_path):
    with pytest.raises(RecipeInvalid, match="1 English texts are too few"):
        pretrain_encoder(
            Settings(home=tmp_path), recipe(), start, [texts()[0], Text("鞋", "zh", "made")], name="r"
        )
