"""What buyers say, on a page: counted in the background, in scope, downloadable, in both languages."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from bot.console.charts import bar, lines
from bot.keys import STORE, TOOLS
from knowledge.records import Product, ProductId, Review, ReviewId, Text

LAMP = Product(ProductId("lamp"), Text("Moon lamp", "月亮灯"), department=Text("Lighting", "灯具"))
LURE = "<script>alert(1)</script> The battery is terrible."


@pytest.fixture
async def reviewed(client):
    """A lamp with praise in January and complaints in February, one of them hostile to the page."""
    reviews = [
        Review(ReviewId(f"l{n}"), LAMP.id, text, "en", stars, created=datetime(2026, month, 5, tzinfo=UTC))
        for n, (text, stars, month) in enumerate(
            [("The battery is great.", 5, 1)] * 12
            + [(LURE, 1, 2)]
            + [("The battery is terrible.", 1, 2)] * 11
        )
    ]
    await client.app[STORE].save([LAMP, *reviews], who="test")
    await client.app[TOOLS].review_months.finish()


async def test_the_page_counts_shows_and_leads_on(browser_of, reviewed):
    browser = await browser_of("viewer")
    page = await browser.page("/insights?product=lamp")
    assert page.count("12 of 24") == 2
    assert '<svg class="chart"' in page
    assert "/console/insights/aspects/battery?product=lamp" in page
    assert "11 reviews" in page[page.index("Worth a look") :]  # word for word the same
    chinese = await browser.page("/insights?department=Lighting", "zh")
    assert "24 条中有 12 条" in chinese
    assert "月亮灯" in chinese
    assert '<option value="Lighting" selected>灯具</option>' in chinese


async def test_buyers_words_are_quoted_as_text(browser_of, reviewed):
    page = await (await browser_of("viewer")).page("/insights/aspects/battery?product=lamp")
    assert "<q>The battery is great.</q>" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert re.findall(r'href="(/reviews/[^"]*)"', page) == ["/reviews/l12", "/reviews/l13", "/reviews/l0"]


async def test_the_table_holds_every_month_and_side(browser_of, reviewed):
    browser = await browser_of("viewer")
    response = await browser.get("/insights/table.csv?product=lamp", **{"Accept-Language": "zh"})
    rows = list(csv.reader(io.StringIO((await response.text()).removeprefix("\ufeff"))))
    assert rows[0] == ["月份", "方面", "倾向", "提及条数", "当月评价数"]
    assert ["2026-01", "电池", "好评", "12", "12"] in rows
    assert ["2026-02", "电池", "差评", "12", "12"] in rows


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("first=March", 400, "March is no month"),
        ("first=2026-13", 400, "2026-13 is no month"),
        ("first=2026-03&last=2026-01", 400, "is after the last"),
        ("product=nothing", 404, "no such page or record"),
    ],
)
async def test_what_cannot_be_looked_at_is_named(browser_of, reviewed, query, status, said):
    response = await (await browser_of("viewer")).get(f"/insights?{query}")
    assert response.status == status
    assert said in await response.text()


async def test_an_unknown_aspect_is_no_page(browser_of):
    assert (await (await browser_of("viewer")).get("/insights/aspects/nonsense")).status == 404


async def test_a_product_without_reviews_says_so(browser_of, client):
    await client.app[STORE].save([LAMP], who="test")
    assert "No reviews here yet" in await (await browser_of("viewer")).page("/insights?product=lamp")


async def test_while_reviews_are_read_the_page_says_how_far_it_is(browser_of, client):
    browser = await browser_of("viewer")
    page = await browser.page("/insights", "en")  # the small shop's own reviews: nobody has counted them yet
    assert 'data-reload="4"' in page
    await client.app[TOOLS].review_months.finish()
    assert "data-reload" not in await browser.page("/insights", "en")


def test_a_line_runs_from_its_first_share_to_its_last():
    chart = lines("<Battery>", ["2026-01", "2026-02"], {"a&b": [0.0, 0.2], "c": [0.2, 0.2]})
    assert 'aria-label="&lt;Battery&gt;"' in chart
    assert ">a&amp;b</text>" in chart
    assert 'points="44.0,232.0 570.0,12.0"' in chart
    assert 'points="44.0,12.0 570.0,12.0"' in chart


def test_labels_that_end_at_one_place_stand_apart():
    chart = lines("t", ["1", "2"], {name: [0.1, 0.1] for name in "abcd"})
    ends = sorted(map(float, re.findall(r'class="name[^"]*" x="\d+" y="([\d.]+)"', chart)))
    assert len(ends) == 4
    assert all(after - before >= 16 for before, after in pairwise(ends))


@pytest.mark.parametrize(("share", "width"), [(0, "0"), (0.25, "25.0"), (7, "100.0")])
def test_a_bar_is_as_long_as_its_share(share, width):
    assert f'<rect width="{width}' in bar(share, "good")
