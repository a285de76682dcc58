"""`python -m ecomlm answer`: what it reads and writes, and what it says of bad lines."""

from __future__ import annotations

import argparse
import json
from contextlib import asynccontextmanager

import pytest

from ecomlm.answer import Answerer
from ecomlm.commands import answer
from ecomlm.settings import Settings
from tests.ecomlm.test_answer import ScriptedEngine, WordRanker

EVIDENCE = [
    {"source": "review", "text": "The strap broke."},
    {"source": "cqa", "text": "the guarantee is five years on all parts"},
    {"source": "attribute", "text": 'colour: { value:"red" }'},
]


@pytest.fixture
def run(tmp_path, tiny_store, monkeypatch):
    """Answer rows with a scripted engine; return the results."""

    @asynccontextmanager
    async def opened(settings):
        yield tiny_store, Answerer(ScriptedEngine("The guarantee is five years."), WordRanker())

    monkeypatch.setattr(answer, "_opened", opened)

    async def run_rows(*rows):
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        options = argparse.Namespace(input=source, output=target)
        status = await answer.run(Settings(home=tmp_path), options)
        return status, [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]

    return run_rows


async def test_an_answer_comes_with_its_ranking_and_citation(run):
    row = {"id": "a", "question": "how long is the guarantee?", "title": "Bag", "evidence": EVIDENCE}
    status, (result,) = await run(row)
    assert status == 0
    assert result["id"] == "a"
    assert result["answer"] == "The guarantee is five years."
    assert not result["abstained"]
    assert result["ranking"][0] == 1
    assert sorted(result["ranking"]) == [0, 1, 2]
    assert len(result["scores"]) == 3
    assert result["cited"] == [1]


async def test_no_evidence_means_no_answer(run):
    _, (result,) = await run({"id": "a", "question": "is it loud?", "title": "Bag", "evidence": []})
    assert result["abstained"]


async def test_a_product_of_the_shop_answers_from_its_record(run, tiny_catalogue):
    product = tiny_catalogue[0]
    _, (result,) = await run({"id": "a", "question": "what does it cost?", "product_id": product.id})
    assert result["evidence"][0] == f"product:{product.id}#title"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "b", "question": "why?", "title": "Bag"}, "needs 'product_id'"),
        ({"id": "b", "question": "why?", "title": "Bag", "evidence": ["text"]}, "evidence 0"),
        ({"id": "b", "question": "why?", "evidence": [{"source": "rumour", "text": "x"}]}, "'rumour'"),
        ({"id": "b", "question": "why?", "product_id": "nobody"}, "nobody"),
        ({"id": "b", "question": 7, "evidence": []}, "'question' is 7"),
    ],
)
async def test_a_bad_line_is_named_and_the_rest_is_answered(run, capsys, row, told):
    good = {"id": "a", "question": "how long is the guarantee?", "title": "Bag", "evidence": EVIDENCE}
    status, results = await run(row, good)
    assert status == 0
    assert [result["id"] for result in results] == ["a"]
    error = capsys.readouterr().err
    assert "line 1" in error
    assert told in error
