"""Forty more messages as shoppers write them: whatever the reply, each value in it stands in a record."""

from __future__ import annotations

import pytest

from tests.acceptance.checker import Checker
from tests.acceptance.shop import Shop

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="session")]

# Twenty in each language.
TURNS = [
    ("how much is it and is it in stock?", "osmi-barrel-speaker"),
    ("what sizes do you still have?", "strideau-pulse-runner"),
    ("Does the zip hold up? saw mixed opinions", "drywick-harbor-roll-pack"),
    ("how long does the battery last", "kestrivo-hush-over-ear"),
    ("can I put this in the dishwasher?", "saltmere-harbour-bottle"),
    ("what's in the box", "velmora-duet"),
    ("how heavy is the tent and how many people sleep in it", "hollin-duet-tent"),
    ("is the fragrance long lasting?", "aubrecht-vetiver-parfum"),
    ("does it contain nuts?", "oatfield-ginger-granola"),
    ("what age is it for?", "cogsworthy-coding-robot"),
    ("does it come with a charger", "tavik-n3"),
    ("how loud is it", "sweepwell-stick-vacuum"),
    ("will it fit a 65 cm wide window?", "drapewell-blackout-curtain"),
    ("how many cups does it make", "mellow-rice-cooker"),
    ("what do buyers complain about most?", "mellow-air-fryer"),
    ("what's the difference between the 128 and the 256 GB one?", "tavik-n3"),
    ("do you ship to Canada and what does it cost?", None),
    ("can I pay with PayPal or in instalments?", None),
    ("which of your sleeping bags is the warmest?", None),
    ("a birthday present for a 6 year old, around 40 dollars", None),
    ("这款多少钱？有现货吗？", "osmi-barrel-speaker"),
    ("42码还有吗？", "norrfell-ridge-boot"),
    ("拉链质量怎么样", "drywick-harbor-roll-pack"),
    ("续航多久", "kestrivo-hush-over-ear"),
    ("可以放进洗碗机吗？", "saltmere-harbour-bottle"),
    ("包装里都有什么", "velmora-duet"),
    ("帐篷多重，能睡几个人？", "hollin-duet-tent"),
    ("敏感肌能用吗？", "vellaine-calm-cream"),
    ("这茶有咖啡因吗？", "mistfold-evening-herbs"),
    ("适合几岁的孩子？", "timberly-blocks-100"),
    ("送充电头吗？", "tavik-n3"),
    ("噪音大吗？", "sweepwell-robot-vacuum"),
    ("面料会起球吗？", "plainsong-brushed-hoodie"),
    ("能做几人份的饭？", "mellow-rice-cooker"),
    ("差评主要说什么？", "mellow-air-fryer"),
    ("128G和256G差多少钱？", "tavik-n3"),
    ("寄到中国运费多少，几天到？", None),
    ("能用支付宝吗？", None),
    ("最保暖的睡袋是哪个", None),
    ("送女朋友的礼物，50美元左右", None),
]


@pytest.mark.parametrize(("text", "page"), TURNS)
async def test_every_value_in_a_reply_stands_in_a_record(
    shop: Shop, checker: Checker, text: str, page: str | None
) -> None:
    reply = await shop.ask(text, page)
    assert not checker.faults(reply, text, page), reply
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    assert reply.language == ("zh" if is_chinese else "en")
