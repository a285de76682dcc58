"""Importing through the console: what comes in, what is refused, the dry run, writing, one at a time."""

from __future__ import annotations

import asyncio
import fcntl
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import FormData

from bot.console.imports import KEPT, RUNNING, ImportInvalid, Imports, Reading, Standing, safe_name
from bot.keys import SEARCH, STORE
from knowledge.errors import RecordNotFound
from knowledge.settings import KnowledgeSettings
from knowledge.store import Store
from tests.bot.console.forms import form_of, send

LIMIT = 1_000_000
GOOD = "id,title,price,currency\nmug,Zephyrine mug,12.50,EUR\n"
BAD = "id,title,price\nmug,Mug,12.50\nbowl,,3\ncup,\"=cmd|' /C calc'!A0\",-4\n"
_WAITS, _STEP = 1800, 0.1


async def in_parts(content: str | bytes) -> AsyncIterator[bytes]:
    data = content.encode() if isinstance(content, str) else content
    for start in range(0, len(data), 100_000):
        yield data[start : start + 100_000]


async def ended(imports: Imports, id: str) -> Standing:
    for _ in range(_WAITS):
        if (standing := imports.standing(id)).state not in RUNNING:
            return standing
        await asyncio.sleep(_STEP)
    raise AssertionError("the import did not end")


@pytest.fixture
def home(tmp_path: Path) -> KnowledgeSettings:
    return KnowledgeSettings(home=tmp_path)


@pytest.fixture
def imports(home: KnowledgeSettings) -> Imports:
    return Imports(home, LIMIT)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/absolute/products.csv", "products.csv"),
        ("..", "upload"),
        (".", "upload"),
        ("", "upload"),
        ("--dry-run", "dry-run"),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\n.csv", "ab.csv"),
        ("商品 表.csv", "商品 表.csv"),
        ("\ud800.csv", "csv"),
        ("x" * 300 + ".csv", "x" * 96 + ".csv"),
    ],
)
def test_a_files_name_leads_to_no_other_folder(given, kept):
    assert safe_name(given) == kept


async def test_a_file_lies_below_home_whatever_it_is_called(imports, home):
    job = await imports.receive("../../../evil.csv", in_parts(GOOD), who="Mei")
    [found] = [path for path in home.home.rglob("*.csv")]
    assert found == home.home / "imports" / job.id / "file" / "evil.csv"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"x" * (LIMIT + 1), "too_large"), (b"", "empty_file")], ids=["large", "empty"]
)
async def test_an_unusable_upload_leaves_nothing_behind(imports, home, content, reason):
    with pytest.raises(ImportInvalid, match=reason):
        await imports.receive("a.csv", in_parts(content), who="Mei")
    assert not [path for path in home.home.rglob("*") if path.is_file()]


async def test_a_browser_that_goes_away_leaves_nothing_behind(imports, home):
    async def broken() -> AsyncIterator[bytes]:
        yield b"id,title"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await imports.receive("a.csv", broken(), who="Mei")
    assert not [path for path in home.home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("id", ["", "..", "../..", "0" * 16, "x" * 16, "0" * 15 + "/"])
def test_an_import_that_is_none_is_not_found(imports, id):
    with pytest.raises(RecordNotFound):
        imports.standing(id)


def test_only_the_last_imports_are_kept(imports, home):
    async def take() -> None:
        for number in range(KEPT + 3):
            await imports.receive(f"{number}.csv", in_parts(GOOD), who="Mei")

    asyncio.run(take())
    assert [standing.job.name for standing in imports.recent()] == [
        f"{number}.csv" for number in range(KEPT + 2, 2, -1)
    ]


async def test_a_dry_run_then_the_same_file_is_written(imports, home):
    job = await imports.receive("products.csv", in_parts(GOOD), who="Mei")
    with pytest.raises(ImportInvalid, match="not_checked"):
        imports.start(job.id, "write")
    imports.start(job.id, "check", Reading())
    standing = await ended(imports, job.id)
    assert standing.state == "checked"
    assert standing.report
    assert standing.report["prices"]["EUR"]["lowest"] == "12.50"
    async with await Store.open(home) as store:
        assert await store.count("product") == 0
        imports.start(job.id, "write")
        standing = await ended(Imports(home, LIMIT), job.id)  # as after a restart of the server
        assert standing.state == "done"
        [created] = await store.history("product", "mug")
        assert created.who == "Mei (import products.csv)"
    assert not (home.home / "imports" / job.id / "file").exists()
    with pytest.raises(ImportInvalid, match=r"not_checked|done_already"):
        imports.start(job.id, "write")


async def test_bad_rows_are_named_and_left_out_when_asked(imports, home):
    job = await imports.receive("products.csv", in_parts(BAD), who="Mei")
    imports.start(job.id, "check", Reading())
    standing = await ended(imports, job.id)
    assert standing.state == "refused"
    assert standing.report
    assert [(row["line"], row["column"]) for row in standing.report["bad_rows"]] == [
        (3, "title"),
        (4, "price"),
    ]
    assert "'-4" in imports.bad_rows(job.id).read_text(encoding="utf-8-sig")
    with pytest.raises(ImportInvalid, match="not_checked"):
        imports.start(job.id, "write")
    imports.start(job.id, "check", Reading.read({"on_error": "skip", "currency": "cny"}))
    standing = await ended(imports, job.id)
    assert standing.state == "checked"
    imports.start(job.id, "write")
    assert (await ended(imports, job.id)).state == "done"
    async with await Store.open(home) as store:
        [mug] = await store.products()
        assert mug.offer.price
        assert mug.offer.price.currency == "CNY"


async def test_a_file_that_is_none_fails_with_what_to_do(imports):
    job = await imports.receive("picture.csv", in_parts(b"\x89PNG\r\n\x1a\n" + bytes(100)), who="Mei")
    imports.start(job.id, "check")
    standing = await ended(imports, job.id)
    assert standing.state == "failed"
    assert "a picture" in standing.fault


async def test_one_import_runs_at_a_time(imports, home):
    first, second = [await imports.receive("a.csv", in_parts(GOOD), who="Mei") for _ in range(2)]
    with (home.home / "imports" / ".lock").open("w") as lock:
        lock.write(first.id)
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ImportInvalid, match="busy"):
            imports.start(second.id, "check")
        assert imports.standing(second.id).state == "received"


async def test_an_import_that_was_broken_off_says_so_and_can_be_checked_again(imports, home):
    job = await imports.receive("a.csv", in_parts(GOOD), who="Mei")
    path = home.home / "imports" / job.id / "job.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"run": "check"}))
    standing = imports.standing(job.id)
    assert (standing.state, standing.fault) == ("failed", "")
    imports.start(job.id, "check")
    assert (await ended(imports, job.id)).state == "checked"


def test_progress_is_shown_while_it_runs(imports, home):
    job = asyncio.run(imports.receive("a.csv", in_parts(GOOD), who="Mei"))
    folder = home.home / "imports"
    (folder / job.id / "job.json").write_text(
        json.dumps(json.loads((folder / job.id / "job.json").read_text()) | {"run": "write"})
    )
    (folder / job.id / "write.progress").write_text('{"step": "writing", "done": 5, "total": 10}')
    with (folder / ".lock").open("w") as lock:
        lock.write(job.id)
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        standing = imports.standing(job.id)
    assert (standing.state, standing.progress["done"]) == ("writing", 5)


def test_a_currency_that_is_none_is_refused():
    with pytest.raises(ImportInvalid, match="bad_currency"):
        Reading.read({"currency": "XQZ"})
    assert Reading.read({"on_error": "explode", "price_unit": "?", "language": "fr"}) == Reading()


async def upload(browser, content: str, name: str = "products.csv", *, token: str | None = "", **fields: str):
    form = FormData(quote_fields=False)
    if token is not None:
        form.add_field("form_token", token or await browser.form_token())
    for key, value in fields.items():
        form.add_field(key, value)
    form.add_field("file", io.BytesIO(content.encode()), filename=name, content_type="text/csv")
    return await browser.client.post(
        "/console/import", data=form, headers={"Accept": "text/html"}, allow_redirects=False
    )


async def state(browser, path: str) -> str:
    for _ in range(_WAITS):
        told = await (await browser.get(f"{path}/progress")).json()
        if not told["is_running"]:
            return str(told["state"])
        await asyncio.sleep(_STEP)
    raise AssertionError("the import did not end")


async def test_a_file_is_checked_on_the_page_then_written_and_found(browser_of, client):
    browser = await browser_of("editor")
    response = await upload(browser, GOOD, "../<b>shop</b>.csv")
    path = response.headers["Location"].removeprefix("/console")
    assert await state(browser, path) == "checked"
    page = await browser.page(path)
    assert "b&gt;.csv" in page
    assert "12.50" in page
    response = await send(browser, f"{path}/write", form_of(page, f"{path}/write"))
    assert response.headers["Location"].endswith(path)
    assert await state(browser, path) == "done"
    assert "1</b> created" in await browser.page(path)
    assert path in await browser.page("/import")
    await client.app[SEARCH].refresh()
    hits = (await client.app[SEARCH].products("zephyrine mug")).hits
    assert hits[0].product.id == "mug"


async def test_bad_rows_stand_on_the_page_and_in_a_file_that_no_spreadsheet_runs(browser_of, client):
    browser = await browser_of("editor")
    path = (await upload(browser, BAD)).headers["Location"].removeprefix("/console")
    assert await state(browser, path) == "refused"
    page = await browser.page(path)
    assert re.search(r"<td[^>]*>3</td><td>title</td>", page)
    assert f"{path}/write" not in page
    response = await browser.get(f"{path}/bad-rows.csv")
    assert "attachment" in response.headers["Content-Disposition"]
    assert not re.search(r"(^|,)[=+@-]", (await response.text()).lstrip("\ufeff"), re.MULTILINE)
    assert await client.app[STORE].count("product") == 5


@pytest.mark.parametrize("token", [None, "0" * 64])
async def test_an_upload_without_this_sessions_token_in_front_is_refused(browser_of, client, token):
    browser = await browser_of("editor")
    response = await upload(browser, GOOD, token=token)
    assert response.status == 403
    assert "Nothing was imported" in await browser.page("/import")


async def test_the_script_sends_the_token_in_the_header(browser_of):
    browser = await browser_of("editor")
    form = FormData()
    form.add_field("form_token", "whatever")
    form.add_field("file", b"id,title\n1,Mug\n", filename="a.csv")
    headers = {"X-Form-Token": await browser.form_token(), "Accept": "application/json"}
    response = await browser.client.post("/console/import", data=form, headers=headers, allow_redirects=False)
    assert response.status == 303
    assert await state(browser, response.headers["Location"].removeprefix("/console")) == "checked"


async def test_uploads_that_cannot_be_say_why(browser_of):
    browser = await browser_of("editor")
    assert (await browser.post("/import", file="no file")).status == 400
    assert "The file is empty" in await (await upload(browser, "")).text()
    assert "no currency" in await (await upload(browser, GOOD, currency="XQZ")).text()


async def test_a_file_over_the_limit_is_refused_with_the_setting_to_raise(serve, settings):
    from bot.keys import STAFF
    from tests.bot.console.conftest import PASSWORD, Browser

    client = await serve(replace(settings, max_import_megabytes=1))
    await client.app[STAFF].add("Mei", PASSWORD, "editor", who="test")
    browser = Browser(client)
    await browser.post("/sign-in", token="", name="Mei", password=PASSWORD)
    for size in (1_050_000, 2_000_000):
        response = await upload(browser, "x" * size)
        assert response.status == 413
        assert "max_import_megabytes" in await response.text()
    assert not [path for path in (settings.home / "imports").rglob("*") if path.is_file()]
