"""Angry shoppers are offered a person; danger, law, a second angry word and a plain wish get one at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.desk.reading import asks_for_person, wants_person
from bot.tools import Tools
from tests.bot.desk.held import hold_alone

WHOLE = [pytest.mark.model, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


def whole(function):
    """Mark a test that holds a conversation with the whole assistant."""
    for mark in WHOLE:
        function = mark(function)
    return function


async def handed_over(tools: Tools, folder: Path, turns: list[str]) -> list[bool]:
    """Return for each turn whether the conversation was marked for a person."""
    told = await hold_alone(tools, {"id": "angry", "turns": turns, "calls": []}, folder)
    assert all(turn["reply"] for turn in told.replies), told
    return [any(event["type"] == "handoff" for event in turn["events"]) for turn in told.replies]


@whole
@pytest.mark.parametrize(
    "turns",
    [
        ["this is ridiculous, my parcel is late again", "you are all scammers"],
        ["你们这什么破服务", "真是气死我了"],
        ["where is my order? I'm fed up with this shop", "LW-100289", "outrageous"],
        ["我的快递呢，太过分了吧", "LW-100289", "垃圾店"],
    ],
)
async def test_anger_gets_the_offer_first_and_a_person_when_it_is_said_again(
    sample_tools: Tools, tmp_path: Path, turns: list[str]
) -> None:
    assert await handed_over(sample_tools, tmp_path, turns) == [*[False] * (len(turns) - 1), True]


@whole
@pytest.mark.parametrize(
    ("turns", "offer"),
    [
        (["this shop is a scam"], "a person can take over"),
        (["垃圾店铺"], "人工客服为您处理"),
        (["cancel order LW-100302, you idiots"], "a person can take over"),
        (["取消订单LW-100302，什么破店"], "人工客服为您处理"),
    ],
)
async def test_the_offer_stands_beside_what_was_asked_for(
    sample_tools: Tools, tmp_path: Path, turns: list[str], offer: str
) -> None:
    told = await hold_alone(sample_tools, {"id": "offer", "turns": turns, "calls": []}, tmp_path)
    reply = told.replies[0]
    assert offer in reply["reply"]
    assert any("button" in event["type"] for event in reply["events"])
    if "LW-100302" in turns[0]:
        assert "LW-100302" in reply["reply"]


@whole
@pytest.mark.parametrize(
    "text",
    [
        "the kettle from LW-100301 caught fire",
        "我买的充电宝冒烟了，订单LW-100271",
        "I will sue you over order LW-100288",
        "订单LW-100288的事我要打12315，找律师起诉你们",
        "I want to talk to a real person about LW-100288",
        "LW-100288的退货给我转人工处理",
        "this is a joke, get me your manager",
        "太离谱了，叫你们经理来",
        "I want to file a complaint, this is unacceptable",
        "什么垃圾服务，我要投诉",
    ],
)
async def test_danger_law_and_a_plain_wish_get_a_person_at_once(
    sample_tools: Tools, tmp_path: Path, text: str
) -> None:
    assert await handed_over(sample_tools, tmp_path, [text]) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "I'm furious", "what a joke", "this is outrageous", "worst service ever", "I got scammed",
        "气死了", "你们太过分了", "我真的受够了", "坑爹啊", "什么破玩意",
    ],
)  # fmt: skip
def test_angry_words(text: str) -> None:
    assert wants_person(text) == "anger"


@pytest.mark.parametrize(
    "text",
    [
        "a useless box for the kitchen", "I need a rubbish bin", "a tool to fight fires",
        "有垃圾袋吗", "垃圾桶多大", "滚筒洗衣机", "包裹破损了", "送我妈的礼物", "他妈说家里有一套",
        "可以通过分期付款吗", "恶劣天气能穿吗", "火大一点会糊吗",
    ],
)  # fmt: skip
def test_words_that_only_look_angry(text: str) -> None:
    assert wants_person(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "let me speak to a human", "connect me to a person please", "I want a supervisor",
        "can I talk to someone real?", "get me your manager", "转人工", "帮我找个客服", "我要真人",
        "叫你们领导来", "能不能换个人工客服", "接在线客服",
    ],
)  # fmt: skip
def test_a_plain_wish_for_a_person(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "I need a two person tent", "what are the hours of customer service?",
        "I spoke to an agent yesterday",
        "客服几点上班", "不用转人工", "之前找客服说可以退", "有人工智能手表吗", "安装要人工费吗",
    ],
)  # fmt: skip
def test_no_wish_for_a_person(text: str) -> None:
    assert not asks_for_person(text)
