import pytest

from ecomlm.recommend.model import Cause
from ecomlm.recommend.reasons import boosted_text, reason_text


@pytest.mark.parametrize(
    ("cause", "english", "chinese"),
    [
        (
            Cause("together", "x", 7),
            "7 shoppers who chose Tent chose this too",
            "7位选了“Tent”的顾客也选了它",
        ),
        (Cause("similar", "x"), "Similar to Tent", "与“Tent”相似"),
        (Cause("popular", count=12), "12 shoppers chose it", "12位顾客选过"),
        (Cause("again", "x"), "You chose it before", "您之前选过"),
    ],
)
def test_the_reason_says_what_the_counts_say_in_both_languages(cause, english, chinese):
    assert reason_text(cause, "Tent", "en") == english
    assert reason_text(cause, "Tent", "zh") == chinese


def test_what_is_paid_for_is_not_called_the_shops_pick():
    assert boosted_text(True, "en") == "Sponsored"
    assert boosted_text(True, "zh") == "推广"
    assert boosted_text(False, "en") != boosted_text(True, "en")


def test_a_long_title_is_cut_at_a_word():
    told = reason_text(Cause("similar", "x"), "Ridge " * 30, "en")
    assert len(told) < 80
    assert told.endswith("Ridge…")
