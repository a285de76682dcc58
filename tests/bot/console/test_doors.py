"""Who is let in: every role at every address, other sites' forms, planted sessions, open connections."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.console.doors import safe_path
from bot.console.session import COOKIE
from bot.console.site import DOORS
from bot.console.staff import ROLES
from bot.keys import AUDIT, STAFF
from tests.bot.console.conftest import PASSWORD

GUARDED = [door for door in DOORS if door.role]


def address(path: str) -> str:
    return path.replace("{id}", "nobody").replace("{aspect}", "nothing")


async def test_nobody_gets_in_without_signing_in(stranger):
    for door in GUARDED:
        if door.method == "GET":
            response = await stranger.get(address(door.path))
            assert response.status == 303, door
            assert response.headers["Location"].startswith("/console/sign-in?next=/console/"), door
        else:
            assert (await stranger.post(address(door.path), token="x")).status == 401, door


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_opens_its_own_doors_and_no_others(browser_of, role):
    browser = await browser_of(role)
    token = await browser.form_token()
    for door in sorted(GUARDED, key=lambda door: door.path == "/sign-out"):  # signing out comes last
        is_allowed = ROLES.index(role) >= ROLES.index(door.role)
        path = address(door.path)
        response = await (browser.get(path) if door.method == "GET" else browser.post(path, token=token))
        assert (response.status != 403) is is_allowed, (door, response.status)
        assert response.status < 500, (door, response.status)


async def test_a_form_without_this_sessions_token_does_nothing(browser_of, client):
    browser, other = await browser_of("owner"), await browser_of("editor")
    for token in ("", "0" * 64, await other.form_token()):
        response = await browser.post("/people", token=token, name="Eve", password=PASSWORD, role="owner")
        assert response.status == 403
    assert "Eve" not in {member.name for member in await client.app[STAFF].members()}


@pytest.mark.parametrize("path", ["/people", "/sign-in"])
async def test_a_form_of_another_site_is_refused_even_where_its_chat_is_welcome(
    serve, settings, browser_of, client, path
):
    browser = await browser_of("owner")
    page_of_another_site = {"Origin": "https://shop.example", "Accept": "text/html"}
    form = {"form_token": await browser.form_token(), "name": "Eve", "password": PASSWORD, "role": "owner"}
    response = await browser.client.post(f"/console{path}", data=form, headers=page_of_another_site)
    assert response.status == 403
    welcoming = await serve(replace(settings, allowed_origins=("https://shop.example",)))
    response = await welcoming.post(f"/console{path}", data=form, headers=page_of_another_site)
    assert response.status == 403
    assert "another site" in await response.text()


async def test_signing_in_takes_a_new_session_and_ends_the_one_before(browser_of, client):
    browser = await browser_of("viewer")
    [before] = [cookie.value for cookie in browser.client.session.cookie_jar if cookie.key == COOKIE]
    response = await browser.post("/sign-in", name="viewer one", password=PASSWORD)
    cookie = response.cookies[COOKIE]
    assert cookie.value != before
    assert await client.app[STAFF].member_of(before) is None
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/console")


async def test_a_made_up_session_is_nobodys(stranger):
    stranger.client.session.cookie_jar.update_cookies({COOKIE: "chosen-by-an-attacker"})
    assert (await stranger.get("/people")).status == 303
    response = await stranger.get("/people", Accept="application/json")
    assert response.status == 401
    assert (await response.json())["error"]["code"] == "signed_out"


async def test_signing_out_ends_the_session_on_the_server_too(browser_of, client):
    browser = await browser_of("viewer")
    [token] = [cookie.value for cookie in browser.client.session.cookie_jar if cookie.key == COOKIE]
    assert (await browser.post("/sign-out")).status == 303
    assert await client.app[STAFF].member_of(token) is None
    assert (await browser.get("/account")).status == 303


@pytest.mark.parametrize(
    ("proxies", "forwarded", "is_open"),
    [(0, "", True), (1, "https", True), (1, "http", False), (1, "", False), (1, "https, http", False)],
)
async def test_behind_a_proxy_the_way_must_be_encrypted(serve, settings, proxies, forwarded, is_open):
    client = await serve(replace(settings, trusted_proxies=proxies))
    headers = {"X-Forwarded-Proto": forwarded} if forwarded else {}
    response = await client.get(
        "/console/sign-in", headers={"Accept": "text/html", **headers}, allow_redirects=False
    )
    assert (response.status != 403) is is_open
    if not is_open:
        assert "trusted_proxies" in await response.text()


async def test_off_this_machine_the_console_insists_on_encryption(serve, settings):
    client = await serve(replace(settings, host="0.0.0.0", operator_password="p" * 12))
    response = await client.get("/console/sign-in", allow_redirects=False)
    assert response.status == 403


async def test_pages_are_kept_by_nobody_and_framed_by_nobody(serve, settings, browser_of):
    browser = await browser_of("viewer")
    response = await browser.get("/")
    assert response.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_what_people_type_is_shown_as_text(browser_of, client):
    browser = await browser_of("owner")
    name = "<script>alert(1)</script>"
    await browser.post("/people", name=name, password=PASSWORD, role="viewer")
    assert [entry.about for entry in await client.app[AUDIT].entries()][0] == name
    for path in ("/people", "/log"):
        assert "<script>alert" not in await browser.page(path)
        assert "&lt;script&gt;alert" in await browser.page(path)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("/console/people?x=1", "/console/people?x=1"),
        ("https://evil.example/console/", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console/\\evil", "/console/"),
        ("/product/1", "/console/"),
        ("", "/console/"),
    ],
)
def test_signing_in_leads_to_the_console_only(given, taken):
    assert safe_path(given) == taken
