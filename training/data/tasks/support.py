"""Holds rows against the check that replies pass in the shop, so that nothing is taught that it would cut.

Only numbers, amounts and stock count here; whether people's wording is close to a passage does not.
"""

from __future__ import annotations

import re

from ecomlm.evidence import Evidence, Source
from ecomlm.generation.prompts import short_names
from ecomlm.grounding import Claim, Context, check
from ecomlm.quantities import quantities
from ecomlm.search.passages import sentences
from knowledge.records import Language
from training.data.examples import Example

_PASSAGE = re.compile(r"^- ([^:：]+)[:：]\s*(.+)$")
_QUESTION = re.compile(r"^(?:Question|Shopper wants|Shopper|问题|顾客需求|顾客)[:：]\s*(.*)$")
_SUBJECT = re.compile(r"^(?:Shop items?|商品(?:对比)?)[:：]\s*(.*)$")
_CHECKED = re.compile(r"\d|stock|available|sold out|货|售罄", re.I)
_STATED = ("number", "money", "stock")
_KINDS: dict[str, Source] = {
    "Stock": "stock", "库存": "stock", "Variant": "variant", "款式": "variant",
    "Price": "price", "价格": "price", "Shop policy": "article", "店铺政策": "article",
}  # fmt: skip


def context_of(row: Example) -> Context:
    """Return what the prompt of a row shows: its passages, question and subject."""
    shown: list[Evidence] = []
    question = subject = ""
    for line in row.prompt.splitlines():
        if found := _PASSAGE.match(line):
            label, text = found[1], found[2]
            whole = line[2:] if " positive" in text or "好评" in text else text
            source: Source = _KINDS.get(label, "description")
            texts = _of_each(whole, subject, row.language) if row.task == "compare" else [whole]
            shown += [Evidence("row", label, source, each, row.language) for each in texts]
        elif found := _QUESTION.match(line):
            question = found[1]
        elif found := _SUBJECT.match(line):
            subject = found[1]
    return Context(question, subject, shown, (), row.language)


def _of_each(difference: str, titles: str, language: Language) -> list[str]:
    """Take apart what `difference_text` wrote, so that each product's name stays with its own value."""
    first, _, second = titles.partition(" | ")
    names = short_names((first, second))
    label, _, values = difference.partition("：" if language == "zh" else ": ")
    one, found, two = values.partition(f"{'，' if language == 'zh' else ', '}{names[1]} ")
    if not found:
        return [difference]
    return [f"{names[0]} {label}: {one.removeprefix(names[0])}", f"{names[1]} {label}: {two}"]


def unsupported(row: Example) -> list[Claim]:
    """Return the numbers, amounts and claims of stock in a row's answer that its prompt does not support."""
    if not _CHECKED.search(row.answer) and not quantities(row.answer):
        return []
    context = context_of(row)
    return [
        claim
        for sentence in sentences(row.answer)
        for claim in check(sentence, context)
        if claim.kind in _STATED and not claim.is_supported
    ]
