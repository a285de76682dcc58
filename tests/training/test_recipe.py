"""Recipes are read as they were written, and every fault is told at once."""

from importlib import import_module

import pytest

from training.recipe import RECIPES, SHOP_RECIPE, FinetuneRecipe, RecipeInvalid, read_recipe, write_recipe

BROKEN = """
name = 3
colour = "red"
[lora]
rank = 0.5
[training]
schedule = "wavy"
lengths = [64, "x"]
rows_per_batch = true
[rows]
shop = "many"
"""
UNUSABLE = """
full = true
start_from = "shop"
[lora]
rank = 0
[training]
lengths = [64, 32]
rows_per_batch = 0
[rows]
shop = -1
"""


def test_shipped_recipe_is_read():
    assert read_recipe(SHOP_RECIPE, FinetuneRecipe).lora.rank == 16
    assert SHOP_RECIPE.parent == RECIPES


def test_written_recipe_is_read_again(tmp_path):
    recipe = FinetuneRecipe(name="own", rows={"shop": 3})
    write_recipe(recipe, tmp_path / "own.toml")
    assert read_recipe(tmp_path / "own.toml", FinetuneRecipe) == recipe


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            BROKEN,
            [
                "name = 3 is not a text",
                "unknown key colour. Known: name, seed",
                "[lora] rank = 0.5 is not a whole number",
                "[training] schedule = 'wavy' is none of 'cosine'",
                "[training] lengths[1] = 'x' is not a whole number",
                "[training] rows_per_batch = True is not a whole number",
                "[rows] shop = 'many' is not a whole number",
            ],
        ),
        (
            UNUSABLE,
            [
                "full = true cannot start from the adapter 'shop'",
                "[lora] rank = 0: use 1 or more",
                "[training] lengths = [64, 32] are not in rising order",
                "[training] rows_per_batch = 0: use 1 or more",
                "[rows] shop = -1 is not a number of rows",
            ],
        ),
        ("name = ", ["cannot be read"]),
    ],
)
def test_all_faults_are_told_at_once(tmp_path, text, faults):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeInvalid) as caught:
        read_recipe(path, FinetuneRecipe)
    for fault in faults:
        assert fault in str(caught.value)


def test_missing_recipe_is_named(tmp_path):
    with pytest.raises(RecipeInvalid, match=r"none\.toml cannot be read"):
        read_recipe(tmp_path / "none.toml", FinetuneRecipe)


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("shop", "recipe.FinetuneRecipe"),
        ("pretrain", "pretrain.PretrainRecipe"),
        ("scratch", "pretrain.PretrainRecipe"),
        ("encoder", "encoder.EncoderRecipe"),
        ("prefer", "prefer.PreferRecipe"),
        ("distil", "distil.DistilRecipe"),
        ("retrain", "retrain.RetrainRecipe"),
        ("retriever", "retriever.RetrieverRecipe"),
        ("tune", "tune.TuneRecipe"),
    ],
)
def test_every_shipped_recipe_is_read_by_its_stage(file, place):
    module, _, name = place.partition(".")
    kind = getattr(import_module(f"training.{module}"), name)
    assert isinstance(read_recipe(RECIPES / f"{file}.toml", kind), kind)


def test_every_shipped_recipe_is_tested():
    assert len(list(RECIPES.glob("*.toml"))) == 9
