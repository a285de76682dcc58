"""What counts as a claim that no record supports."""

from decimal import Decimal

import pytest

from ecomlm.search.passages import evidence_of
from knowledge.records import Attribute, Money, Offer, Product, ProductId, Text
from training.evaluate.claims import unsupported

DRIVE = Product(
    ProductId("drive"),
    Text("Dash Drive", "Dash 硬盘"),
    attributes=(Attribute("read_speed", Decimal(3500), "MB/s", Text("Read speed", "读取速度")),),
    offer=Offer(Money(Decimal("1299.50"), "USD"), stock=0),
)


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("It reads at 3500 MB/s.", []),
        ("It reads at 3,500 MB/s.", []),
        ("It costs $1,299.50.", []),
        ("It costs $999.", ["999"]),
        ("It writes at 2900 MB/s.", ["2900"]),
        ("It is out of stock.", []),
        ("It is in stock.", ["in stock"]),
        ("有货。", ["有货"]),
        ("No, it reads at 3500 MB/s, not 5000.", []),
    ],
)
def test_numbers_and_stock_must_stand_in_record_or_question(reply, found):
    evidence = evidence_of(DRIVE, (), "en")
    assert list(unsupported(reply, "does it read at 5000?", evidence)) == found
