"""Sums in a sparse square table that grows by single cells.

What comes later lies in a small table over the large one and is folded in when that has grown. Knows nothing
of what is summed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from ecomlm.recommend.journeys import Floats, Integers

FOLD_AFTER = 200_000

Row = tuple[Integers, Floats]
Matrix = Any  # scipy's sparse arrays carry no types


class Table:
    """A sparse square table of sums that grows by single cells."""

    def __init__(self, matrix: Matrix) -> None:
        matrix.sort_indices()
        self._matrix = matrix
        self._added: dict[int, dict[int, float]] = {}
        self._count = 0

    @classmethod
    def of_cells(cls, rows: Integers, columns: Integers, values: Floats, size: int) -> Table:
        """Sum the cells."""
        return cls(sparse.csr_array((values, (rows, columns)), shape=(size, size), dtype=np.float32))

    def row(self, number: int) -> Row:
        """Return a row's columns and their sums."""
        matrix = self.matrix if number in self._added and self._count > FOLD_AFTER else self._matrix
        if number >= matrix.shape[0]:
            columns, values = np.zeros(0, np.int64), np.zeros(0, np.float32)
        else:
            start, end = matrix.indptr[number], matrix.indptr[number + 1]
            columns, values = matrix.indices[start:end].astype(np.int64), matrix.data[start:end]
        added = self._added.get(number)
        if not added:
            return columns, values
        new = np.fromiter(added, np.int64, len(added))
        known, places = np.unique(np.concatenate([columns, new]), return_inverse=True)
        sums = np.bincount(
            places, np.concatenate([values, np.fromiter(added.values(), np.float32, len(added))])
        )
        return known, sums.astype(np.float32)

    def cell(self, row: int, column: int) -> float:
        """Return one sum."""
        return stored_cell(self._matrix, row, column) + self._added.get(row, {}).get(column, 0.0)

    def add(self, row: int, column: int, value: float) -> None:
        """Add to one cell."""
        cells = self._added.setdefault(row, {})
        self._count += column not in cells
        cells[column] = cells.get(column, 0.0) + value

    @property
    def matrix(self) -> Matrix:
        """The whole table as one matrix."""
        if self._added:
            cells = [
                (row, column, value) for row, line in self._added.items() for column, value in line.items()
            ]
            rows, columns, values = zip(*cells, strict=True)
            size = max(self._matrix.shape[0], 1 + max(max(rows), max(columns)))
            self.widen(size)
            added = sparse.csr_array((values, (rows, columns)), shape=(size, size), dtype=np.float32)
            self._matrix, self._added, self._count = (self._matrix + added).tocsr(), {}, 0
            self._matrix.sort_indices()
        return self._matrix

    def widen(self, size: int) -> None:
        """Make room for new products."""
        if size > self._matrix.shape[0]:
            self._matrix = self._matrix.copy()
            self._matrix.resize((size, size))


def stored_cell(matrix: Matrix, row: int, column: int) -> float:
    """Return a cell of a matrix whose rows have their columns in order."""
    if row >= matrix.shape[0]:
        return 0.0
    start, end = int(matrix.indptr[row]), int(matrix.indptr[row + 1])
    place = start + int(np.searchsorted(matrix.indices[start:end], column))
    return float(matrix.data[place]) if place < end and matrix.indices[place] == column else 0.0
