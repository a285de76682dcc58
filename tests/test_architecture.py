"""The house's order: imports run one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("knowledge", "ecomlm", "bot", "training")
MAY_IMPORT = {
    "knowledge": set(),
    "ecomlm": {"knowledge"},
    "bot": {"ecomlm", "knowledge"},
    "training": {"ecomlm", "knowledge"},
}


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def wrong_imports(package: str, source: str) -> list[str]:
    """Return the imports of a package that the house's order forbids."""
    forbidden = set(PACKAGES) - MAY_IMPORT[package] - {package} | {"tests"}
    return [name for name in _imports(source) if name.split(".")[0] in forbidden]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_one_way(package: str) -> None:
    wrong = {
        str(file.relative_to(ROOT)): found
        for file in sorted((ROOT / package).rglob("*.py"))
        if (found := wrong_imports(package, file.read_text(encoding="utf-8")))
    }
    assert not wrong


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("knowledge", "import ecomlm.search"),
        ("ecomlm", "def f():\n    from bot import app"),
        ("bot", "import training.finetune as tune"),
        ("training", "from bot.turn import Turn"),
        ("bot", "from tests.conftest import store"),
    ],
)
def test_an_import_against_the_order_is_noticed(package: str, source: str) -> None:
    assert wrong_imports(package, source)


def test_an_import_along_the_order_is_fine() -> None:
    assert not wrong_imports(
        "bot", "from ecomlm.search import search\nimport knowledge.store\nfrom . import turn"
    )
