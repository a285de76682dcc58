"""Copies and bursts among reviews."""

from datetime import UTC, datetime, timedelta

from ecomlm.reviews.bursts import suspicious
from knowledge.records import ProductId, Review, ReviewId

START = datetime(2026, 1, 1, tzinfo=UTC)


def review(number: int, text: str, *, day: float = 0, rating: int | None = None, author: str = "") -> Review:
    return Review(
        ReviewId(f"r{number}"), ProductId("p"), text, "en", rating, "", author or f"a{number}",
        START + timedelta(days=day),
    )  # fmt: skip


OTHERS = [
    "The strap is long enough for tall people and the buckle holds.",
    "My daughter takes it to school, it has survived two winters so far.",
    "I expected more pockets, but the fabric keeps the rain out.",
]


def test_the_same_text_under_several_names_is_flagged():
    texts = [*OTHERS, "Best bag ever, buy it now!", "best bag ever  buy it NOW", "Best bag ever, buy it now!"]
    (flag,) = suspicious([review(number, text) for number, text in enumerate(texts)])
    assert flag.sign == "same text"
    assert flag.reviews == ("r3", "r4", "r5")
    assert "3 authors" in flag.reason


def test_near_copies_are_flagged_in_chinese():
    texts = [
        "这款背包真的太好用了，容量大，质量好，背着很舒服，推荐大家购买，下次还会再来",
        "这款背包真的太好用了，容量大，质量好，背着很舒服，推荐大家购买，下次还会来的",
        "拉链有点紧，别的都还可以，孩子上学背刚刚好，颜色跟图片一样",
    ]
    (flag,) = suspicious([review(number, text) for number, text in enumerate(texts)])
    assert flag.sign == "near copy"
    assert flag.reviews == ("r0", "r1")


def test_short_praise_is_no_copy():
    assert not suspicious([review(number, "Good!") for number in range(30)])


def test_many_five_stars_in_a_quiet_time_are_a_burst():
    quiet = [
        review(number, f"{OTHERS[number % 3]} {number * 7919}", day=number * 9, rating=1 + number % 5)
        for number in range(20)
    ]
    loud = [
        review(100 + number, f"{number} words of {number * 31}", day=60 + number * 0.1, rating=5)
        for number in range(15)
    ]
    flags = [flag for flag in suspicious(quiet + loud) if flag.sign == "burst"]
    assert len(flags) == 1
    assert set(flags[0].reviews) >= {item.id for item in loud}
    assert "within 3 days" in flags[0].reason


def test_many_reviews_of_both_sides_are_no_burst():
    quiet = [review(number, f"text {number * 7919}", day=number * 9, rating=4) for number in range(20)]
    sale = [
        review(100 + number, f"sale {number * 31}", day=60, rating=1 + number % 5) for number in range(15)
    ]
    assert not [flag for flag in suspicious(quiet + sale) if flag.sign == "burst"]


def test_no_reviews_and_no_dates_raise_no_suspicion():
    assert suspicious([]) == []
    assert suspicious([Review(ReviewId("a"), ProductId("p"), "", "zh")]) == []


def test_reasons_are_given_in_chinese_too():
    texts = ["史上最好的登山鞋，朋友们快来买吧！"] * 3
    (flag,) = suspicious([review(number, text) for number, text in enumerate(texts)], "zh")
    assert flag.reason == "3 位作者的 3 条评价一字不差"
    nameless = [Review(ReviewId(f"r{n}"), ProductId("p"), texts[0], "zh") for n in range(3)]
    assert suspicious(nameless, "zh")[0].reason == "3 条未署名的评价一字不差"


def test_a_chain_of_near_copies_is_one_group_however_long():
    base = "This bag is the best that I have ever bought and I tell all of my friends to buy it today"
    copies = [f"{base} {number}" for number in range(3000)]
    (flag,) = suspicious([review(number, text) for number, text in enumerate(copies)])
    assert flag.sign == "near copy"
    assert len(flag.reviews) == 3000


def test_a_great_day_of_both_sides_is_searched_through():
    day = [review(number, "ok", day=number / 20_000, rating=1 + number % 5) for number in range(20_000)]
    assert suspicious(day) == []
