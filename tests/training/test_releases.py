"""The gate lets through what holds it, and names what fails; releases switch and switch back."""

import json
import shutil

import pytest

from ecomlm.generation.prompts import template_hash
from ecomlm.models.adapter import LORA_FILE, RECIPE_FILE, AdapterRefused, find_adapter
from ecomlm.models.base import BaseModel
from ecomlm.models.registry import Registry
from ecomlm.settings import Settings
from training import releases
from training.gate import GateClosed, figures_of, judge, read_gate
from training.recipe import RecipeInvalid

BASE = BaseModel("tiny", None, "f" * 64, 60)
GOOD = {
    "own EN": {"agrees": 0.8, "silence": 0.8},
    "own ZH": {"agrees": 0.8, "silence": 0.9},
    "unsupported": {"claims_per_100": 2.0},
}


def evaluation(figures):
    return {"rows": [{"system": "adapter", "set": name, **values} for name, values in figures.items()]}


def adapter(home, name, figures, fingerprint=BASE.fingerprint):
    folder = home / "models" / "adapters" / name
    folder.mkdir(parents=True)
    recipe = {
        "base": "tiny",
        "base_fingerprint": fingerprint,
        "template_hash": template_hash(),
        "data_hash": "d",
        "seed": 1,
    }
    (folder / RECIPE_FILE).write_text(json.dumps(recipe))
    (folder / LORA_FILE).write_bytes(b"lora")
    (folder / "evaluation.json").write_text(json.dumps(evaluation(figures)))


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(releases, "prepare_base", lambda settings: BASE)
    for name in ("shop", "shop-2"):
        adapter(tmp_path, name, GOOD)
    return Settings(home=tmp_path)


def test_shipped_gate_is_read_and_a_good_adapter_passes():
    verdicts = judge(read_gate(), GOOD, GOOD)
    assert verdicts
    assert all(verdict.passed for verdict in verdicts)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"own ZH": {"agrees": 0.6, "silence": 0.9}}, "own ZH agrees: 0.600 is 0.050 below 0.650"),
        (
            {"own ZH": {"agrees": 0.7, "silence": 0.9}},
            "0.700 is 0.100 below the live 0.800; allowed are 0.060",
        ),
        ({"unsupported": {"claims_per_100": 30.0}}, "30.000 is 10.000 above 20.000"),
        ({"unsupported": {"claims_per_100": 6.0}}, "6.000 is 4.000 above the live 2.000"),
        ({"corrections": {"as_corrected": 0.5}}, "corrections as_corrected: 0.500 is 0.400 below 0.900"),
        ({"own EN": {"agrees": 0.8}}, "own EN silence: was not measured"),
    ],
)
def test_failing_row_is_named_with_by_how_much(settings, tmp_path, changes, told):
    adapter(tmp_path, "worse", GOOD | changes)
    with pytest.raises(GateClosed, match="'worse' may not go live") as caught:
        releases.promote(settings, "worse")
    assert told in str(caught.value)
    assert Registry(settings).live == "shop"


def test_promoted_adapter_is_found_and_rollback_restores(settings):
    Registry(settings).add("shop-2")
    assert releases.promote(settings, "shop-2") == "shop"
    assert find_adapter(settings, BASE).name == "shop-2"
    assert releases.rollback(settings) == "shop"
    assert find_adapter(settings, BASE).name == "shop"
    listed = releases.listing(settings)
    assert listed[0].startswith("live       shop ")
    assert "own ZH agrees 0.800" in listed[0]
    assert any(line.startswith("retired    shop-2") for line in listed)


def test_adapter_of_another_base_is_not_promoted(settings, tmp_path):
    adapter(tmp_path, "foreign", GOOD, fingerprint="0" * 64)
    with pytest.raises(AdapterRefused, match="was trained for the base"):
        releases.promote(settings, "foreign")


def test_rollback_to_an_adapter_that_is_gone_changes_nothing(settings, tmp_path):
    adapter(tmp_path, "shop-3", GOOD)
    releases.promote(settings, "shop-2")
    releases.promote(settings, "shop-3")
    shutil.rmtree(tmp_path / "models" / "adapters" / "shop-2")
    with pytest.raises(AdapterRefused, match="no adapter 'shop-2'"):
        releases.rollback(settings)
    assert Registry(settings).live == "shop-3"


def test_gate_without_limits_is_refused(tmp_path):
    path = tmp_path / "gate.toml"
    path.write_text('[[row]]\nset = "own EN"\nfigure = "agrees"\n')
    with pytest.raises(RecipeInvalid, match="'own EN agrees' has no limit"):
        read_gate(path)
    path.write_text("")
    with pytest.raises(RecipeInvalid, match="everything would pass"):
        read_gate(path)
    with pytest.raises(GateClosed, match="cannot be read"):
        read_gate(tmp_path / "none.toml")


def test_figures_are_the_adapters_own():
    told = evaluation({"own EN": {"agrees": 0.5}})
    told["rows"].append({"system": "base", "set": "own EN", "agrees": 0.1})
    assert figures_of(told) == {"own EN": {"agrees": 0.5}}


def measured(name, sets):
    rows = [{"part": "answers", "system": name, "set": group, **values} for group, values in sets.items()]
    rows.append({"part": "answers", "system": "copy", "set": "own EN", "agrees": 0.1})
    systems = ["base", "shop", name]
    return {"measured": True, "seed": 7, "limit": 60, "systems": systems, "differences": [], "rows": rows}


def test_stored_report_is_what_the_gate_judges(settings, tmp_path):
    better = GOOD | {"own EN": {"agrees": 0.9, "silence": 0.8, "intervals": {"agrees": [0.8, 1.0]}}}
    path = releases.store_evaluation(settings, measured("shop-2", better))
    told = json.loads(path.read_text())
    assert figures_of(told)["own EN"] == {"agrees": 0.9, "silence": 0.8}
    assert told["rows"][-1]["system"] == "copy"
    assert releases.promote(settings, "shop-2") == "shop"


def test_report_without_what_the_gate_demands_is_not_stored(settings):
    before = releases.evaluation_of(settings, "shop-2")
    with pytest.raises(releases.EvaluationPartial, match="'shop-2' lacks own ZH agrees, own ZH silence"):
        releases.store_evaluation(
            settings, measured("shop-2", {name: GOOD[name] for name in ("own EN", "unsupported")})
        )
    assert releases.evaluation_of(settings, "shop-2") == before


def test_figures_of_a_set_in_several_parts_are_taken_together():
    told = evaluation({"own EN": {"agrees": 0.5}})
    told["rows"].append({"system": "adapter", "part": "voice", "set": "own EN", "keeps_rules": 0.9})
    assert figures_of(told) == {"own EN": {"agrees": 0.5, "keeps_rules": 0.9}}
