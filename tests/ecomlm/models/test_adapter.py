"""An adapter is used only with the base and the prompt template that it was trained for."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ecomlm.generation.prompts import template_hash
from ecomlm.models.adapter import LORA_FILE, RECIPE_FILE, AdapterRefused, Recipe, find_adapter, open_adapter
from ecomlm.models.base import BaseModel
from ecomlm.settings import Settings

BASE = BaseModel("tiny", Path("tiny.gguf"), "f" * 64, 512)
RECIPE = Recipe("tiny", BASE.fingerprint, template_hash(), "d" * 64, seed=0)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "models" / "adapters" / "mine"
    place.mkdir(parents=True)
    (place / LORA_FILE).write_bytes(b"GGUF")
    write(place, RECIPE)
    return place


def write(place, recipe):
    (place / RECIPE_FILE).write_text(json.dumps(asdict(recipe)))


def test_a_fitting_adapter_is_found_in_the_shops_own_folder(tmp_path, folder):
    adapter = find_adapter(Settings(home=tmp_path, adapter="mine"), BASE)
    assert adapter is not None
    assert adapter.gguf == folder / LORA_FILE


def test_no_name_means_no_adapter(tmp_path):
    assert find_adapter(Settings(home=tmp_path, adapter=""), BASE) is None


def test_an_unknown_name_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(AdapterRefused, match="python -m training finetune"):
        find_adapter(Settings(home=tmp_path, adapter="nobody"), BASE)


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        (replace(RECIPE, base_fingerprint="0" * 64), "trained for the base"),
        (replace(RECIPE, template_hash="0" * 64), "another prompt template"),
    ],
)
def test_an_adapter_of_another_base_or_template_is_refused(folder, recipe, told):
    write(folder, recipe)
    with pytest.raises(AdapterRefused, match=told):
        open_adapter(folder, BASE)


def test_a_damaged_recipe_is_refused(folder):
    (folder / RECIPE_FILE).write_text("{")
    with pytest.raises(AdapterRefused, match="damaged"):
        open_adapter(folder, BASE)


def test_a_folder_without_weights_is_refused(folder):
    (folder / LORA_FILE).unlink()
    with pytest.raises(AdapterRefused, match="has no"):
        open_adapter(folder, BASE)
