"""The shops that the acceptance tests talk to; each is built once, or kept where ECOMLM_TEST_HOMES says."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from knowledge.records import Product
from knowledge.settings import KnowledgeSettings, load
from tests.acceptance.checker import Checker
from tests.acceptance.shop import Shop, build_home, first_rows, sample_records

ICECAT_PRODUCTS = 1500


def _folder(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("ECOMLM_TEST_HOMES")
    return Path(kept) / name if kept else tmp_path_factory.mktemp(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """The sample shop over the real engine."""
    settings = await build_home(_folder("sample", tmp_path_factory), sample_records())
    opened = await Shop.open(settings)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def icecat(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> AsyncIterator[Shop]:
    """The first products of Icecat, over the same kind of engine."""
    source = load(KnowledgeSettings).data / "icecat" / "products.jsonl.gz"
    if not source.exists():
        pytest.skip(f"{source} is not here; set ECOMLM_DATA to the folder of public data sets")
    folder = _folder("icecat", tmp_path_factory)
    folder.mkdir(parents=True, exist_ok=True)
    models = folder / "models"
    if not models.exists():
        models.symlink_to(shop.settings.home.absolute() / "models")
    settings = await build_home(folder, first_rows(source, ICECAT_PRODUCTS, folder / "products.jsonl"))
    opened = await Shop.open(settings)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def products(shop: Shop) -> dict[str, Product]:
    """Every product of the sample shop."""
    return await shop.products()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def checker(shop: Shop) -> Checker:
    """What the sample shop's records say, to hold replies against."""
    return await Checker.of(shop.tools.store)
