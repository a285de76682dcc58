"""Unsafe settings are refused at the start, and the secret is made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import BotSettings, visitor_secret
from knowledge.errors import SettingsInvalid
from knowledge.settings import load


def test_a_public_address_needs_a_password() -> None:
    with pytest.raises(SettingsInvalid, match="operator_password"):
        load(BotSettings, environ={"ECOMLM_HOST": "0.0.0.0"})
    load(BotSettings, environ={"ECOMLM_HOST": "0.0.0.0", "ECOMLM_OPERATOR_PASSWORD": "correct horse"})


@pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/path", "https://*.example", "*"])
def test_a_value_that_is_no_origin_is_named(origin: str) -> None:
    with pytest.raises(SettingsInvalid, match="allowed_origins"):
        load(BotSettings, environ={"ECOMLM_ALLOWED_ORIGINS": origin})


def test_limits_must_be_above_zero_and_all_faults_come_at_once() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load(BotSettings, environ={"ECOMLM_SESSION_DAYS": "0", "ECOMLM_SECRET": "short"})
    assert len(refused.value.faults) == 2


def test_the_secret_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    settings = BotSettings(home=tmp_path)
    assert visitor_secret(settings) == visitor_secret(settings)
    assert len(visitor_secret(settings)) >= 32
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_secrets_are_masked() -> None:
    assert "hunter22hunter22" not in repr(BotSettings(operator_password="hunter22hunter22"))
