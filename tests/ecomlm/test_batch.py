import io
import json

import pytest

from ecomlm.batch import LineInvalid, parse_line, run_batch, text_of

LINES = [
    '{"id": 1, "query": "boots"}',
    "not json",
    "",
    '{"id": 2}',
    "[1, 2]",
    '{"id": "d", "query": 7}',
    '{"id": "x", "query": "防水"}',
]


async def upper(row):
    return {"text": text_of(row, "query").upper()}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


async def test_order_and_ids_are_kept_and_bad_lines_left_out(source, tmp_path):
    target = tmp_path / "out" / "out.jsonl"
    report = await run_batch(source, target, upper, required=("query",))
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert rows == [{"id": 1, "text": "BOOTS"}, {"id": "x", "text": "防水"}]
    assert [number for number, _ in report.faults] == [2, 4, 5, 6]
    assert report.exit_status == 0


async def test_bad_lines_are_reported_with_their_number(source, tmp_path, capsys):
    await run_batch(source, tmp_path / "out.jsonl", upper, required=("query",))
    said = capsys.readouterr().err
    assert "line 2: not JSON" in said
    assert "line 4: lacks query; it has id" in said
    assert "line 6: 'query' is 7, not a text" in said
    assert "4 bad lines left out" in said


async def test_nothing_but_bad_lines_is_a_failure(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    assert (await run_batch(path, tmp_path / "out.jsonl", upper)).exit_status == 1


async def test_a_missing_input_is_named(tmp_path):
    with pytest.raises(LineInvalid, match="absent.jsonl"):
        await run_batch(tmp_path / "absent.jsonl", tmp_path / "out.jsonl", upper)


async def test_standard_streams_can_be_used(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 1, "query": "a"}\n'))
    from pathlib import Path

    await run_batch(Path("-"), Path("-"), upper, required=("query",))
    assert json.loads(capsys.readouterr().out) == {"id": 1, "text": "A"}


def test_a_line_that_is_no_object_is_refused():
    with pytest.raises(LineInvalid, match="not a JSON object"):
        parse_line("3", ())
