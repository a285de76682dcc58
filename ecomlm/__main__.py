"""The language tools from the command line: index, search, answer, reviews, digest, write.

Dispatches to `ecomlm.commands`; each command's module is loaded only when it is used.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from pathlib import Path

from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from knowledge.settings import load

COMMANDS = {
    "index": "build or update the search index of the shop in ECOMLM_HOME",
    "search": "find products for every question of a JSONL file",
    "answer": "answer every question of a JSONL file from its evidence",
    "digest": "count what the reviews of every product of a JSONL file say",
    "reviews": "read every review of a JSONL file: what it says of which aspect",
    "write": "draft product texts whose every claim the record supports, for a person to decide on",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser("python -m ecomlm", description="The shop's language tools.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: ecomlm.toml)")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=_overview())
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    module = importlib.import_module(f"ecomlm.commands.{options.command}")
    own = argparse.ArgumentParser(
        f"python -m ecomlm {options.command}", description=COMMANDS[options.command]
    )
    module.add_arguments(own)
    chosen = own.parse_args(options.rest)
    try:
        status: int = asyncio.run(module.run(load(Settings, options.config), chosen))
    except EcomlmError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return status


def _overview() -> str:
    return "; ".join(f"{name}: {text}" for name, text in COMMANDS.items())


if __name__ == "__main__":
    sys.exit(main())
