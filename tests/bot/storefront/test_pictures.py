from xml.etree import ElementTree

import pytest

from bot.storefront.drawings import drawing_for, drawings
from bot.storefront.pictures import draw
from knowledge.records import Product, ProductId, Text


def product(title: str, category: str = "", **changes: str) -> Product:
    return Product(ProductId("p"), Text(title), categories=(Text(category),) if category else (), **changes)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Norrfell Ridge Waterproof Hiking Boots", "boot"),
        ("Eiderly Meadow Synthetic Sleeping Bag", "sleeping_bag"),
        ("Norwick Field Camera Backpack", "backpack"),
        ("Orrin Camera with Lens", "camera"),
    ],
)
def test_the_last_telling_words_decide(title: str, name: str):
    assert drawing_for(title.split(" with ")[0]) is drawings()[name]


def test_every_drawing_is_well_formed():
    for name, drawing in drawings().items():
        assert drawing.strokes, name
        assert all(kind in "oal" and path.startswith("M") for kind, path in drawing.strokes), name


def test_a_picture_is_valid_svg_and_always_the_same():
    first = draw(product("Ridge Boots", "Hiking boots"))
    assert ElementTree.fromstring(first).tag.endswith("svg")
    assert draw(product("Ridge Boots", "Hiking boots")) == first


def test_an_unknown_kind_gets_its_brands_initial():
    assert ">Z</text>" in draw(product("Qwertz", brand="Zorn"))
    assert ">雀<" in draw(Product(ProductId("p"), Text("", "雀巢")))


def test_a_brand_cannot_break_out_of_the_picture():
    assert ">·<" in draw(product("<<<", brand="<>"))


def test_a_long_title_is_read_after_the_category():
    title = (
        "Acme 15 notebook silver 43 cm, 4 GB memory, 250 GB drive, mouse, bag and a very long list of things"
    )
    laptop = drawings()["laptop"]
    assert laptop.strokes[0][1] in draw(product(title, "Laptops"))
