"""The network that is trained and the one that serves are the same."""

from __future__ import annotations

import pytest
import torch

from ecomlm.search.pair_reader import PairReader, encode_pairs, load_tokenizer, stack
from training.pair_model import PairModel

QUESTION = "is it waterproof?"
PASSAGES = ["attribute: Waterproof: yes", "review: Kept my feet dry for a whole week in the rain", "x"]


def test_what_training_saved_is_what_serving_computes(tmp_path):
    torch.manual_seed(1)
    model = PairModel().eval()
    model.save(tmp_path)
    batch = stack(encode_pairs(load_tokenizer(), QUESTION, PASSAGES, 96), 4)
    with torch.inference_mode():
        trained, served = model(**batch)[:3], PairReader.load(tmp_path)(**batch)[:3]
    assert served.shape == (3, 2)
    assert torch.allclose(trained, served, atol=2e-2)
    assert torch.equal(trained.argsort(0), served.argsort(0))


def test_weights_that_are_not_all_there_are_refused(tmp_path):
    PairModel().save(tmp_path)
    next(iter(sorted(tmp_path.glob("weights-*")))).unlink()
    with pytest.raises(FileNotFoundError, match="weights"):
        PairReader.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="weights"):
        PairModel().load(tmp_path)


def test_a_second_save_leaves_no_shard_of_the_first(tmp_path):
    PairModel().save(tmp_path)
    (tmp_path / "weights-9-of-9.safetensors").write_bytes(b"old")
    PairModel().save(tmp_path)
    assert not (tmp_path / "weights-9-of-9.safetensors").exists()
