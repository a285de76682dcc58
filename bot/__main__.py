"""`python -m bot`: run the shop's assistant, talk to it, or measure it.

Knows the commands' names and arguments; each command's work is a module of `bot.commands`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import EcomlmError

if TYPE_CHECKING:
    from bot.settings import BotSettings


def build_parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="The shop's conversation side.")
    parser.add_argument("--config", type=Path, help="settings file (default: ecomlm.toml if there is one)")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="prepare everything that is missing, then serve")
    run.add_argument("--catalogue", type=Path, help="your product file; without it the sample shop is used")
    commands.add_parser("serve", help="serve what is prepared already")
    actions = commands.add_parser("actions", help="serve the actions to a Rasa server")
    actions.add_argument("--port", type=int, default=5055, help="where Rasa's endpoints.yml looks for them")
    chat = commands.add_parser("chat", help="talk to the assistant in this terminal")
    chat.add_argument("--page", help="the id of the product whose page is open")
    route = commands.add_parser("route", help="route messages of a file, or measure the router")
    route.add_argument("--input", type=Path, help='JSONL with {"id", "text"}')
    route.add_argument("--output", type=Path, help="JSONL with intent, confidence, language and entities")
    route.add_argument(
        "--train", action="store_true", help="train on the examples; write the shipped weights"
    )
    route.add_argument("--evaluate", action="store_true", help="print the accuracy on wording not seen")
    replay = commands.add_parser("replay", help="hold the conversations of a file")
    replay.add_argument("--input", type=Path, required=True, help='JSONL with {"id", "turns", "page"?}')
    replay.add_argument("--output", type=Path, required=True, help="JSONL with every turn's reply and events")
    _add_transcripts(commands)
    _add_staff(commands)
    return parser


def _add_staff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    staff = commands.add_parser("staff", help="the console's people: list, add, password, role, remove")
    actions = staff.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="who may open the console")
    for action, does in (
        ("add", "add a person; asks for a first password"),
        ("password", "set a new password; asks for it"),
        ("role", "change what a person may do"),
        ("remove", "remove a person"),
    ):
        one = actions.add_parser(action, help=does)
        one.add_argument("name")
        if action in ("add", "role"):
            one.add_argument("role", choices=("viewer", "agent", "editor", "owner"))


def _add_transcripts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    transcripts = commands.add_parser("transcripts", help="write stored conversations for training")
    transcripts.add_argument("--output", type=Path, required=True, help="JSONL, one conversation a line")
    transcripts.add_argument("--since", type=_moment, metavar="DATE", help="only messages from then on (UTC)")
    transcripts.add_argument("--rated", action="store_true", help="only replies that a shopper rated")
    transcripts.add_argument("--language", choices=("en", "zh"), help="only replies in this language")


def _moment(text: str) -> datetime:
    """Read `2026-05-01` or `2026-05-01T08:00+02:00`; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-05-01") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    has_files = options.command != "route" or (options.input and options.output)
    if not has_files and not options.evaluate and not options.train:
        parser.error("route needs --input and --output, or --evaluate, or --train")
    try:
        return _run(options)
    except EcomlmError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # its reports on loading mean nothing to a shop
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from bot.settings import BotSettings
    from knowledge.settings import load

    settings = load(BotSettings, options.config)
    match options.command:
        case "run":
            from bot.commands.run import run

            return run(settings, options.catalogue, options.config)
        case "serve":
            from bot.commands.serve import serve

            return serve(settings)
        case "actions":
            from bot.commands.actions import serve_actions

            return serve_actions(settings, options.port)
        case "chat":
            from bot.commands.chat import chat

            return asyncio.run(chat(settings, options.page))
        case "route":
            return _route(settings, options)
        case "staff":
            from bot.commands.staff import staff

            name, role = getattr(options, "name", ""), getattr(options, "role", "")
            return asyncio.run(staff(settings, options.action, name, role))
        case "transcripts":
            from bot.commands.transcripts import export_transcripts
            from bot.transcripts import Chosen

            chosen = Chosen(options.since, options.language, options.rated)
            return asyncio.run(export_transcripts(settings, options.output, chosen))
        case _:
            from bot.commands.replay import replay

            return asyncio.run(replay(settings, options.input, options.output))


def _route(settings: BotSettings, options: argparse.Namespace) -> int:
    if options.train:
        from bot.commands.evaluate import retrain

        return retrain(settings)
    if options.evaluate:
        from bot.commands.evaluate import evaluate

        return evaluate(settings)
    from bot.commands.route import route

    return asyncio.run(route(settings, options.input, options.output))


if __name__ == "__main__":
    sys.exit(main())
