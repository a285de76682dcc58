import pytest

from ecomlm.search.attribute_text import readable


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("batteries_included:  { value:false }", "batteries included: no"),
        ('brand:  { value:"la roche-posay" }', "brand: la roche-posay"),
        ('compatible_devices:  { value:"im1, im3" }; { value:"js2" }', "compatible devices: im1, im3, js2"),
        (
            "item_weight:  { unit:kilograms, normalized_value:{ unit:pounds, value:20.6 }, value:9.34 }",
            "item weight: 9.34 kilograms (20.6 pounds)",
        ),
        (
            "item_dimensions:  { width:{ unit:inches, value:6. }, length:{ unit:inches, value:10. } }",
            "item dimensions: width 6 inches, length 10 inches",
        ),
        ('size:  { value:"44|" x 30|"" }', 'size: 44|" x 30|"'),
        ("num_batteries:  { quantity:2, type:aa }; { quantity:0, type:c }", "number of batteries: 2 aa"),
        ("street_date:  { value:2010-10-20t00:00:01z }", "street date: 2010-10-20t00:00:01z"),
    ],
)
def test_attribute_records_become_words(record, words):
    assert readable(record) == words


@pytest.mark.parametrize("text", ["Weight: 480 g", "防水：是", "note: { is not closed", "", "{ value:1 }"])
def test_other_text_stays_or_is_read_as_far_as_it_goes(text):
    assert readable(text) in (text, "note: is not closed", "note: not stated")


def test_deep_nesting_is_no_crash():
    assert readable("a: " + "{b:" * 5000)
