"""The search keeps to its budget and finds the better of what it may choose."""

import json

import optuna
import pytest

from tests.training.tiny import new_run, recipe, rows, tiny_model
from training.recipe import RECIPES, FinetuneRecipe, RecipeInvalid, read_recipe, recipe_of, write_recipe
from training.tune import NothingFound, TuneRecipe, search

SPACE = {"training.learning_rate": {"choices": [1e-6, 2e-2]}}


def searching(**changes):
    content = {"steps": 6, "checks": 2, "trials": 4, "minutes": 5, "space": SPACE} | changes
    return recipe_of(content, TuneRecipe, "the search")


def look(folder, **changes):
    return search(tiny_model, rows()[8:], rows()[:8], searching(**changes), recipe(), new_run(folder), pad=0)


def test_search_chooses_the_rate_that_learns_and_goes_on_with_its_study(tmp_path):
    best = look(tmp_path)
    assert best.training.learning_rate == 2e-2
    assert (best.training.max_steps, best.training.epochs) == (0, 6)  # a trial's length is not the recipe's
    write_recipe(best, tmp_path / "chosen.toml")
    assert read_recipe(tmp_path / "chosen.toml", FinetuneRecipe) == best
    told = json.loads((tmp_path / "result.json").read_text())
    assert sum(told["trials"].values()) == 4
    assert "<svg" in (tmp_path / "study.svg").read_text()
    look(tmp_path, trials=1)
    assert sum(json.loads((tmp_path / "result.json").read_text())["trials"].values()) == 5


def test_trial_that_the_pruner_gives_up_is_stopped_early(tmp_path, monkeypatch):
    monkeypatch.setattr(optuna.Trial, "should_prune", lambda self: self.number > 0)
    look(tmp_path, trials=2)
    told = json.loads((tmp_path / "result.json").read_text())
    assert (told["trials"]["complete"], told["trials"]["pruned"]) == (1, 1)
    curve = (tmp_path / "trial-1" / "curves.csv").read_text().splitlines()
    assert curve[-1].startswith("3,")


def test_budget_that_ends_before_a_trial_does_is_told(tmp_path):
    with pytest.raises(NothingFound, match="Give more minutes"):
        look(tmp_path, minutes=0.00001)


@pytest.mark.parametrize(
    ("space", "told"),
    [
        ({"training.speed": {"low": 1, "high": 2}}, r"unknown key \[training\] speed"),
        ({"training.learning_rate": {"low": 2, "high": 1}}, "are no range"),
        ({"training.learning_rate": {"low": 0, "high": 1, "log": True}}, "begins above 0"),
        ({}, "is empty"),
    ],
)
def test_space_that_cannot_be_searched_is_refused(tmp_path, space, told):
    with pytest.raises(RecipeInvalid, match=told):
        look(tmp_path, space=space)


def test_shipped_space_is_read():
    assert set(read_recipe(RECIPES / "tune.toml", TuneRecipe).space) >= {
        "lora.rank",
        "training.learning_rate",
    }
