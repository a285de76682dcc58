"""The real base model, prepared once for all tests of a run."""

from __future__ import annotations

import pytest

from ecomlm.models.base import BaseModel, prepare_base
from ecomlm.settings import Settings


@pytest.fixture(scope="session")
def base_model(tmp_path_factory) -> BaseModel:
    return prepare_base(Settings(home=tmp_path_factory.mktemp("model-home")))
