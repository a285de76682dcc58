"""What "it", "the second one" and "the blue one" mean, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.entities import find_entities
from bot.references import named_variants, resolve
from bot.tracker import Memory, Request
from ecomlm.language import detect
from knowledge.records import Option, Product, ProductId, Sku, Text, Variant
from knowledge.store import Store
from tests.bot.shop import RECORDS


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite:///{tmp_path / 'shop.db'}") as store:
        await store.save(RECORDS, who="test")
        yield store


def said(text: str, **memory: object) -> Request:
    return Request(text, "ask_product", detect(text), 1.0, find_entities(text), Memory(**memory))  # type: ignore[arg-type]  # plain test values


SHOWN = ("boot", "light-boot", "bag")


@pytest.mark.parametrize(
    ("text", "memory", "product"),
    [
        ("is it heavy?", {"product": "boot"}, "boot"),
        ("is it heavy?", {"shown": SHOWN}, "boot"),
        ("这款重吗", {"shown": SHOWN}, "boot"),
        ("how heavy is the second one?", {"shown": SHOWN}, "light-boot"),
        ("第二个多重", {"shown": SHOWN, "product": "boot"}, "light-boot"),
        ("最后一个呢", {"shown": SHOWN}, "bag"),
        ("is the Harbour laptop bag waterproof?", {"shown": SHOWN}, "bag"),
        ("what about the blue one?", {"shown": SHOWN}, "bag"),
        ("蓝色的呢", {"shown": SHOWN}, "bag"),
        ("does it have a zip?", {"page": "bag", "product": "bag", "shown": SHOWN}, "bag"),
        ("能放15寸电脑吗", {"page": "bag", "product": "bag"}, "bag"),
    ],
)
async def test_references(shop: Store, text: str, memory: dict[str, object], product: str) -> None:
    reference = await resolve(said(text, **memory), shop)
    assert reference is not None
    assert reference.product.id == product


async def test_nothing_in_the_conversation_means_nothing(shop: Store) -> None:
    assert await resolve(said("how heavy is it?"), shop) is None
    assert await resolve(said("how heavy is the fourth one?", shown=()), shop) is None
    assert await resolve(said("and the fourth one?", shown=SHOWN, product="boot"), shop) is None


@pytest.mark.parametrize(
    "text", ["and the second one?", "what about the second one?", "第二个呢？", "那第二款呢"]
)
async def test_an_elliptic_follow_up_repeats_the_question(shop: Store, text: str) -> None:
    reference = await resolve(said(text, shown=SHOWN, product="boot", question="is it waterproof?"), shop)
    assert reference is not None
    assert (reference.product.id, reference.question) == ("light-boot", "is it waterproof?")


async def test_a_follow_up_with_words_of_its_own_is_its_own_question(shop: Store) -> None:
    text = "how much does the second one weigh?"
    reference = await resolve(said(text, shown=SHOWN, product="boot", question="is it waterproof?"), shop)
    assert reference is not None
    assert reference.question == text


@pytest.mark.parametrize("text", ["the second one - how heavy is it?", "第二个多重？"])
async def test_a_question_about_what_is_pointed_at_is_not_mistaken_for_pointing(
    shop: Store, text: str
) -> None:
    reference = await resolve(said(text, shown=SHOWN), shop)
    assert reference is not None
    assert (reference.product.id, reference.question, reference.is_bare) == ("light-boot", text, False)


async def test_a_form_is_told_from_its_product(shop: Store) -> None:
    reference = await resolve(said("is the blue one in stock?", product="bag", page="bag"), shop)
    assert reference is not None
    assert [variant.sku for variant in reference.variants] == ["bag-blue"]


async def test_a_form_that_does_not_exist_is_known_as_such(shop: Store) -> None:
    reference = await resolve(said("what about the green one?", product="bag", page="bag"), shop)
    assert reference is not None
    assert (reference.product.id, reference.wanted_option, reference.variants) == ("bag", "green", ())


async def test_a_product_that_left_the_shop_is_no_reference(shop: Store) -> None:
    await shop.remove("product", ["boot"], who="test")
    assert await resolve(said("is it heavy?", product="boot"), shop) is None


@pytest.mark.parametrize(
    ("text", "wanted", "skus"),
    [
        ("is it available in blue?", "Blue", ["bag-blue"]),
        ("do you have it in navy?", "Blue", ["bag-blue"]),
        ("how much is the blue one?", "Blue", ["bag-blue"]),
        ("有蓝色的吗？", "蓝色", ["bag-blue"]),
        ("蓝色还有货吗", "蓝色", ["bag-blue"]),
        ("do you have it in red?", "red", []),
        ("有没有红色的", "红色", []),
    ],
)
async def test_whether_a_form_can_be_had_is_all_that_is_asked(
    shop: Store, text: str, wanted: str, skus: list[str]
) -> None:
    reference = await resolve(said(text, product="bag", page="bag"), shop)
    assert reference is not None
    assert (reference.wanted_option, [item.sku for item in reference.variants]) == (wanted, skus)
    assert reference.is_form_only


@pytest.mark.parametrize("text", ["is the blue one waterproof?", "蓝色的防水吗？"])
async def test_a_question_about_a_form_is_more_than_whether_it_can_be_had(shop: Store, text: str) -> None:
    reference = await resolve(said(text, product="bag", page="bag"), shop)
    assert reference is not None
    assert reference.variants
    assert not reference.is_form_only


def tee() -> Product:
    return Product(
        ProductId("tee"),
        Text("Tee", "T恤"),
        variants=tuple(
            Variant(Sku(f"{size}-{en}"), (Option("size", Text(size)), Option("colour", Text(en, zh))))
            for size, en, zh in (("S", "blue", "蓝色"), ("M", "blue", "蓝色"), ("M", "black", "黑色"))
        ),
    )


@pytest.mark.parametrize(
    ("text", "wanted", "skus"),
    [
        ("M in blue?", "M, blue", ["M-blue"]),
        ("M码蓝色有吗", "M、蓝色", ["M-blue"]),
        ("size m", "M", ["M-blue", "M-black"]),
        ("M码还有吗", "M", ["M-blue", "M-black"]),
        ("S in black?", "S, black", []),
        ("what's it made of?", "", []),
        ("I'm unsure, is it soft?", "", []),
    ],
)
def test_a_form_is_all_that_is_said_of_it(text: str, wanted: str, skus: list[str]) -> None:
    found, variants = named_variants(text, tee())
    assert (found, [item.sku for item in variants]) == (wanted, skus)


async def test_a_size_that_the_product_does_not_come_in_is_known_as_such(shop: Store) -> None:
    await shop.save([tee()], who="test")
    for text, wanted in (("is size XL available?", "size XL"), ("有XL码吗？", "XL码")):
        reference = await resolve(said(text, product="tee", page="tee"), shop)
        assert reference is not None
        assert (reference.wanted_option, reference.variants) == (wanted, ())


@pytest.mark.parametrize("text", ["do you have S in black?", "有S码黑色的吗"])
async def test_a_combination_that_the_product_does_not_come_in_is_known_as_such(
    shop: Store, text: str
) -> None:
    await shop.save([tee()], who="test")
    reference = await resolve(said(text, product="tee", page="tee"), shop)
    assert reference is not None
    assert reference.wanted_option in ("S, black", "S、黑色")
    assert reference.variants == ()


@pytest.mark.parametrize("text", ["what sizes do you have?", "有哪些尺码？"])
async def test_asking_for_the_choices_names_none_of_them(shop: Store, text: str) -> None:
    await shop.save([tee()], who="test")
    reference = await resolve(said(text, product="tee", page="tee"), shop)
    assert reference is not None
    assert reference.wanted_option == ""
