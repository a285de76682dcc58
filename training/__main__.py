"""The command line of training: `python -m training COMMAND`.

What each command takes, and which function it calls, stands in the `commands.py` of each part.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from knowledge.errors import EcomlmError
from training.commands import add_releases, add_stages
from training.data.commands import add_data_commands
from training.evaluate.commands import add_measures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = chosen.run
    try:
        run(chosen)
    except EcomlmError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Train and measure the models.")
    commands = parser.add_subparsers(required=True, metavar="command")
    add_stages(commands)
    add_releases(commands)
    add_measures(commands)
    add_data_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
