"""Exports say what their source says, and a difference is reported."""

import json

import gguf
import numpy as np
import pytest
import torch

from ecomlm.models.adapter import Recipe
from tests.training.tiny import new_run, recipe, tiny_model, tiny_tokenizer
from training.export import (
    ExportImpossible,
    checked,
    folder_answers,
    for_vllm,
    merge,
    model_answers,
    prune_layers,
    save_model,
    tokens_of,
    write_gguf,
)
from training.finetune import export_adapter, train_answers
from training.layers import LayersImpossible
from training.tokens import TokenRow

PROMPTS = ["The boot is", "The tent", "这款登山鞋", "双人帐篷"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A tiny base and an adapter trained on it."""
    place = tmp_path_factory.mktemp("export")
    torch.set_num_threads(1)
    words = tiny_tokenizer()
    base = save_model(tiny_model(len(words)), words, place / "base")
    rows = [TokenRow((2, 5 + n % 9, 20, 30 + n % 5, 7, 1), 3) for n in range(32)]
    tuned = train_answers(tiny_model(len(words)), rows, recipe(max_steps=8), new_run(place / "run"), pad=0)
    adapter = export_adapter(tuned, place / "adapter", Recipe("tiny", "f" * 64, "t", "d", 1))
    return base, adapter


def test_merged_folder_says_what_base_and_adapter_say(folders, tmp_path):
    base, adapter = folders
    merged = merge(base, adapter, tmp_path / "merged")
    check = checked(PROMPTS, folder_answers(base, adapter), folder_answers(merged), tokens_of(base))
    assert check.prompts == 4
    assert check.same >= 3, str(check)  # bfloat16 may decide a tie otherwise
    assert not (tmp_path / "merged.partial").exists()


def test_difference_is_reported_with_texts():
    source, export = ["same", "one text", "a b c d"], ["same", "one word", "a b c e"]
    check = checked(["a", "b", "c"], lambda _: source, lambda _: export, str.split)
    assert (check.same, check.prompts, check.parted_at) == (1, 3, (2, 4))
    assert "same greedy text on 1 of 3 prompts" in str(check)
    assert "in the middle at token 2" in str(check)
    assert "'one text' | 'one word'" in str(check)
    assert check.shared_share == pytest.approx((1 + 4 / 8 + 6 / 7) / 3)


def test_equal_texts_are_told_as_such():
    check = checked(["a"], lambda _: ["x"], lambda _: ["x"], str.split)
    assert str(check) == "same greedy text on all 1 prompts"
    assert check.middle_parting == 0


def test_vllm_folder_holds_base_adapter_and_command(folders, tmp_path):
    base, adapter = folders
    target = for_vllm(base, adapter, tmp_path / "vllm")
    assert (target / "base" / "config.json").exists()
    assert sorted(file.name for file in (target / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    assert "--max-lora-rank 4" in (target / "serve.txt").read_text()


def test_pruned_layers_are_those_of_the_source(folders, tmp_path):
    base, _ = folders
    pruned = prune_layers(base, 1, tmp_path / "one")
    assert json.loads((pruned / "config.json").read_text())["num_hidden_layers"] == 1
    with pytest.raises(LayersImpossible, match="3 layers: the model has 2"):
        prune_layers(base, 3, tmp_path / "three")


def like(path, tokens):
    """A GGUF file with a vocabulary and no weights."""
    writer = gguf.GGUFWriter(str(path), "gemma3")
    writer.add_block_count(9)
    writer.add_token_list([f"t{number}".encode() for number in range(tokens)])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(("bits", "most"), [("F16", 1e-3), ("Q8_0", 0.02), ("Q4_0", 0.35)])
def test_gguf_holds_every_weight_within_its_bits(folders, tmp_path, bits, most):
    base, _ = folders
    words = len(tiny_tokenizer())
    written = write_gguf(base, like(tmp_path / "like.gguf", words), tmp_path / "model.gguf", bits)
    reader = gguf.GGUFReader(str(written))
    assert reader.fields["gemma3.block_count"].contents() == 2
    assert len(reader.fields["tokenizer.ggml.tokens"].contents()) == words
    stored = {item.name: gguf.quants.dequantize(item.data, item.tensor_type) for item in reader.tensors}
    weights = tiny_model(words).state_dict()
    query = weights["model.layers.1.self_attn.q_proj.weight"].numpy()
    assert np.abs(stored["blk.1.attn_q.weight"].reshape(query.shape) - query).max() <= most
    norm = weights["model.layers.0.input_layernorm.weight"].numpy()
    np.testing.assert_allclose(stored["blk.0.attn_norm.weight"], norm + 1)
    assert "output.weight" not in stored
    assert len(stored) == len([name for name in weights if name != "lm_head.weight"])


def test_embedding_takes_its_own_bits(folders, tmp_path):
    base, _ = folders
    plain = like(tmp_path / "like.gguf", len(tiny_tokenizer()))
    for embedding, kind in (("", "Q8_0"), ("Q4_0", "Q4_0")):
        written = write_gguf(base, plain, tmp_path / "model.gguf", "Q4_0", embedding=embedding)
        kinds = {item.name: item.tensor_type.name for item in gguf.GGUFReader(str(written)).tensors}
        assert kinds["token_embd.weight"] == kind
        assert kinds["blk.0.attn_q.weight"] == "Q4_0"


def test_what_cannot_be_written_is_told(folders, tmp_path):
    base, _ = folders
    with pytest.raises(ExportImpossible, match="Q4_K_M cannot be written here: choose F16.*llama-quantize"):
        write_gguf(base, like(tmp_path / "like.gguf", 5), tmp_path / "model.gguf", "Q4_K_M")
    with pytest.raises(ExportImpossible, match="a gemma3_text with the 5 of like.gguf"):
        write_gguf(base, like(tmp_path / "like.gguf", 5), tmp_path / "model.gguf", "Q8_0")


def test_text_ends_with_the_line():
    words = tiny_tokenizer()
    assert all("\n" not in text for text in model_answers(tiny_model(len(words)), words)(PROMPTS))
