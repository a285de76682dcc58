"""`python -m ecomlm write`: lines in, drafts out, bad lines named, work taken up again."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ecomlm.__main__ import main
from ecomlm.commands.write import shown
from ecomlm.copywriting.check import Claim
from ecomlm.copywriting.kinds import Piece
from ecomlm.copywriting.writer import Draft, Rejected
from ecomlm.settings import Settings
from knowledge.records import Text
from knowledge.store import Store
from tests.ecomlm.copywriting.shop import BAG, BARE, HOSTILE

INLINE = {
    "id": "inline",
    "title": "Ferrant Ledger Backpack",
    "brand": "Ferrant",
    "attributes": {"weight": {"value": 990, "unit": "g"}, "capacity": "24 l", "material": "nylon"},
}


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(home: Path, rows: list[object], *more: str, kind: str = "description") -> list[dict]:
    source, target = home / "in.jsonl", home / "out.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ["--kind", kind, "--input", str(source), "--output", str(target), "--no-model", *more]
    assert main(["write", *options]) == 0
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def test_a_product_in_the_line_is_written_about(home) -> None:
    (draft,) = write(home, [INLINE])
    assert draft["id"] == "inline"
    assert draft["status"] == "draft"
    assert draft["claims"]
    assert all(claim["is_supported"] for claim in draft["claims"])
    assert all(part["columns"] <= part["limit"] for part in draft["parts"])


def test_both_languages_can_be_asked_for_line_by_line(home) -> None:
    titled = INLINE | {"title": {"en": "Ferrant Ledger Backpack", "zh": "Ferrant 账本双肩包"}}
    drafts = write(home, [titled | {"id": "a"}, titled | {"id": "b", "language": "zh"}], kind="title")
    assert [draft["language"] for draft in drafts] == ["en", "zh"]
    assert "账本" in drafts[1]["text"]


def test_a_bad_line_is_named_and_the_rest_is_done(home, capsys) -> None:
    rows = [{"id": "nothing"}, "{", INLINE | {"language": "fr"}, INLINE | {"attributes": 3}, INLINE]
    assert [draft["id"] for draft in write(home, rows)] == ["inline"]
    told = capsys.readouterr().err
    for part in ("line 1: ", "line 2: not JSON", "line 3: 'language' is 'fr'", "line 4: 'attributes' is 3"):
        assert part in told


def test_the_same_work_is_taken_up_where_it_ended(home) -> None:
    rows = [INLINE | {"id": str(number)} for number in range(4)]
    whole = write(home, rows)
    kept = (home / "out.jsonl").read_text(encoding="utf-8").splitlines()
    cut = [kept[0], kept[1][:40]]
    (home / "out.jsonl").write_text("\n".join(cut), encoding="utf-8")
    again = write(home, rows, "--resume")
    assert [draft["id"] for draft in again] == ["0", "1", "2", "3"]
    assert again == whole


def test_a_bad_voice_file_stops_before_anything_is_written(home, capsys) -> None:
    voice = home / "voice.toml"
    voice.write_text('tone = "loud"', encoding="utf-8")
    (home / "in.jsonl").write_text(json.dumps(INLINE), encoding="utf-8")
    options = ["--kind", "title", "--input", str(home / "in.jsonl"), "--output", str(home / "o.jsonl")]
    assert main(["write", *options, "--no-model", "--voice", str(voice)]) == 1
    assert "tone is 'loud'" in capsys.readouterr().err
    assert not (home / "o.jsonl").exists()


@pytest.mark.parametrize("chosen", [[], ["--input", "a", "--department", "b"]])
def test_one_source_is_needed(home, chosen, capsys) -> None:
    assert main(["write", "--kind", "title", "--output", "o", "--no-model", *chosen]) == 1
    assert "either --input FILE or --department NAME" in capsys.readouterr().err


def test_claims_are_shown_green_and_what_was_kept_out_red(home, capsys) -> None:
    write(home, [INLINE], "--show")
    told = capsys.readouterr().err
    assert "\033[32m" in told
    assert "[" + "Ferrant" not in told


def test_marks_do_not_nest_and_what_was_kept_out_is_red() -> None:
    texts = ("weighs 990 g", "990 g", "holds 24 l")
    claims = tuple(Claim(text, "fact", True, "attribute.weight") for text in texts)
    rejected = Rejected("It weighs 480 g.", (Claim("480 g", "number", False),), ("says 'it'",))
    pieces = (Piece("text", "It weighs 990 g and holds 24 l. Again: 990 g."),)
    told = shown(Draft("bag", "description", "en", pieces, claims, "record", (rejected,))).splitlines()
    green, red, plain = "\033[32m", "\033[31m", "\033[0m"
    assert told[1] == (
        f"It {green}weighs 990 g{plain} and {green}holds 24 l{plain}. Again: {green}990 g{plain}."
    )
    assert told[2] == f"{red}kept out It weighs 480 g.{plain} (number: 480 g; says 'it')"


async def written(home: Path, capsys: pytest.CaptureFixture[str], name: str) -> list[dict]:
    """Fill a shop, run a department; the command has a loop of its own, in a thread."""
    async with await Store.open(Settings(home=home)) as store:
        bags = Text("Bags", "箱包")
        products = [
            replace(BAG, department=bags),
            replace(HOSTILE, department=bags),
            replace(BARE, department=Text("Odd")),
        ]
        await store.save(products, who="test")
    options = ["--kind", "bullets", "--department", name, "--output", str(home / "d.jsonl"), "--no-model"]
    status = await asyncio.to_thread(main, ["write", *options])
    if status:
        return []
    return [json.loads(line) for line in (home / "d.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["bags", "箱包"])
async def test_a_department_is_written_about(home, capsys, name) -> None:
    assert sorted(draft["id"] for draft in await written(home, capsys, name)) == ["bag", "hostile"]


async def test_an_unknown_department_is_named_with_those_there_are(home, capsys) -> None:
    assert await written(home, capsys, "Hats") == []
    assert "no product is of the department 'Hats'; known are Bags, Odd" in capsys.readouterr().err
