"""Measure product texts: 200 drafts in each language over the sample shop and Icecat, checked claim by claim.

`python -m training.evaluate.copywriting` prints the table, `--samples` some drafts to read, `--model` lets
the language model write first. Icecat (evaluate only) is read where the public data lies; without it its half
is skipped with a reason. The check is made anew from the finished text. Two counts do not rest on it: figures
that the record's own text does not hold, and facts of other products planted in a draft, which it must find.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from ecomlm.copywriting.check import check, unsupported
from ecomlm.copywriting.guards import held_back
from ecomlm.copywriting.kinds import Kind, length_faults
from ecomlm.copywriting.material import NothingToWrite, material_of
from ecomlm.copywriting.voice import Voice, load_voice
from ecomlm.copywriting.writer import Draft, Writer
from ecomlm.generation.start import start_engine
from ecomlm.settings import Settings
from knowledge.codec import encode
from knowledge.importers.options import Options
from knowledge.importers.report import Report
from knowledge.importers.source import Source
from knowledge.importers.table import read
from knowledge.records import Language, Product
from knowledge.sample.load import load_sample
from knowledge.settings import load

DRAFTS, SEED, ICECAT_ROWS = 200, 11, 4000
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)*")
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass
class Measure:
    """What became of the drafts of one language; counts, and the drafts themselves."""

    language: Language
    drafts: list[tuple[str, Draft]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    claims: int = 0
    unsupported: int = 0
    length_faults: int = 0
    voice_faults: int = 0
    held_back: int = 0
    stray_figures: int = 0
    planted: int = 0
    found: int = 0

    def row(self) -> list[str]:
        """Return the measure as cells of the table."""
        texts = [draft.text for _, draft in self.drafts]
        skeletons = {skeleton(draft) for _, draft in self.drafts}
        sources = Counter(draft.source for _, draft in self.drafts)
        rejected = sum(bool(draft.rejected) for _, draft in self.drafts)
        return [
            "English" if self.language == "en" else "Chinese",
            f"{len(self.drafts)} ({sources['model']} by the model)",
            str(self.claims), str(self.unsupported), str(self.length_faults), str(self.voice_faults),
            str(self.held_back), str(self.stray_figures), f"{self.found} of {self.planted}",
            f"{len(set(texts)) / len(texts):.2f}", f"{len(skeletons) / len(texts):.2f}",
            f"{distinct_pairs(texts):.2f}", str(rejected), str(sum(self.refused.values())),
        ]  # fmt: skip


HEAD = (
    "language", "drafts", "claims", "unsupported", "too long", "against the voice", "held-back words",
    "figures not in the record", "planted claims found", "distinct texts", "distinct sentences around facts",
    "distinct word pairs", "first drafts replaced", "products refused",
)  # fmt: skip


def skeleton(draft: Draft) -> str:
    """Return a draft without its facts and names: what is left is how it is worded."""
    text = draft.text
    for claim in sorted({claim.text for claim in draft.claims}, key=len, reverse=True):
        text = re.sub(re.escape(claim), "_", text, flags=re.IGNORECASE)
    return re.sub(r"[A-Z]\w*(?: [A-Z0-9]\w*)*|\d[\d.,]*", "_", text)


def distinct_pairs(texts: Sequence[str]) -> float:
    """Return the share of word pairs (character pairs in Chinese) that are different from each other."""
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        parts = re.findall(r"[A-Za-z]+|[\u4e00-\u9fff]|\d+", text)
        pairs.update(zip(parts, parts[1:], strict=False))
    return len(pairs) / max(1, sum(pairs.values()))


def sample_products() -> list[Product]:
    """The sample shop's products."""
    return [record for record in load_sample() if isinstance(record, Product)]


def icecat_products(data: Path) -> list[Product]:
    """The first products of the Icecat set, read as a shop's own file would be; none where it is absent."""
    path = data / "icecat" / "products.jsonl.gz"
    if not path.exists():
        return []
    options, found = Options(price_unit="cents", on_error="skip"), []
    for _, product in read(Source(path, longest_line=options.longest_line), options, Report(path.name)):
        found.append(product)
        if len(found) == ICECAT_ROWS:
            break
    return found


async def measure(
    writer: Writer, shops: dict[str, list[Product]], language: Language, count: int, voice: Voice
) -> Measure:
    """Write `count` drafts, as many of each shop, the kinds in turn; check each finished text anew."""
    found = Measure(language)
    for name, products in shops.items():
        chance = random.Random(SEED)
        chosen = chance.sample(products, len(products))
        wanted, done = count // len(shops), 0
        for product in chosen:
            kind = KINDS[done % len(KINDS)]
            try:
                draft = await writer.draft(product, kind, language)
            except NothingToWrite:
                found.refused[name] += 1
                continue
            _judge(found, draft, product, voice)
            _plant(found, draft, product, chance.choice(chosen), voice)
            found.drafts.append((name, draft))
            done += 1
            if done == wanted:
                break
    return found


def _judge(found: Measure, draft: Draft, product: Product, voice: Voice) -> None:
    material = material_of(product, draft.language)
    claims = check(draft.pieces, material, voice, draft.kind)
    found.claims += len(claims)
    found.unsupported += len(unsupported(claims))
    found.length_faults += len(length_faults(draft.kind, draft.pieces))
    names = material.names_in(draft.kind)
    found.voice_faults += len(voice.faults(draft.kind, draft.pieces, draft.language, names))
    found.stray_figures += _stray_figures(draft.text, product)
    found.held_back += len(held_back(draft.text.replace("\n", " "), tuple(filter(None, (product.brand,)))))


def _plant(found: Measure, draft: Draft, product: Product, other: Product, voice: Voice) -> None:
    """Put a fact of another product at the end of a draft: the check must find it."""
    try:
        own, theirs = (material_of(item, draft.language) for item in (product, other))
    except NothingToWrite:
        return
    said = " ".join(text for fact in own.facts for text in (*fact.told, fact.short, fact.listed)).lower()
    said += " ".join(text for _, text in own.lines).lower() + own.title.lower()
    wrong = [text for fact in theirs.facts for text in fact.told[:1] if text.lower() not in said]
    if not wrong:
        return
    planted = f"它{wrong[0]}。" if draft.language == "zh" else f"It {wrong[0]}."
    pieces = (*draft.pieces[:-1], replace(draft.pieces[-1], text=f"{draft.pieces[-1].text} {planted}"))
    found.planted += 1
    found.found += bool(unsupported(check(pieces, own, voice, draft.kind)))


def _stray_figures(text: str, product: Product) -> int:
    """Count the figures of a text that stand nowhere in the record, whatever they are said of."""
    known = [figure for figure in _FIGURE.findall(encode(product).replace(",", "")) if figure.count(".") < 2]
    values = {Decimal(figure) for figure in known}
    values |= {item.value for item in product.attributes if isinstance(item.value, Decimal)}
    told = [figure.replace(",", "") for figure in _FIGURE.findall(text)]
    return sum(figure.count(".") < 2 and Decimal(figure) not in values for figure in told)


def report(measures: Sequence[Measure], samples: int) -> str:
    """Return the table, and some drafts to read."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(item.row()) + " |" for item in measures]
    for item in measures:
        for kind in KINDS if samples else ():
            own = [(name, draft) for name, draft in item.drafts if draft.kind == kind]
            chosen = [next((pair for pair in own if pair[0] == name), None) for name in dict(own)]
            lines += ["", f"**{kind}, {'English' if item.language == 'en' else 'Chinese'}**"]
            for name, draft in filter(None, chosen[:samples]):
                lines += ["", f"*{name}, `{draft.product}`, by {draft.source}*", ""]
                lines += [f"> {piece.part}: {piece.text}  " for piece in draft.pieces]
    return "\n".join(lines)


async def run(options: argparse.Namespace) -> str:
    """Measure both languages; say on standard error what is skipped and why."""
    data = Path(os.environ.get("ECOMLM_DATA", "../shared/data"))
    shops = {"sample shop": sample_products(), "Icecat": icecat_products(data)}
    if not shops["Icecat"]:
        print(f"Icecat is skipped: {data / 'icecat'} is not there (set ECOMLM_DATA)", file=sys.stderr)
        del shops["Icecat"]
    voice = load_voice(options.voice)
    engine: Any = await start_engine(load(Settings, None)) if options.model else None
    try:
        writer = Writer(voice, engine)
        measures = [
            await measure(writer, shops, language, options.drafts, voice) for language in get_args(Language)
        ]
    finally:
        if engine is not None:
            await engine.close()
    return report(measures, options.samples)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measure; the exit status is 0."""
    parser = argparse.ArgumentParser("python -m training.evaluate.copywriting", description=__doc__)
    parser.add_argument("--drafts", type=int, default=DRAFTS, metavar="N", help="drafts a language")
    parser.add_argument("--samples", type=int, default=0, metavar="N", help="drafts of each kind to read")
    parser.add_argument("--voice", type=Path, metavar="FILE", help="the shop's voice (TOML)")
    parser.add_argument("--model", action="store_true", help="let the language model write first")
    print(asyncio.run(run(parser.parse_args(arguments))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
