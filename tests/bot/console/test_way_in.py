"""The way in: first owner, signing in, one's password, the people's page, in both languages."""

from __future__ import annotations

import re
import string

import pytest

from bot.console.words import words
from bot.keys import STAFF
from tests.bot.console.conftest import PASSWORD

HAN = re.compile(r"[\u4e00-\u9fff]")


async def test_the_first_visitor_is_asked_for_the_code_and_becomes_the_owner(stranger, client):
    response = await stranger.get("/sign-in")
    assert response.headers["Location"] == "/console/first"
    fields = {"name": "Mei", "password": PASSWORD, "again": PASSWORD}
    refused = await stranger.post("/first", token="", code="0000", **fields)
    assert refused.status == 400
    assert "printed in its terminal" in await refused.text()
    code = client.app[STAFF].first_code
    entered = await stranger.post("/first", token="", code=code, **fields)
    assert entered.headers["Location"] == "/console/"
    assert "Mei" in await stranger.page("/")
    assert (await stranger.get("/first")).headers["Location"] == "/console/sign-in"


async def test_a_mistyped_password_keeps_the_name_and_says_what_to_do(stranger, client):
    fields = {"name": "Mei", "password": PASSWORD, "again": PASSWORD + "!"}
    response = await stranger.post("/first", token="", code=client.app[STAFF].first_code, **fields)
    text = await response.text()
    assert response.status == 400
    assert 'value="Mei"' in text
    assert PASSWORD not in text
    assert await client.app[STAFF].is_empty()


async def test_after_signing_in_one_goes_on_where_one_wanted_to(client, stranger):
    await client.app[STAFF].add("Mei", PASSWORD, "owner", who="test")
    wanted = await stranger.get("/people?lang=zh")
    page = await (await stranger.client.get(wanted.headers["Location"])).text()
    assert 'name="next" value="/console/people?lang=zh"' in page
    response = await stranger.post(
        "/sign-in", token="", name="Mei", password=PASSWORD, next="/console/people"
    )
    assert response.headers["Location"] == "/console/people"


async def test_an_owner_adds_changes_and_removes_people(browser_of, client):
    owner, staff = await browser_of("owner"), client.app[STAFF]
    await owner.post("/people", name="Bo", password=PASSWORD, role="viewer")
    bo = next(member for member in await staff.members() if member.name == "Bo")
    await owner.post(f"/people/{bo.id}/role", role="editor")
    await owner.post(f"/people/{bo.id}/password", password="another horse battery")
    _, signed_in = await staff.sign_in("Bo", "another horse battery", address="1")
    assert signed_in.role == "editor"
    await owner.post(f"/people/{bo.id}/remove")
    assert [member.name for member in await staff.members()] == ["owner one"]
    assert (await owner.post(f"/people/{bo.id}/remove")).status == 404


async def test_nobody_removes_themselves(browser_of, client):
    owner = await browser_of("owner")
    [me] = await client.app[STAFF].members()
    response = await owner.post(f"/people/{me.id}/remove")
    assert response.status == 400
    assert "cannot remove yourself" in await response.text()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/insights",
        "/insights/aspects/battery",
        "/texts",
        "/texts/boot?kind=title",
        "/people",
        "/log",
        "/account",
        "/inbox",
        "/inbox/replies",
        "/conversations",
        "/products/new",
        "/articles/new",
        "/reviews?product=none",
        "/import",
        "/try",
    ],
)
async def test_every_page_is_in_both_languages(browser_of, path):
    browser = await browser_of("owner")
    english, chinese = await browser.page(path, "en"), await browser.page(path, "zh-CN")
    assert '<html lang="en">' in english
    assert '<html lang="zh-Hans">' in chinese
    text = re.sub(r"<[^>]*>", "", english).replace("中文", "").replace("雀林商店", "")
    assert not HAN.search(text)
    assert HAN.search(re.sub(r"<nav.*</nav>|<header.*</header>", "", chinese, flags=re.DOTALL))


async def test_a_chosen_language_is_kept(browser_of):
    browser = await browser_of("viewer")
    await browser.get("/?lang=zh")
    assert '<html lang="zh-Hans">' in await browser.page("/", "en")


async def test_the_address_cannot_put_words_on_a_page(browser_of):
    browser = await browser_of("viewer")
    assert "Call 555" not in await browser.page("/?notice=Call+555-0100")


def test_both_languages_fill_in_the_same_values():
    for name, pair in words().items():
        english, chinese = (
            {field for _, field, _, _ in string.Formatter().parse(text) if field} for text in pair
        )
        assert english == chinese, name
        assert not HAN.search(pair[0]) or name == "page.language", name
