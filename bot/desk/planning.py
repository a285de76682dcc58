"""From a complete task to the plan that it stands for, by the shop's own operations.

Knows which operation serves which kind. Knows nothing of dialogue.
"""

from __future__ import annotations

from bot.desk.filling import condition_of
from bot.desk.task import Task
from knowledge.desk import operations
from knowledge.desk.plans import Plan, Situation
from knowledge.records import Address


def make_plan(task: Task, situation: Situation) -> Plan:
    """Return what the task would do.

    Raises:
        Refused: when the rules or the order's state forbid it.
    """
    items, new_items = list(task.items or ()), list(task.new_items or ())
    match task.kind:
        case "cancel":
            return operations.cancel_pending_order(situation, reason=task.reason or "", items=items or None)
        case "address":
            return operations.modify_pending_order_address(situation, address=_address(task))
        case "profile":
            return operations.modify_user_address(situation, address=_address(task))
        case "payment":
            return operations.modify_pending_order_payment(situation, payment=task.payment or "")
        case "items":
            return operations.modify_pending_order_items(
                situation, items=items, new_items=new_items, payment=task.payment
            )
        case "return":
            return operations.return_delivered_order_items(
                situation, items=items, payment=task.payment, reason=task.reason or "",
                assured=_assured(task, situation),
            )  # fmt: skip
        case "exchange":
            return operations.exchange_delivered_order_items(
                situation, items=items, new_items=new_items, payment=task.payment, reason=task.reason or "",
                assured=_assured(task, situation),
            )  # fmt: skip
        case "warranty":
            return operations.start_warranty_case(situation, item=items[0], fault=task.fault or "")
        case kind:
            raise AssertionError(f"{kind} changes nothing")


def _address(task: Task) -> Address:
    values = dict(task.address or {})
    return Address(**{name: values.get(name, "") for name in Address.__slots__})


def _assured(task: Task, situation: Situation) -> set[str]:
    """Return the conditions that the shopper said are met; the proposal states them again."""
    return {"unworn", "unopened"} if task.condition and condition_of(task, situation) else set()
