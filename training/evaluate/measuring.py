"""Measures everything of a report, part by part: asks every system, trains the canary trial, scores texts.

What a part means stands in its own module. A part whose data are not on this machine is left out and named.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecomlm.generation.engine import Engine
from ecomlm.models.base import write_json
from ecomlm.search.rank import Ranker
from ecomlm.search.snapshot import IndexMissing
from ecomlm.settings import Settings
from knowledge.records import Language
from training.data.product_qa import DataMissing, read_epqa
from training.evaluate import fairness, recall
from training.evaluate.canary_trial import canary_facts, run_trial
from training.evaluate.candidate import (
    AT_ONCE,
    Change,
    Measured,
    asked_of,
    changes,
    lines_of,
    measure_engine,
)
from training.evaluate.facts import Fact
from training.evaluate.forgetting import perplexity_facts, text_sets
from training.evaluate.intervals import mean, table_of
from training.evaluate.page import write_page, write_plots
from training.evaluate.product_questions import (
    EPQA,
    OWN_EN,
    OWN_ZH,
    Case,
    copied,
    epqa_cases,
    facts_of,
    gated,
    hetpqa_cases,
    own_cases,
    sampled,
)
from training.evaluate.ranking import evidence_facts
from training.evaluate.replies import Asked, Reply
from training.evaluate.report import PARTS, SETS, Options, Report, ReportRefused, tell
from training.evaluate.speed import speed_facts, time_engine
from training.evaluate.support import cut_sentences
from training.evaluate.systems import System, adapters_of, systems_of
from training.evaluate.terminal import as_text
from training.evaluate.voice import Voice, offences, read_voice, voice_cases, voice_rows

LANGUAGES: tuple[Language, ...] = ("en", "zh")
ALONE, WHOLE = "questions, model alone", "questions, whole answer"
_ON_REPLIES = {"answers", "unsupported", "regression", "voice"}


def evaluate(
    settings: Settings,
    options: Options,
    adapters: tuple[str, ...] = (),
    *,
    output: Path | None = None,
    html: Path | None = None,
    plots: Path | None = None,
) -> dict[str, Any]:
    """Measure the base, the live adapter and the named ones; print, write and return the report.

    Raises:
        ReportRefused: as `make_report` does, and where a file could not be written in the end.
    """
    _demand_folders(output, html, plots / "plot" if plots else None)
    report = make_report(settings, systems_of(settings, adapters), options).as_json()
    print(as_text(report))
    _write(report, output, html)
    if plots:
        write_plots(report, plots)
    return report


def compare(
    settings: Settings,
    names: tuple[str, ...],
    *,
    questions: int = 60,
    seed: int = 7,
    output: Path | None = None,
    html: Path | None = None,
) -> None:
    """Print two adapters' figures and what the second answers otherwise, with the texts."""
    _demand_folders(output, html)
    options = Options(limit=questions, seed=seed, parts=("answers", "unsupported", "regression"))
    report = make_report(settings, adapters_of(settings, names), options).as_json()
    found = [
        Change(**{key: value for key, value in row.items() if key not in ("from", "to")})
        for row in report["texts"].get("regression", ())
    ]
    print("\n".join([as_text(report), *lines_of(found)]))
    _write(report, output, html)


def _demand_folders(*paths: Path | None) -> None:
    for path in paths:
        if path and not path.absolute().parent.is_dir():
            raise ReportRefused(f"{path} cannot be written: there is no folder {path.absolute().parent}")


def _write(report: dict[str, Any], output: Path | None, html: Path | None) -> None:
    if output:
        write_json(output, report)
    if html:
        write_page(report, html)


def make_report(
    settings: Settings, systems: Sequence[System], options: Options, ranker: Callable[[], Any] | None = None
) -> Report:
    """Measure the systems (the base first, then the live adapter, then others).

    `ranker` opens what ranks passages, by default the shop's own.

    Raises:
        ReportRefused: if there is no such set or part, or nothing is left to measure.
        RecipeInvalid: if the rules of the voice have faults.
    """
    if options.limit < 0:
        raise ReportRefused(f"limit = {options.limit}: use 0 for all questions, or how many of each set")
    _known("part", options.parts, PARTS)
    _known("set", options.sets, SETS)
    work = _Work(settings, options, list(systems), ranker or (lambda: Ranker.load(settings)))
    asyncio.run(work.ask())
    for name, measure in (("perplexity", work.score), ("canaries", work.plant)):
        if name in options.chosen():
            measure()
    if not work.report.facts:
        told = "; ".join(f"{name}: {why}" for name, why in work.report.skipped.items())
        raise ReportRefused(f"nothing could be measured. {told or 'Choose other parts or sets'}")
    return work.report


def _known(kind: str, names: Sequence[str], known: dict[str, str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise ReportRefused(f"no {kind} is called {', '.join(unknown)}; there are {', '.join(known)}")


class _Work:
    """The steps of one report over its systems."""

    def __init__(
        self, settings: Settings, options: Options, systems: list[System], open_ranker: Callable[[], Any]
    ) -> None:
        self.settings, self.options, self.systems = settings, options, systems
        self.report = Report(options, [system.name for system in systems])
        self.parts = set(options.chosen())
        self._open_ranker, self._ranker = open_ranker, None
        self.cases: dict[str, list[Case]] = {}
        self.asked: dict[str, list[Asked]] = {}
        self.probes: dict[str, list[recall.Probe]] = {}
        self.pairs: list[fairness.Pair] = []
        self.measured: dict[str, Measured] = {}
        self.voice = Voice()

    @property
    def ranker(self) -> Any:
        """What ranks passages, opened when it is first needed."""
        if self._ranker is None:
            tell("opening the ranker")
            self._ranker = self._open_ranker()
        return self._ranker

    async def ask(self) -> None:
        """Ask every system everything, and take down what its replies show."""
        self.prepare()
        for number, system in enumerate(self.systems, 1):
            await self._ask(system, f"[{number}/{len(self.systems)}] {system.name}")
        if "evidence" in self.parts:
            self._evidence()
        if "answers" in self.parts:
            self._copied()
        if "regression" in self.parts:
            self._regression()
        if "fairness" in self.parts:
            await self._searches()

    def prepare(self) -> None:
        """Gather what is to be asked."""
        options = self.options
        if self.parts & _ON_REPLIES:
            self.cases = dict(self._question_sets())
            self.asked = {name: list(map(asked_of, cases)) for name, cases in self.cases.items()}
        if "voice" in self.parts:
            self.voice = read_voice(options.voice)
            tempting = voice_cases(options.limit, options.seed)
            for language in LANGUAGES:
                part = [asked_of(case) for case in tempting if case.language == language]
                self.asked[f"tempting {language.upper()}"] = part
        if "fairness" in self.parts:
            self.pairs = fairness.question_pairs(options.limit, options.seed)
            self.asked[ALONE] = fairness.asked_alone(self.pairs, self.ranker)
        if "memorisation" in self.parts:
            self._probe()

    def _question_sets(self) -> Iterator[tuple[str, list[Case]]]:
        limit, seed = self.options.limit, self.options.seed
        build: dict[str, Callable[[], list[Case]]] = {
            "hetpqa": lambda: hetpqa_cases(self.settings.data, limit, seed),
            "epqa": lambda: epqa_cases(self.settings.data, self.ranker, limit, seed),
            "own-en": lambda: own_cases("en", limit, seed),
            "own-zh": lambda: own_cases("zh", limit, seed),
        }
        for key in self.options.sets or SETS:
            try:
                yield SETS[key], build[key]()
            except DataMissing as error:
                self._skip(key, error)

    def _skip(self, name: str, reason: object) -> None:
        self.report.skipped[name] = str(reason)
        tell(f"left out {name}: {reason}")

    def _probe(self) -> None:
        trained = next((item.trained_on for item in reversed(self.systems) if item.trained_on), None)
        if trained is None:
            self._skip("memorisation", "no adapter is measured, and the base saw none of the rows")
            return
        tell("building the adapter's training rows again")
        limit, seed = self.options.limit, self.options.seed
        seen, unseen = recall.trained_rows(self.settings.data, trained), recall.unseen_rows(seed)
        for group, rows in ((recall.TRAINED, seen), (recall.UNSEEN, unseen)):
            for way in recall.WAYS:
                found = recall.probes(rows, way, limit or 60, seed)
                self.probes[f"{group}, passages {way}"] = found
                self.asked[f"{group}, passages {way}"] = [probe.asked() for probe in found]

    async def _ask(self, system: System, title: str) -> None:
        if self.asked or self.pairs:
            engine = await system.start(AT_ONCE)
            try:
                heard = await measure_engine(
                    engine, self.asked, lambda name, count: tell(f"{title}: {name}, {count} questions")
                )
                await self._take(system, engine, heard, title)
            finally:
                await engine.close()
        if "speed" in self.parts:
            tell(f"{title}: speed")
            engine = await system.start(1)
            try:
                self.report.facts += speed_facts(
                    f"{system.name} on {system.engine}", await time_engine(engine, self.options.seed)
                )
            finally:
                await engine.close()

    async def _take(self, system: System, engine: Engine, heard: Measured, title: str) -> None:
        """Take down what one system's replies show."""
        answers = self.measured[system.name] = heard.part(list(self.cases))
        name, report = system.name, self.report
        if "answers" in self.parts:
            report.facts += answers.answer_facts(name)
            if EPQA in answers.replies:
                quiet = [gated(*pair) for pair in zip(self.cases[EPQA], answers.replies[EPQA], strict=True)]
                report.facts += facts_of(f"{name}+rank", EPQA, quiet)
        if "unsupported" in self.parts:
            self._unsupported(name, answers)
        if "voice" in self.parts:
            self._voice(name, heard)
        for group, probes in self.probes.items():
            self._recalled(name, group, list(zip(probes, heard.replies[group], strict=True)))
        if self.pairs:
            self._fair(name, ALONE, fairness.compared_alone(self.pairs, heard.replies[ALONE]))
            tell(f"{title}: whole answers to {len(self.pairs)} pairs")
            whole = await fairness.compare_answers(engine, self.ranker, self.pairs)
            self._fair(name, WHOLE, whole)

    def _add_texts(self, part: str, found: Sequence[dict[str, Any]]) -> None:
        self.report.texts.setdefault(part, []).extend(found)

    def _unsupported(self, name: str, answers: Measured) -> None:
        self.report.facts += answers.support_facts(name)
        for asked, reply in answers.supported_pairs():
            if cut := cut_sentences(asked, reply)[0]:
                shown = [item.text for item in asked.evidence or ()]
                row = {"system": name, "question": asked.question, "cut": cut, "passages": shown}
                self._add_texts("unsupported", [row])

    def _voice(self, name: str, heard: Measured) -> None:
        for group in (OWN_EN, OWN_ZH, "tempting EN", "tempting ZH"):
            if heard.asked.get(group):
                pairs = heard.pairs(group)
                self.report.facts.append(
                    Fact("voice", group, "keeps_rules", name, voice_rows(pairs, self.voice), mean)
                )
                self._add_texts(
                    "voice", [{"system": name} | asdict(item) for item in offences(group, pairs, self.voice)]
                )

    def _recalled(self, name: str, group: str, pairs: list[tuple[recall.Probe, Reply]]) -> None:
        self.report.facts += recall.facts_of(name, group, pairs)
        for probe, reply in recall.repeated(pairs):
            told = {"prompt": probe.prompt, "trained": probe.answer, "reply": reply.text, "old": probe.old}
            self._add_texts("memorisation", [{"system": name, "set": group} | told])

    def _fair(self, name: str, group: str, found: Sequence[fairness.Compared]) -> None:
        for kind in fairness.KINDS:
            part = [item for item in found if item.pair.kind == kind]
            table = table_of(item.is_same for item in part)
            self.report.facts.append(Fact("fairness", f"{group}: {kind}", "same", name, table, mean))
            for item in part:
                if not item.is_same:
                    sides = {"asked": list(item.pair.texts), "told": list(item.told)}
                    self._add_texts("fairness", [{"system": name, "set": f"{group}: {kind}"} | sides])

    async def _searches(self) -> None:
        tell("searches of either side")
        pairs = fairness.search_pairs(self.options.limit, self.options.seed)
        try:
            self._fair("search", f"first {fairness.SHOWN} products", await fairness.compare_searches(
                self.settings, pairs
            ))  # fmt: skip
        except IndexMissing as error:
            self._skip("fairness of searches", error)

    def _evidence(self) -> None:
        tell("evidence ranking")
        try:
            asked = sampled(read_epqa(self.settings.data, "held_out"), self.options.limit, self.options.seed)
        except DataMissing as error:
            self._skip("evidence", error)
            return
        self.report.facts += evidence_facts(self.ranker, asked)

    def _copied(self) -> None:
        for name, cases in self.cases.items():
            self.report.facts += facts_of("copy", name, list(map(copied, cases)))

    def _regression(self) -> None:
        for one, other in self.report.pairs:
            found = changes(self.measured[one], self.measured[other])
            rows = [{"from": one, "to": other} | asdict(item) for item in found]
            self._add_texts("regression", rows)
            count = sum(map(len, self.measured[one].asked.values()))
            for kind in ("win", "loss", "claim"):
                happened = [0.0] * count
                hit = sum(row["kind"] == kind for row in rows)
                happened[:hit] = [1.0] * hit
                self.report.facts.append(
                    Fact("regression", f"{one} to {other}", kind, other, table_of(happened), mean)
                )

    def score(self) -> None:
        """Measure perplexity of each system."""
        texts = text_sets(self.options.limit, self.options.seed)
        for system in self.systems:
            tell(f"{system.name}: perplexity of {sum(map(len, texts.values()))} texts")
            self.report.facts += perplexity_facts(system.name, *system.load(), texts)

    def plant(self) -> None:
        """Train the base on canaries for a moment, and look for them."""
        tell("a short training with canaries in it")
        background = recall.trained_rows(self.settings.data, {"arguments": {}, "seed": self.options.seed})
        model, tokenizer = self.systems[0].load()
        with tempfile.TemporaryDirectory() as folder:
            found = run_trial(
                model, tokenizer, background, Path(folder), self.options.trial, self.options.seed
            )
        self.report.facts += canary_facts(found)
        rows = [
            {
                "group": item.canary.group,
                "kind": item.canary.kind,
                "language": item.canary.language,
                "exposure": round(item.exposure, 2),
                "extracted": item.is_extracted,
            }
            for item in found
        ]
        self._add_texts("canaries", rows)
