"""What plainly states business reaches the desk whatever the router takes it for; nothing else does."""

from __future__ import annotations

import pytest

from bot.desk.turning import states_business
from bot.tracker import Memory, Request

BROWSING = Memory(query="rucksack", shown=("pack",))


def _request(text: str, memory: Memory | None = None) -> Request:
    return Request(text, "find_product", "en", 0.6, (), memory or Memory())


@pytest.mark.parametrize(
    "text",
    [
        "Exchange the helmet for a red one in medium.",
        "I'd love to exchange my lamp for a brighter one, with a battery if possible.",
        "Return the pan, I don't care whether I get a voucher.",
        "Please cancel my order.",
        "Change my default address to 1 Oak Street, Salem, OR 97301.",
        "Change the boots to size 43.",
        "我想退货，订单LW-1003",
    ],
)
def test_business_is_stated(text: str) -> None:
    assert states_business(_request(text))


@pytest.mark.parametrize(
    "text",
    [
        "Can I return opened earphones?",
        "how do I return the pan",
        "I would like to know whether I can exchange the boots",
        "Tell me about your return policy",
        "I never return anything",
        "I want a red helmet in medium",
        "我想换个大一点的背包",
        "怎么退货",
    ],
)
def test_a_question_or_a_search_is_none(text: str) -> None:
    assert not states_business(_request(text))


@pytest.mark.parametrize(("text", "is_business"), [
    ("change it to the black one", False),
    ("change the boots that I ordered to size 43", True),
])  # fmt: skip
def test_while_browsing_a_change_is_of_the_search(text: str, is_business: bool) -> None:
    assert states_business(_request(text, BROWSING)) is is_business
