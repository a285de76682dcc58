"""Trainings in tests take one thread, and put up with what the libraries say about themselves."""

import pytest
import torch

_LIBRARIES = (
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",  # in peft
)


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/training/" in item.path.as_posix():
            for known in _LIBRARIES:
                item.add_marker(pytest.mark.filterwarnings(known))


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
