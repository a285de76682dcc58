"""Counts claims in replies that no record supports, over a real catalogue.

Deliberately simple and separate from the check that the answerer itself applies: every number, amount of
money and word about stock in a reply must stand in the product's record or in the question. Knows nothing of
how replies are made.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ecomlm.answer import Answer, Answerer
from ecomlm.evidence import Evidence
from ecomlm.generation.start import start_engine
from ecomlm.search.passages import evidence_of, label_text
from ecomlm.search.rank import Ranker
from ecomlm.settings import Settings
from knowledge.importers import table
from knowledge.importers.options import Options
from knowledge.importers.report import Report
from knowledge.importers.source import Source
from knowledge.records import Language, Product
from training.data.product_qa import DataMissing
from training.data.shop_facts import wordings

CATALOGUE = Path("icecat/products.jsonl.gz")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_OUT = re.compile(r"\bout of stock\b|\bsold out\b|缺货|售罄", re.I)
_IN = re.compile(r"\bin stock\b|有货", re.I)
_GENERAL: dict[Language, tuple[str, ...]] = {
    "en": (
        "how much is it?",
        "is it in stock?",
        "does it cost less than 100 dollars?",
        "what do buyers say?",
    ),
    "zh": ("多少钱？", "有货吗？", "不到100美元吧？", "买家怎么说？"),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """One reply with what no record supports."""

    product: str
    language: Language
    question: str
    reply: str
    abstained: bool
    unsupported: tuple[str, ...]


def count_claims(settings: Settings, *, replies: int, seed: int, output: Path | None = None) -> None:
    """Ask questions over the public catalogue and print how many claims nothing supports."""
    counted = asyncio.run(_replies(settings, replies, seed))
    faults = [item for item in counted if item.unsupported]
    silent = sum(item.abstained for item in counted)
    print(
        f"{len(counted)} replies over {CATALOGUE} (seed {seed}): {len(faults)} with an unsupported number, "
        f"amount or stock claim; {silent} said that the page does not tell"
    )
    for item in faults[:20]:
        print(f"  {item.product}: {item.question!r} -> {item.reply!r}: {', '.join(item.unsupported)}")
    if output:
        lines = (json.dumps(asdict(item), ensure_ascii=False) for item in counted)
        output.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def _replies(settings: Settings, replies: int, seed: int) -> list[Counted]:
    chance = random.Random(seed)
    asked = list(questions_over(sample_products(settings.data / CATALOGUE, replies, chance), replies, chance))
    engine = await start_engine(settings)
    try:
        answerer = Answerer(engine, await asyncio.to_thread(Ranker.load, settings))
        return [await _counted(answerer, *each) for each in asked]
    finally:
        await engine.close()


async def _counted(answerer: Answerer, product: Product, question: str, language: Language) -> Counted:
    evidence = evidence_of(product, (), language)
    title = product.title.best(language)
    answer: Answer | None = None
    async for piece in answerer.stream(question, title=title, evidence=evidence, language=language):
        if isinstance(piece, Answer):
            answer = piece
    if answer is None:
        raise RuntimeError("an answer stream ends with its answer")
    found = () if answer.abstained else tuple(unsupported(answer.text, question, evidence))
    return Counted(product.id, language, question, answer.text, answer.abstained, found)


def unsupported(reply: str, question: str, evidence: Sequence[Evidence]) -> Iterator[str]:
    """Yield the numbers and stock claims of a reply that neither record nor question hold."""
    text = "\n".join([question, *(item.text for item in evidence)])
    known = {_plain(number) for number in _NUMBER.findall(text)}
    for number in _NUMBER.findall(reply):
        if _plain(number) not in known:
            yield number
    stock = [item.text for item in evidence if item.source in ("stock", "variant")]
    for pattern in (_OUT, _IN):
        if (said := pattern.search(reply)) and not any(pattern.search(line) for line in stock):
            yield said[0]


def _plain(number: str) -> str:
    plain = number.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def sample_products(path: Path, count: int, chance: random.Random) -> list[Product]:
    """Return products of the catalogue, each as likely as any other.

    Raises:
        DataMissing: when the catalogue is not there.
    """
    if not path.exists():
        raise DataMissing(f"no catalogue {path}. Point ECOMLM_DATA to the folder of public data sets")
    options = Options(on_error="skip")
    source = Source(path, encoding=None, longest_line=options.longest_line)
    kept: list[Product] = []
    for number, (_, record) in enumerate(table.read(source, options, Report(path.name))):
        if len(kept) < count:
            kept.append(record)
        elif (place := chance.randrange(number + 1)) < count:
            kept[place] = record
    return kept


def questions_over(
    products: Sequence[Product], count: int, chance: random.Random
) -> Iterator[tuple[Product, str, Language]]:
    """Yield questions about facts that the product has, that it lacks, and about price and stock."""
    for number in range(count):
        product = products[number % len(products)]
        language: Language = "zh" if number % 3 == 0 else "en"
        kind = chance.random()
        attributes = [item for item in product.attributes if item.label]
        if kind < 0.5 and attributes:
            label = label_text(chance.choice(attributes), language)
            question = chance.choice(
                (f"{label}是多少？", f"{label}怎么样")
                if language == "zh"
                else (f"what is the {label}?", f"{label}?")
            )
        elif kind < 0.8:
            known = [wording for (_, spoken), wording in wordings().items() if spoken == language]
            question = chance.choice(chance.choice(known).questions)
        else:
            question = chance.choice(_GENERAL[language])
        yield product, question, language
