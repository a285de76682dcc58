import json

import pytest

from ecomlm.__main__ import main
from ecomlm.commands.search import filters_of
from ecomlm.search.facts import FactsGatherer
from ecomlm.search.query import understand
from knowledge.store import Store
from tests.ecomlm.search.shop import articles, products


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))
    monkeypatch.setenv("ECOMLM_THREADS", "1")
    return tmp_path


async def fill(home):
    async with await Store.open(f"sqlite+aiosqlite:///{home / 'shop.db'}") as store:
        await store.save([*products(), *articles()], who="test")


@pytest.mark.model
def test_the_shop_is_indexed_and_searched_from_the_command_line(home, capsys):
    import asyncio

    asyncio.run(fill(home))
    assert main(["index"]) == 0
    assert "10 products and 2 articles" in capsys.readouterr().out
    assert main(["index"]) == 0
    assert "up to date" in capsys.readouterr().out
    questions = home / "questions.jsonl"
    questions.write_text(
        '{"id": "a", "query": "waterproof hiking boots under $150"}\n{"id": "b"}\n'
        '{"id": "c", "query": "最便宜的相机"}\n',
        encoding="utf-8",
    )
    results = home / "results.jsonl"
    assert main(["search", "--input", str(questions), "--output", str(results), "--top", "5"]) == 0
    first, second = (json.loads(line) for line in results.read_text(encoding="utf-8").splitlines())
    assert (first["id"], second["id"]) == ("a", "c")
    assert [item["id"] for item in first["products"]] == ["ridge"]
    assert first["filters"]["price"]["high"] == 150
    assert second["products"][0]["id"] == "cam-small"
    assert "line 2: lacks query" in capsys.readouterr().err


def test_without_an_index_the_remedy_is_named(home, capsys):
    questions = home / "questions.jsonl"
    questions.write_text('{"id": 1, "query": "boots"}\n', encoding="utf-8")
    assert main(["search", "--input", str(questions), "--output", str(home / "out.jsonl")]) == 1
    assert "python -m ecomlm index" in capsys.readouterr().err


def test_conditions_are_written_by_kind():
    gatherer = FactsGatherer()
    for product in products():
        gatherer.add(product)
    filters = filters_of(understand("cheapest waterproof boots under $150", gatherer.facts()))
    assert filters["features"] == [{"feature": "waterproof", "wanted": True}]
    assert filters["price"] == {"low": None, "high": 150.0, "currency": "USD"}
    assert filters["superlative"] == {"fact": "price", "order": "lowest"}


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["fly"])
    assert "invalid choice" in capsys.readouterr().err
