"""Prints what a recipe's rows hold, by task and language: python -m training.data.tasks.summary.

Knows the base's tokeniser; trains nothing.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from transformers import AutoTokenizer

from ecomlm.models.base import huggingface_folder
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.settings import load
from training.data.examples import Example, Task
from training.data.mixture import Mixture, gather
from training.recipe import SHOP_RECIPE, FinetuneRecipe, read_recipe

_ASKED = re.compile(r"^(?:Question|Shopper wants|Shopper|问题|顾客需求|顾客)[:：]\s*(.*)$", re.M)


@dataclass(frozen=True, slots=True)
class Line:
    """One task in one language. `answers` and `questions` count distinct wordings; a task that is asked
    for by its evidence alone (a digest, a description, an ad) has its prompts counted as questions."""

    task: Task
    language: Language
    rows: int
    answers: int
    questions: int
    tokens: float
    longest_of_most: int


def summarise(rows: Sequence[Example], length: Callable[[Example], int]) -> list[Line]:
    """Return one line for each task and language; `length` counts a row's tokens.

    `longest_of_most` is the number of tokens that 95 % of the rows stay within.
    """
    groups: dict[tuple[Task, Language], list[Example]] = {}
    for row in rows:
        groups.setdefault((row.task, row.language), []).append(row)
    lines = []
    for (task, language), found in sorted(groups.items()):
        lengths = sorted(length(row) for row in found)
        answers, questions = {row.answer for row in found}, {question_of(row) for row in found}
        mean, most = sum(lengths) / len(lengths), lengths[int(0.95 * (len(lengths) - 1))]
        lines.append(Line(task, language, len(found), len(answers), len(questions), mean, most))
    return lines


def question_of(row: Example) -> str:
    """Return what the shopper says in a prompt, or the whole prompt where nobody asks."""
    found = _ASKED.findall(row.prompt)
    return found[-1] if found else row.prompt


def print_summary(mixture: Mixture, length: Callable[[Example], int]) -> None:
    """Print the table, the totals and how many rows the check left out."""
    lines = summarise(mixture.rows, length)
    print("| task | language | rows | distinct answers | distinct questions | mean tokens | 95 % within |")
    print("|---|---|---|---|---|---|---|")
    for line in lines:
        shares = line.answers / line.rows, line.questions / line.rows
        print(
            f"| {line.task} | {line.language} | {line.rows} | {line.answers} ({shares[0]:.2f}) "
            f"| {line.questions} ({shares[1]:.2f}) | {line.tokens:.0f} | {line.longest_of_most} |"
        )
    total = len(mixture.rows)
    chinese = sum(row.language == "zh" for row in mixture.rows)
    tokens = sum(line.tokens * line.rows for line in lines)
    print(f"\n{total} rows, {chinese / total:.1%} Chinese, {tokens:,.0f} tokens")
    left_out = ", ".join(f"{name} {count}" for name, count in mixture.dropped.items() if count)
    print(f"left out as unsupported: {sum(mixture.dropped.values())} ({left_out})")


def main() -> None:
    """Read a recipe, gather its rows and print their summary."""
    parser = argparse.ArgumentParser(prog="python -m training.data.tasks.summary", description=__doc__)
    parser.add_argument("--config", type=Path, default=SHOP_RECIPE, help="the recipe to read")
    recipe = read_recipe(parser.parse_args().config, FinetuneRecipe)
    settings = load(Settings)
    tokenizer = AutoTokenizer.from_pretrained(huggingface_folder(settings))
    mixture = gather(settings.data, recipe.seed, recipe.rows)
    print_summary(mixture, lambda row: len(tokenizer(row.prompt + row.answer).input_ids) + 1)


if __name__ == "__main__":
    main()
