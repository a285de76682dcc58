"""Rows as token numbers: padded to few lengths, left-aligned answers at the end, answers alone counted.

Few shapes matter on a CPU, where each new one is compiled again. Knows nothing of where rows come from.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import Dataset, Sampler

from knowledge.records import Language
from training.data.examples import Example

ANSWER_STEP = 16
IGNORED = -100


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One row; the last `answer` of its `ids` are what the model has to learn."""

    ids: tuple[int, ...]
    answer: int


def spoken(answer: str, language: Language) -> str:
    """Return an answer as it follows the prompt's last colon in that language."""
    return answer if language == "zh" else f" {answer}"


def tokenise(examples: Sequence[Example], tokenizer: Any, longest: int) -> list[TokenRow]:
    """Return the rows as token numbers, without those longer than `longest`."""
    rows = []
    for row in examples:
        prompt = tokenizer(row.prompt).input_ids
        told = tokenizer(spoken(row.answer, row.language), add_special_tokens=False).input_ids
        answer = [*told, tokenizer.eos_token_id]
        if len(prompt) + len(answer) <= longest:
            rows.append(TokenRow((*prompt, *answer), len(answer)))
    return rows


class TokenRows(Dataset[TokenRow]):
    """Rows for a data loader."""

    def __init__(self, rows: Sequence[TokenRow]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> TokenRow:
        return self.rows[index]


class LikeLengths(Sampler[int]):
    """Orders rows so that each batch holds rows of one padded length; another order each epoch."""

    def __init__(self, rows: Sequence[TokenRow], per_batch: int, lengths: Sequence[int], seed: int) -> None:
        self.rows, self.per_batch, self.lengths, self.seed = rows, per_batch, lengths, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of that epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.rows) // self.per_batch * self.per_batch or len(self.rows)

    def __iter__(self) -> Iterator[int]:
        chance = random.Random(f"{self.seed} {self.epoch}")
        order = list(range(len(self.rows)))
        chance.shuffle(order)
        order.sort(key=lambda index: padded(len(self.rows[index].ids), self.lengths))
        batches = [order[start : start + self.per_batch] for start in range(0, len(order), self.per_batch)]
        if len(batches) > 1 and len(batches[-1]) < self.per_batch:
            batches.pop()  # one smaller batch would be one more shape
        chance.shuffle(batches)
        return iter([index for batch in batches for index in batch])


def padded(length: int, lengths: Sequence[int]) -> int:
    """Return the smallest of `lengths` that holds a row."""
    return next((allowed for allowed in lengths if allowed >= length), length)


@dataclass(frozen=True)
class Collator:
    """Stacks rows, padded on the left so that all answers end together."""

    lengths: tuple[int, ...]
    pad: int

    def __call__(self, rows: Sequence[TokenRow]) -> dict[str, torch.Tensor]:
        """Return one batch; `labels` cover only as many last positions as the longest answer needs."""
        length = padded(max(len(row.ids) for row in rows), self.lengths)
        longest = max(row.answer for row in rows)
        kept = min(length - 1, -(-longest // ANSWER_STEP) * ANSWER_STEP)
        ids = torch.full((len(rows), length), self.pad)
        mask = torch.zeros((len(rows), length), dtype=torch.long)
        labels = torch.full((len(rows), kept), IGNORED)
        for number, row in enumerate(rows):
            ids[number, -len(row.ids) :] = torch.tensor(row.ids)
            mask[number, -len(row.ids) :] = 1
            labels[number, -row.answer :] = torch.tensor(row.ids[-row.answer :])
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}
