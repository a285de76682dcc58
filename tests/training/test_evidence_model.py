"""The ranker's network that is trained and the one that serves are the same, and it learns."""

from __future__ import annotations

import pytest
import torch

from ecomlm.search.e5 import load_e5
from ecomlm.search.late_interaction import LateInteraction
from training.evidence_model import EvidenceModel
from training.ranker import Row, batch_loss

QUESTIONS = ["is it waterproof?", "多重？"]
PASSAGES = [
    "attribute: Waterproof: yes",
    "review: Kept my feet dry for a whole week in the rain",
    "attribute: 重量：480 g",
]


@pytest.fixture(scope="module")
def network():
    return load_e5()


@pytest.fixture
def model(network):
    torch.manual_seed(1)
    return EvidenceModel(network, rank=2, dtype=torch.float32)


def tokens(network, texts, kind):
    return network.tokenizer.encode(texts, kind, 48)


@pytest.mark.model
def test_what_training_saved_is_what_serving_computes(model, network, tmp_path):
    with torch.no_grad():
        for value in model.up.values():
            value.normal_(std=0.05)
        trained = model(tokens(network, QUESTIONS, "query"), tokens(network, PASSAGES, "passage"))
    model.save(tmp_path)
    reader = LateInteraction.load(tmp_path, threads=1)
    served = [reader.scores(question, PASSAGES) for question in QUESTIONS]
    assert torch.allclose(trained, torch.tensor(served), atol=0.3)
    assert torch.equal(trained.argsort(1), torch.tensor(served).argsort(1))


@pytest.mark.model
def test_a_few_steps_bring_the_passage_that_answers_forward(model, network):
    row = Row(
        tokens(network, ["can I wear it in the rain?"], "query")[0],
        tuple(
            tokens(
                network, ["review: rain, rain, wear it in the rain", "attribute: Waterproof: yes"], "passage"
            )
        ),
        (0.0, 1.0),
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(5):
        loss = batch_loss(model, [row], apart=True)
        torch.autograd.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 2


@pytest.mark.model
def test_saved_weights_are_loaded_again(model, network, tmp_path):
    with torch.no_grad():
        model.whole.fill_(3.0)
        next(iter(model.up.values())).fill_(0.25)
    model.save(tmp_path)
    again = EvidenceModel(network, rank=2, dtype=torch.float32)
    again.load(tmp_path)
    assert float(again.whole.detach()) == 3.0
    assert float(next(iter(again.up.values())).detach()[0, 0]) == 0.25
