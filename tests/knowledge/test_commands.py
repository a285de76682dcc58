"""The command line: what it prints, what it refuses, and that nothing is lost on the way."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.__main__ import main
from knowledge.importers import Options, import_file
from knowledge.importers.ecomlm_format import write_csv
from knowledge.records import Offer, Product, ProductId, Record, Text
from knowledge.store import Store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, with an empty state folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path / "var"))
    monkeypatch.delenv("ECOMLM_DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def filled(home: Path, tiny_catalogue: tuple[Record, ...]) -> Path:
    """The same with the tiny catalogue."""

    async def fill() -> None:
        async with await Store.open(f"sqlite:///{home / 'var' / 'shop.db'}") as store:
            await store.save(tiny_catalogue, who="test")

    asyncio.run(fill())
    return home


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(list(arguments))
    printed = capsys.readouterr()
    return status, printed.out + printed.err


def test_an_empty_shop_says_what_to_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "list", "products") == (
        0,
        "no products yet. Import some: python -m knowledge import FILE, or --sample\n",
    )


def test_a_file_is_imported_and_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "a.csv").write_text("id,Produktname,price\nm1,Becher,5\n")
    arguments = ("import", "a.csv", "--map", "title=Produktname", "--currency", "EUR")
    status, text = _run(capsys, *arguments, "--dry-run")
    assert (status, "dry run: nothing was written" in text, "written: 1" in text) == (0, True, False)
    status, text = _run(capsys, *arguments)
    assert "1 product, 0 variants" in text
    assert "written: 1 created, 0 updated, 0 unchanged" in text
    assert "Becher" in _run(capsys, "list", "products")[1]
    assert "5.00 EUR" in _run(capsys, "list", "products")[1]


def test_a_bad_file_ends_with_status_1(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "a.csv").write_text("id,title,price\n1,Mug,x\n")
    status, text = _run(capsys, "import", "a.csv")
    assert status == 1
    assert text.startswith("error: a.csv: 1 of 1 rows cannot be used, nothing was written")
    assert "Traceback" not in text


def test_every_bad_row_is_written_to_a_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{number},Mug,=1+{number}\n" for number in range(2, 40))
    (home / "a.csv").write_text("id,title,price\n" + rows)
    assert _run(capsys, "import", "a.csv", "--bad-rows", "bad.csv")[0] == 1
    with (home / "bad.csv").open(encoding="utf-8-sig", newline="") as stream:
        bad = list(csv.DictReader(stream))
    assert [(row["line"], row["column"]) for row in bad] == [(str(line), "price") for line in range(2, 40)]
    assert bad[0]["value"] == "'=1+2"  # not a formula where it is opened
    assert bad[0]["remedy"].startswith("write a number")
    assert _run(capsys, "import", "a.csv", "--bad-rows", "bad.csv", "--on-error", "skip")[0] == 0


def test_the_report_tells_prices_by_currency(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "a.csv").write_text("id,商品名称,价格\n1,杯子,￥39\n2,茶壶,￥1299\n3,Mug,5\n", encoding="utf-8")
    text = _run(capsys, "import", "a.csv", "--dry-run")[1]
    assert "prices in CNY: 2 products, 39.00 to 1,299.00" in text
    assert "prices in USD: 1 product, 5.00 to 5.00" in text
    assert "note: 1 price without a currency; USD was taken. To change that: --currency CODE" in text
    (home / "a.csv").write_text("id,商品名称,价格\n1,杯子,￥39\n", encoding="utf-8")
    assert "currency" not in _run(capsys, "import", "a.csv", "--dry-run")[1]


def test_the_sample_shop_is_imported(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "dry run" in _run(capsys, "import", "--sample", "--dry-run")[1]
    assert "created, 0 updated, 0 unchanged" in _run(capsys, "import", "--sample")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import",), "name a file to import, or --sample"),
        (("import", "a.csv", "--sample"), "not both"),
        (("import", "a.csv", "--map", "title"), "write FIELD=COLUMN"),
        (("import", "a.csv", "b.csv", "--bad-rows", "bad.csv"), "import the files one by one"),
        (("import", "a.csv", "--currency", "EURO"), "currency 'EURO' is no ISO 4217 code"),
        (("show", "product", "nothing"), "no product 'nothing'"),
        (("remove", "products"), "name the ids of the products to remove"),
        (("remove", "product", "x", "--all"), "not both"),
        (("remove", "product", "nothing"), "no product 'nothing'"),
        (("export", "a.txt"), "use a name that ends in .csv"),
        (("export", "nowhere/a.csv"), "cannot write nowhere/a.csv"),
        (("--config", "nothing.toml", "list", "products"), "does not exist"),
    ],
)
def test_a_wrong_command_is_explained(
    arguments: tuple[str, ...], message: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = _run(capsys, *arguments)
    assert status == 1
    assert message in text


@pytest.mark.parametrize("arguments", [("list", "things"), ("list", "products", "--limit", "0"), ()])
def test_wrong_arguments_end_with_status_2(arguments: tuple[str, ...], home: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(list(arguments))


def test_a_folder_that_cannot_be_made_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "file").write_text("not a folder")
    monkeypatch.setenv("ECOMLM_HOME", str(home / "file" / "var"))
    status, text = _run(capsys, "list", "products")
    assert status == 1
    assert re.search(r"cannot use the database sqlite:///.*file/var/shop.db: .*can be written to", text)


def test_a_file_that_is_no_database_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "var").mkdir()
    (home / "var" / "shop.db").write_text("id,title\n" * 500)
    status, text = _run(capsys, "list", "products")
    assert status == 1
    assert "shop.db: file is not a database. Check" in text


def test_lists_can_be_searched_and_limited(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "(2 of 5; more with --limit" in _run(capsys, "list", "products", "--limit", "2")[1]
    assert "双人帐篷" not in _run(capsys, "list", "products", "--search", "固态")[1]
    assert "drive" in _run(capsys, "list", "products", "--search", "固态")[1]
    assert "(1 of 5 hold '固态')" in _run(capsys, "list", "products", "--search", "固态")[1]
    assert "none of the 5 products holds 'sofa'" in _run(capsys, "list", "products", "--search", "sofa")[1]
    for kind, shown in (
        ("orders", "W1001"),
        ("customers", "ann"),
        ("reviews", "boot-1"),
        ("articles", "returns"),
    ):
        assert shown in _run(capsys, "list", kind)[1]


def test_a_record_is_shown_with_its_history(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "防水登山鞋" in _run(capsys, "show", "product", "boot")[1]
    assert "4 records removed" not in _run(capsys, "remove", "product", "tent")[1]
    status, text = _run(capsys, "show", "product", "tent", "--history")
    assert status == 0
    assert "created" in text
    assert "removed" in text


def test_the_history_names_each_value_that_changed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for price, material in (("5", "钢"), ("7", "陶瓷")):
        (home / "a.csv").write_text(f"id,商品名称,价格,材质\n1,杯子,￥{price},{material}\n", encoding="utf-8")
        _run(capsys, "import", "a.csv")
    text = _run(capsys, "show", "product", "1", "--history")[1]
    assert "  offer.price.amount: 5.00 -> 7.00\n" in text
    assert "  attributes[material].value: 钢 -> 陶瓷\n" in text
    assert "currency: CNY ->" not in text


def test_everything_is_removed_when_asked(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "remove", "products", "--all") == (0, "8 records removed\n")


def test_every_record_survives_export_and_import(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "15 records written to all.jsonl" in _run(capsys, "export", "all.jsonl")[1]
    assert "0 created, 0 updated, 15 unchanged" in _run(capsys, "import", "all.jsonl")[1]
    for kind in ("orders", "customers", "articles", "products"):
        _run(capsys, "remove", kind, "--all")
    assert "15 created, 0 updated, 0 unchanged" in _run(capsys, "import", "all.jsonl")[1]
    assert [path.name for path in filled.iterdir() if "partial" in path.name] == []


def test_products_survive_export_to_csv_and_import(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "5 records written to p.csv" in _run(capsys, "export", "p.csv")[1]
    assert "0 created, 0 updated, 5 unchanged" in _run(capsys, "import", "p.csv")[1]


async def test_no_cell_of_an_exported_csv_is_a_formula(store: Store, tmp_path: Path) -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "=cmd|'/c calc'!A0", "plain"]
    products = [
        Product(ProductId(f"p{number}"), Text(title), tags=(title,), offer=Offer(stock=number))
        for number, title in enumerate(evil)
    ]
    await store.save(products, who="test")
    stream = io.StringIO()
    await write_csv(store.each_product(), stream)
    cells = [cell for row in csv.reader(io.StringIO(stream.getvalue())) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    path = tmp_path / "p.csv"
    path.write_text(stream.getvalue(), encoding="utf-8")
    report = await import_file(store, path, Options())
    assert report.changes is not None
    assert report.changes.unchanged == len(evil)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "product", "record": {"id": "1"}}\n', "line 1, record: .*this is not a product record"),
        (
            '{"kind": "product", "record": {"id": "1", "title": {"en": "T"}}}\n'
            '{"kind": "sofa", "record": {}}\n',
            "line 2, kind: 'sofa' is no kind of record",
        ),
    ],
)
def test_a_changed_export_is_refused(
    text: str, message: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "all.jsonl").write_text(text)
    status, printed = _run(capsys, "import", "all.jsonl")
    assert status == 1

    assert re.search(message, printed)


def test_a_changed_cell_of_an_export_is_refused(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(capsys, "export", "p.csv")
    text = (filled / "p.csv").read_text(encoding="utf-8-sig").replace('[{""', '[[[{""')
    (filled / "p.csv").write_text(text, encoding="utf-8")
    assert "a cell was changed and is no longer readable" in _run(capsys, "import", "p.csv")[1]


_INTERRUPTED = """
import os, runpy, signal, sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
sys.meta_path.insert(0, Interrupts())
sys.argv[1:] = ["import", "--sample"]
runpy.run_module("knowledge", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("module", ["sqlalchemy", "knowledge.sample.load"])
def test_a_stop_while_modules_load_ends_with_one_line_and_changes_nothing(home: Path, module: str) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "ECOMLM_HOME": str(home / "var")}
    code = _INTERRUPTED.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=home, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "stopped; what was under way was not written\n"
    assert main(["list", "products"]) == 0
