"""Texts that models are measured on, written for this project; nothing is ever trained on them."""

from __future__ import annotations

from pathlib import Path

from knowledge.errors import EcomlmError

FOLDER = Path(__file__).parent


class TextInvalid(EcomlmError, ValueError):
    """A line of the texts to measure on cannot be read."""


def read_lines(name: str, folder: Path = FOLDER) -> list[str]:
    """Return the lines of a file that are neither empty nor a comment."""
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def read_rows(name: str, columns: int, folder: Path = FOLDER) -> list[list[str]]:
    """Return the lines of a tab-separated file as cells.

    Raises:
        TextInvalid: naming the first line with another number of cells, or an empty one.
    """
    rows = [line.split("\t") for line in read_lines(name, folder)]
    for row in rows:
        if len(row) != columns or not all(cell.strip() for cell in row):
            raise TextInvalid(f"{name}: {row} is not {columns} cells with tabs between them")
    return rows
