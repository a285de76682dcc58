from ecomlm.recommend.catalogue import Catalogue, Item, plain
from knowledge.records import Product, ProductId, Text


def test_the_makers_name_makes_no_two_things_alike():
    item = Item.of(
        Product(ProductId("tv"), Text("SAMSUNG 40 inch TV", "Samsung 40英寸电视"), brand="Samsung")
    )
    assert "samsung" not in item.text.lower()
    assert "TV" in item.text
    assert item.brand == "Samsung"


def test_a_title_that_is_nothing_but_the_maker_stays():
    assert Item.of(Product(ProductId("x"), Text("Acme"), brand="Acme")).text.strip() == "Acme"


def test_a_product_is_added_once_and_keeps_its_row():
    catalogue = Catalogue([Item("a", "A", brand="X"), Item("b", "B")])
    assert [item.id for item in catalogue.add([Item("a", "new"), Item("c", "C", brand="x")])] == ["c"]
    assert catalogue.known(["c", "gone", "a"]) == [2, 0]
    assert catalogue.brands().tolist() == [1, 0, 1]


def test_markup_of_feeds_is_taken_away():
    assert plain("8.5&rdquo; <b>paper</b>\n&amp; ink") == "8.5” paper & ink"
