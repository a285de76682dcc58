"""The shop's records from the command line: `python -m knowledge`. The commands are in `command_line.py`."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status: 130 where it was stopped with Ctrl-C."""
    try:
        from knowledge.command_line import run  # here: modules load for a second, and may be stopped too

        return run(arguments)
    except KeyboardInterrupt:
        print("stopped; what was under way was not written", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
