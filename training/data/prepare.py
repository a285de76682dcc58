"""Prepares data for training: reads, cleans, splits, mixes replay rows in, writes JSON Lines and a data card.

Training and development data share no conversation and no product. Written are the fields of `Example`,
`Preference` and `Text`, one object a line; `read_examples` and `read_preferences` read them back.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from itertools import chain, product
from pathlib import Path
from typing import IO, Any

from ecomlm.privacy import Masker
from training.data.card import Card, Counting, data_file, sample_records
from training.data.cleaning import Cleaner, CleaningSettings
from training.data.examples import Example, Preference
from training.data.formats import Format
from training.data.lines import open_source
from training.data.mixture import build_mixture
from training.data.product_qa import DataMissing
from training.data.readers import read, read_records, recognise_file
from training.data.rows import DataRefused, Faults, Place, Row, Text, Value
from training.data.split import is_development
from training.data.transcripts import TranscriptSettings

REPLAY_SHARE = 0.5
_PUBLIC = ("hetpqa", "epqa", "semipqa")
_KINDS: dict[str, type[Any]] = {"examples": Example, "preferences": Preference, "texts": Text}


@dataclass(frozen=True)
class PrepareSettings:
    """How data are prepared.

    `replay_share` is the share of the training examples that come from the shipped adapter's mixture, against
    forgetting; None means half where conversations are learned from, and none otherwise. `shop` is an export
    of the shop's records: its own contacts are not masked, and its order numbers are known.
    """

    cleaning: CleaningSettings = field(default_factory=CleaningSettings)
    transcripts: TranscriptSettings = field(default_factory=TranscriptSettings)
    format: Format | None = None
    dev_percent: int = 10
    replay_share: float | None = None
    seed: int = 7
    licences: Mapping[str, str] = field(default_factory=dict)
    shop: Path | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.dev_percent <= 90:
            raise DataRefused(f"dev_percent = {self.dev_percent} is not between 0 and 90")
        if self.replay_share is not None and not 0 <= self.replay_share < 1:
            raise DataRefused(f"replay_share = {self.replay_share} is not from 0 to below 1")


def read_all(inputs: Sequence[Path], settings: PrepareSettings, faults: Faults) -> Iterator[Row]:
    """Yield the rows of all files, as they stand there."""
    for path in inputs:
        yield from read(path, faults, format=settings.format, transcripts=settings.transcripts)


def describe(inputs: Sequence[Path], settings: PrepareSettings, faults: Faults, name: str = "") -> Card:
    """Read and clean files without writing anything, and return what they hold."""
    card = _card(name or inputs[0].stem, inputs, settings)
    counting = Counting(card, settings.licences)
    cleaner = Cleaner(settings.cleaning, faults, _masker(inputs, settings))
    for row in cleaner.clean(read_all(inputs, settings, faults)):
        counting.add(row.value, "")
    counting.finish()
    card.take_over(cleaner)
    return card


def prepare(
    inputs: Sequence[Path], output: Path, data: Path, settings: PrepareSettings, faults: Faults
) -> Card:
    """Write `examples.train.jsonl`, `examples.dev.jsonl` (and so on for preferences and texts) and `card.md`.

    Args:
        inputs: files of any known format.
        output: the folder to write to; files of the same names are replaced when all is done, not before.
        data: the folder of the public data sets, for replay rows.

    Raises:
        DataRefused: when a file cannot be used, nothing is left, or the disk is full; nothing was written.
    """
    card = _card(output.name, inputs, settings)
    cleaner = Cleaner(settings.cleaning, faults, _masker(inputs, settings))
    counting = Counting(card, settings.licences)
    output.mkdir(parents=True, exist_ok=True)
    try:
        with closing(_Split(settings.dev_percent)) as split, ExitStack() as files:
            writer = _Writer(output, files)
            for value, side in _sided(cleaner, read_all(inputs, settings, faults), split, output):
                writer.write(value, side)
                counting.add(value, side)
            for example in _replay(card, writer.examples, data, settings):
                writer.write(example, "train")
                counting.add(example, "train (replay)")
        if not writer.paths:
            raise DataRefused(
                f"nothing is left of {cleaner.read:,} rows. Faults:\n{faults}\n{dict(cleaner.dropped)}"
            )
        for name in product(_KINDS, ("train", "dev")):
            path = output / f"{'.'.join(name)}.jsonl"
            if path in writer.paths:
                os.replace(path.with_suffix(".partial"), path)
            else:
                path.unlink(missing_ok=True)
    except OSError as exc:
        raise DataRefused(
            f"cannot write to {output}: {exc.strerror or exc}. Free space, then try again"
        ) from exc
    finally:
        counting.finish()
        for left in output.glob("*.partial"):
            left.unlink()
    card.take_over(cleaner)
    card.outputs = [data_file(path) for path in sorted(writer.paths)]
    card.write(output / "card.md")
    return card


def _sided(cleaner: Cleaner, rows: Iterator[Row], split: _Split, folder: Path) -> Iterator[tuple[Value, str]]:
    """Yield each clean value with its side, when all have been seen; meanwhile they lie in a file."""
    spool = folder / "rows.partial"
    with spool.open("w", encoding="utf-8") as stream:
        for row in cleaner.clean(rows):
            split.note(row)
            stream.write(_spooled(row))
    for row in _unspooled(spool):
        if side := split.side(row):
            yield row.value, side
        else:
            cleaner.dropped["conversation on both sides of the split"] += 1


def read_examples(path: Path) -> Iterator[Example]:
    """Yield the examples of a prepared file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Example(**json.loads(line))


def read_preferences(path: Path) -> Iterator[Preference]:
    """Yield the pairs of a prepared file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Preference(**json.loads(line))


def read_texts(path: Path) -> Iterator[Text]:
    """Yield the texts of a prepared file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Text(**json.loads(line))


class _Split:
    """Decides on which side a row belongs, when all rows have been noted."""

    def __init__(self, percent: int) -> None:
        self._percent = percent
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE groups (name TEXT PRIMARY KEY, dev INTEGER, train INTEGER)")

    def close(self) -> None:
        self._database.close()

    def note(self, row: Row) -> None:
        about = row.value.product
        if row.group and about:
            is_dev = is_development(about, self._percent)
            self._database.execute(
                "INSERT INTO groups VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
                " SET dev = dev OR excluded.dev, train = train OR excluded.train",
                (row.group, is_dev, not is_dev),
            )

    def side(self, row: Row) -> str:
        """Return `train` or `dev`; empty where the conversation is on the other side than the product."""
        about = row.value.product
        query = "SELECT dev, train FROM groups WHERE name = ?"
        dev, train = self._database.execute(query, (row.group,)).fetchone() or (0, 0)
        if about:
            if is_development(about, self._percent):
                return "dev"
            return "" if dev else "train"
        if dev or train:
            return "dev" if dev else "train"
        value = row.value
        key = row.group or (value.text if isinstance(value, Text) else value.prompt)
        return "dev" if is_development(key, self._percent) else "train"


class _Writer:
    """Writes values as JSON Lines, each kind and side to a file of its own that is not in place yet."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._folder, self._files = folder, files
        self._open: dict[Path, IO[str]] = {}
        self.examples = 0

    @property
    def paths(self) -> list[Path]:
        return list(self._open)

    def write(self, value: Value, side: str) -> None:
        kind = next(name for name, made in _KINDS.items() if isinstance(value, made))
        path = self._folder / f"{kind}.{side}.jsonl"
        if path not in self._open:
            partial = path.with_suffix(".partial").open("w", encoding="utf-8")
            self._open[path] = self._files.enter_context(partial)
        self._open[path].write(json.dumps(asdict(value), ensure_ascii=False) + "\n")
        self.examples += kind == "examples" and side == "train"


def _replay(card: Card, new: int, data: Path, settings: PrepareSettings) -> list[Example]:
    """Return the rows of the shipped adapter's mixture that belong beside `new` rows."""
    share = settings.replay_share
    if share is None:
        share = REPLAY_SHARE if any(file.format == "transcripts" for file in card.inputs) else 0.0
    wanted = round(new * share / (1 - share))
    if not wanted:
        return []
    try:
        rows = build_mixture(data, settings.seed, {})
    except DataMissing as missing:
        card.notes[f"replay from this project's own rows alone: {missing}"] += 1
        rows = build_mixture(data, settings.seed, dict.fromkeys(_PUBLIC, 0))
    if len(rows) < wanted:
        card.notes["replay rows that there are not"] += wanted - len(rows)
    return rows[:wanted]


def _card(name: str, inputs: Sequence[Path], settings: PrepareSettings) -> Card:
    if not inputs:
        raise DataRefused("no data file is named")
    files = [data_file(path, settings.format or recognise_file(open_source(path))) for path in inputs]
    plain = json.loads(json.dumps(asdict(settings), default=str))
    return Card(name, inputs=files, settings=plain)


def _masker(inputs: Sequence[Path], settings: PrepareSettings) -> Masker:
    """Return a masker that knows the sample shop, the shop that was named and those among the inputs."""
    sources = [open_source(path) for path in inputs]
    exports = [source for source in sources if (settings.format or recognise_file(source)) == "records"]
    exports += [open_source(settings.shop)] if settings.shop else []
    records = (record for export in exports for _, record in read_records(export, Faults()))
    return Masker.of(chain(sample_records(), records))


def _spooled(row: Row) -> str:
    kind = next(name for name, made in _KINDS.items() if isinstance(row.value, made))
    return json.dumps([kind, asdict(row.value), row.group, row.place.file, row.place.line]) + "\n"


def _unspooled(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            kind, fields, group, file, number = json.loads(line)
            yield Row(Place(file, number), _KINDS[kind](**fields), group=group)
