"""A student of fewer layers comes nearer to its teacher."""

import pytest
import torch

from ecomlm.generation.engine import Piece
from tests.training.tiny import new_run, rows, tiny_model
from training.data.examples import Example
from training.distil import DistilRecipe, apart, divergence, taught_texts, train_student
from training.layers import LayersImpossible, choose_layers, with_layers
from training.recipe import RecipeInvalid, Training, recipe_of


def recipe(**changes):
    training = Training(
        learning_rate=5e-3, rows_per_batch=8, lengths=(12, 16), max_steps=40, checkpoint_steps=5, log_steps=3
    )
    return DistilRecipe(
        **{"layers": 2, "held_out_percent": 20, "answers": 0.0, "training": training} | changes
    )


def test_student_approaches_its_teacher(tmp_path):
    done = train_student(tiny_model(layers=4), rows(), recipe(), new_run(tmp_path), pad=0)
    assert done.figures["layers"] == [0, 3]
    assert done.figures["after"]["divergence"] < 0.5 * done.figures["before"]["divergence"]
    assert done.figures["after"]["same_choice"] >= done.figures["before"]["same_choice"]
    assert done.student.config.num_hidden_layers == 2


def test_teacher_stays_as_it_is(tmp_path):
    teacher, before = tiny_model(layers=4), tiny_model(layers=4)
    train_student(teacher, rows(), recipe(), new_run(tmp_path), pad=0)
    assert all(
        torch.equal(one, other) for one, other in zip(teacher.parameters(), before.parameters(), strict=True)
    )


def test_model_of_all_layers_computes_the_same():
    teacher = tiny_model(layers=3)
    ids = torch.tensor([[2, 7, 30, 31]])
    with torch.no_grad():
        same = with_layers(teacher, [0, 1, 2])(input_ids=ids).logits
        fewer = with_layers(teacher, [0, 2])(input_ids=ids).logits
        right = teacher(input_ids=ids).logits
    torch.testing.assert_close(same, right)
    assert not torch.allclose(fewer, right)


def test_each_place_takes_a_layer_of_its_kind():
    kinds = (["sliding"] * 5 + ["full"]) * 3
    for count in (6, 9, 12, 15, 18):
        chosen = choose_layers(kinds, count)
        assert chosen == sorted(set(chosen))
        assert [kinds[layer] for layer in chosen] == kinds[:count]
    assert choose_layers(kinds, 18) == list(range(18))
    assert choose_layers(["full"] * 9, 3) == [0, 4, 8]


@pytest.mark.parametrize("count", [0, 19])
def test_number_of_layers_out_of_range_is_told(count):
    with pytest.raises(LayersImpossible, match="choose 1 to 18"):
        choose_layers(["full"] * 18, count)


def test_divergence_and_distance_are_zero_between_equals_only():
    one, other = torch.randn(5, 8), torch.randn(5, 8)
    assert float(divergence(one, one, 2.0)) == pytest.approx(0, abs=1e-6)
    assert float(divergence(one, other, 2.0)) > 0.1
    states, mask = torch.randn(1, 4, 8), torch.tensor([[0, 1, 1, 1]])
    changed = states.clone()
    changed[0, 0] = 9.0  # where the mask is 0
    assert float(apart(states, changed, mask)) == pytest.approx(0, abs=1e-6)


async def test_texts_of_a_teacher_become_rows_and_empty_ones_do_not():
    class Teacher:
        name = "larger"

        async def complete(self, request):
            for part in ("It ", "is.") if "boot" in request.prompt else ():
                yield Piece(part)

    asked = [Example(f"{word}?\nAnswer:", "", "en", "answer", "shop") for word in ("boot", "tent")]
    found = [row async for row in taught_texts(Teacher(), asked)]
    assert [(row.answer, row.source) for row in found] == [("It is.", "shop by larger")]


def test_distillation_that_would_learn_nothing_is_refused():
    with pytest.raises(RecipeInvalid, match="nothing would be learnt"):
        recipe_of({"distribution": 0, "hidden": 0, "answers": 0}, DistilRecipe, "the recipe")
