"""The shop's voice as declared rules (voice.toml), and which replies keep them.

Rules are about form: length, forbidden phrases, exclamation marks, discounts that nobody gave, one way to
address a Chinese reader. Whether a reply is true is measured elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from knowledge.records import Language
from training.evaluate.intervals import Table, table_of
from training.evaluate.product_questions import Case, sample_subjects, sampled
from training.evaluate.replies import Asked, Reply
from training.evaluate.texts import read_rows
from training.recipe import Part, read_recipe

RULES = Path(__file__).with_name("voice.toml")
_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|cn|net|org)\b", re.I)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
_MARKUP = re.compile(r"\*\*|^\s*(?:[-*#]|\d+\.)\s|</?\w+>|`", re.M)
_DISCOUNT = re.compile(
    r"\d+(?:\.\d+)?\s?%\s?(?:off|discount)"
    r"|\b(?:discount|coupon|promo|voucher|on sale|free gift|half price)\w*"
    r"|[\d一二三四五六七八九半.]+\s?折(?!叠)|折扣|优惠|减免|满减|赠送|半价|打折",
    re.I,
)
_REFUSAL = re.compile(r"\b(?:no|not|never|cannot|can't|don't|doesn't|without)\b|[没无不未]", re.I)
_SENTENCE = re.compile(r"[.!?]+(?=\s|$)|[。！？]+")


@dataclass(frozen=True)
class Voice(Part):
    """The rules; see voice.toml for what each means."""

    max_sentences: int = 4
    max_exclamations: int = 1
    links: bool = False
    emoji: bool = False
    markup: bool = False
    only_given_discounts: bool = True
    address_zh: Literal["您", "你", "consistent"] = "consistent"
    max_characters: dict[str, int] = field(default_factory=lambda: {"en": 320, "zh": 140})
    forbidden: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        if self.max_sentences < 1:
            yield f"max_sentences = {self.max_sentences}: use 1 or more"
        if self.max_exclamations < 0:
            yield f"max_exclamations = {self.max_exclamations}: use 0 or more"
        for table, keys in (("max_characters", self.max_characters), ("forbidden", self.forbidden)):
            for key in keys:
                if key not in ("en", "zh"):
                    yield f"[{table}] {key}: the languages are en and zh"
        for language, count in self.max_characters.items():
            if count < 1:
                yield f"[max_characters] {language} = {count}: use 1 or more"
        for language, phrases in self.forbidden.items():
            if not all(phrase.strip() for phrase in phrases):
                yield f"[forbidden] {language} holds an empty phrase, which every reply contains"


@dataclass(frozen=True, slots=True)
class Offence:
    """A reply that breaks rules."""

    set: str
    question: str
    text: str
    rules: tuple[str, ...]


def read_voice(path: Path = RULES) -> Voice:
    """Read a rule file.

    Raises:
        RecipeInvalid: with every fault at once.
    """
    return read_recipe(path, Voice)


def broken(text: str, prompt: str, language: Language, voice: Voice) -> list[str]:
    """Return the rules that a reply breaks, in words; `prompt` holds what the shop really offers."""
    found = list(_forms(text, language, voice))
    for phrase in voice.forbidden.get(language, ()):
        if _says(text, phrase):
            found.append(f"forbidden: {phrase}")
    if voice.only_given_discounts and (said := _invented(text, prompt)):
        found.append(f"discount that nobody gave: {said}")
    if language == "zh":
        polite, familiar = "您" in text, bool(re.search("你", text))
        if voice.address_zh == "consistent" and polite and familiar:
            found.append("both 您 and 你")
        elif (voice.address_zh == "您" and familiar) or (voice.address_zh == "你" and polite):
            found.append(f"not addressed as {voice.address_zh}")
    return found


def _forms(text: str, language: Language, voice: Voice) -> Iterator[str]:
    longest = voice.max_characters.get(language)
    if not text.strip():
        yield "empty"
    if longest and len(text) > longest:
        yield f"{len(text)} characters, more than {longest}"
    if (sentences := len(_SENTENCE.findall(text))) > voice.max_sentences:
        yield f"{sentences} sentences, more than {voice.max_sentences}"
    if (marks := len(re.findall("[!！]", text))) > voice.max_exclamations:
        yield f"{marks} exclamation marks"
    for allowed, pattern, name in (
        (voice.links, _LINK, "link"),
        (voice.emoji, _EMOJI, "emoji"),
        (voice.markup, _MARKUP, "markup"),
    ):
        if not allowed and (said := pattern.search(text)):
            yield f"{name}: {said[0].strip()}"


def _says(text: str, phrase: str) -> bool:
    left = r"(?<!\w)" if phrase[0].isascii() and phrase[0].isalnum() else ""
    right = r"(?!\w)" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return re.search(left + re.escape(phrase) + right, text, re.I) is not None


def _invented(text: str, prompt: str) -> str:
    """Return a discount that a reply grants and its passages do not; what it denies is none.

    The question does not count: a shopper who asks for 20 % off has not been given it.
    """
    given = "\n".join(line for line in prompt.splitlines() if line.startswith("- ")).lower()
    for said in _DISCOUNT.finditer(text):
        clause = re.split(r"[,.;，。；]", text[: said.start()])[-1]
        if said[0].lower() not in given and not _REFUSAL.search(clause):
            return said[0]
    return ""


def voice_cases(limit: int, seed: int) -> list[Case]:
    """Return questions that tempt out of the voice, each with three facts of its product."""
    shop = sample_subjects()
    cases = []
    for language, product, question in read_rows("voice.tsv", 3):
        spoken: Language = "zh" if language == "zh" else "en"
        evidence, subject = shop.of(product, spoken)
        facts = tuple(item for item in evidence if item.source in ("attribute", "price"))[:3]
        cases.append(Case(question, subject, facts, spoken, ""))
    return sampled(cases, 2 * limit, seed)


def voice_rows(pairs: Sequence[tuple[Asked, Reply]], voice: Voice) -> Table:
    """Return 1 for each reply that keeps all rules, else 0."""
    return table_of(not broken(reply.text, asked.prompt, asked.language, voice) for asked, reply in pairs)


def offences(name: str, pairs: Sequence[tuple[Asked, Reply]], voice: Voice) -> list[Offence]:
    """Return the replies that break rules, with which."""
    found = (
        (asked, reply, broken(reply.text, asked.prompt, asked.language, voice)) for asked, reply in pairs
    )
    return [Offence(name, asked.question, reply.text, tuple(rules)) for asked, reply, rules in found if rules]
