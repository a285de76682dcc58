"""Packed text: documents one after another as token numbers in a file, cut into rows of one length.

The file is written document by document and mapped, not loaded, so that memory stays flat. A row may hold
the end of one document and the beginning of the next, parted by the end token (as in GPT-3; Brown et al.
2020). Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

_NUMBER = np.dtype("<u4")


def write_packed(
    texts: Iterable[str], encode: Callable[[str], list[int]], begin: int | None, end: int, target: Path
) -> int:
    """Write all texts as token numbers and return how many there are."""
    partial = target.with_suffix(".partial")
    count = 0
    with partial.open("wb") as file:
        for text in texts:
            ids = [*([] if begin is None else [begin]), *encode(text), end]
            file.write(np.asarray(ids, _NUMBER).tobytes())
            count += len(ids)
    partial.replace(target)
    return count


class PackedRows(Dataset[dict[str, torch.Tensor]]):
    """Rows of `length` tokens of a packed file; what is left at its end is not used."""

    def __init__(self, path: Path, length: int) -> None:
        self.length = length
        self._tokens = np.memmap(path, _NUMBER, "r") if path.stat().st_size else np.zeros(0, _NUMBER)

    def __len__(self) -> int:
        return len(self._tokens) // self.length

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        part = self._tokens[index * self.length : (index + 1) * self.length]
        ids = torch.from_numpy(part.astype(np.int64))
        return {"input_ids": ids, "labels": ids.clone()}
