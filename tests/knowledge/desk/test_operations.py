"""What may be cancelled, changed, returned and exchanged, at which price, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from knowledge.desk import operations as do
from knowledge.desk.refusals import Refused
from knowledge.desk.rules import Scoped
from knowledge.records import Order, Product
from tests.knowledge.desk.conftest import (
    BO,
    DELIVERED,
    GIFT,
    HOME,
    MIXED,
    OFFICE,
    OLD,
    OTHERS,
    PAYPAL,
    PENDING,
    UNPAID,
)


def changed_order(plan) -> Order:
    return next(record for record in plan.after if isinstance(record, Order))


def moved(plan) -> list[tuple[str, str, str]]:
    return [(item.kind, str(item.amount.amount), item.method.id) for item in plan.movements]


def test_a_whole_order_is_cancelled_with_its_delivery_charge(about) -> None:
    plan = do.cancel_pending_order(about(PENDING))
    assert moved(plan) == [("refund", "184.70", "visa")]
    assert changed_order(plan).status == "cancelled"
    assert {line.status for line in changed_order(plan).lines} == {"cancelled"}


def test_cancelled_goods_are_for_sale_again(about) -> None:
    plan = do.cancel_pending_order(about(PENDING))
    stocks = {p.id: p.offers[0].stock for p in plan.after if isinstance(p, Product)}
    assert stocks == {"boot": 5, "pan": 7}


def test_one_piece_of_two_is_cancelled_and_the_rest_stays(about) -> None:
    plan = do.cancel_pending_order(about(PENDING), items=["pan"])
    assert moved(plan) == [("refund", "24.90", "visa")]
    order = changed_order(plan)
    assert order.status == "paid"
    pans = [(line.quantity, line.status) for line in order.lines if line.sku == "pan"]
    assert pans == [(1, "cancelled"), (1, "ordered")]


def test_nothing_goes_back_for_an_order_that_was_never_paid(about) -> None:
    assert moved(do.cancel_pending_order(about(UNPAID))) == []


def test_what_has_not_left_of_a_split_order_can_be_cancelled(about) -> None:
    plan = do.cancel_pending_order(about(MIXED))
    assert moved(plan) == [("refund", "24.90", "visa")]
    assert [line.status for line in changed_order(plan).lines] == ["delivered", "cancelled"]


def test_a_size_is_changed_and_the_difference_charged(about) -> None:
    plan = do.modify_pending_order_items(
        about(PENDING), items=["boot-42-brown"], new_items=["boot-43-black"], payment="paypal"
    )
    assert moved(plan) == [("charge", "10.00", "paypal")]
    assert changed_order(plan).total.amount == Decimal("194.70")
    stocks = [variant.offer.stock for p in plan.after if isinstance(p, Product) for variant in p.variants]
    assert stocks == [5, 2, 0, 0]


def test_paying_otherwise_moves_the_whole_amount(about) -> None:
    plan = do.modify_pending_order_payment(about(PENDING), payment="paypal")
    assert moved(plan) == [("charge", "184.70", "paypal"), ("refund", "184.70", "visa")]
    assert changed_order(plan).payment == PAYPAL.label


def test_one_of_two_pans_is_returned_less_the_label(about) -> None:
    plan = do.return_delivered_order_items(about(DELIVERED), items=["pan"])
    assert moved(plan) == [("refund", "18.00", "visa")]
    assert plan.fee is not None
    assert str(plan.fee.amount) == "6.90"
    statuses = [(line.sku, line.quantity, line.status) for line in changed_order(plan).lines]
    assert ("pan", 1, "return_requested") in statuses
    assert ("pan", 1, "delivered") in statuses


def test_what_is_faulty_is_returned_without_a_fee(about) -> None:
    plan = do.return_delivered_order_items(about(DELIVERED), items=["tea", "pan"], reason="faulty")
    assert moved(plan) == [("refund", "33.90", "visa")]


def test_unworn_shoes_are_returned_free_of_charge(about) -> None:
    plan = do.return_delivered_order_items(about(DELIVERED), items=["boot-42-brown"], assured={"unworn"})
    assert moved(plan) == [("refund", "129.00", "visa")]


def test_the_holiday_extension_lengthens_the_time(about) -> None:
    january = about(DELIVERED, now=datetime(2027, 1, 30, tzinfo=UTC))
    assert do.return_delivered_order_items(january, items=["pan"])
    with pytest.raises(Refused, match="window over"):
        do.return_delivered_order_items(about(DELIVERED, now=datetime(2027, 2, 1, tzinfo=UTC)), items=["pan"])


def test_an_exchange_holds_the_new_size_and_moves_the_difference(about) -> None:
    plan = do.exchange_delivered_order_items(
        about(DELIVERED), items=["boot-42-brown"], new_items=["boot-43-black"], assured={"unworn"}
    )
    assert moved(plan) == [("charge", "10.00", "visa")]
    stocks = [variant.offer.stock for p in plan.after if isinstance(p, Product) for variant in p.variants]
    assert stocks == [4, 2, 0, 0]


def test_a_faulty_item_may_be_exchanged_for_the_same_one(about) -> None:
    arguments = {"items": ["boot-42-brown"], "new_items": ["boot-42-brown"]}
    assert do.exchange_delivered_order_items(about(DELIVERED), **arguments, reason="faulty").movements == ()
    with pytest.raises(Refused, match="same variant"):
        do.exchange_delivered_order_items(about(DELIVERED), **arguments, assured={"unworn"})


def test_a_warranty_case_is_opened_once(about) -> None:
    plan = do.start_warranty_case(about(OLD), item="pan", fault="the handle is loose")
    order = next(item for item in plan.settled("R-1", OLD.placed) if isinstance(item, Order))
    assert order.cases[0].kind == "warranty"
    with pytest.raises(Refused, match="already under way"):
        do.start_warranty_case(about(order), item="pan", fault="again")


def test_a_warranty_ends_after_its_months(about) -> None:
    with pytest.raises(Refused, match="warranty over"):
        do.start_warranty_case(about(OLD, now=datetime(2028, 9, 2, tzinfo=UTC)), item="pan", fault="loose")
    with pytest.raises(Refused, match="no warranty"):
        do.start_warranty_case(about(DELIVERED), item="tea", fault="stale")


def test_a_product_of_its_own_warranty_goes_by_that(about) -> None:
    from knowledge.records import Attribute
    from tests.knowledge.desk.conftest import PAN, PRODUCTS

    lasting = replace(PAN, attributes=(Attribute("warranty", Decimal(60), "months"),))
    late = about(OLD, now=datetime(2031, 8, 1, tzinfo=UTC), products={**PRODUCTS, PAN.id: lasting})
    assert do.start_warranty_case(late, item="pan", fault="loose")


def test_another_address_comes_first(about) -> None:
    plan = do.modify_user_address(about(None), address=OFFICE)
    assert plan.after[0].addresses == (OFFICE, HOME)
    assert plan.arguments["zip"] == "97209"


ABROAD = replace(HOME, country="CA")
REFUSALS = [
    ("already shipped", lambda s: do.cancel_pending_order(s(DELIVERED))),
    ("not cancellable", lambda s: do.cancel_pending_order(s(replace(PENDING, status="cancelled", lines=())))),
    ("already shipped", lambda s: do.modify_pending_order_address(s(DELIVERED), address=OFFICE)),
    ("other country", lambda s: do.modify_pending_order_address(s(PENDING), address=ABROAD)),
    ("same address", lambda s: do.modify_pending_order_address(s(PENDING), address=HOME)),
    ("item not in order", lambda s: do.cancel_pending_order(s(PENDING), items=["tea"])),
    ("item not in order", lambda s: do.cancel_pending_order(s(PENDING), items=["pan"] * 3)),
    ("not delivered", lambda s: do.return_delivered_order_items(s(PENDING), items=["pan"])),
    ("not delivered", lambda s: do.return_delivered_order_items(s(MIXED), items=["pan"])),
    ("window over", lambda s: do.return_delivered_order_items(s(OLD), items=["pan"])),
    ("never returnable", lambda s: do.return_delivered_order_items(s(DELIVERED), items=["tea"])),
    ("condition unmet", lambda s: do.return_delivered_order_items(s(DELIVERED), items=["boot-42-brown"])),
    ("nothing chosen", lambda s: do.return_delivered_order_items(s(DELIVERED), items=[])),
    (
        "payment not allowed",
        lambda s: do.return_delivered_order_items(s(DELIVERED), items=["pan"], payment="paypal"),
    ),
    ("payment unknown", lambda s: do.return_delivered_order_items(s(DELIVERED), items=["pan"], payment="x")),
    ("sold out", lambda s: _swap(s, "boot-44-brown")),
    ("not a variant", lambda s: _swap(s, "pan")),
    ("same variant", lambda s: _swap(s, "boot-42-brown")),
    ("gift card too small", lambda s: do.modify_pending_order_payment(s(PENDING), payment=GIFT.id)),
    ("same payment", lambda s: do.modify_pending_order_payment(s(PENDING), payment="visa")),
    ("not abroad", lambda s: _exchange(s(replace(DELIVERED, address=ABROAD)))),
    ("order not found", lambda s: do.cancel_pending_order(s(OTHERS))),
    ("order not found", lambda s: do.cancel_pending_order(s(None))),
]


def _swap(situation, new: str):
    return do.modify_pending_order_items(situation(PENDING), items=["boot-42-brown"], new_items=[new])


def _exchange(situation):
    return do.exchange_delivered_order_items(situation, items=["boot-42-brown"], new_items=["boot-43-black"])


@pytest.mark.parametrize(("why", "ask"), REFUSALS)
def test_what_is_not_allowed_is_refused_with_its_reason(about, why: str, ask) -> None:
    with pytest.raises(Refused, match=why):
        ask(about)


def test_shops_may_allow_changing_items_once_only(about, rules) -> None:
    strict = replace(
        rules, items_once=True, cancel_reasons=("ordered by mistake",), cancels_single_items=False
    )
    first = do.modify_pending_order_items(
        about(PENDING, rules=strict), items=["boot-42-brown"], new_items=["boot-43-brown"]
    )
    order = next(item for item in first.settled("R-1", OLD.placed) if isinstance(item, Order))
    with pytest.raises(Refused, match="once only"):
        do.modify_pending_order_items(about(order, rules=strict), items=["pan"], new_items=["pan"])
    with pytest.raises(Refused, match="once only"):
        do.cancel_pending_order(about(order, rules=strict), reason="ordered by mistake")
    with pytest.raises(Refused, match="reason not accepted"):
        do.cancel_pending_order(about(PENDING, rules=strict), reason="found it cheaper")
    with pytest.raises(Refused, match="single item"):
        do.cancel_pending_order(about(PENDING, rules=strict), items=["pan"], reason="ordered by mistake")


def test_a_refund_may_go_to_a_gift_card_where_the_rules_say_so(about, rules) -> None:
    generous = replace(
        rules, returns=replace(rules.returns, refund_to=("original", "gift_card"), fees=(Scoped(Decimal()),))
    )
    plan = do.return_delivered_order_items(about(DELIVERED, rules=generous), items=["pan"], payment="gift")
    assert moved(plan) == [("refund", "24.90", "gift")]


def test_the_same_plan_has_the_same_digest_and_another_price_another_one(about) -> None:
    first, again = (do.cancel_pending_order(about(PENDING)) for _ in range(2))
    assert first.digest == again.digest
    dearer = replace(PENDING, total=replace(PENDING.total, amount=Decimal("200")))
    assert do.cancel_pending_order(about(dearer)).digest != first.digest


def test_an_address_is_spread_over_a_tools_arguments(about) -> None:
    plan = do.modify_pending_order_address(about(replace(PENDING, address=OFFICE)), address=HOME)
    assert plan.arguments == {
        "order_id": "LW-1001",
        "address1": "1 Elm Street",
        "address2": "Suite 9",
        "city": "Portland",
        "state": "OR",
        "country": "US",
        "zip": "97214",
    }


def test_a_stranger_has_no_orders(about) -> None:
    with pytest.raises(Refused, match="order not found"):
        do.return_delivered_order_items(about(DELIVERED, customer=BO), items=["pan"])
