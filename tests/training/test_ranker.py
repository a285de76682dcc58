"""What the evidence ranker is taught: one of the passages that answer comes first."""

from __future__ import annotations

import random

import pytest
import torch

from training.data.ranking import RankerRecipe
from training.ranker import Pass, Row, batch_loss, batches, loss_of, split_for_calibration, tune
from training.shop_questions import Asked

GRADES = torch.tensor([[1.0, 1.0, 0.0, 0.5]])
ALL = torch.ones(1, 4, dtype=torch.bool)


def scores(*order: float) -> torch.Tensor:
    return torch.tensor([order], dtype=torch.float32, requires_grad=True)


def test_it_is_enough_that_one_of_the_passages_that_answer_comes_first():
    either = float(loss_of(scores(5, -5, 0, 0), GRADES, ALL).detach())
    other = float(loss_of(scores(-5, 5, 0, 0), GRADES, ALL).detach())
    wrong = float(loss_of(scores(0, 0, 5, 0), GRADES, ALL).detach())
    assert either == pytest.approx(other, abs=1e-5)
    assert either < wrong - 1


def test_a_passage_that_only_helps_is_pushed_behind_those_that_answer():
    given = scores(0, 0, 0, 0)
    torch.autograd.backward(loss_of(given, GRADES, ALL))
    assert [float(pull) > 0 for pull in given.grad[0]] == [False, False, True, True]


def test_passages_of_other_questions_do_not_compete():
    given = scores(3, 0, 99, 99)
    own = torch.tensor([[True, True, False, False]])
    loss = loss_of(given, torch.tensor([[1.0, 0.0, 0.0, 0.0]]), own)
    torch.autograd.backward(loss)
    assert float(loss.detach()) < 0.1
    assert torch.equal(given.grad[0, 2:], torch.zeros(2))


class Scored(torch.nn.Module):
    """Gives a passage the score that its first token is."""

    def forward(self, questions, passages):
        return torch.tensor([[float(each[0]) for each in passages] for _ in questions])


def test_apart_each_question_has_its_own_passages_else_all_of_a_batch():
    rows = [Row([1], ([3], [0]), (1.0, 0.0)), Row([2], ([90], [0]), (1.0, 0.0))]
    apart = float(batch_loss(Scored(), rows, apart=True))
    together = float(batch_loss(Scored(), rows, apart=False))
    assert apart < 0.05
    assert together > 40


def test_batches_are_whole_and_each_epoch_has_another_order():
    rows = [Row([number], ([1],), (1.0,)) for number in range(10)]
    found = batches(rows, 4, 2, random.Random(0))
    assert [len(batch) for batch in found] == [4, 4, 4, 4]
    assert found[:2] != found[2:]
    assert len(batches(rows[:3], 4, 1, random.Random(0))[0]) == 3


def test_a_product_is_learnt_from_or_calibrated_on_never_both():
    asked = [Asked("q", "en", f"product {number % 60}", [], []) for number in range(180)]
    learnt, kept = split_for_calibration(asked, RankerRecipe())
    assert learnt
    assert kept
    assert not {item.product for item in learnt} & {item.product for item in kept}


class Recorded(torch.nn.Module):
    """A model of one weight that says what was asked of it."""

    def __init__(self):
        super().__init__()
        self.down = torch.nn.ParameterDict({"a": torch.zeros(1)})
        self.up = torch.nn.ParameterDict()
        self.whole, self.words = (torch.nn.Parameter(torch.tensor(1.0)) for _ in range(2))
        self.steps, self.loaded = 0, []

    def forward(self, questions, passages):
        self.steps += 1
        return self.down["a"] * torch.tensor([[float(each[0]) for each in passages] for _ in questions])

    def save(self, folder):
        folder.mkdir(parents=True)

    def load(self, folder):
        self.loaded.append(folder.name)


def test_a_finished_pass_is_loaded_and_not_repeated(tmp_path, capsys):
    rows = [Row([1], ([3], [0]), (1.0, 0.0))] * 4
    chosen = Pass("fine", rows, batch=2, epochs=3, rate=0.1, apart=True)
    first, second = Recorded(), Recorded()
    tune(first, chosen, RankerRecipe(), tmp_path)
    tune(second, chosen, RankerRecipe(), tmp_path)
    assert first.steps == 6
    assert float(first.down["a"].detach()) > 0
    assert (second.steps, second.loaded) == (0, ["fine"])
