"""The environment of a real Rasa: its own, since Rasa 3.6 needs Python 3.10 and packages of its time.

`python -m tests.rasa.environment` makes it beside the project's, or says why it cannot. Python 3.10 is the
one that RASA_PYTHON names, else `python3.10`, else pyenv's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VERSION = "3.6.21"
ROOT = Path(__file__).parents[2]
ABSENT = "Python 3.10 is not here; install it, or name it: RASA_PYTHON=/path/to/python3.10"
_IS_310 = "import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))"


def folder() -> Path:
    """Where the environment is or will be; RASA_ENVIRONMENT moves it."""
    return Path(os.environ.get("RASA_ENVIRONMENT") or ROOT / ".venv-rasa").absolute()


def python() -> Path | None:
    """Return the environment's Python; None where it was not made."""
    found = folder() / "bin" / "python"
    return found if found.exists() and _stamp().exists() else None


def find_python() -> str | None:
    """Return a Python 3.10 that runs, or None."""
    return next((found for found in _candidates() if _runs(found)), None)


def make(base: str) -> None:
    """Create the environment and install Rasa: 2.7 GB, some minutes."""
    subprocess.run([base, "-m", "venv", "--clear", str(folder())], check=True)
    pip = [str(folder() / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*pip, "--progress-bar", "on", f"rasa=={VERSION}"], check=True)
    _stamp().touch()


def main() -> int:
    """Make the environment where it is missing and can be made."""
    if python():
        return 0
    base = find_python()
    if base is None:
        print(ABSENT)
        return 0
    print(f"Setting up Rasa {VERSION} in {folder()} (once, 2.7 GB, some minutes) ...", flush=True)
    make(base)
    return 0


def _candidates() -> Iterator[str]:
    if named := os.environ.get("RASA_PYTHON"):
        yield named
        return
    if found := shutil.which("python3.10"):
        yield found
    if pyenv := shutil.which("pyenv"):
        versions = [name for name in _lines(pyenv, "versions", "--bare") if name.startswith("3.10.")]
        for version in reversed(versions):
            yield from (f"{prefix}/bin/python" for prefix in _lines(pyenv, "prefix", version))


def _lines(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line.strip() for line in done.stdout.splitlines()] if done.returncode == 0 else []


def _runs(found: str) -> bool:
    """Whether it is a Python 3.10; pyenv's own `python3.10` is there even where none is chosen."""
    try:
        return subprocess.run([found, "-c", _IS_310], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _stamp() -> Path:
    return folder() / f".rasa-{VERSION}"


if __name__ == "__main__":
    sys.exit(main())
