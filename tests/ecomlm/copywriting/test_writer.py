"""Drafts: of every kind, in both languages, within their limits, and with nothing that no record supports."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import get_args

import pytest

from ecomlm.copywriting.check import unsupported
from ecomlm.copywriting.guards import held_back
from ecomlm.copywriting.kinds import PARTS, Kind, columns, length_faults, shortened
from ecomlm.copywriting.material import NothingToWrite
from ecomlm.copywriting.render import _capitalised
from ecomlm.copywriting.voice import Voice, Wording, load_voice
from ecomlm.copywriting.writer import Draft, Writer
from ecomlm.generation.engine import Completion, EngineUnavailable, Piece
from ecomlm.language import has_chinese
from knowledge.records import Language, Product, Text
from tests.ecomlm.copywriting.shop import BAG, BARE, BOASTFUL, HOSTILE, LONG, fact

KINDS = get_args(Kind)
in_both_languages = pytest.mark.parametrize("language", ["en", "zh"])
of_every_kind = pytest.mark.parametrize("kind", KINDS)


class Model:
    """Writes what the test says; None means that it cannot be reached."""

    name = "model"

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.prompts: list[str] = []

    async def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        self.prompts.append(request.prompt)
        if self.text is None:
            raise EngineUnavailable("gone")
        yield Piece(self.text)
        yield Piece("", generated_tokens=12, is_last=True)

    async def prefill(self, prompt: str) -> None:
        raise AssertionError(prompt)

    async def close(self) -> None:
        raise AssertionError


async def written(product: Product, kind: Kind, language: Language, voice: Voice | None = None) -> Draft:
    return await Writer(voice or load_voice()).draft(product, kind, language)


@in_both_languages
@of_every_kind
async def test_a_draft_is_supported_short_enough_and_only_a_draft(kind, language) -> None:
    draft = await written(BAG, kind, language)
    assert not unsupported(draft.claims)
    assert length_faults(kind, draft.pieces) == []
    assert has_chinese(draft.text) == (language == "zh")
    assert (draft.status, draft.source) == ("draft", "record")


@in_both_languages
@of_every_kind
async def test_another_seed_gives_another_wording_and_the_same_seed_the_same(kind, language) -> None:
    writer = Writer(load_voice())
    texts = [(await writer.draft(BAG, kind, language, seed)).text for seed in (1, 1, 2, 3, 4, 5, 6)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


@in_both_languages
@of_every_kind
async def test_orders_and_scripts_of_a_record_are_neither_obeyed_nor_repeated(kind, language) -> None:
    draft = await written(HOSTILE, kind, language)
    assert not held_back(draft.text)
    for word in ("script", "<", ">", "gnore", "card", "evil", "pirate", "@", "忽略", "卡号", "微信", "海盗"):
        assert word not in draft.text, word


@in_both_languages
@of_every_kind
async def test_superlatives_and_promises_of_a_record_are_held_back(kind, language) -> None:
    draft = await written(BOASTFUL, kind, language)
    assert not held_back(draft.text)
    for word in ("best", "heal", "Cures", "guarantee", "clinical", "最好", "第一", "治", "保证", "临床"):
        assert word not in draft.text, word


@in_both_languages
async def test_a_long_title_is_cut_at_a_word(language) -> None:
    for kind in ("title", "seo"):
        title = (await written(LONG, kind, language)).pieces[0].text
        assert columns(title) <= PARTS[kind][0].limit
        assert not title.endswith((" and", " with", " for", ",", "("))


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("A bag with a padded sleeve", 18, "A bag"),
        ("A bag (black and white)", 16, "A bag"),
        ("一个很长很长的标题", 8, "一个很长"),
        ("Short", 18, "Short"),
        ("Ferrant 账本双肩包带加厚隔层", 20, "Ferrant 账本双肩包"),
        ("轻便的双肩包和一个很长的说明", 16, "轻便的双肩包"),
    ],
)
def test_titles_are_shortened_to_what_stands_alone(text, limit, kept) -> None:
    assert shortened(text, limit) == kept


@in_both_languages
@of_every_kind
async def test_a_product_is_written_about_by_a_name_that_the_voice_bans(kind, language) -> None:
    product = replace(BAG, title=Text("Ferrant Stuff Sack", "亲子双肩包"), categories=())
    draft = await written(product, kind, language)
    assert not unsupported(draft.claims)


@pytest.mark.parametrize(
    ("language", "banned"), [("en", ("weight", "weighs", "g")), ("zh", ("重量", "重", "g"))]
)
async def test_what_the_voice_keeps_back_is_laid_to_the_voice(language, banned) -> None:
    product = replace(BARE, attributes=(fact("weight", 990, "g"), fact("weight", 990, "g")))
    voice = Voice(en=Wording(banned), zh=Wording(banned))
    told = "keeps the voice; what could be written says .*; change the voice's"
    with pytest.raises(NothingToWrite, match=told) as caught:
        await written(product, "social", language, voice)
    assert "add attributes" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("it holds 24 l. it is light", "It holds 24 l. It is light"),
        ("iPhone case", "iPhone case"),
        ("a b", "A b"),
    ],
)
def test_a_name_keeps_its_own_small_letter(text, told) -> None:
    assert _capitalised(text) == told


@in_both_languages
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("title", "email")])
async def test_a_product_without_facts_is_named_with_a_remedy(kind, language) -> None:
    with pytest.raises(NothingToWrite, match="'bare' has 0 facts.*add attributes"):
        await written(BARE, kind, language)


async def test_a_title_that_may_not_be_said_at_all_is_named() -> None:
    product = replace(BARE, title=Text("Best!"))
    with pytest.raises(NothingToWrite, match="'bare': its title 'Best!'"):
        await written(product, "title", "en")


@in_both_languages
@of_every_kind
async def test_the_voice_is_kept(kind, language) -> None:
    phrase = "有问题请问客服。" if language == "zh" else "Ask us in the chat."
    banned = ("它", "重", "一览") if language == "zh" else ("It", "weight", "At a glance")
    required = tuple((each, phrase) for each in ("description", "social") if each == kind)
    voice = Voice("lively", zh=Wording(banned, required), en=Wording(banned, required))
    draft = await written(BAG, kind, language, voice)
    assert voice.faults(kind, draft.pieces, language) == []
    assert not unsupported(draft.claims)
    assert (phrase in draft.text) == bool(required)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "The Ferrant Ledger Backpack weighs 990 g."), ("zh", "这款双肩包重990 g，容量为24 l。")],
)
async def test_a_model_that_keeps_to_the_record_is_used(language, text) -> None:
    model = Model(text)
    draft = await Writer(load_voice(), model).draft(BAG, "description", language)
    assert (draft.source, draft.text) == ("model", text)
    assert "990 g" in model.prompts[0]


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("en", "The best waterproof backpack, 480 g.", "number"),
        ("zh", "最好的防水双肩包，重480 g。", "number"),
    ],
)
async def test_a_model_that_invents_is_replaced_and_its_claims_are_shown(language, text, kind) -> None:
    draft = await Writer(load_voice(), Model(text)).draft(BAG, "description", language)
    assert draft.source == "record"
    assert not unsupported(draft.claims)
    assert draft.rejected[0].text == text
    assert {"superlative", kind} <= {claim.kind for claim in draft.rejected[0].claims}


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "It weighs 990 g. It comes in at 990 g."), ("zh", "它重990 g。重量为990 g。")],
)
async def test_a_model_that_repeats_itself_is_replaced(language, text) -> None:
    draft = await Writer(load_voice(), Model(text)).draft(BAG, "description", language)
    assert draft.source == "record"
    assert draft.rejected[0].faults == ("tells attribute.weight twice",)


async def test_a_model_that_is_gone_is_done_without() -> None:
    draft = await Writer(load_voice(), Model(None)).draft(BAG, "social", "en")
    assert draft.source == "record"


def test_chinese_characters_take_two_columns() -> None:
    assert columns("包 bag，") == 2 + 1 + 3 + 2
