"""A console over the small shop, and browsers of its people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient

from bot.console.session import FORM_TOKEN
from bot.console.staff import Role
from bot.keys import STAFF
from tests.bot.conftest import ChatClient

PASSWORD = "correct horse battery"
_TOKEN = re.compile(r'name="form-token" content="([0-9a-f]*)"')


@dataclass
class Browser:
    """Somebody's browser at the console: keeps cookies, sends the form's token as a page would."""

    client: ChatClient

    async def get(self, path: str, **headers: str) -> ClientResponse:
        as_asked = {"Accept": "text/html", **headers}
        return await self.client.get(f"/console{path}", headers=as_asked, allow_redirects=False)

    async def page(self, path: str, language: str = "en") -> str:
        response = await self.get(path, **{"Accept-Language": language})
        assert response.status == 200, (path, response.status, await response.text())
        return await response.text()

    async def post(self, path: str, *, token: str | None = None, **fields: str) -> ClientResponse:
        given = await self.form_token() if token is None else token
        form = {FORM_TOKEN: given, **fields}
        as_asked = {"Accept": "text/html"}
        return await self.client.post(f"/console{path}", data=form, headers=as_asked, allow_redirects=False)

    async def form_token(self) -> str:
        response = await self.client.get("/console/account", allow_redirects=False)
        found = _TOKEN.search(await response.text())
        return found[1] if found else ""


@pytest.fixture
async def new_browser(client: ChatClient) -> AsyncIterator[Callable[[], Browser]]:
    """Open a browser that knows nothing yet."""
    opened: list[Browser] = []

    def start() -> Browser:
        opened.append(Browser(TestClient(client.server, cookie_jar=CookieJar(unsafe=True))))
        return opened[-1]

    yield start
    for browser in opened:
        await browser.client.session.close()


@pytest.fixture
def browser_of(
    client: ChatClient, new_browser: Callable[[], Browser]
) -> Callable[[Role], Awaitable[Browser]]:
    """Sign in as somebody with that role, in a browser of their own."""

    async def sign_in(role: Role) -> Browser:
        name = f"{role} one"
        await client.app[STAFF].add(name, PASSWORD, role, who="test")
        browser = new_browser()
        response = await browser.post("/sign-in", token="", name=name, password=PASSWORD)
        assert response.status == 303, await response.text()
        return browser

    return sign_in


@pytest.fixture
async def stranger(new_browser: Callable[[], Browser]) -> Browser:
    """A browser of somebody who is not signed in."""
    return new_browser()
