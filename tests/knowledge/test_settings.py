"""Settings: where values come from, and every fault that is reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from knowledge.errors import SettingsInvalid
from knowledge.settings import KnowledgeSettings, load


@dataclass(frozen=True, kw_only=True, repr=False)
class ShopSettings(KnowledgeSettings):
    """A package's own settings on top of the store's."""

    table: ClassVar[str] = "bot"

    port: int = 8000
    ratio: float = 0.5
    is_public: bool = False
    mode: Literal["calm", "busy"] = "calm"
    origins: tuple[str, ...] = ()
    limit: int | None = 5
    password: str = field(default="", metadata={"secret": True})


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _faults(tmp_path: Path, text: str, **environ: str) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        load(ShopSettings, _file(tmp_path, text), environ)
    return str(caught.value)


def test_without_file_and_environment_the_defaults_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(KnowledgeSettings, environ={})
    assert (settings.home, settings.currency) == (Path("var"), "USD")
    assert settings.database == "sqlite+aiosqlite:///var/shop.db"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, '[knowledge]\ncurrency = "EUR"\nhome = "here"\n[bot]\nport = 1\n')
    settings = load(ShopSettings, file, {"ECOMLM_PORT": "2", "ECOMLM_DATABASE_URL": "postgresql://h/shop"})
    assert (settings.currency, settings.home, settings.port) == ("EUR", Path("here"), 2)
    assert settings.database == "postgresql://h/shop"


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, "[bot]\nport = 7\n")
    assert load(ShopSettings, environ={"ECOMLM_CONFIG": str(file)}).port == 7


def test_a_file_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _file(tmp_path, "[bot]\nport = 9\n").rename(tmp_path / "ecomlm.toml")
    monkeypatch.chdir(tmp_path)
    assert load(ShopSettings, environ={}).port == 9


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("ECOMLM_RATIO", "0.25", "ratio", 0.25),
        ("ECOMLM_IS_PUBLIC", "Yes", "is_public", True),
        ("ECOMLM_IS_PUBLIC", "off", "is_public", False),
        ("ECOMLM_MODE", "busy", "mode", "busy"),
        ("ECOMLM_ORIGINS", "https://a, https://b,", "origins", ("https://a", "https://b")),
        ("ECOMLM_LIMIT", "", "limit", None),
        ("ECOMLM_LIMIT", "3", "limit", 3),
    ],
)
def test_values_take_the_type_of_their_setting(
    variable: str, text: str, name: str, value: object, tmp_path: Path
) -> None:
    settings = load(ShopSettings, _file(tmp_path, ""), {variable: text})
    assert getattr(settings, name) == value


def test_lists_and_booleans_of_the_file(tmp_path: Path) -> None:
    settings = load(ShopSettings, _file(tmp_path, '[bot]\norigins = ["a"]\nis_public = true\n'), {})
    assert (settings.origins, settings.is_public) == (("a",), True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bot]\nprot = 1\n", r"unknown key \[bot\] prot. Known keys of \[bot\]: is_public, limit"),
        ("[bot]\ncurrency = 'EUR'\n", r"unknown key \[bot\] currency"),
        ("[bots]\nport = 1\n", r"unknown table \[bots\]"),
        ("port = 1\n", r"unknown table \[port\]"),
        ("[bot]\nport = 'many'\n", r"\[bot\] port = 'many' is not a whole number"),
        ("[bot]\nport = 1.5\n", r"port = 1.5 is not a whole number"),
        ("[bot]\nport = true\n", r"port = True is not a whole number"),
        ("[bot]\nratio = 'x'\n", r"ratio = 'x' is not a number"),
        ("[bot]\nis_public = 'perhaps'\n", r"is_public = 'perhaps' is not true or false"),
        ("[bot]\nmode = 'wild'\n", r"mode = 'wild' is not one of 'calm', 'busy'"),
        ("[bot]\npassword = 5\n", r"password = 5 is not text"),
        ("[knowledge]\nhome = 5\n", r"home = 5 is not a path"),
        ("[knowledge]\ncurrency = 'euro'\n", r"currency = 'euro' is not an ISO 4217 code"),
        ("[knowledge]\norders_url = 'shop.example'\n", r"orders_url = 'shop.example' is not a web address"),
        ("[knowledge]\norders_url = 'https://s.example'\n", r"orders_secret is shorter than 32 characters"),
        ("[knowledge]\norders_timeout_seconds = 0\n", r"orders_timeout_seconds = 0.0 is not above 0"),
        ("[bot\n", r"is not valid TOML"),
    ],
)
def test_every_fault_is_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        load(ShopSettings, _file(tmp_path, text), {})


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    faults = _faults(tmp_path, "[bot]\nprot = 1\nport = 'x'\n", ECOMLM_RATIO="y")
    assert faults.count("\n  - ") == 3
    assert "ECOMLM_RATIO = 'y' is not a number" in faults


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="nothing.toml' does not exist"):
        load(ShopSettings, tmp_path / "nothing.toml", {})


def test_another_packages_table_is_left_to_that_package(tmp_path: Path) -> None:
    assert load(KnowledgeSettings, _file(tmp_path, "[bot]\nport = 'x'\n"), {}).currency == "USD"


def test_secrets_are_not_shown() -> None:
    shown = repr(ShopSettings(password="hunter2", database_url="postgresql://u:p@h/d"))
    assert "hunter2" not in shown
    assert "u:p@h" not in shown
    assert "password=***" in shown
    assert "port=8000" in shown
