"""Sentences say the same in both languages, and cards say what records say."""

from __future__ import annotations

import dataclasses
import string
from decimal import Decimal
from pathlib import Path

import pytest

from bot.cards import availability, card, option_lines, price_text, short_title
from bot.responses import Responses, ResponsesInvalid
from bot.settings import BotSettings
from bot.wording import _SENTENCES, say
from ecomlm.language import has_chinese
from knowledge.records import Offer, Text
from tests.bot.shop import BAG, BOOT, DRIVE, LIGHT_BOOT, usd


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", sorted(_SENTENCES))
def test_both_languages_carry_the_same_values(name: str) -> None:
    english, chinese = _SENTENCES[name]
    assert placeholders(english) == placeholders(chinese)
    assert not has_chinese(english)


def test_every_failure_has_its_words() -> None:
    for code in ("timeout", "engine", "internal"):
        assert say(f"failure.{code}", "en")
        assert has_chinese(say(f"failure.{code}", "zh"))


def test_responses_are_complete_and_filled_in() -> None:
    responses = Responses.load()
    for name in ("utter_greet", "utter_thanks", "utter_goodbye", "utter_who_are_you", "utter_other"):
        for seed in "abcdef":
            assert "{" not in responses.pick(name, "en", seed=seed, shop="Acme")
            assert has_chinese(responses.pick(name, "zh", seed=seed, shop="Acme"))


def test_a_response_that_is_missing_or_half_translated_is_named(tmp_path: Path) -> None:
    file = tmp_path / "responses.yml"
    file.write_text('responses: {utter_x: [{en: "hi"}]}', encoding="utf-8")
    with pytest.raises(ResponsesInvalid, match="utter_x"):
        Responses.load(file)
    with pytest.raises(ResponsesInvalid, match="utter_y"):
        Responses({}).pick("utter_y", "en")
    with pytest.raises(ResponsesInvalid, match="price"):
        Responses({"utter_x": [{"en": "{price}", "zh": "{price}"}]}).pick("utter_x", "en")


def test_stock_is_worded_from_the_record() -> None:
    assert availability(BOOT, "en", 5) == ("in_stock", "In stock")
    assert availability(LIGHT_BOOT, "en", 5) == ("low_stock", "Only 2 left")
    assert availability(DRIVE, "zh", 5) == ("out_of_stock", "已售罄")
    unknown = dataclasses.replace(BOOT, offer=Offer(usd("1.00")))
    assert availability(unknown, "en", 5) == ("unknown", "")
    later = dataclasses.replace(BOOT, offer=Offer(usd("1.00"), availability="preorder"))
    assert availability(later, "en", 5) == ("preorder", "Pre-order")


def test_a_card_carries_the_records_values() -> None:
    shown = card(BOOT, "zh", BotSettings())
    assert (shown.title, shown.amount, shown.currency) == (BOOT.title.zh, "139.00", "USD")
    assert shown.url.startswith("/products/boot")


def test_a_shop_without_our_pages_links_to_its_own() -> None:
    product = dataclasses.replace(BOOT, url="https://shop.example/boot")
    assert card(product, "en", BotSettings(storefront=False)).url == "https://shop.example/boot"


def test_only_what_can_be_had_is_offered_as_a_choice() -> None:
    assert option_lines(BAG, "en") == ("Colour: Black",)


def test_prices_that_differ_are_from_the_lowest() -> None:
    assert price_text(usd("5"), usd("9"), "en") == "from $5.00"
    assert price_text(None, None, "en") == "price on request"
    assert "起" in price_text(usd("5"), usd("9"), "zh")
    assert Decimal(card(BAG, "en", BotSettings()).amount or 0) == Decimal("89.00")


def test_long_titles_are_cut_at_a_word() -> None:
    long = dataclasses.replace(BOOT, title=Text("Notebook Gray 39.6 cm " * 6))
    assert len(short_title(long, "en")) <= 65
    assert short_title(long, "en").endswith("…")
    assert short_title(BOOT, "en") == BOOT.title.en
