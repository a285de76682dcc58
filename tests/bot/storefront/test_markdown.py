import pytest

from bot.storefront.markdown import as_html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Within **30 days**.", "<p>Within <strong>30 days</strong>.</p>"),
        ("One\nTwo", "<p>One<br>Two</p>"),
        ("## Shoes\n- dry\n- clean", "<h2>Shoes</h2><ul><li>dry</li><li>clean</li></ul>"),
        ("Steps:\n1. Wash\n2. Dry", "<p>Steps:</p><ol><li>Wash</li><li>Dry</li></ol>"),
        ("See [returns](/articles/returns)", '<p>See <a href="/articles/returns">returns</a></p>'),
        ("Use `SAVE`", "<p>Use <code>SAVE</code></p>"),
        ("", "<p></p>"),
    ],
)
def test_what_operators_write_is_shown(written: str, shown: str):
    assert as_html(written) == shown


def test_a_table_has_a_heading_row():
    shown = as_html("| EU | US |\n|---|---|\n| 42 | 9 |")
    assert shown == (
        '<table><thead><tr><th scope="col">EU</th><th scope="col">US</th></tr></thead>'
        "<tbody><tr><td>42</td><td>9</td></tr></tbody></table>"
    )


@pytest.mark.parametrize(
    "written",
    ["<script>alert(1)</script>", "**<b onclick=x>**", "- <img src=x>", "| <i> |\n| <u> |", "# <h1>"],
)
def test_markup_stays_text(written: str):
    shown = as_html(written)
    assert "<script" not in shown
    assert "onclick=x>" not in shown.replace("&lt;b onclick=x&gt;", "")
    assert not any(tag in shown for tag in ("<img", "<i>", "<u>", "<h1>"))


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.example", "data:text/html,x"])
def test_links_lead_to_pages_only(address: str):
    assert "<a" not in as_html(f"[click]({address})")
