"""Every claim of a draft is found supported by the record, or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecomlm.copywriting.check import check, unsupported
from ecomlm.copywriting.kinds import Piece
from ecomlm.copywriting.material import material_of
from ecomlm.copywriting.voice import Voice, Wording
from knowledge.records import Text
from tests.ecomlm.copywriting.shop import BAG, fact

RIGHT = {
    "en": [
        "The Ferrant Ledger Backpack weighs 990 g.",
        "It holds 24 l and is free of animal materials.",
        "A sleeve that opens flat. It stands by itself on the floor.",
        "From $99.00",
        "Meet the Ferrant Ledger: it is made of nylon.",
        "No. The product page states “Waterproof: no”.",
        "It weighs 990 g. #backpack",
    ],
    "zh": [
        "这款双肩包重990 g。",
        "隔层可完全打开。放在地上能自己站稳。",
        "99.00美元起",
        "Ferrant 账本 双肩包采用尼龙。",
        "不，商品页写明“防水：否”。",
        "它重990 g。#双肩包#",
    ],
}
WRONG = {
    "en": [
        ("It weighs 480 g.", "number"),
        ("It holds 990 g.", "number"),
        ("It weighs up to 990 g.", "number"),
        ("It costs $49.00.", "money"),
        ("It is waterproof.", "yes_no"),
        ("It is not free of animal materials.", "yes_no"),
        ("It comes with a rain cover.", "wording"),
        ("It weighs 990 g. #waterproof", "yes_no"),
        ("It weighs 990 g. #organic", "wording"),
        ("It weighs 990 g. #backpack #RainCover", "wording"),
        ("It is made by Mossbridge.", "name"),
        ("It is the best backpack.", "superlative"),
        ("It relieves pain.", "health"),
        ("It is guaranteed to last.", "legal"),
        ("Use the coupon now.", "pressure"),
    ],
    "zh": [
        ("它重480 g。", "number"),
        ("至少重990 g。", "number"),
        ("只要49美元。", "money"),
        ("它防水。", "yes_no"),
        ("附带防雨罩。", "wording"),
        ("它重990 g。#防水#", "yes_no"),
        ("它重990 g。#有机#", "wording"),
        ("它重990 g。#双肩包##防雨罩#", "wording"),
        ("最好的双肩包。", "superlative"),
        ("可治疗腰痛。", "health"),
        ("保证耐用。", "legal"),
        ("限时优惠。", "pressure"),
    ],
}


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in RIGHT.items() for text in texts]
)
def test_what_the_record_says_is_supported(language, text) -> None:
    claims = check([Piece("text", text)], material_of(BAG, language), Voice())
    assert claims
    assert not unsupported(claims)
    assert all(claim.evidence for claim in claims)


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [(language, text, kind) for language, rows in WRONG.items() for text, kind in rows],
)
def test_what_no_record_says_is_not(language, text, kind) -> None:
    found = unsupported(check([Piece("text", text)], material_of(BAG, language), Voice()))
    assert kind in {claim.kind for claim in found}


LINED = replace(
    BAG,
    description=Text("The cupro lining feels cool.", "铜氨丝内衬凉爽。"),
    attributes=(
        *BAG.attributes,
        fact("lining", "cupro", wording=Text("cupro", "铜氨丝")),
        fact("closure", "roll-top", wording=Text("roll-top", "卷口")),
    ),
)


@pytest.mark.parametrize("product", [LINED, replace(LINED, description=Text())])
@pytest.mark.parametrize(
    ("language", "text", "is_right"),
    [
        ("en", "It is made of nylon and is lined with cupro.", True),
        ("en", "The Ferrant Ledger: nylon, a lining of cupro.", True),
        ("en", "Material: nylon; Lining: cupro.", True),
        ("en", "A nylon backpack.", True),
        ("en", "It is made of cupro.", False),
        ("en", "It is lined with nylon.", False),
        ("en", "The lining is nylon.", False),
        ("en", "Lining: nylon.", False),
        ("en", "It closes with nylon.", False),
        ("en", "It is made of cupro, is lined with nylon.", False),
        ("zh", "采用尼龙，内衬为铜氨丝。", True),
        ("zh", "材质：尼龙；内衬：铜氨丝。", True),
        ("zh", "采用铜氨丝。", False),
        ("zh", "内衬为尼龙。", False),
        ("zh", "内衬：尼龙。", False),
        ("zh", "以尼龙开合。", False),
    ],
)
def test_a_value_is_said_of_its_own_fact_only(product, language, text, is_right) -> None:
    claims = check([Piece("text", text)], material_of(product, language), Voice())
    assert (not unsupported(claims)) == is_right


def test_a_phrase_that_the_voice_requires_is_the_shops_own() -> None:
    voice = Voice(en=Wording(required=(("social", "Our team helps with zips."),)))
    piece = Piece("post", "It weighs 990 g. Our team helps with zips.")
    assert not unsupported(check([piece], material_of(BAG, "en"), voice, "social"))
    assert unsupported(check([piece], material_of(BAG, "en"), voice, "email"))


def test_a_question_claims_nothing_but_is_guarded() -> None:
    assert not unsupported(check([Piece("question", "Is it waterproof?")], material_of(BAG, "en"), Voice()))
    assert unsupported(check([Piece("question", "Is it the best?")], material_of(BAG, "en"), Voice()))
