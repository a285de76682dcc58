import json

import pytest

from ecomlm.__main__ import main
from tests.ecomlm.recommend.shop import HISTORIES, ITEMS


def write(path, rows):
    path.write_text(
        "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8"
    )
    return str(path)


@pytest.fixture
def files(tmp_path):
    items = [{"id": n, "title": item.title, "brand": item.brand} for n, item in enumerate(ITEMS)]
    numbers = {item.id: n for n, item in enumerate(ITEMS)}
    histories = [{"id": n, "history": [numbers[id] for id in ids]} for n, ids in enumerate(HISTORIES)]
    return items, histories, numbers, tmp_path / "output.jsonl"


def recommend(tmp_path, output, items, histories, asked, *more):
    return main([
        "recommend", "--items", write(tmp_path / "items.jsonl", items),
        "--histories", write(tmp_path / "histories.jsonl", histories),
        "--input", write(tmp_path / "input.jsonl", asked), "--output", str(output), *more,
    ])  # fmt: skip


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_line_gets_products_with_scores_and_reasons_in_its_order(tmp_path, files):
    items, histories, numbers, output = files
    asked = [{"id": "b", "history": [numbers["tent"]]}, {"id": 1, "history": []}]
    assert recommend(tmp_path, output, items, histories, asked, "--top", "3") == 0
    found = rows(output)
    assert [row["id"] for row in found] == ["b", 1]
    for row in found:
        assert len(row["items"]) == 3
        assert all(item["reason"] and isinstance(item["id"], int) for item in row["items"])
        assert sorted(row["items"], key=lambda item: -item["score"]) == row["items"]


def test_the_reason_can_be_asked_for_in_chinese(tmp_path, files):
    items, histories, numbers, output = files
    asked = [{"id": "a", "history": [numbers["tent"]], "language": "zh"}]
    recommend(tmp_path, output, items, histories, asked)
    pegs = next(item for item in rows(output)[0]["items"] if item["id"] == numbers["pegs"])
    assert pegs["reason"].startswith("3位选了")


def test_what_is_sold_out_is_not_suggested(tmp_path, files):
    items, histories, numbers, output = files
    items[numbers["pegs"]]["in_stock"] = False
    recommend(tmp_path, output, items, histories, [{"id": "a", "history": [numbers["tent"]]}])
    assert numbers["pegs"] not in [item["id"] for item in rows(output)[0]["items"]]


def test_bad_lines_are_named_and_the_others_done(tmp_path, files, capsys):
    items, histories, _, output = files
    asked = [{"id": "a", "history": "tent"}, "{", {"id": "c"}, {"id": "d", "history": ["no such product"]}]
    bad_items = [*items, {"title": "without id"}]
    assert recommend(tmp_path, output, bad_items, [*histories, {"id": 9, "history": 3}], asked) == 0
    assert [row["id"] for row in rows(output)] == ["d"]
    told = capsys.readouterr().err
    for part in ("line 1: 'history' is", "line 2: not JSON", "line 3: lacks history", "items.jsonl, line 7"):
        assert part in told
    assert "histories.jsonl, history 7" in told


def test_a_missing_file_is_named(tmp_path, files, capsys):
    items, histories, _, output = files
    arguments = ["recommend", "--items", str(tmp_path / "none.jsonl"), "--histories", "x", "--input", "y"]
    assert main([*arguments, "--output", str(output)]) == 1
    assert "none.jsonl' cannot be read" in capsys.readouterr().err


def test_a_file_without_products_is_refused(tmp_path, files, capsys):
    assert recommend(tmp_path, files[3], [], [], [{"id": 1, "history": []}]) == 1
    assert "holds no product" in capsys.readouterr().err
