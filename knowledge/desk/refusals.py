"""Why the service desk refuses: one typed error, so that a refusal can be worded in any language.

Raised before anything is written. Knows nothing of wording or dialogue.
"""

from __future__ import annotations

from typing import Literal

from knowledge.errors import EcomlmError

RefusalCode = Literal[
    "order_not_found", "not_cancellable", "not_changeable", "already_shipped", "other_country",
    "item_not_in_order", "not_delivered", "window_over", "never_returnable", "condition_unmet", "not_abroad",
    "once_only", "not_a_variant", "same_variant", "sold_out", "payment_unknown", "payment_not_allowed",
    "same_payment", "gift_card_too_small", "reason_not_accepted", "same_address", "no_warranty",
    "warranty_over", "in_stock", "no_such_product", "single_item", "nothing_chosen", "already_under_way",
]  # fmt: skip


class Refused(EcomlmError):
    """The shop's rules or the order's state forbid it; nothing was changed.

    `values` are for wording (plain texts); `rule` names the rule whose article explains it, where one does.
    """

    def __init__(self, code: RefusalCode, rule: str = "", **values: str) -> None:
        self.code, self.rule, self.values = code, rule, values
        told = ", ".join(f"{name} {value!r}" for name, value in values.items())
        super().__init__(f"refused: {code.replace('_', ' ')}" + (f" ({told})" if told else ""))
