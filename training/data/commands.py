"""`python -m training data check | card | prepare`.

Reads the options; the work is done in `training.data.prepare`, which is imported when a command is called.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.data.card import Card
    from training.data.prepare import PrepareSettings
    from training.data.rows import Faults


def add_data_commands(commands: Any) -> None:
    """Add `data` with its commands to the parser's commands."""
    data = commands.add_parser("data", help="check, describe and prepare training data")
    actions = data.add_subparsers(required=True, metavar="action")
    check = actions.add_parser("check", help="name every row that cannot be used, and why")
    check.add_argument("input", nargs="+", type=Path)
    check.set_defaults(run=_check)
    card = actions.add_parser("card", help="write a data card (Markdown, and JSON beside it)")
    card.add_argument("--input", nargs="+", type=Path, required=True)
    card.add_argument("--output", type=Path, required=True, help="such as card.md")
    card.set_defaults(run=_card)
    prepare = actions.add_parser("prepare", help="write clean training and development data")
    prepare.add_argument("--input", nargs="+", type=Path, required=True)
    prepare.add_argument("--output", type=Path, required=True, help="folder to write to")
    prepare.add_argument("--dev-percent", type=int, default=10, help="products and conversations held out")
    prepare.add_argument(
        "--replay-share", type=float, help="share of earlier rows (default: 0.5 with transcripts, else 0)"
    )
    prepare.add_argument("--seed", type=int, default=7)
    prepare.set_defaults(run=_prepare)
    for action in (check, card, prepare):
        _add_reading(action)


def _add_reading(action: argparse.ArgumentParser) -> None:
    action.add_argument("--format", help="what the files hold (default: recognised)")
    action.add_argument(
        "--clean", default="", metavar="KINDS",
        help="faults to mend instead of refusing the row: all, or some of encoding, damaged_text,"
        " duplicate_id, secret, card",
    )  # fmt: skip
    action.add_argument("--languages", default="en,zh", help="languages to keep")
    action.add_argument("--near-duplicate", type=float, default=0.85, help="share in common; 0 keeps all")
    action.add_argument(
        "--unsupported", choices=("as_evidence", "keep", "drop"), default="as_evidence",
        help="corrections that state what no shown passage says",
    )  # fmt: skip
    action.add_argument("--licence", action="append", default=[], metavar="SOURCE=LICENCE")
    action.add_argument("--shop", type=Path, help="export of the shop's records, whose own contacts stay")


def _check(chosen: argparse.Namespace) -> None:
    from training.data.prepare import describe
    from training.data.rows import DataRefused

    faults = _faults(chosen)
    card = describe(chosen.input, _settings(chosen), faults)
    _tell(card, faults)
    if faults.refused:
        raise DataRefused(
            f"{faults.refused:,} rows cannot be used. Correct them, or mend what can be mended: --clean all"
        )


def _card(chosen: argparse.Namespace) -> None:
    from training.data.prepare import describe

    faults = _faults(chosen)
    card = describe(chosen.input, _settings(chosen), faults, chosen.output.stem)
    card.write(chosen.output)
    _tell(card, faults)
    print(f"written: {chosen.output} and {chosen.output.with_suffix('.json').name}")


def _prepare(chosen: argparse.Namespace) -> None:
    from dataclasses import replace

    from ecomlm.settings import Settings
    from knowledge.settings import load
    from training.data.prepare import prepare

    faults = _faults(chosen)
    settings = replace(
        _settings(chosen), dev_percent=chosen.dev_percent, replay_share=chosen.replay_share, seed=chosen.seed
    )
    card = prepare(chosen.input, chosen.output, load(Settings).data, settings, faults)
    account = json.dumps(faults.as_json(), ensure_ascii=False, indent=2)
    (chosen.output / "bad_rows.json").write_text(account + "\n", encoding="utf-8")
    _tell(card, faults)
    for file in card.outputs:
        print(f"written: {chosen.output / file.name} ({file.bytes:,} bytes)")


def _faults(chosen: argparse.Namespace) -> Faults:
    from training.data.rows import Faults, fault_kinds

    return Faults(clean=fault_kinds(chosen.clean))


def _settings(chosen: argparse.Namespace) -> PrepareSettings:
    from typing import get_args

    from knowledge.records import Language
    from training.data.cleaning import CleaningSettings
    from training.data.formats import Format
    from training.data.prepare import PrepareSettings
    from training.data.rows import DataRefused
    from training.data.transcripts import TranscriptSettings

    languages = tuple(name.strip() for name in chosen.languages.split(",") if name.strip())
    for name in languages:
        if name not in get_args(Language):
            raise DataRefused(f"language {name!r} is not known; keep en, zh or both")
    if chosen.format and chosen.format not in get_args(Format):
        raise DataRefused(f"format {chosen.format!r} is not known. Known: {', '.join(get_args(Format))}")
    licences = dict(pair.partition("=")[::2] for pair in chosen.licence)
    if "" in licences.values():
        raise DataRefused(f"--licence {chosen.licence[-1]!r} is not SOURCE=LICENCE")
    return PrepareSettings(
        CleaningSettings(languages=languages, near_duplicate=chosen.near_duplicate),
        TranscriptSettings(chosen.unsupported),
        format=chosen.format,
        licences=licences,
        shop=chosen.shop,
    )


def _tell(card: Card, faults: Faults) -> None:
    print(f"{card.rows.total():,} rows kept of {card.read:,} read: {dict(card.rows)}")
    if card.dropped:
        print(f"left out: {dict(card.dropped)}")
    if card.masked:
        print(f"masked: {dict(card.masked)}")
    for note, count in card.notes.items():
        print(f"note: {note}: {count:,}")
    if faults.rows:
        print(f"bad rows:\n{faults}")
    if unstated := [name for name, licence in card.licences.items() if licence == "not stated"]:
        names = ", ".join(unstated)
        print(f"note: no licence is stated for {names}; name it before you share weights: --licence NAME=...")
