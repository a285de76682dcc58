"""Builds the forms in which an adapter's model can be served, measures each, and puts them into one table.

The forms: the base with the adapter applied at run time, the adapter merged in and stored in 8, 5 or 4 bits,
and a student of fewer layers. Every form's greedy texts are compared with its source's. Which passages are
shown is the ranker's doing and therefore the same for all. Changes no setting and promotes nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ecomlm.answer import ANSWER_THRESHOLD
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.models.adapter import adapter_folder, open_adapter
from ecomlm.models.base import BaseModel, huggingface_folder, prepare_base, write_json
from ecomlm.search.rank import Ranker
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from training.data.mixture import build_mixture
from training.data.product_qa import DataMissing, read_epqa
from training.distil import DistilRecipe, distil
from training.evaluate.candidate import Asked, measure_engine, standing_prompts, standing_questions
from training.evaluate.product_questions import AT_ONCE
from training.evaluate.speed import Speed, measure_speed
from training.export import (
    Check,
    checked,
    folder_answers,
    gguf_answers,
    merged_teacher,
    tokens_of,
    write_gguf,
)
from training.ranker import measure_reading
from training.recipe import RECIPES, read_recipe

MODELS_PAGE = Path(__file__).parents[1] / "docs" / "models.md"
BEGIN, END = "<!-- variants -->", "<!-- end of variants -->"
DEFAULT = "as served"
STORED = (("Q8_0", "Q8_0"), ("Q5_0", "Q8_0"), ("Q4_0", "Q8_0"), ("Q4_0", "Q4_0"))
"""Bits of the matrices and of the embedding. K-quants are not among them: they hold rows of a multiple of
256 numbers, and Gemma 3 270M's are 640 wide, so that llama.cpp itself stores most of them as Q5_0."""
SPEED_PROMPTS = 20
WORSE, SMALLER, QUICKER = 0.01, 0.9, 1.1
_QUALITY = (("hetPQA dev", "rouge_l"), ("own EN", "agrees"), ("own ZH", "agrees"))

_HEAD = (
    "variant", "MB", "load s", "decode tokens/s", "prefill tokens/s", "ROUGE-L", "own EN", "own ZH", "P@1",
    "same greedy text as its source", "trained on",
)  # fmt: skip


class VariantsImpossible(EcomlmError):
    """The variants cannot be built or their table cannot be written."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is measured and trained. `limit` bounds the questions of each set, 0 takes all.

    `prompts` greedy texts are compared with the source's. The student has `layers` layers and learns for
    `steps` steps; with 0 steps there is none.
    """

    limit: int = 60
    prompts: int = 100
    layers: int = 12
    steps: int = 30
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Variant:
    """A model that can be served, and how its greedy texts compare with its source's."""

    name: str
    model: Path
    adapter: Path | None = None
    check: Check | None = None
    source: str = ""
    training_tokens: int = 0

    @property
    def megabytes(self) -> float:
        """Size on disk in 10^6 bytes, with the adapter that belongs to it."""
        return sum(file.stat().st_size for file in (self.model, self.adapter) if file) / 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: seconds, tokens a second of one reply at a time, and figures by set."""

    variant: Variant
    load_seconds: float
    speed: Speed
    quality: Mapping[str, float]

    def plain(self) -> dict[str, Any]:
        """Return what the JSON report holds; no path of this machine."""
        check = self.variant.check
        return {
            "variant": self.variant.name,
            "megabytes": round(self.variant.megabytes, 1),
            "load_seconds": round(self.load_seconds, 2),
            "decode_tokens_per_second": round(self.speed.decode, 1),
            "prefill_tokens_per_second": round(self.speed.prefill, 1),
            **self.quality,
            "training_tokens": self.variant.training_tokens,
            "source": self.variant.source,
            "check": asdict(check) | {"middle_parting": check.middle_parting} if check else None,
        }


def measure_variants(settings: Settings, adapter: str, budget: Budget) -> dict[str, Any]:
    """Build and measure all variants of an adapter ("" for the base alone) and return the report."""
    begun = time.monotonic()
    base = prepare_base(settings)
    variants = build_variants(settings, base, adapter, budget)
    asked = standing_questions(settings, budget.limit, budget.seed)
    prompts = standing_prompts(settings, SPEED_PROMPTS, budget.seed)
    rows = []
    for variant in variants:
        rows.append(asyncio.run(measure_variant(settings, variant, asked, prompts, budget.seed)))
        print(f"measured: {variant.name}", flush=True)
    return {
        "adapter": adapter,
        "base": base.fingerprint,
        **asdict(budget),
        "questions": {name: len(part) for name, part in asked.items()},
        "threads": settings.threads or os.cpu_count() or 1,
        "evidence_precision_at_1": evidence_precision(settings),
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "rows": [row.plain() for row in rows],
    }


def build_variants(settings: Settings, base: BaseModel, adapter: str, budget: Budget) -> list[Variant]:
    """Write every variant below `home/models/variants` and check each against its source."""
    lora = open_adapter(adapter_folder(settings, adapter), base) if adapter else None
    plain, merged = huggingface_folder(settings), merged_teacher(settings, adapter)
    prompts = standing_prompts(settings, budget.prompts, budget.seed)
    apart = folder_answers(plain, lora.folder if lora else None)(prompts)
    texts = folder_answers(merged)(prompts) if lora else apart
    print(f"source's greedy texts on {len(prompts)} prompts written", flush=True)
    if lora:
        check = checked(prompts, lambda _: apart, lambda _: texts, tokens_of(plain))
        print(f"merged folder against base and adapter: {check}", flush=True)

    def compared(variant: Variant, right: list[str], source: str) -> Variant:
        told = gguf_answers(variant.model, variant.adapter, settings.threads)
        check = checked(prompts, lambda _: right, told, tokens_of(plain))
        print(f"{variant.name} against {source}: {check}", flush=True)
        return replace(variant, check=check, source=source)

    folder = settings.home / "models" / "variants" / (adapter or "base")
    folder.mkdir(parents=True, exist_ok=True)
    served = Variant(DEFAULT, base.gguf, lora.gguf if lora else None)
    variants = [compared(served, apart, "base and adapter in float32" if lora else "base in float32")]
    for bits, embedding in STORED:
        target = write_gguf(merged, base.gguf, folder / f"{bits}-{embedding}.gguf", bits, embedding=embedding)
        name = f"{'merged' if lora else 'base'} {bits}" + (f", embedding {embedding}" * (bits != embedding))
        variants.append(compared(Variant(name, target), texts, "the merged model in float32"))
    if budget.steps:
        student, tokens = make_student(settings, merged, budget)
        target = write_gguf(student, base.gguf, folder / f"layers-{budget.layers}.gguf", "Q8_0")
        made = Variant(f"{budget.layers} layers, distilled, Q8_0", target, training_tokens=tokens)
        right = folder_answers(student)(prompts)
        variants.append(compared(made, right, "the student in float32"))
    return variants


def make_student(settings: Settings, teacher: Path, budget: Budget) -> tuple[Path, int]:
    """Distil a student and return its folder and the tokens that it read; a finished one is used again."""
    recipe = read_recipe(RECIPES / "distil.toml", DistilRecipe)
    name = f"{teacher.name}-layers-{budget.layers}-steps-{budget.steps}"
    training = replace(recipe.training, max_steps=budget.steps)
    wanted = budget.steps * training.rows_per_batch * training.accumulate
    total = sum(recipe.rows.values())
    shares = {source: -(-count * min(wanted, total) // total) for source, count in recipe.rows.items()}
    recipe = replace(recipe, name=name, layers=budget.layers, training=training, rows=shares)
    folder, result = settings.home / "models" / "full" / name, settings.home / "runs" / name / "result.json"
    if not (folder.exists() and result.exists()):
        folder = distil(
            settings, recipe, teacher, build_mixture(settings.data, recipe.seed, shares), name=name
        )
    return folder, int(json.loads(result.read_text(encoding="utf-8"))["tokens"])


async def measure_variant(
    settings: Settings, variant: Variant, asked: dict[str, list[Asked]], prompts: Sequence[str], seed: int
) -> Row:
    """Load a variant, time it alone, then let it answer the standing questions."""
    begun = time.perf_counter()
    options = {"threads": settings.threads, "parallel": AT_ONCE, "context": settings.context_tokens}
    engine = await LlamaCppEngine.load(variant.model, variant.adapter, **options)
    seconds = time.perf_counter() - begun
    try:
        speed = await measure_speed(engine, prompts)
        measured = (await measure_engine(engine, asked)).evaluation(seed)
    finally:
        await engine.close()
    found = {row["set"]: row for row in measured["rows"]}
    quality = {f"{name} {key}": found[name][key] for name, key in _QUALITY if name in found}
    return Row(variant, seconds, speed, quality | {"unsupported": found["unsupported"]["claims_per_100"]})


def evidence_precision(settings: Settings) -> float | None:
    """Return the ranker's P@1 over ePQA's held-out products, None where that set is not there."""
    try:
        questions = read_epqa(settings.data, "held_out")
    except DataMissing:
        return None
    found = measure_reading(Ranker.load(settings), questions, ANSWER_THRESHOLD)
    return round(found["precision_at_1"], 3)


def better(report: Mapping[str, Any]) -> list[str]:
    """Return the variants that are smaller or quicker than what is served and nowhere worse.

    Quality may be `WORSE` lower; what counts as smaller and quicker stands in `SMALLER` and `QUICKER`.
    """
    served, *others = report["rows"]
    figures = [f"{name} {key}" for name, key in _QUALITY if f"{name} {key}" in served]
    names = []
    for row in others:
        size = row["megabytes"] / served["megabytes"]
        pace = row["decode_tokens_per_second"] / max(served["decode_tokens_per_second"], 1e-6)
        gains = (size <= SMALLER and pace >= 1 / QUICKER) or (pace >= QUICKER and size <= 1 / SMALLER)
        if gains and all(row.get(figure, 0.0) >= served[figure] - WORSE for figure in figures):
            names.append(row["variant"])
    return names


def markdown(report: Mapping[str, Any]) -> str:
    """Return the report as a Markdown table with what it rests on."""
    lines = [f"| {' | '.join(_HEAD)} |", f"|{'---|' * len(_HEAD)}"]
    for row in report["rows"]:
        quality = [_told(row.get(f"{name} {key}"), 3) for name, key in _QUALITY]
        pace = [f"{row[key]:.0f}" for key in ("decode_tokens_per_second", "prefill_tokens_per_second")]
        check, tokens = row["check"], row["training_tokens"]
        same = f"{check['same']} of {check['prompts']}" if check else "-"
        if check and check["middle_parting"]:
            same += f", else apart from token {check['middle_parting']} (median)"
        cells = [row["variant"], _told(row["megabytes"], 0), _told(row["load_seconds"], 1), *pace, *quality]
        cells += [_told(report["evidence_precision_at_1"], 2), same, f"{tokens:,} tokens" if tokens else "-"]
        lines.append(f"| {' | '.join(cells)} |")
    found = better(report)
    verdict = (
        f"Smaller or quicker at equal quality: {', '.join(found)}." if found else "None is clearly better."
    )
    asked = ", ".join(f"{count} of {name}" for name, count in report["questions"].items())
    note = (
        f"Adapter `{report['adapter'] or 'none'}`; questions: {asked}; seed {report['seed']}; "
        f"{report['threads']} threads. P@1 is the ranker's on ePQA's held-out products, which every variant "
        f"shares. {verdict}"
    )
    return "\n".join([*lines, "", note])


def _told(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def write_table(report: Mapping[str, Any], page: Path = MODELS_PAGE) -> None:
    """Replace what stands between the page's markers by the report's table.

    Raises:
        VariantsImpossible: if the page has no such markers.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise VariantsImpossible(
            f"{page.name} has no lines {BEGIN} and {END}: add them where the table belongs"
        )
    page.write_text(f"{before}{BEGIN}\n{markdown(report)}\n{END}{after}", encoding="utf-8")


def variants(
    settings: Settings, adapter: str, budget: Budget, *, output: Path | None = None, write: bool = False
) -> None:
    """Measure, print the table, and write it as JSON and into `docs/models.md` where that is asked for."""
    report = measure_variants(settings, adapter, budget)
    print(markdown(report))
    if output:
        write_json(output, report)
    if write:
        write_table(report)
