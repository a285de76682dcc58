"""The shop's records from the command line: import, list, show, remove, check, export, serve.

Knows how to ask and how to print; the work is done by `knowledge.commands`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import get_args

from knowledge import codec, commands
from knowledge.errors import EcomlmError
from knowledge.importers.options import FormatName
from knowledge.records import RecordKind
from knowledge.settings import KnowledgeSettings, load

_EXAMPLES = """\
examples:
  python -m knowledge import products.csv              your products, the format is recognised
  python -m knowledge import products.csv --dry-run    only say what would happen
  python -m knowledge import table.xlsx.csv --map title=Produktname --currency EUR
  python -m knowledge import --sample                  the sample shop, to try things out
  python -m knowledge list products --search boots
  python -m knowledge show product norrfell-ridge-boot --history
  python -m knowledge check                            which texts say otherwise than the rules
  python -m knowledge export backup.jsonl              every record; import it again to restore

The records are in ECOMLM_HOME (default: var) or in the database that ECOMLM_DATABASE_URL names.
"""


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status; KeyboardInterrupt is passed on."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(KnowledgeSettings, options.config)
        return asyncio.run(_run(options, settings))
    except EcomlmError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0


async def _run(options: argparse.Namespace, settings: KnowledgeSettings) -> int:
    match options.command:
        case "import":
            return await commands.import_files(settings, options)
        case "list":
            return await commands.list_records(settings, options)
        case "show":
            return await commands.show(settings, options)
        case "check":
            from knowledge.desk.commands import check

            return await check(settings, options)
        case "serve-orders":
            from knowledge.desk.order_server import serve_orders

            return await serve_orders(settings, options)
        case "remove":
            return await commands.remove(settings, options)
        case _:
            return await commands.export(settings, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m knowledge",
        description="What the shop knows: products, reviews, articles, orders and customers.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: ecomlm.toml)")
    parts = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_import(parts.add_parser("import", help="take products from files of other systems"))
    listing = parts.add_parser("list", help="show what there is")
    listing.add_argument("kind", type=_kind, metavar="KIND", help=f"one of {_kinds()}")
    listing.add_argument("--search", metavar="TEXT", help="only records that hold this text")
    listing.add_argument("--limit", type=_positive, default=20, metavar="N", help="at most N (default: 20)")
    showing = parts.add_parser("show", help="show one record in full")
    showing.add_argument("kind", type=_kind, metavar="KIND", help=f"one of {_kinds()}")
    showing.add_argument("id")
    showing.add_argument("--history", action="store_true", help="also who changed what, and when")
    removal = parts.add_parser("remove", help="remove records; a product's reviews go with it")
    removal.add_argument("kind", type=_kind, metavar="KIND", help=f"one of {_kinds()}")
    removal.add_argument("ids", nargs="*", metavar="ID")
    removal.add_argument("--all", action="store_true", help="remove every record of that kind")
    checking = parts.add_parser("check", help="find texts that contradict the service desk's rules")
    checking.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="YAML, JSON Lines or text beside the articles"
    )
    _add_serving(parts.add_parser("serve-orders", help="serve the orders to a service desk over HTTP"))
    export = parts.add_parser(
        "export", help="write records to FILE.csv (products) or FILE.jsonl (everything)"
    )
    export.add_argument("file", type=Path, metavar="FILE")
    return parser


def _add_import(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="*", type=Path, metavar="FILE", help="CSV, TSV, JSON, JSON Lines or XML, also .gz")
    add("--sample", action="store_true", help="the sample shop instead of a file")
    add("--dry-run", action="store_true", help="read and check everything, write nothing")
    formats = ("auto", *get_args(FormatName))
    add("--format", choices=formats, default="auto", help="default: auto, recognised by the content")
    add("--map", action="append", default=[], metavar="FIELD=COLUMN", help="which column holds a field")
    add("--ignore", action="append", default=[], metavar="COLUMN", help="leave this column out")
    add(
        "--currency", metavar="CODE", help="for prices that name none, such as EUR (default: of the settings)"
    )
    add("--price-unit", choices=("auto", "units", "cents"), default="auto",
        help="whether a price of 4995 is 4995 or 49.95; auto takes cents when the prices are whole numbers "
             "that nearly all end in 95 or 99 and are mostly above 1000, and says so")  # fmt: skip
    add(
        "--language",
        choices=("en", "zh"),
        help="of the texts (default: zh where there are Chinese characters)",
    )
    add("--encoding", metavar="NAME", help="such as gb18030 or latin-1 (default: recognised)")
    add("--bad-rows", type=Path, metavar="FILE", help="write all rows that cannot be used, and why, as CSV")
    add("--report", type=Path, metavar="FILE", help="write the account of the file as JSON")
    add("--progress", type=Path, metavar="FILE", help="keep in FILE how far it has come, as JSON")
    add("--who", metavar="NAME", help="who imports, for the history (default: the name of this login)")
    add("--on-error", choices=("stop", "skip"), default="stop",
        help="with bad rows: stop and write nothing (default), or skip them and list them")  # fmt: skip


def _add_serving(add: argparse.ArgumentParser) -> None:
    add.description = (
        "Asked with orders_secret (ECOMLM_ORDERS_SECRET); docs/service-desk.md shows the messages."
    )
    add.add_argument("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1, this machine)")
    add.add_argument("--port", type=_positive, default=8090, metavar="N", help="default: 8090")


def _kinds() -> str:
    return ", ".join(f"{kind}s" for kind in codec.KINDS)


def _kind(text: str) -> RecordKind:
    for kind in codec.KINDS:
        if text in (kind, f"{kind}s"):
            return kind
    raise argparse.ArgumentTypeError(f"{text!r} is no kind of record; use {_kinds()}")


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)
