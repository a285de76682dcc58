"""What Chinese messages say at the desk: the wish amid the chat, yes, no, and what is counted."""

from __future__ import annotations

import pytest

from bot.desk.addresses import read_address
from bot.desk.chinese import wished
from bot.desk.choices import read_count
from bot.desk.reading import (
    continues,
    drops,
    is_plain_no,
    is_plain_yes,
    named_kind,
    read_condition,
    read_reason,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("之前退过一次货，这次想取消订单", "cancel"),
        ("我不退了，想换个小一号的", "exchange"),
        ("不是要取消，是想改地址", "address"),
        ("还没发货就帮我退了吧", "cancel"),
        ("东西收到了，给我退了吧", "return"),
        ("里面没发票，我要退货", "return"),
        ("这条裤子不要了，帮我退掉", "return"),
        ("换一种方式付款", "payment"),
        ("能不能用微信支付", "payment"),
        ("上次退货的钱什么时候到", "refund"),
        ("把我的钱退给我", "refund"),
        ("手机号和收件人写错了", "address"),
        ("能不能换大一码", "exchange"),
        ("改成蓝色的", "items"),
        ("有货了喊我一声", "notice"),
        ("上架了发邮件告诉我", "notice"),
        ("我的包裹走到哪了，一直在物流中心", "status"),
        ("换了三个插座都不行", None),
        ("别给我取消", None),
        ("好看是好看", None),
    ],
)
def test_the_wish_amid_the_chat(text: str, kind: str | None) -> None:
    assert named_kind(text) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("好的，退吧", "return"),
        ("嗯，取消吧，麻烦了", "cancel"),
        ("确认取消", "cancel"),
        ("行，就换吧", "exchange"),
        ("对的，改吧", "address"),
        ("好嘞，辛苦啦", "return"),
        ("嗯嗯可以的", None),
        ("确定", None),
    ],
)
def test_a_yes_may_name_the_business_again(text: str, kind) -> None:
    assert is_plain_yes(text, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("好的，取消吧", "return"),
        ("取消吧", "cancel"),
        ("确认取消", "return"),
        ("好的，退一件", "return"),
        ("可以，但是换蓝色", "exchange"),
        ("对了", None),
        ("好了", None),
        ("嗯", "return"),
        ("好像不对", None),
        ("行李箱", None),
        ("退吗", "return"),
    ],
)
def test_no_yes_to_this(text: str, kind) -> None:
    assert not is_plain_yes(text, kind)


@pytest.mark.parametrize(
    "text", ["不退了", "算了不退了，谢谢啊", "那就算了", "那就不要退了", "还是不换了吧", "先不取消了", "否"]
)
def test_a_no_may_name_the_business_again(text: str) -> None:
    assert is_plain_no(text)
    assert not is_plain_yes(text, "return")


def test_giving_up_is_told_from_turning_to_something_else() -> None:
    assert drops("算了，不弄了")
    assert drops("那就算了吧，我留着")
    assert not drops("算了，帮我换个颜色吧")
    assert not drops("算了先不说这个，继续退货")
    assert continues("算了先不说这个，继续退货")
    assert continues("好，接着办吧")
    assert not continues("继续加班呢，晚点说")


@pytest.mark.parametrize(
    ("text", "narrowest"),
    [
        ("退积木，不对不对，退拼图", "退拼图"),
        ("积木他喜欢，退拼图吧", "退拼图吧"),
        ("小熊不退，其他都退", "其他都退"),
        ("护手膏不要了，衬衫留着", "护手膏不要了"),
    ],
)
def test_a_correction_and_what_stays_are_not_taken(text: str, narrowest: str) -> None:
    kind = "cancel" if "不要" in text else "return"
    assert wished(text, kind)[0] == narrowest


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("买了两件，退一件", 1),
        ("一件就够穿了", None),
        ("退把椅子", 1),
        ("两张都退", 2),
        ("退第二件", None),
        ("只有黑色", None),
        ("43只有黑色", None),
        ("退三瓶", 3),
    ],
)
def test_what_is_counted_is_what_is_wanted_now(text: str, count: int | None) -> None:
    assert read_count(text) == count


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("吊牌都还在", True),
        ("吊牌没剪", True),
        ("没怎么穿", True),
        ("没穿出去过，吊牌剪了", False),
        ("吊牌丢了", False),
        ("穿了两天", False),
        ("没穿过", True),
        ("挺好看的", None),
    ],
)
def test_whether_it_is_unworn(text: str, is_met: bool | None) -> None:
    assert read_condition(text) is is_met


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("突然不加热了", "faulty"),
        ("左边没声音", "faulty"),
        ("内胆开裂了", "faulty"),
        ("鞋磨得脚都破了", None),
        ("手滑下的单", "ordered by mistake"),
        ("确认无误", None),
        ("用不上了", "no longer needed"),
    ],
)
def test_why(text: str, reason: str | None) -> None:
    assert read_reason(text) == reason


@pytest.mark.parametrize(
    ("text", "region", "city", "street", "postcode"),
    [
        (
            "把地址改成北京市朝阳区望京街8号院2号楼，邮编100102",
            "朝阳区",
            "北京市",
            "望京街8号院2号楼",
            "100102",
        ),
        ("寄到上海徐汇区漕溪北路18号 200030", "徐汇区", "上海市", "漕溪北路18号", "200030"),
        ("应该是广东省深圳市南山区科技路5号B座，518057", "广东省", "深圳市", "南山区科技路5号B座", "518057"),
        ("浙江杭州西湖区文三路9号 310012", "浙江省", "杭州市", "西湖区文三路9号", "310012"),
        ("麻烦改寄到苏州市平江路3号，邮政编码215001", "", "苏州市", "平江路3号", "215001"),
    ],
)
def test_an_address_goes_from_the_large_to_the_small(
    text: str, region: str, city: str, street: str, postcode: str
) -> None:
    found = read_address(text)
    assert found is not None
    assert (found["region"], found["city"], found["street"], found["postcode"]) == (
        region, city, street, postcode,
    )  # fmt: skip
    assert found["country"] == "CN"


def test_a_place_without_street_or_postcode_is_no_address() -> None:
    assert read_address("寄到北京市") is None
    assert read_address("改成北京市朝阳区望京街8号") is None


async def test_what_was_said_before_the_proof_is_not_asked_again(chat) -> None:
    assert "邮箱" in (await chat.say("平底锅买多了，退一口")).text
    proposed = await chat.say("LW-1003，ann@example.com")
    assert "平底锅" in proposed.text
    ((_, arguments),) = (await chat.say("嗯，退吧")).calls
    assert arguments["item_ids"] == ["pan"]


async def test_after_a_refusal_another_order_may_be_named(ann) -> None:
    assert "截止" in (await ann.say("退掉LW-1004的平底锅")).text
    said = await ann.say("不是这单，是LW-1003的平底锅，退一口", "order_status")
    assert "LW-1003" in said.text
    assert [name for name, _ in (await ann.say("是")).calls] == ["return_delivered_order_items"]


async def test_the_postcode_of_a_new_address_is_no_proof(chat) -> None:
    said = await chat.say("把LW-1001的地址改成北京市朝阳区望京街8号院2号楼，邮编100102")
    assert "LW-1001" in said.text
    assert "对不上" not in said.text


async def test_the_bare_word_does_not_confirm_a_cancellation(ann) -> None:
    await ann.say("取消订单LW-1001")
    assert (await ann.say("取消吧")).calls == []
    assert [name for name, _ in (await ann.say("好，取消吧")).calls] == ["cancel_pending_order"]


async def test_another_of_several_alike_is_the_only_thing_there_is_several_of(ann) -> None:
    said = await ann.say("LW-1003里多的那个想退")
    assert "平底锅" in said.text
