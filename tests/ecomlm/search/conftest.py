import pytest

from ecomlm.settings import Settings
from knowledge.store import Store

from .hash_embedder import HashEmbedder
from .shop import articles, products


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", threads=1)


@pytest.fixture
def embedders():
    embedder = HashEmbedder(256)
    return {"en": embedder, "zh": embedder}


@pytest.fixture
async def store(settings):
    settings.home.mkdir()
    async with await Store.open(settings) as opened:
        await opened.save([*products(), *articles()], who="test")
        yield opened
