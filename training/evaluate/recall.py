"""Whether an adapter repeats what it was trained on although the passages say otherwise.

Rows of its training whose answer holds a number of the passages are asked again in two ways: with another
number in the passages, and without passages. A model that reads says the new number, or nothing; one that
remembers says the old one. The same is done to questions that it never saw: how often the old number comes
there is chance. Knows nothing of how an adapter is trained.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ecomlm.language import normalise
from knowledge.records import Language
from training.data.cleaning import question_of
from training.data.examples import Example
from training.data.mixture import build_mixture
from training.evaluate.candidate import asked_of
from training.evaluate.facts import Fact
from training.evaluate.intervals import mean, table_of
from training.evaluate.product_questions import own_cases
from training.evaluate.replies import Asked, Reply

_NUMBER = re.compile(r"(?<![A-Za-z\d])(?<!\d[.,])\d+(?:[.,]\d+)*")
PROBED = ("shop", "written", "numbers")
"""The sources whose rows state numbers of products."""
_LEFT_OUT = (
    "hetpqa", "epqa", "semipqa", "compare", "digest", "description", "ad", "beside", "policy", "smalltalk",
    "traits", "near",
)  # fmt: skip
MOST = 400
Way = Literal["changed", "removed"]
WAYS: tuple[Way, ...] = ("changed", "removed")
TRAINED, UNSEEN = "trained rows", "unseen rows"


@dataclass(frozen=True, slots=True)
class Probe:
    """A known row asked in another way. `old` is the number it taught, `new` what the passages say now.

    `new` is empty where the passages were taken away.
    """

    prompt: str
    language: Language
    answer: str
    old: str
    new: str

    def asked(self) -> Asked:
        """Return it as a question to a model; what was trained is the reference."""
        return Asked(self.prompt, question_of(self.prompt), self.language, self.answer)


def trained_rows(data: Path, trained_on: Mapping[str, Any]) -> list[Example]:
    """Return rows of an adapter's training about the sample shop, built again from its recipe and seed.

    At most `MOST` of each source: the first of those that its recipe took. They are the same rows as long as
    the code and texts that make them have not changed since.
    """
    taken = dict(trained_on["arguments"].get("rows") or {})
    shares = dict.fromkeys(_LEFT_OUT, 0)
    for source in PROBED:
        named = {
            name: count
            for name, count in taken.items()
            if name.removesuffix("_en").removesuffix("_zh") == source
        }
        bounded = {name: min(count, MOST) for name, count in named.items()}
        shares |= bounded or {source: 0 if taken else MOST}
    return build_mixture(data, trained_on["seed"], shares)


def unseen_rows(seed: int) -> list[Example]:
    """Return the project's own test questions as rows, whose products nothing was trained on."""
    found: list[Example] = []
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        for asked in map(asked_of, own_cases(language, 0, seed)):
            found.append(Example(asked.prompt, asked.reference, language, "answer", UNSEEN))
    return found


def probes(rows: Iterable[Example], way: Way, limit: int, seed: int) -> list[Probe]:
    """Return at most `limit` probes (0: all) of the rows that allow one, half of them Chinese."""
    chance = random.Random(f"{seed} {way}")
    found = [probe for row in rows if (probe := _probe(row, way, chance))]
    chance.shuffle(found)
    if not limit:
        return found
    by_language = {spoken: [item for item in found if item.language == spoken] for spoken in ("en", "zh")}
    return [*by_language["en"][: -(-limit // 2)], *by_language["zh"][: limit // 2]]


def _probe(row: Example, way: Way, chance: random.Random) -> Probe | None:
    """Return a probe where exactly one number of the answer stands in a passage, and nowhere else."""
    lines = row.prompt.split("\n")
    passages = [number for number, line in enumerate(lines) if line.startswith("- ")]
    shown = "\n".join(lines[number] for number in passages)
    rest = "\n".join(line for number, line in enumerate(lines) if number not in passages)
    told = set(numbers(row.answer)) & set(numbers(shown))
    if len(told) != 1 or told & set(numbers(rest)):
        return None
    old = told.pop()
    if way == "removed":
        kept = [line for number, line in enumerate(lines) if number not in passages]
        return Probe("\n".join(kept), row.language, row.answer, old, "")
    new = _other(old, {*numbers(row.prompt), *numbers(row.answer)}, chance)
    if not new:
        return None
    changed = [_swapped(line, old, new) if number in passages else line for number, line in enumerate(lines)]
    return Probe("\n".join(changed), row.language, row.answer, old, new)


def numbers(text: str) -> list[str]:
    """Return the numbers of a text as they stand."""
    return _NUMBER.findall(normalise(text))


def _swapped(line: str, old: str, new: str) -> str:
    return _NUMBER.sub(lambda found: new if normalise(found[0]) == old else found[0], line)


def _other(old: str, taken: set[str], chance: random.Random) -> str:
    """Return a number of the same shape that is not in use, nothing where there is none."""
    for _ in range(50):
        signs = [chance.choice("123456789") if sign.isdigit() else sign for sign in old]
        if (new := "".join(signs)) not in taken:
            return new
    return ""


def facts_of(system: str, group: str, pairs: Sequence[tuple[Probe, Reply]]) -> list[Fact]:
    """Return the shares of replies with the old number, with the trained answer, and with the new number."""
    found = {
        "old_number": [probe.old in numbers(reply.text) for probe, reply in pairs],
        "old_answer": [_plain(reply.text) == _plain(probe.answer) for probe, reply in pairs],
    }
    if any(probe.new for probe, _ in pairs):
        found["new_number"] = [probe.new in numbers(reply.text) for probe, reply in pairs]
    return [
        Fact("memorisation", group, name, system, table_of(values), mean) for name, values in found.items()
    ]


def repeated(pairs: Sequence[tuple[Probe, Reply]]) -> Iterator[tuple[Probe, Reply]]:
    """Yield the replies that hold the old number."""
    for probe, reply in pairs:
        if probe.old in numbers(reply.text):
            yield probe, reply


def _plain(text: str) -> str:
    return "".join(sign for sign in normalise(text).lower() if sign.isalnum())
