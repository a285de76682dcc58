"""What a question about reviews asks for."""

from __future__ import annotations

import pytest

from ecomlm.reviews.asked import WHOLES, asked_in
from ecomlm.reviews.notes import PARTED, part_of
from ecomlm.reviews.taxonomy import taxonomy


@pytest.mark.parametrize(
    ("text", "categories", "sides"),
    [
        ("what do people say about the battery?", ("battery",), ("positive", "negative")),
        ("any complaints?", (), ("negative",)),
        ("any problems with the screen or the delivery?", ("screen", "delivery"), ("negative",)),
        ("what do people like about it?", (), ("positive",)),
        ("pros and cons?", (), ("positive", "negative")),
        ("评价怎么样？有什么缺点？", (), ("negative",)),
        ("大家觉得电池怎么样", ("battery",), ("positive", "negative")),
        ("有哪些优点", (), ("positive",)),
        ("优缺点都说说", (), ("positive", "negative")),
        ("屏幕有问题吗", ("screen",), ("negative",)),
        ("show me the reviews", (), ("positive", "negative")),
        ("what are the reviews like?", (), ("positive", "negative")),
        ("what is the battery like", ("battery",), ("positive", "negative")),
        ("what do buyers really love?", (), ("positive",)),
        ("what's to like about the screen?", ("screen",), ("positive",)),
        ("what don't people like about it?", (), ("negative",)),
        ("what do people love and hate?", (), ("positive", "negative")),
        ("likes and dislikes", (), ("positive", "negative")),
        ("大家喜欢它什么", (), ("positive",)),
        ("买家不喜欢什么", (), ("negative",)),
    ],
)
def test_aspects_and_sides_are_read_from_the_question(text, categories, sides):
    asked = asked_in(text)
    assert asked.categories == categories
    assert asked.sides == sides


def test_the_products_own_name_is_no_aspect():
    assert asked_in("what do buyers say about the Nova Battery Pack?", "Nova Battery Pack").categories == ()


@pytest.mark.parametrize(
    ("text", "title", "sides"),
    [
        ("any problems with it?", "Pro Camera", ("negative",)),
        ("what are the flaws of the Law Desk?", "Law Desk", ("negative",)),
        ("这款专业版有什么问题", "专业", ("negative",)),
    ],
)
def test_words_that_hold_a_word_of_the_title_stay(text, title, sides):
    assert asked_in(text, title).sides == sides


@pytest.mark.parametrize(
    ("text", "aspects"),
    [
        ("is the strap any good?", (("accessories", "strap"),)),
        ("鞋底怎么样", (("accessories", part_of("鞋底")),)),
        ("what about the stitching?", (("quality", "stitching"),)),
        ("how is the build quality?", (("quality", ""),)),
        ("配件怎么样", (("accessories", ""),)),
        ("how is the battery life?", (("battery", ""),)),
    ],
)
def test_a_part_is_asked_about_by_itself_and_a_whole_as_a_whole(text, aspects):
    assert asked_in(text).aspects == aspects


def test_every_word_for_a_whole_is_one_of_a_category_of_many_things():
    words = {**taxonomy().words["en"], **taxonomy().words["zh"]}
    assert {words[word].category for word in WHOLES} == PARTED
