import pytest

from bot.storefront.urls import anchor, image_url, url_of
from knowledge.records import Product, ProductId, Text


@pytest.mark.parametrize(
    ("record", "field", "address"),
    [
        ("product:ssd", "attribute.read_speed", "/products/ssd?lang=zh#attribute.read_speed"),
        ("product:ssd", "", "/products/ssd?lang=zh"),
        ("article:returns", "body.2", "/articles/returns?lang=zh#body.2"),
        ("review:r9", "text.1", "/reviews/r9?lang=zh"),
        ("product:a/b #1?", "price", "/products/a%2Fb%20%231%3F?lang=zh#price"),
        ("product:x", "variant.NF 42 棕", "/products/x?lang=zh#variant.NF_42_%E6%A3%95"),
    ],
)
def test_every_passage_has_an_address(record: str, field: str, address: str):
    assert url_of(record, field, "zh") == address


def test_without_a_language_the_browser_decides():
    assert url_of("product:ssd", "price") == "/products/ssd#price"


def test_an_anchor_holds_no_white_space():
    assert anchor("variant.A  B\tC") == "variant.A_B_C"


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("https://cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("/images/a.jpg", "/images/a.jpg"),
        ("http://cdn.example/a.jpg", "/pictures/p.svg"),
        ("//cdn.example/a.jpg", "/pictures/p.svg"),
        ("javascript:alert(1)", "/pictures/p.svg"),
        (None, "/pictures/p.svg"),
    ],
)
def test_only_pictures_that_a_secure_page_may_show_are_used(image: str | None, shown: str):
    assert image_url(Product(ProductId("p"), Text("P"), image=image)) == shown
