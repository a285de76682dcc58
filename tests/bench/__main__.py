"""`make bench`: measure speed, size and quality, print the table and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings import BotSettings
from ecomlm.generation.prompts import MAX_PASSAGES, answer_prompt
from ecomlm.language import detect
from ecomlm.models.adapter import find_adapter
from ecomlm.models.base import huggingface_folder, prepare_base
from ecomlm.search.passages import evidence_of
from ecomlm.search.snapshot import Snapshots
from knowledge.errors import EcomlmError
from knowledge.records import Product
from knowledge.settings import KnowledgeSettings, load
from knowledge.store import Store
from tests.acceptance.checker import Checker
from tests.acceptance.shop import Shop, choose_adapter
from tests.bench import generation, questions, rasa, recommendation
from tests.bench.desk import measure_desk
from tests.bench.report import Report, Row, percentile
from tests.bench.served import ROOT, Server, ServerFailed, Timing, ask_each, serving

SECONDS_TO_INDEX = 8 * 60
SETTLE_SECONDS = 1.0
SHOPS = {"sample": "Sample shop", "icecat": "Icecat"}
PARTS = ("shops", "rasa", "generation", "quality", "claims", "desk", "recommendation")
CARDS_LIMIT = {"sample": 150, "icecat": 250}


@dataclass(frozen=True)
class Sizes:
    """How many samples of each kind are taken."""

    searches: int
    questions: int
    opened: int
    prompts: int
    claims: int
    turns: int


FULL, QUICK = Sizes(40, 24, 12, 16, 60, 30), Sizes(6, 4, 3, 4, 8, 3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything and return the exit status: 1 where a part could not run."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few samples, to see that everything works")
    parser.add_argument("--skip-index", action="store_true", help="use the Icecat index of the last run")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--home", type=Path, default=Path("var/bench"), help="kept between runs")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    report = Report(options.seed, options.quick)
    bench = Bench(options.home.absolute(), QUICK if options.quick else FULL, options.seed, report)
    asyncio.run(bench.run(options.only or PARTS, options.skip_index))
    report.write(options.output, time.perf_counter() - started)
    print(f"written to {options.output} after {time.perf_counter() - started:.0f} s")
    return int(bool(bench.failures))


@contextmanager
def _step(name: str) -> Iterator[None]:
    print(f"{name} ...", flush=True)
    started = time.perf_counter()
    yield
    print(f"  ({name}: {time.perf_counter() - started:.0f} s)", flush=True)


class Bench:
    """One run over the two shops below `home`."""

    def __init__(self, home: Path, sizes: Sizes, seed: int, report: Report) -> None:
        self.home, self.sizes, self.seed, self.report = home, sizes, seed, report
        self.data = load(KnowledgeSettings).data.absolute()
        self.failures: list[str] = []
        self.adapter = ""
        self.replies: list[tuple[str, str | None, Timing]] = []

    async def run(self, parts: Sequence[str], skip_index: bool) -> None:
        """Measure the parts one after the other; a part that fails is told and does not stop the rest."""
        self.home.mkdir(parents=True, exist_ok=True)
        with _step("preparing the sample shop and the model"):
            self._prepare_sample()
        shops = ["sample"]
        if self._prepare_icecat(skip_index):
            shops.append("icecat")
        if "shops" in parts:
            for shop in shops:
                with _step(f"shoppers in {SHOPS[shop]}"):
                    await self._shoppers(shop)
        if "rasa" in parts:
            with _step("the same turns through a real Rasa"):
                done = rasa.add_rows(self.report, self.home / "sample", self.sizes.turns)
                self.failures += [] if done else ["rasa"]
        if "generation" in parts:
            with _step("the engine against transformers"):
                await self._generation()
        if "quality" in parts:
            await self._quality(shops)
        if "claims" in parts:
            for shop in shops:
                with _step(f"claims of replies in {SHOPS[shop]}"):
                    await self._claims(shop)
        if "desk" in parts:
            with _step("scripted shoppers at the service desk"):
                models = self.home / "sample" / "models"
                await measure_desk(self.report, self.home / "tau2", models)
        if "recommendation" in parts:
            with _step("a million events for the recommender"):
                done = recommendation.add_rows(self.report, self.report.is_quick)
                self.failures += [] if done else ["recommendation"]

    def _prepare_sample(self) -> None:
        home = self.home / "sample"
        self._command(home, "knowledge", "import", "--sample")
        self._command(home, "ecomlm", "index")
        settings = choose_adapter(BotSettings(home=home))
        self.adapter = settings.adapter
        base = prepare_base(settings)
        name = f"{base.name}, {base.gguf.stat().st_size / 1e6:.0f} MB, {base.vocabulary:,} tokens"
        self.report.add(Row("Model", "base", name))
        self.report.add(Row("Model", "adapter", self.adapter or "none that fits: the base alone"))

    def _prepare_icecat(self, skip_index: bool) -> bool:
        area, home = "Import and index", self.home / "icecat"
        source = self.data / "icecat" / "products.jsonl.gz"
        if skip_index:
            self.report.skip(area, "import and index of Icecat", "--skip-index was given")
            return Snapshots(home).current_id() is not None
        if not source.exists():
            self.report.skip(area, "import and index of Icecat", "the data set is not here (ECOMLM_DATA)")
            return False
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        (home / "models").symlink_to(self.home / "sample" / "models")
        with _step("importing and indexing Icecat, some minutes"):
            importing = self._command(home, "knowledge", "import", str(source))
            self.report.add(Row(area, "import of 19,406 Icecat products", f"{importing:.0f} s"))
            indexing = self._command(home, "ecomlm", "index")
            self.report.add(Row(area, "index of them, from nothing", f"{indexing:.0f} s"))
        self.report.at_most(area, "import + index", importing + indexing, SECONDS_TO_INDEX, "s", "1 run")
        return True

    def _command(self, home: Path, *arguments: str) -> float:
        environment = {"ECOMLM_HOME": str(home)}
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", *arguments], cwd=ROOT, check=True, env=_environment() | environment
        )
        return time.perf_counter() - started

    async def _shoppers(self, shop: str) -> None:
        area, home = SHOPS[shop], self.home / shop
        async with await Store.open(BotSettings(home=home)) as store:
            products = await store.products()
        try:
            async with serving(home, self.adapter, self.home / "server.log"):
                pass  # the first start after an index trains or reads what is missing
            async with serving(home, self.adapter, self.home / "server.log") as server:
                self.report.at_most(area, "second start until ready", server.start_seconds, 10, "s", "1 run")
                await self._times(shop, server, products)
                memory = server.memory_bytes() / 2**20
                limit = 1536.0
                self.report.at_most(area, "server memory after all this", memory, limit, "MiB")
        except (ServerFailed, OSError) as error:
            self.failures.append(shop)
            self.report.skip(area, "shoppers", f"the server failed: {error}"[:300].replace("\n", " "))

    async def _times(self, shop: str, server: Server, products: Sequence[Product]) -> None:
        sizes, seed, area = self.sizes, self.seed, SHOPS[shop]
        await ask_each(server, questions.searches(shop, 2, seed) + questions.questions(products, 2, seed), 1)
        found = await ask_each(server, questions.searches(shop, sizes.searches, seed), 1)
        cards = [timing.cards for timing in found if timing.cards is not None]
        sample = f"{len(cards)} of {len(found)} searches"
        if cards:
            self._milliseconds(area, "cards p50", percentile(cards, 0.5), None, sample)
            self._milliseconds(area, "cards p95", percentile(cards, 0.95), CARDS_LIMIT[shop], sample)
        alone = await ask_each(server, questions.questions(products, sizes.questions, seed + 1), 1)
        self._reply_rows(area, "one shopper", alone, (1000, 3000))
        crowd = await ask_each(server, questions.questions(products, sizes.questions, seed + 2), 8)
        self._reply_rows(area, "eight at once", crowd, (None, None))
        asked = questions.questions(products, sizes.opened, seed + 3)
        opened = []
        for text, page in asked:
            assert page is not None
            await server.open_page(page)
            await asyncio.sleep(SETTLE_SECONDS)
            opened.append(await server.ask(text, page))
        self._reply_rows(area, "on a page that is open", opened, (150, None))
        if shop == "sample":
            self.replies = [(*question, timing) for question, timing in zip(asked, opened, strict=True)]

    def _reply_rows(
        self, area: str, who: str, timings: Sequence[Timing], limits: tuple[int | None, int | None]
    ) -> None:
        first = [timing.first_text for timing in timings if timing.first_text is not None]
        whole = [timing.total for timing in timings]
        sample = f"{len(first)} of {len(timings)} questions"
        for name, values, limit in (("first text", first, limits[0]), ("whole reply", whole, limits[1])):
            if values:
                self._milliseconds(area, f"{who}: {name} p50", percentile(values, 0.5), limit, sample)
                self._milliseconds(area, f"{who}: {name} p95", percentile(values, 0.95), None, sample)

    def _milliseconds(self, area: str, measure: str, seconds: float, limit: int | None, sample: str) -> None:
        value = round(seconds * 1000)
        if limit is None:
            self.report.add(Row(area, measure, f"{value} ms", sample=sample))
        else:
            self.report.at_most(area, measure, value, limit, "ms", sample)

    async def _generation(self) -> None:
        settings = choose_adapter(BotSettings(home=self.home / "sample"))
        base = prepare_base(settings)
        adapter = find_adapter(settings, base)
        asked = questions.questions(await self._products(settings), self.sizes.prompts, self.seed + 4)
        prompts = await self._prompts(settings, asked)
        bare = await generation.engine_speed(base.gguf, None, prompts)
        ours = await generation.engine_speed(base.gguf, adapter.gguf, prompts) if adapter else bare
        theirs = await asyncio.to_thread(generation.Transformers, huggingface_folder(settings))
        plain = await asyncio.to_thread(theirs.speed, prompts)
        area, sample = "Engine", f"{len(prompts) // 2} prompts each, {generation.TOKENS} tokens"
        for who, speed in (
            ("transformers, bf16", plain),
            ("our engine, base alone", bare),
            *([("our engine, with the adapter (stops by itself)", ours)] if adapter else []),
        ):
            told = f"{speed.writing:.0f} tokens/s writing alone, {speed.eight_at_once:.0f} eight at once"
            self.report.add(Row(area, who, told, sample=sample))
        self._ratio("writing, against transformers", bare.writing / plain.writing, sample)
        self._ratio("eight at once, against transformers", bare.eight_at_once / plain.eight_at_once, sample)
        if self.replies:
            prompts = await self._prompts(settings, [(text, page) for text, page, _ in self.replies])
            timings = [timing for _, _, timing in self.replies]
            seconds = [
                theirs.reply_seconds(prompt, t.text) for prompt, t in zip(prompts, timings, strict=True)
            ]
            ratio = percentile(seconds, 0.5) / percentile([timing.total for timing in timings], 0.5)
            sample = f"{len(seconds)} questions on open pages, medians over HTTP and in process"
            self._ratio("our whole reply, against transformers writing as long a one", ratio, sample, aim=5)

    def _ratio(self, measure: str, ratio: float, sample: str, aim: float | None = None) -> None:
        wanted, is_met = (f"at least {aim:.0f}x", ratio >= aim) if aim else ("", None)
        self.report.add(Row("Engine", measure, f"{ratio:.1f}x", wanted, sample, is_met))

    async def _products(self, settings: BotSettings) -> list[Product]:
        async with await Store.open(settings) as store:
            return await store.products()

    async def _prompts(self, settings: BotSettings, asked: Sequence[questions.Asked]) -> list[str]:
        """What the model would be asked, with as many passages as it is shown."""
        async with await Store.open(settings) as store:
            prompts = []
            for text, page in asked:
                assert page is not None
                product, language = await store.product(page), detect(text)
                evidence = evidence_of(product, await store.reviews(page), language)[-MAX_PASSAGES:]
                prompts.append(answer_prompt(text, product.title.best(language), evidence, language))
        return prompts

    async def _quality(self, shops: Sequence[str]) -> None:
        area = "Search quality"
        if "icecat" not in shops or not (self.data / "icecat" / "judgments.jsonl").exists():
            self.report.skip(area, "nDCG@10 on Icecat", "the data set or its index is not here")
            return
        from training.evaluate.search import measure_icecat

        with _step("search quality over Icecat"):
            settings = BotSettings(home=self.home / "icecat", data=self.data)
            for quality in await measure_icecat(settings):
                told = f"{quality.judged:.3f} judged, {quality.whole:.3f} whole"
                self.report.add(
                    Row(area, f"nDCG@10, {quality.system}", told, sample=f"{quality.queries} queries")
                )

    async def _claims(self, shop: str) -> None:
        area, measure = "Claims", f"replies with a value that no record supports, {SHOPS[shop]}"
        settings = choose_adapter(BotSettings(home=self.home / shop))
        try:
            opened = await Shop.open(settings)
        except EcomlmError as error:
            self.failures.append("claims")
            self.report.skip(area, measure, str(error)[:200])
            return
        try:
            checker = await Checker.of(opened.tools.store)
            half = self.sizes.claims // 2
            asked = questions.questions(list(checker.products.values()), half, self.seed + 5)
            asked += questions.searches(shop, half, self.seed + 6)
            faults = []
            for text, page in asked:
                reply = await opened.ask(text, page)
                faults += [f"{text!r} on {page}: {fault}" for fault in checker.faults(reply, text, page)]
        finally:
            await opened.close()
        for fault in faults:
            print(f"    {fault}")
        wrong = len({fault.partition(": ")[0] for fault in faults})
        self.report.add(Row(area, measure, str(wrong), "0", f"{len(asked)} replies", wrong == 0))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ECOMLM_")}


if __name__ == "__main__":
    sys.exit(main())
