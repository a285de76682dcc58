"""A real Rasa over a copy of the sample shop, once for all tests; skipped with the reason if it cannot be."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import build_home, sample_records
from tests.rasa.environment import ABSENT, find_python, python
from tests.rasa.records import move_orders
from tests.rasa.servers import Rasa, running


@pytest.fixture(scope="session")
def rasa_python() -> Path:
    """The Python of Rasa's environment."""
    if not os.environ.get("RASA_TEST"):
        pytest.skip("trains and starts a real Rasa, which takes minutes: make rasa-test")
    if found := python():
        return found
    pytest.skip("Rasa is not installed: make rasa-test" if find_python() else ABSENT)


@pytest.fixture(scope="session")
def rasa_home(rasa_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample shop of its own."""
    home = tmp_path_factory.mktemp("rasa") / "home"
    if kept := os.environ.get("ECOMLM_TEST_HOMES"):
        shutil.copytree(Path(kept) / "sample", home)
    else:
        asyncio.run(build_home(home, sample_records()))
    move_orders(home)
    return home


@pytest.fixture(scope="session")
def rasa(rasa_python: Path, rasa_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rasa]:
    """A trained Rasa that runs beside our action server."""
    with running(rasa_python, rasa_home, tmp_path_factory.mktemp("servers")) as servers:
        yield servers
