"""Pretraining from nothing and from a base, on text made here."""

import json
import math
from dataclasses import replace

import pytest
import torch

from tests.training.tiny import TEXTS, tiny_model, tiny_tokenizer
from training.corpus import read_values, split
from training.curves import read_curves
from training.data.examples import Example
from training.data.rows import DataRefused, Text
from training.data.shop_texts import shop_texts
from training.packing import PackedRows, write_packed
from training.perplexity import perplexity
from training.pretrain import PretrainRecipe, from_scratch, start_run, train_text
from training.recipe import Lora, RecipeInvalid, Schedule
from training.scratch import SHAPES, new_model, train_tokenizer
from training.throughput import measured_peak, operations_per_token

PATTERNS = ("The {} boot weighs {} g and is waterproof.", "这款{}登山鞋重{}克，防水。")


def texts():
    """Text by two patterns, in both languages, so that a tiny model can learn it."""
    return [
        Text(
            PATTERNS[number % 2].format("ABCDEFGH"[number % 8], number),
            ("en", "zh")[number % 2],
            "made",
            f"{number}",
        )
        for number in range(120)
    ]


def recipe(**changes):
    training = Schedule(
        **{
            "learning_rate": 5e-3,
            "rows_per_batch": 4,
            "max_steps": 24,
            "checkpoint_steps": 12,
            "log_steps": 4,
        }
        | changes
    )
    return PretrainRecipe(
        name="tiny",
        start="scratch",
        size="tiny",
        length=32,
        held_out_percent=20,
        lora=Lora(rank=4),
        training=training,
    )


def test_model_from_scratch_foresees_both_languages_and_tells_its_speed(tmp_path):
    done = from_scratch(recipe(), texts(), start_run(tmp_path, recipe(), texts()))
    for language in ("en", "zh"):
        before = done.figures["perplexity_before"][language]["perplexity"]
        assert done.figures["perplexity"][language]["perplexity"] < 0.3 * before
    curve = [row for row in read_curves(tmp_path / "curves.csv") if row["loss"]]
    assert float(curve[-1]["loss"]) < 0.6 * float(curve[0]["loss"])
    assert [row["step"] for row in read_curves(tmp_path / "curves.csv") if row["held_out_loss"]]
    told = json.loads((tmp_path / "result.json").read_text())
    assert told["tokens_per_second"] > 0
    assert 0 < told["share_of_peak"] < 1


def test_resumed_pretraining_equals_uninterrupted(tmp_path):
    whole = from_scratch(recipe(log_steps=1), texts(), start_run(tmp_path / "a", recipe(), texts()))

    class Interrupted(Exception):
        pass

    calls = []

    def stop(module, arguments):
        calls.append(1)
        if len(calls) > 40:
            raise Interrupted

    run = start_run(tmp_path / "b", recipe(), texts())
    tokenizer = whole.tokenizer
    tokenizer.save_pretrained(run.folder / "tokenizer")
    model = new_model("tiny", len(tokenizer), length=32, seed=7)
    model.model.layers[0].register_forward_pre_hook(stop)
    with pytest.raises(Interrupted):
        train_text(model, tokenizer, texts(), recipe(log_steps=1), run)
    assert run.last_checkpoint().name == "checkpoint-12"
    resumed = from_scratch(recipe(log_steps=1), texts(), run)
    weights = dict(resumed.tuned.model.named_parameters())
    for name, weight in whole.tuned.model.named_parameters():
        torch.testing.assert_close(weights[name], weight, atol=1e-5, rtol=1e-4)


def test_base_goes_on_with_a_lora_and_leaves_its_weights(tmp_path):
    words = tiny_tokenizer()
    model = tiny_model(len(words))
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    changed = replace(recipe(learning_rate=2e-2), start="base")
    done = train_text(model, words, texts(), changed, start_run(tmp_path, changed, texts()))
    assert (
        done.figures["perplexity"]["zh"]["perplexity"] < done.figures["perplexity_before"]["zh"]["perplexity"]
    )
    kept = {
        name.removeprefix("base_model.model.").replace(".base_layer", ""): weight
        for name, weight in done.tuned.model.state_dict().items()
        if "lora_" not in name
    }
    assert all(torch.equal(kept[name], weight) for name, weight in before.items())


def test_packed_rows_hold_every_token_in_order(tmp_path):
    path = tmp_path / "tokens"
    assert write_packed(["ab", "c", "def"], lambda text: [ord(letter) for letter in text], 2, 1, path) == 12
    rows = PackedRows(path, 5)
    assert len(rows) == 2
    assert rows[0]["input_ids"].tolist() == [2, 97, 98, 1, 2]
    assert rows[1]["labels"].tolist() == [99, 1, 2, 100, 101]


def test_too_little_text_is_told(tmp_path):
    few = [Text("short", "en", "made")]
    with pytest.raises(RecipeInvalid, match="leave 1 to learn from and 0 to measure on|leave 0 to learn"):
        start_run(tmp_path, recipe(), few)


def test_tokenizer_encodes_any_text_and_keeps_digits_apart():
    words = train_tokenizer(TEXTS * 3, 400)
    for text in ("Ünknown ☂ 登山 boots", "480克 3500MB/s"):
        assert words.decode(words(text).input_ids) == text
    assert len(words("480").input_ids) == 3
    assert (words.pad_token_id, words.eos_token_id, words.bos_token_id) == (0, 1, 2)


@pytest.mark.parametrize(
    ("size", "weights"), [("tiny", 0.25e6), ("20m", 20e6), ("100m", 100e6), ("300m", 300e6)]
)
def test_size_is_what_it_is_called(size, weights):
    with torch.device("meta"):
        model = new_model(size, SHAPES[size].vocabulary, length=64, seed=1)
    count = sum(weight.numel() for weight in model.parameters())
    assert count == pytest.approx(weights, rel=0.08)


def test_perplexity_of_an_even_guess_is_the_number_of_tokens():
    words = tiny_tokenizer()
    model = tiny_model(len(words))
    torch.nn.init.zeros_(model.lm_head.weight)
    found = perplexity(model, words, [Text("boot", "en", ""), Text("登山鞋", "zh", "")], 32)
    assert found["en"]["perplexity"] == pytest.approx(len(words), rel=1e-3)
    tokens = found["zh"]["tokens"]
    assert found["zh"]["bits_per_character"] == pytest.approx(tokens * math.log2(len(words)) / 3, rel=1e-3)


def test_operations_count_frozen_weights_two_thirds():
    model = tiny_model()
    whole = operations_per_token(model, 1)
    for weight in model.parameters():
        weight.requires_grad_(False)
    count = sum(weight.numel() for weight in model.parameters())
    assert whole - operations_per_token(model, 1) == pytest.approx(2 * count)
    assert measured_peak(torch.float32, torch.device("cpu"), size=64, seconds=0.01) > 0


def test_texts_of_a_product_stay_on_one_side(tiny_catalogue):
    found = [*shop_texts(tiny_catalogue, "en"), *shop_texts(tiny_catalogue, "zh")]
    learnt, kept_back = split(found, 40)
    assert len(learnt) + len(kept_back) == len(found)
    assert {text.product for text in learnt} & {text.product for text in kept_back} <= {""}


def test_files_are_read_masked_and_refused_with_every_bad_row(tmp_path):
    rows = tmp_path / "text.jsonl"
    rows.write_text(
        '{"text": "Write to ann.lee@example.com about the boot."}\n{"text": "这款登山鞋防水，很轻。"}\n',
        encoding="utf-8",
    )
    english, chinese = read_values([rows], Text)
    assert "ann.lee" not in english.text
    assert chinese.language == "zh"
    with pytest.raises(DataRefused, match="no example to learn from"):
        read_values([rows], Example)
    rows.write_text('{"text": "A fine boot."}\n{"text": 3}\n{broken\n', encoding="utf-8")
    with pytest.raises(DataRefused, match=r"(?s)2 rows cannot be used.*line 2.*line 3"):
        read_values([rows], Text)
