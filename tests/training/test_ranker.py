"""What the evidence ranker is taught: one of the passages that answer comes first."""

from __future__ import annotations

import pytest
import torch

from training.ranker import averaged, loss_of

GRADES = torch.tensor([1.0, 1.0, 0.0, 0.5])
ONE_QUESTION = torch.zeros(4, dtype=torch.long)


def scores(*order: float) -> torch.Tensor:
    return torch.tensor([[value, 0.0] for value in order], requires_grad=True)


def test_it_is_enough_that_one_of_the_passages_that_answer_comes_first():
    either = loss_of(scores(5, -5, 0, 0), GRADES, ONE_QUESTION, 0.3)
    other = loss_of(scores(-5, 5, 0, 0), GRADES, ONE_QUESTION, 0.3)
    wrong = loss_of(scores(0, 0, 5, 0), GRADES, ONE_QUESTION, 0.3)
    assert float(either.detach()) == pytest.approx(float(other.detach()), abs=1e-5)
    assert float(either.detach()) < float(wrong.detach()) - 1


def test_a_passage_that_only_helps_is_pushed_behind_those_that_answer():
    given = scores(0, 0, 0, 0)
    torch.autograd.backward(loss_of(given, GRADES, ONE_QUESTION, 0.3))
    pull = given.grad[:, 0]
    assert pull[0] < 0
    assert pull[1] < 0
    assert pull[2] > 0
    assert pull[3] > 0


def test_questions_do_not_compete_with_each_other():
    two = torch.tensor([0, 0, 1, 1])
    grades = torch.tensor([1.0, 0.0, 1.0, 0.0])
    apart = loss_of(scores(3, 0, 30, 27), grades, two, 0.3)
    alone = loss_of(scores(3, 0, 3, 0), grades, two, 0.3)
    assert float(apart.detach()) == pytest.approx(float(alone.detach()), abs=1e-4)


def test_a_question_that_nothing_answers_teaches_silence_alone():
    given = scores(1, 2, 3, 4)
    torch.autograd.backward(loss_of(given, torch.zeros(4), ONE_QUESTION, 0.3))
    assert torch.equal(given.grad[:, 0], torch.zeros(4))
    assert (given.grad[:, 1] > 0).all()


def test_averaged_weights_lie_in_the_middle(tmp_path):
    from training.pair_model import PairModel

    model = PairModel()
    for name, value in (("one", 1.0), ("three", 3.0)):
        torch.nn.init.constant_(model.scores.bias, value)
        model.save(tmp_path / name)
    mean = averaged(model, [tmp_path / "one", tmp_path / "three"])
    assert torch.allclose(mean.scores.bias, torch.tensor(2.0))
