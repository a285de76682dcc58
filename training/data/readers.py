"""Reads training data of every known format, one row at a time.

The format is recognised from the file, or named. Whatever is wrong with a row is told to `Faults`, with its
place and what to do; nothing else is affected. Memory does not grow with the file. Knows nothing of what the
rows are for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import get_args

from knowledge import codec
from knowledge.errors import RecordInvalid
from knowledge.importers.source import Source
from knowledge.records import Language, Record
from training.data import formats
from training.data.formats import PARSERS, Format
from training.data.lines import LONGEST_LINE, objects, open_source
from training.data.rasa import rasa_rows
from training.data.rows import DataRefused, Faults, Place, Row, Unusable
from training.data.shop_texts import shop_texts
from training.data.transcripts import TranscriptSettings, transcript_rows

_TRIED_OBJECTS = 20


def read(
    path: Path,
    faults: Faults,
    *,
    format: Format | None = None,
    source: str = "",
    longest_line: int = LONGEST_LINE,
    transcripts: TranscriptSettings | None = None,
) -> Iterator[Row]:
    """Yield the rows of one file.

    Args:
        path: a file, plain or gzip.
        faults: is told of every row that is left out or mended.
        format: what the file holds; recognised where it is None.
        source: the name of the data set for rows that do not tell; the file's name without ending by default.
        longest_line: rows of more bytes are refused.
        transcripts: how conversations become examples.

    Raises:
        DataRefused: when the file cannot be opened or its format is not known.
    """
    opened = open_source(path, longest_line)
    kind = format or recognise_file(opened)
    name = source or path.name.split(".")[0]
    if kind == "rasa-nlu":
        with opened.text() as stream:
            yield from rasa_rows(stream, path.name, name, faults)
    elif kind == "records":
        yield from _record_rows(opened, name, faults)
    elif kind == "transcripts":
        settings = transcripts or TranscriptSettings()
        yield from transcript_rows(objects(opened, faults), name, settings, faults)
    else:
        yield from _parsed(opened, kind, name, faults)


def recognise_file(source: Source) -> Format:
    """Return the format of a file, from its first objects or its ending.

    Raises:
        DataRefused: naming what was found, and the formats that can be named instead.
    """
    if source.path.suffix in (".yml", ".yaml") or source.head.lstrip("\ufeff# \r\n").startswith("version:"):
        return "rasa-nlu"
    first = [item for _, item in islice(objects(source, Faults()), _TRIED_OBJECTS)]
    known = [found for item in first if (found := formats.recognise(item))]
    if not known:
        seen = f"its first object has the keys {', '.join(first[0])}" if first else "it holds no JSON object"
        raise DataRefused(
            f"{source.path.name} is in no known format: {seen}. "
            f"Name the format with --format: {', '.join(get_args(Format))}"
        )
    return known[0]


def _parsed(source: Source, kind: Format, name: str, faults: Faults) -> Iterator[Row]:
    parse = PARSERS[kind]
    for place, item in objects(source, faults):
        try:
            rows = list(parse(item, place, name))
        except Unusable as fault:
            faults.refuse(place, fault)
        except KeyError as exc:
            problem = f"has no {exc.args[0]!r}; it has {', '.join(map(repr, item)) or 'nothing'}"
            faults.refuse(place, Unusable("schema", problem, f"{kind} rows need {exc.args[0]!r}"))
        else:
            yield from rows


def read_records(source: Source, faults: Faults) -> Iterator[tuple[Place, Record]]:
    """Yield the records of a shop's export (`python -m knowledge export shop.jsonl`)."""
    for place, item in objects(source, faults):
        if record := _record(item, place, faults):
            yield place, record


def _record_rows(source: Source, name: str, faults: Faults) -> Iterator[Row]:
    for place, record in read_records(source, faults):
        for language in get_args(Language):
            for text in shop_texts([record], language, name):
                yield Row(place, text, f"{record.id}#{language}", text.product or str(record.id))


def _record(item: formats.Item, place: Place, faults: Faults) -> Record | None:
    kind = item.get("kind")
    try:
        if kind not in codec.KINDS:
            raise RecordInvalid(f"kind {kind!r} is none of {', '.join(codec.KINDS)}")
        return codec.from_json(kind, item.get("record"))
    except RecordInvalid as exc:
        shown = json.dumps(item, ensure_ascii=False, default=str)[:60]
        faults.refuse(place, Unusable("schema", f"{shown} is no record ({exc})", "export the shop again"))
        return None
