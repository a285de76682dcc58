"""What is live, and that a switch is whole or not at all."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from ecomlm.models.registry import REGISTRY_FILE, Registry, RegistryRefused
from ecomlm.settings import Settings


@pytest.fixture
def registry(tmp_path):
    return Registry(Settings(home=tmp_path))


def test_the_settings_adapter_is_live_until_one_is_promoted(registry):
    assert registry.live == "shop"
    registry.add("shop-2")
    assert registry.states() == {"shop": "live", "shop-2": "candidate"}
    assert registry.promote("shop-2") == "shop"
    assert registry.states() == {"shop-2": "live", "shop": "retired"}


def test_rollback_restores_step_by_step(registry):
    registry.promote("shop-2")
    registry.promote("shop-3")
    assert registry.rollback() == ("shop-3", "shop-2")
    assert registry.rollback() == ("shop-2", "shop")
    assert registry.live == "shop"
    assert registry.states()["shop-3"] == "retired"
    with pytest.raises(RegistryRefused, match="nothing was promoted before 'shop'"):
        registry.rollback()


def test_running_reader_sees_the_switch_and_another_line_does_not(registry, tmp_path):
    reader = Registry(Settings(home=tmp_path))
    registry.promote("shop-2")
    assert reader.live == "shop-2"
    assert Registry(Settings(home=tmp_path, adapter="other")).live == "other"
    assert Registry(Settings(home=tmp_path, adapter="")).live == ""


def test_the_live_adapter_is_neither_promoted_nor_added_again(registry):
    with pytest.raises(RegistryRefused, match="is live already"):
        registry.promote("shop")
    with pytest.raises(RegistryRefused, match="cannot be a candidate"):
        registry.add("shop")


def test_damaged_registry_is_named_with_what_to_do(registry, tmp_path):
    path = tmp_path / "models" / "adapters" / REGISTRY_FILE
    path.parent.mkdir(parents=True)
    path.write_text('{"live": "shop-2"', encoding="utf-8")
    with pytest.raises(RegistryRefused, match=r"is damaged .* delete it to answer with 'shop' again"):
        _ = registry.live


def test_changes_at_once_are_all_kept(tmp_path):
    names = [f"shop-{number}" for number in range(24)]

    def add(name):
        Registry(Settings(home=tmp_path)).add(name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, names))
    told = json.loads((tmp_path / "models" / "adapters" / REGISTRY_FILE).read_text())
    assert sorted(told["candidates"]) == sorted(names)
