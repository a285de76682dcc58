import io
import json

import pytest

from ecomlm.batch import LineInvalid, parse_line, run_batch, text_of, written_ids

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


def rows(count, id="r"):
    return [json.dumps({"id": f"{id}{number}", "query": f"q{number}"}) for number in range(count)]


async def resumed(tmp_path, lines, written):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    target.write_bytes(written)
    report = await run_batch(source, target, upper, resume=True)
    return report, [line for line in target.read_text(encoding="utf-8").splitlines() if line]


async def test_a_blank_line_of_the_output_loses_nothing(tmp_path):
    written = b'{"id": "r0", "text": "mine"}\n\n{"id": "r1", "text": "mine"}\n'
    report, told = await resumed(tmp_path, rows(3), written)
    assert [json.loads(line)["text"] for line in told] == ["mine", "mine", "Q2"]
    assert (report.done, report.kept) == (1, 2)


async def test_a_last_line_that_was_cut_off_is_done_again(tmp_path):
    for cut in (
        b'{"id": "r1", "te',
        b'{"id": "r1", "text": "whole but not ended"}',
        '{"id": "茶'.encode()[:-1],
    ):
        _, told = await resumed(tmp_path, rows(2), b'{"id": "r0", "text": "mine"}\n' + cut)
        assert [json.loads(line)["text"] for line in told] == ["mine", "Q1"]


@pytest.mark.parametrize("odd", [b"name,price\n", b"[1]\n", b'{"text": "no id"}\n', b"\xff\xfe\n"])
async def test_a_file_that_is_no_output_is_named_and_left_alone(tmp_path, odd):
    written = b'{"id": "r0"}\n' + odd + b'{"id": "r1"}\n{"id": '
    with pytest.raises(LineInvalid, match=r"out\.jsonl.*line 2 .*another output"):
        await resumed(tmp_path, rows(3), written)
    assert (tmp_path / "out.jsonl").read_bytes() == written


async def test_a_whole_output_is_not_opened_for_writing(tmp_path):
    target = tmp_path / "out.jsonl"
    target.write_bytes(b'{"id": "r0"}\n')
    opened = []
    before = type(target).open

    def noting(self, mode="r", *more, **options):
        opened.append(mode)
        return before(self, mode, *more, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(target), "open", noting)
        assert written_ids(target) == {"r0": 1}
    assert opened == ["rb"]


async def test_lines_that_share_an_id_are_each_done_once(tmp_path):
    lines = [*rows(1), '{"id": "r0", "query": "again"}', '{"id": "r0", "query": "third"}']
    report, told = await resumed(tmp_path, lines, b'{"id": "r0", "text": "Q0"}\n')
    assert [json.loads(line)["text"] for line in told] == ["Q0", "AGAIN", "THIRD"]
    assert (report.done, report.kept) == (2, 1)


async def test_bad_lines_beside_kept_ones_are_no_failure(tmp_path):
    report, _ = await resumed(tmp_path, [*rows(1), "{"], b'{"id": "r0"}\n')
    assert (report.faults[0][0], report.exit_status) == (2, 0)
    report, _ = await resumed(tmp_path, ["{"], b'{"id": "r0"}\n')
    assert report.exit_status == 1
