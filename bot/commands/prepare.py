"""Prepare what the server needs: the shop's records, the index, the model, the router.

Runs in a process of its own (`python -m bot.commands.prepare`), whose memory is gone before the server
starts. Knows the order of the steps; each step's work is done by the package it belongs to.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.classifier import Embed
from bot.settings import BotSettings
from knowledge.errors import EcomlmError, ImportFailed
from knowledge.settings import load
from knowledge.store import Store

_MARK = "shop.json"
_SAMPLE = "sample"
_CHUNK = 1 << 20


def what_is_needed(settings: BotSettings, catalogue: Path | None) -> bool:
    """Whether anything has to be prepared; quick, so that a second start is."""
    mark = read_mark(settings)
    if mark is None or not mark.get("ready"):
        return True
    return catalogue is not None and mark.get("source") != fingerprint(catalogue)


async def prepare(settings: BotSettings, catalogue: Path | None, tell: Callable[[str], None]) -> None:
    """Do every step that is not done yet."""
    from ecomlm.commands.index import progress_bars
    from ecomlm.models.base import prepare_base
    from ecomlm.search.index import build_index

    async with await Store.open(settings) as store:
        tell("1/4  the shop's records")
        source = await _fill(settings, store, catalogue, tell)
        products = await store.count("product")
        tell(f"     {products:,} products, {await store.count('article'):,} articles")
        tell("2/4  the search index")
        with progress_bars() as progress:
            await build_index(settings, store, progress=progress)
    tell("3/4  the language model")
    if settings.engine == "llama_cpp":
        await asyncio.to_thread(prepare_base, settings)
    tell("4/4  the message router")
    await asyncio.to_thread(_train_router, settings)
    write_mark(settings, {"source": source, "ready": True})


def as_prepared(settings: BotSettings) -> BotSettings:
    """Return the settings, with a neutral name where own products would bear the sample shop's."""
    mark = read_mark(settings)
    is_sample = mark is None or mark.get("source") == _SAMPLE
    if is_sample or settings.shop_name != BotSettings.shop_name:
        return settings
    return replace(settings, shop_name="our shop", shop_name_zh="本店")


def _train_router(settings: BotSettings) -> None:
    from bot.classifier import load_or_train
    from bot.router import EXAMPLES, cache_folder

    load_or_train(EXAMPLES, cache_folder(settings), open_router_embedder(settings))


def open_router_embedder(settings: BotSettings) -> Embed:
    """Return what turns messages into vectors for the router: the multilingual embedder of search."""
    from ecomlm.search.embed import open_embedder

    return open_embedder(settings.embedder_zh, settings).encode_queries


async def _fill(
    settings: BotSettings, store: Store, catalogue: Path | None, tell: Callable[[str], None]
) -> str:
    """Bring the records of the catalogue, or of the sample shop into an empty store; return their mark."""
    mark = read_mark(settings) or {}
    if catalogue is None:
        if not await store.count("product"):
            from knowledge.sample.load import load_sample

            records = await asyncio.to_thread(load_sample)
            write_mark(settings, {"source": _SAMPLE, "ready": False})
            await store.save(records, who="sample shop")
            return _SAMPLE
        return str(mark.get("source", ""))
    source = fingerprint(catalogue)
    if mark.get("source") == source:
        return source
    from knowledge.importers import Options, import_file

    if mark.get("source") == _SAMPLE:
        tell("     the sample shop makes room for your products")
        await _remove_sample(store)
    write_mark(settings, {"source": "", "ready": False})  # until the import is done
    report = await import_file(
        store,
        catalogue,
        Options(currency=settings.currency, on_error="skip"),
        who=f"import {catalogue.name}",
        show_progress=True,
    )
    print(report, flush=True)
    return source


async def _remove_sample(store: Store) -> None:
    from knowledge import codec
    from knowledge.sample.load import load_sample

    records = await asyncio.to_thread(load_sample)
    for kind in ("order", "customer", "review", "article", "product"):
        ids = [record.id for record in records if codec.kind_of(record) == kind]
        await store.remove(kind, ids, who="own catalogue")


def fingerprint(file: Path) -> str:
    """Return what tells this file from every other.

    Raises:
        ImportFailed: if there is no such file.
    """
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise ImportFailed(f"cannot read {str(file)!r}: {error.strerror}. Name your product file") from error
    return digest.hexdigest()


def read_mark(settings: BotSettings) -> dict[str, Any] | None:
    """Return what was prepared last, if anything was."""
    try:
        content = json.loads((settings.home / _MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_mark(settings: BotSettings, content: dict[str, Any]) -> None:
    """Note what is prepared."""
    settings.home.mkdir(parents=True, exist_ok=True)
    aside = settings.home / f".{_MARK}"
    aside.write_text(json.dumps(content), encoding="utf-8")
    aside.replace(settings.home / _MARK)


def main() -> int:
    """Prepare, in this process."""
    parser = argparse.ArgumentParser(prog="python -m bot.commands.prepare")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--catalogue", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    try:
        settings = load(BotSettings, options.config)
        asyncio.run(prepare(settings, options.catalogue, lambda line: print(line, flush=True)))
    except EcomlmError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"Prepared in {time.monotonic() - started:.0f} s; from now on a start takes seconds.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
