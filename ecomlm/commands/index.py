"""`python -m ecomlm index`: build or update the search index."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from ecomlm.search.index import Progress, build_index
from ecomlm.settings import Settings
from knowledge.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--rebuild", action="store_true", help="build a new index even if nothing changed")


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Build the index and say what it holds."""
    started = time.monotonic()
    async with await Store.open(settings) as store:
        with progress_bars() as progress:
            report = await build_index(settings, store, rebuild=options.rebuild, progress=progress)
    manifest = report.manifest
    holds = f"{manifest.products:,} products and {manifest.articles:,} articles"
    if not report.is_new:
        print(f"index {manifest.id} is up to date: {holds}")
        return 0
    print(f"index {manifest.id}: {holds}, built in {time.monotonic() - started:.0f} s")
    return 0


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show a bar for each step on standard error."""
    bars: dict[str, tqdm[Any]] = {}

    def progress(step: str, done: int, total: int) -> None:
        if step not in bars:
            for bar in bars.values():
                bar.close()
            bars[step] = tqdm(total=total, desc=step, file=sys.stderr, mininterval=1.0)
        bars[step].update(done - bars[step].n)

    try:
        yield progress
    finally:
        for bar in bars.values():
            bar.close()
