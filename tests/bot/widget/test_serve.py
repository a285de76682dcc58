import gzip
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.widget import serve
from bot.widget.serve import PARTS, SOURCE, bundle

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    serve.setup(app)
    async with TestClient(TestServer(app), auto_decompress=False) as opened:
        yield opened


def test_the_widget_is_light():
    assert len(bundle().compressed) <= 30_000


def test_every_part_is_in_the_bundle():
    assert sorted(PARTS) == sorted(path.name for path in SOURCE.glob("*.js"))


def test_data_can_not_become_markup():
    script = bundle().text.decode()
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "DOMParser",
    ):
        assert sink not in script, sink
    assert not re.search(r"setAttribute\(\s*[\"']style", script)


def test_no_address_of_anybody_else_is_in_it():
    found = set(re.findall(r"https?://[^\s\"'`)]+", bundle().text.decode()))
    assert found == {"http://www.w3.org/2000/svg"}


def test_both_languages_say_the_same_things():
    words = (SOURCE / "words.js").read_text(encoding="utf-8")
    english, chinese = words[words.index("  en: {") : words.index("  zh: {")], words[words.index("  zh: {") :]
    keys = [re.findall(r"^    (\w+):", part, re.MULTILINE) for part in (english, chinese)]
    assert keys[0] == keys[1]
    assert len(keys[0]) > 40


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node to check the syntax with")
def test_the_script_is_valid(tmp_path: Path):
    path = tmp_path / "widget.js"
    path.write_bytes(bundle().text)
    subprocess.run(["node", "--check", str(path)], check=True, timeout=60)


async def test_it_is_sent_compressed_where_that_is_understood(client: Client):
    response = await client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await response.read()) == bundle().text
    plain = await client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert await plain.read() == bundle().text
    assert plain.content_type == "text/javascript"


async def test_an_unchanged_script_is_not_sent_again(client: Client):
    first = await client.get("/widget.js")
    again = await client.get("/widget.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


async def test_a_versioned_address_never_changes_its_content(client: Client):
    response = await client.get(f"/widget-{bundle().version}.js")
    assert "immutable" in response.headers["Cache-Control"]
    assert (await client.get("/widget-0123456789abcdef.js")).status == 404
