import pytest

from ecomlm.recommend.likeness import Likeness

TEXTS = ["red camping tent", "blue camping tent", "steel kettle", "防水帐篷", "露营帐篷"]


def near(likeness: Likeness, number: int) -> dict[int, float]:
    rows, values = likeness.row(number)
    return dict(zip(rows.tolist(), values.tolist(), strict=True))


def test_products_with_the_same_words_are_alike_and_none_is_like_itself():
    likeness = Likeness.of(TEXTS)
    assert set(near(likeness, 0)) == {1}
    assert 0 < near(likeness, 0)[1] < 1


def test_chinese_texts_are_compared_by_their_words():
    likeness = Likeness.of(TEXTS)
    assert 4 in near(likeness, 3)


def test_a_product_that_came_later_is_like_the_earlier_and_they_are_like_it():
    likeness = Likeness.of(TEXTS)
    likeness.extend(["green camping tent", "wool socks"])
    assert len(likeness) == 7
    assert {0, 1} <= set(near(likeness, 5))
    assert 5 in near(likeness, 0)
    assert near(likeness, 6) == {}


@pytest.mark.parametrize("texts", [[], ["", "   "], ["!!", "??"]])
def test_texts_without_words_are_like_nothing(texts):
    likeness = Likeness.of(texts)
    assert len(likeness) == len(texts)
    likeness.extend(["a tent"])
    assert near(likeness, len(texts)) == {}
