"""The condition of goods that questions and rules speak of, in both languages."""

from __future__ import annotations

import pytest

from ecomlm.conditions import conditions
from ecomlm.evidence import Evidence
from ecomlm.language import detect
from ecomlm.rendering import excerpt


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("can I send it back after opening the box?", {"opened"}),
        ("what if I have opened it", {"opened"}),
        ("拆封了还能退吗？", {"opened"}),
        ("打开过的能退吗", {"opened"}),
        ("Unopened goods can be returned.", {"unopened"}),
        ("未拆封的商品可以退。", {"unopened"}),
        ("can I return shoes I have worn?", {"worn"}),
        ("穿过一次的鞋能退吗", {"worn"}),
        ("can I return it without the box?", {"without box"}),
        ("没有鞋盒可以退吗", {"without box"}),
        ("it arrived damaged", {"faulty"}),
        ("收到时坏了", {"faulty"}),
        ("What are your opening hours?", {"opened"}),  # harmless: no rule of goods speaks of hours
        ("how long is delivery?", set()),
        ("几天能到？", set()),
    ],
)
def test_conditions_are_read(text: str, told: set[str]) -> None:
    assert conditions(text) == told


RULES = {
    "en": "Please send the box back with everything that was in the box when it came, and the receipt. "
    "Goods that were opened can be sent back only when they are faulty, whatever the reason may be. "
    "The box may be any sturdy box, and you may use the box that it came in, if you still have that box.",
    "zh": "退货时请把盒子里的东西和盒子一起寄回来，并附上购物小票以及发货清单，缺件会影响处理的时间和退款。"
    "已拆封的商品只有在有质量问题时才能退回，其他情况一律不能退。"
    "盒子可以用任何结实的箱子代替，也可以使用原来的盒子，只要还在就可以，没有别的要求。",
}


@pytest.mark.parametrize("question", ["can I send it back after opening the box?", "拆封了盒子还能退吗？"])
def test_the_sentence_that_speaks_of_goods_in_that_condition_is_quoted(question: str) -> None:
    language = detect(question)
    rule = Evidence("article:returns", "body.0", "article", RULES[language], language)
    told = excerpt(rule, question, language)
    assert "opened" in told or "已拆封" in told
    assert len(told) < len(RULES[language]) / 2
