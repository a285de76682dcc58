"""A list of tokens keeps every text writable, follows the text it was made from, and is near the shipped."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models

from ecomlm.models.base import GEMMA
from ecomlm.models.vocabulary import VOCABULARY_SIZE, Ids, choose_tokens, shipped_tokens
from ecomlm.settings import Settings
from knowledge.sample.load import load_sample
from knowledge.settings import load
from training import prune as pruning
from training.__main__ import main
from training.data.shop_texts import shop_texts
from training.prune import (
    PruningRefused,
    chinese_words,
    compare,
    count_all,
    own_texts,
    public_texts,
    read_tokens,
    read_vocabulary,
    write_tokens,
)

FULL = load(Settings).home / "models" / "base" / GEMMA / "full_tokenizer" / "tokenizer.json"
DATA = load(Settings).data
needs_tokenizer = pytest.mark.skipif(
    not FULL.exists(), reason="the unpruned tokenizer is not converted yet: python -m training prune"
)
needs_data = pytest.mark.skipif(
    not (DATA / "product_qa").exists(), reason="the public data sets are not here"
)
LEADING = ["<unk>", "<s>", *(f"<0x{number:02X}>" for number in range(256)), *(f"<w{n}>" for n in range(236))]
LETTERS = sorted(set("▁abcdefghijklmnopqrstuvwxyz登山鞋"))


def tiny_tokenizer() -> Tokenizer:
    merges = [("b", "o"), ("bo", "o"), ("boo", "t"), ("登", "山"), ("登山", "鞋"), ("l", "a")]
    tokens = [*LEADING, *LETTERS, *(left + right for left, right in merges)]
    vocabulary = {token: id for id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(["<unk>", "<s>"])
    tokenizer.add_tokens([AddedToken("<w1>", special=False)])
    return tokenizer


def test_tokens_are_read_with_their_kinds() -> None:
    vocabulary = read_vocabulary(tiny_tokenizer())
    assert vocabulary.tokens[0] == "<unk>"
    kinds = dict(zip(vocabulary.tokens, vocabulary.types, strict=True))
    assert [kinds[token] for token in ("<s>", "<0x41>", "<w1>", "boot", "鞋")] == [3, 6, 4, 1, 1]
    assert [vocabulary.tokens[id] for id in vocabulary.encode("boot登山鞋")] == ["boot", "登山鞋"]


def test_a_tokenizer_with_gaps_is_refused() -> None:
    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 2}, []))
    with pytest.raises(PruningRefused, match="gaps"):
        read_vocabulary(tokenizer)


def test_own_text_counts_more_than_others() -> None:
    vocabulary = read_vocabulary(tiny_tokenizer())
    place = vocabulary.tokens.index
    uses = count_all(vocabulary, ["la la", "登山鞋"], ["boot"], own_weight=7)
    assert (uses[place("boot")], uses[place("la")]) == (7, 2)
    kept = choose_tokens(vocabulary.tokens, vocabulary.types, uses, 494 + len(LETTERS) + 3)
    assert {"bo", "boo", "boot"} <= {vocabulary.tokens[id] for id in kept}


def test_chinese_words_come_with_weights_and_rare_ones_with_none() -> None:
    words = dict(chinese_words())
    assert len(words) > 50_000
    assert words["我们"] > 100
    assert 0 in words.values()


def test_a_list_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    kept = np.array([0, 3, 8, 21], dtype=np.int64)
    write_tokens(kept, 30, tmp_path / "new/tokens.npy")
    assert np.array_equal(read_tokens(tmp_path / "new/tokens.npy"), kept)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["tokens.npy"]


def test_the_shipped_list_is_all_of_itself() -> None:
    shipped = shipped_tokens()
    uses = Counter({int(shipped[500]): 3, int(np.setdiff1d(np.arange(262_144), shipped)[0]): 1})
    found = compare(shipped, uses)
    assert (found.kept, found.shared) == (VOCABULARY_SIZE, 1.0)
    assert found.covered == found.covered_shipped == 0.75
    assert "100.00% of the shipped ones" in str(found)


def test_own_files_of_any_format_give_text(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "登山鞋"}\n{"text": ""}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"prompt": "how heavy?", "completion": "480 g"}\n')
    texts = list(own_texts([tmp_path / "a.jsonl", tmp_path / "b.jsonl"]))
    assert texts[0] == "登山鞋"
    assert texts[2] == "480 g"


def test_missing_public_sets_are_named(tmp_path: Path) -> None:
    with pytest.raises(PruningRefused, match="ECOMLM_DATA"):
        next(public_texts(tmp_path))


def test_the_command_writes_a_list_and_refuses_one_that_is_too_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data/product_qa").mkdir(parents=True)
    row = json.dumps(
        {"question": "boot", "candidate": "la", "answer": "登山鞋", "data": {"n": 1}, "text": "x"}
    )
    for name in ("epqa", "hetpqa_answers.train", "semipqa_attribute_text.train"):
        (tmp_path / f"data/product_qa/{name}.jsonl").write_text(row + "\n")
    monkeypatch.setenv("ECOMLM_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(pruning, "full_vocabulary", lambda _: read_vocabulary(tiny_tokenizer()))
    monkeypatch.setattr(pruning, "chinese_words", lambda: iter([("登山", 2)]))
    output = tmp_path / "tokens.npy"
    assert main(["prune", "--output", str(output), "--size", "526"]) == 0
    assert read_tokens(output).size == 526
    assert json.loads(output.with_suffix(".json").read_text())["kept"] == 526
    assert main(["prune", "--output", str(tmp_path / "small.npy"), "--size", "400"]) == 1
    assert "size = 400 does not hold the" in capsys.readouterr().err
    assert not (tmp_path / "small.npy").exists()


def pruned(kept: Ids) -> Tokenizer:
    """Return the real tokenizer with only the kept tokens, as pruning a GGUF leaves it."""
    description = json.loads(FULL.read_text(encoding="utf-8"))
    model = description["model"]
    place = {int(old): new for new, old in enumerate(kept)}
    vocabulary = {token: place[id] for token, id in model["vocab"].items() if id in place}
    pairs = (pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"])
    model["vocab"] = vocabulary
    model["merges"] = [
        [left, right]
        for left, right in pairs
        if left in vocabulary and right in vocabulary and left + right in vocabulary
    ]
    description["added_tokens"] = [
        token | {"id": place[token["id"]]} for token in description["added_tokens"] if token["id"] in place
    ]
    return Tokenizer.from_str(json.dumps(description))


@pytest.fixture(scope="module")
def real() -> Tokenizer:
    return Tokenizer.from_file(str(FULL))


@pytest.mark.slow
@pytest.mark.model
@needs_tokenizer
def test_with_the_shipped_list_every_text_reads_back_the_same(real: Tokenizer) -> None:
    kept = shipped_tokens()
    small = pruned(kept)
    texts = [text.text for language in ("en", "zh") for text in shop_texts(load_sample(), language)]  # type: ignore[arg-type]  # plain test values
    texts += [
        "Ünïcode ½ × ☕ 🚀 €9.99",
        "生僻字：龘靐齉爩",
        "Привет, это не магазин",
        "a\tb\n\nc   d",
        "こんにちは",
    ]
    pieces = Counter[str]()
    for text in texts:
        ids = small.encode(text, add_special_tokens=False).ids
        assert small.decode(ids) == text
        assert real.decode([int(kept[id]) for id in ids]) == text
        pieces["small"] += len(ids)
        pieces["full"] += len(real.encode(text, add_special_tokens=False).ids)
    assert pieces["full"] < pieces["small"] < 1.15 * pieces["full"]


@pytest.mark.slow
@pytest.mark.model
@needs_tokenizer
def test_every_single_character_of_both_writings_is_kept(real: Tokenizer) -> None:
    vocabulary = read_vocabulary(real)
    kept = set(shipped_tokens().tolist())
    singles = [
        id
        for id, token in enumerate(vocabulary.tokens)
        if len(token) == 1
        and vocabulary.types[id] in (1, 4)
        and (" " <= token <= "\u024f" and token.isprintable() or "\u4e00" <= token <= "\u9fff")
    ]
    assert len(singles) > 9_000
    assert set(singles) <= kept
    assert all(id in kept for id, kind in enumerate(vocabulary.types) if kind == 6)


@pytest.mark.slow
@pytest.mark.model
@needs_tokenizer
@needs_data
def test_the_shipped_list_made_again_is_nearly_the_same(real: Tokenizer) -> None:
    vocabulary = read_vocabulary(real)
    uses = count_all(vocabulary, public_texts(DATA), [])
    found = compare(choose_tokens(vocabulary.tokens, vocabulary.types, uses), uses)
    assert found.kept == VOCABULARY_SIZE
    assert found.shared > 0.99
