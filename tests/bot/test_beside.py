import pytest

from bot.beside import is_of_kind, relation_of, without_product, without_relation
from knowledge.records import Offer, Option, Product, ProductId, Sku, Text, Variant


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("what goes with this?", "goes_with"),
        ("what goes well with the navy jacket", "goes_with"),
        ("which accessories do I need for this camera", "goes_with"),
        ("what else do people buy with it", "goes_with"),
        ("有什么搭配的？", "goes_with"),
        ("搭配什么好", "goes_with"),
        ("买了这个帐篷一般还会搭配什么", "goes_with"),
        ("anything similar?", "similar"),
        ("do you have something like this", "similar"),
        ("类似的还有吗？", "similar"),
        ("does it go with jeans?", "next"),
        ("is it similar to the old model?", "next"),
        ("这条裤子能搭配皮鞋吗", "next"),
        ("let's go with that", "next"),
        ("recommend a tent", "next"),
        ("推荐一款帐篷", "next"),
    ],
)
def test_what_is_asked_beside_a_product(text, relation):
    assert relation_of(text) == relation


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("what goes well with this?", ""),
        ("有什么搭配的？", ""),
        ("类似的还有吗？", ""),
        ("which accessories do I need for the camera?", "accessories for the camera"),
    ],
)
def test_what_is_said_besides(text, left):
    assert without_relation(text) == left


JACKET = Product(
    ProductId("jacket"),
    Text("Harbour waterproof rain jacket", "海港防水雨衣"),
    brand="Harbour",
    categories=(Text("Jackets", "外套"),),
    variants=(Variant(Sku("j"), (Option("colour", Text("Navy", "藏青色")),), Offer()),),
)


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("what goes well with the navy jacket", ("navy", "jacket"), ()),
        ("what goes with the waterproof rain jackets from harbour", ("waterproof", "jacket"), ("goes",)),
        ("anything waterproof in blue that goes with this jacket", ("jacket",), ("waterproof", "blue")),
        ("anything red that goes with the navy jacket", ("navy",), ("red",)),
        ("藏青色雨衣搭配什么", ("藏青", "雨衣"), ("搭配",)),
        ("有什么红色的可以和这件防水雨衣搭配", ("防水", "雨衣"), ("红色",)),
    ],
)
def test_only_the_words_that_name_the_product_are_blanked(text, gone, kept):
    left = without_product(text, JACKET)
    assert not [word for word in gone if word in left]
    assert all(word in left for word in kept)


def test_a_text_without_the_product_stays():
    assert without_product("in blue and under 50", JACKET) == "in blue and under 50"


@pytest.mark.parametrize(
    ("said", "is_kind"),
    [("rain jacket", True), ("tent", False), ("雨衣", True), ("帐篷", False), ("", False)],
)
def test_a_kind_is_told_by_title_and_category(said, is_kind):
    assert is_of_kind(said, JACKET) is is_kind
