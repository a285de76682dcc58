"""The flags of the commands reach the report; which systems it is about."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from ecomlm.models.base import BaseModel
from ecomlm.settings import Settings
from training import releases
from training.__main__ import main
from training.evaluate import measuring, systems
from training.evaluate.canary_trial import Trial
from training.evaluate.report import Options, ReportRefused
from training.evaluate.voice import RULES

BASE = BaseModel("tiny", Path("model.gguf"), "f" * 64, 60)


@pytest.fixture
def called(monkeypatch):
    seen = {}

    def evaluate(settings, options, adapters, *, output, html, plots):
        seen.update(options=options, adapters=adapters, output=output, html=html, plots=plots)
        return {"systems": ["base", "shop"]}

    monkeypatch.setattr(measuring, "evaluate", evaluate)
    monkeypatch.setattr(releases, "store_evaluation", lambda settings, report: seen.update(stored=report))
    return seen


def test_flags_of_evaluate_reach_the_report(called):
    flags = "--only voice speed --sets own-zh --limit 4 --seed 3 --adapter a b --html page.html "
    flags += "--plots docs --store"
    assert main(["evaluate", *flags.split()]) == 0
    sets, parts = ("own-zh",), ("voice", "speed")
    expected = Options(limit=4, seed=3, sets=sets, parts=parts, voice=RULES, trial=Trial(per_group=4))
    assert called["options"] == expected
    assert called["adapters"] == ("a", "b")
    assert (called["output"], called["html"], called["plots"]) == (None, Path("page.html"), Path("docs"))
    assert called["stored"]["systems"] == ["base", "shop"]


def test_nothing_is_stored_unless_asked(called):
    assert main(["evaluate"]) == 0
    assert called["options"] == Options()
    assert "stored" not in called


def test_what_cannot_be_measured_is_an_error_in_words(monkeypatch, capsys):
    def refuse(*_, **__):
        raise ReportRefused("no part is called x")

    monkeypatch.setattr(measuring, "evaluate", refuse)
    assert main(["evaluate", "--only", "x"]) == 1
    assert "error: no part is called x" in capsys.readouterr().err


def test_systems_are_base_live_and_others_each_once(tmp_path, monkeypatch):
    monkeypatch.setattr(systems, "prepare_base", lambda settings: BASE)
    monkeypatch.setattr(systems, "find_adapter", lambda settings, base: SimpleNamespace(name="shop"))
    monkeypatch.setattr(systems, "adapter_folder", lambda settings, name: tmp_path / name)
    monkeypatch.setattr(systems, "open_adapter", lambda folder, base: SimpleNamespace(name=folder.name))
    settings = Settings(home=tmp_path)
    found = systems.systems_of(settings, ("shop", "shop-2", "shop-2"))
    assert [system.name for system in found] == ["base", "shop", "shop-2"]
    assert [system.name for system in systems.adapters_of(settings, ("shop-2", "shop"))] == ["shop-2", "shop"]
    monkeypatch.setattr(systems, "find_adapter", lambda settings, base: None)
    assert [system.name for system in systems.systems_of(settings)] == ["base"]
    assert systems.systems_of(settings)[0].trained_on is None
