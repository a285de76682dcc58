"""What a question about reviews asks for."""

from __future__ import annotations

import pytest

from ecomlm.reviews.asked import asked_in


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
    ],
)
def test_aspects_and_sides_are_read_from_the_question(text, categories, sides):
    asked = asked_in(text)
    assert asked.categories == categories
    assert asked.sides == sides


def test_the_products_own_name_is_no_aspect():
    assert asked_in("what do buyers say about the Nova Battery Pack?", "Nova Battery Pack").categories == ()
