import pytest

from bot.beside import relation_of, without_relation


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
