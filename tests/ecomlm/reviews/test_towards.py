"""The polarity towards one given aspect."""

import pytest

from ecomlm.reviews.towards import towards


@pytest.mark.parametrize(
    ("text", "aspect", "polarity"),
    [
        ("The screen is great, the keyboard is awful.", "keyboard", "negative"),
        ("The screen is great, the keyboard is awful.", "screen", "positive"),
        ("屏幕很大，电池不耐用", "电池", "negative"),
        ("屏幕很大，电池不耐用", "屏幕", "positive"),
        ("这款相机的外观设计漂亮，但是对焦太慢", "对焦", "negative"),
        ("用了以后头发一点都不油，味道难闻", "头发一点都不油", "positive"),
        ("The zorbit is brilliant, the case is ugly", "zorbit", "positive"),
        ("Costs too much, but sounds wonderful", "price", "negative"),
    ],
)
def test_what_is_said_of_another_aspect_does_not_count(text, aspect, polarity):
    assert towards(text, aspect).polarity == polarity


def test_the_place_of_the_aspect_is_told():
    found = towards("Nice bag, weak zip.", "zip")
    assert found.span == (15, 18)
    assert found.opinion == "weak"


def test_nothing_said_is_neutral():
    found = towards("It is a bag.", "zip")
    assert (found.polarity, found.span, found.opinion) == ("neutral", None, "")


def test_an_empty_aspect_is_the_whole():
    assert towards("Great bag", "").polarity == "positive"
