"""Which Python Rasa gets: the one that is named, one on the path that runs, or pyenv's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rasa import environment


def program(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search path that holds nothing but what a test puts there."""
    monkeypatch.delenv("RASA_PYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path / "path"


def test_a_python_that_is_named_is_taken(tmp_path: Path, path: Path, monkeypatch) -> None:
    program(path / "python3.10", "exit 0")
    monkeypatch.setenv("RASA_PYTHON", str(program(tmp_path / "own", "exit 0")))
    assert environment.find_python() == str(tmp_path / "own")


@pytest.mark.parametrize("named", ["missing", "another-version"])
def test_a_named_python_that_does_not_fit_is_not_replaced(
    tmp_path: Path, path: Path, monkeypatch, named
) -> None:
    program(path / "python3.10", "exit 0")
    program(tmp_path / "another-version", "exit 1")
    monkeypatch.setenv("RASA_PYTHON", str(tmp_path / named))
    assert environment.find_python() is None


def test_pyenv_is_asked_where_the_paths_python_does_not_run(tmp_path: Path, path: Path) -> None:
    program(path / "python3.10", "exit 127")  # as pyenv's own stand-in where no 3.10 is chosen
    python = program(tmp_path / "made" / "bin" / "python", "exit 0")
    answers = 'case "$1 $2" in "versions --bare") echo 3.9.1; echo 3.10.2;; "prefix 3.10.2") echo '
    program(path / "pyenv", f'{answers}"{tmp_path / "made"}";; *) exit 1;; esac')
    assert environment.find_python() == str(python)


def test_without_any_python_the_reason_is_told(monkeypatch, tmp_path: Path, capsys) -> None:
    monkeypatch.setenv("RASA_ENVIRONMENT", str(tmp_path / "none"))
    assert environment.main() == 0
    assert "Python 3.10 is not here" in capsys.readouterr().out


def test_an_environment_half_made_does_not_count(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RASA_ENVIRONMENT", str(tmp_path))
    program(tmp_path / "bin" / "python", "exit 0")
    assert environment.python() is None
    (tmp_path / f".rasa-{environment.VERSION}").touch()
    assert environment.python() == tmp_path / "bin" / "python"
