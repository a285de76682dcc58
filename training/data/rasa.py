"""Reads Rasa's NLU files: what shoppers say, with the intent.

The YAML is taken event by event, so that a large file needs little memory and an alias cannot blow it up.
Knows nothing of the other parts of a Rasa project; rules, stories and domains hold no utterances.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

import yaml

from ecomlm.language import detect
from training.data.rows import Faults, Place, Row, Text, Unusable

_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_EXAMPLE = re.compile(r"^\s*-\s+(.*?)\s*$")
Line = tuple[int, str]
"""A line of examples with its number in the file."""


def rasa_rows(stream: IO[str], name: str, source: str, faults: Faults) -> Iterator[Row]:
    """Yield one `Text` for each example of each intent, freed of entity marks."""
    try:
        for item in _nlu_items(yaml.parse(stream, Loader=yaml.CSafeLoader)):
            yield from _item_rows(item, name, source, faults)
    except yaml.YAMLError as exc:
        mark = exc.problem_mark if isinstance(exc, yaml.MarkedYAMLError) else None
        place = Place(name, mark.line + 1 if mark else 1)
        problem = f"is not valid YAML ({getattr(exc, 'problem', None) or exc}); nothing behind it was read"
        faults.refuse(place, Unusable("schema", problem, "correct indentation and quotes"))


def _item_rows(item: dict[str, list[Line]], name: str, source: str, faults: Faults) -> Iterator[Row]:
    if "intent" not in item:
        return  # synonyms, regular expressions and lookup tables are no utterances
    (_, intent), *_rest = item["intent"]
    for number, line in item.get("examples", []):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        place = Place(name, number)
        match = _EXAMPLE.match(line)
        if match is None:
            problem = f"{line.strip()[:60]!r} of intent {intent!r} does not begin with '- '"
            faults.refuse(place, Unusable("schema", problem, "begin each example with '- '"))
        elif text := _ENTITY.sub(r"\1", match[1]).strip():
            yield Row(place, Text(text, detect(text), source, label=intent), group=text)
        else:
            problem = f"an example of intent {intent!r} is empty"
            faults.refuse(place, Unusable("empty", problem, "write the utterance, or remove the line"))


def _nlu_items(events: Iterator[Any]) -> Iterator[dict[str, list[Line]]]:
    """Yield each mapping of the list `nlu`: its scalars, and its lists of scalars, as numbered lines."""
    for event in events:
        if isinstance(event, yaml.ScalarEvent) and event.value == "nlu":
            break
    else:
        return
    if not isinstance(next(events, None), yaml.SequenceStartEvent):
        return
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            return
        if isinstance(event, yaml.MappingStartEvent):
            yield _mapping(events)


def _mapping(events: Iterator[Any]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    while isinstance(key := next(events), yaml.ScalarEvent):
        found[key.value] = _lines(next(events), events)
    return found


def _lines(event: Any, events: Iterator[Any]) -> list[Line]:
    """Return a scalar's lines, or those of every value of a key `text` inside, with a dash before them."""
    if isinstance(event, yaml.ScalarEvent):
        first = _line(event) + (event.style in ("|", ">"))
        return [(first + place, line) for place, line in enumerate(event.value.splitlines())]
    lines: list[Line] = []
    depth, key = int(isinstance(event, yaml.CollectionStartEvent)), ""
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        value = event.value if isinstance(event, yaml.ScalarEvent) else ""
        if key == "text" and value:
            lines += [(_line(event), f"- {line}") for line in value.splitlines()]
            value = ""
        key = value
    return lines


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
