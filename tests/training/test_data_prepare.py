"""Prepared data are split by conversation and product, mixed with replay rows, and described by a card."""

from __future__ import annotations

import errno
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from training.__main__ import main
from training.data import prepare as preparing
from training.data.cleaning import CleaningSettings
from training.data.mixture import build_mixture
from training.data.prepare import (
    PrepareSettings,
    describe,
    prepare,
    read_examples,
    read_preferences,
    read_texts,
)
from training.data.rows import DataRefused, Faults, fault_kinds
from training.data.split import is_development, is_test_product

NOWHERE = Path("/nowhere")
PUBLIC = {"hetpqa", "epqa", "semipqa"}
OWN = PrepareSettings(dev_percent=0, replay_share=0.0)
KINDS = ("boot", "lamp", "kettle", "tent", "scarf", "mug", "drum", "rug", "pen", "saw", "fan", "hat")
KINDS_ZH = ("靴子", "台灯", "水壶", "帐篷", "围巾", "马克杯", "小鼓", "地毯", "钢笔", "锯子", "风扇", "帽子")


def talks(path: Path, count: int = 60) -> Path:
    """Write conversations with two turns each: one corrected, one not; about two products each."""
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            turns = [
                _turn(number, number % 12, number % 2),
                _turn(number + 500, (number * 5 + 1) % 12, number % 2),
            ]
            out.write(json.dumps({"conversation": f"c{number}", "turns": turns}, ensure_ascii=False) + "\n")
    return path


def _turn(number: int, kind: int, is_chinese: int) -> dict[str, Any]:
    name = (KINDS_ZH if is_chinese else KINDS)[kind]
    text = f"{name}第{number}款有多重？" if is_chinese else f"how heavy is {name} number {number}?"
    answer = f"重{number}克。" if is_chinese else f"It weighs {number} g."
    fact = f"重量：{number}克" if is_chinese else f"Weight: {number} g"
    return {
        "text": text, "language": "zh" if is_chinese else "en", "subject": name, "product": KINDS[kind],
        "reply": "不知道。" if is_chinese else "No idea.", "correction": answer,
        "evidence": [{"source": "attribute", "text": fact, "language": "zh" if is_chinese else "en"}],
    }  # fmt: skip


def test_no_product_and_no_conversation_is_on_both_sides(tmp_path: Path) -> None:
    source = talks(tmp_path / "talks.jsonl")
    settings = PrepareSettings(dev_percent=30, replay_share=0.0)
    card = prepare([source], tmp_path / "out", NOWHERE, settings, Faults())
    sides = {side: list(read_examples(tmp_path / f"out/examples.{side}.jsonl")) for side in ("train", "dev")}
    products = {side: {row.product for row in rows} for side, rows in sides.items()}
    assert products["train"]
    assert products["dev"]
    assert not products["train"] & products["dev"]
    turns = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    place = {turn["correction"]: talk["conversation"] for talk in turns for turn in talk["turns"]}
    conversations = {side: {place[row.answer] for row in rows} for side, rows in sides.items()}
    assert not conversations["train"] & conversations["dev"]
    lost = card.dropped["conversation on both sides of the split"]
    pairs = sum(len(list(read_preferences(path))) for path in (tmp_path / "out").glob("preferences.*"))
    assert sum(map(len, sides.values())) + pairs + lost == 240
    assert {row.language for rows in sides.values() for row in rows} == {"en", "zh"}


def test_rows_of_neither_are_split_by_their_question(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    items = [
        {"prompt": f"what is {KINDS[n % 12]} number {n}?", "completion": f"It is a {KINDS[n % 12]}."}
        for n in range(200)
    ]
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    settings = PrepareSettings(CleaningSettings(near_duplicate=0), dev_percent=20)
    prepare([path], tmp_path / "out", NOWHERE, settings, Faults())
    dev = list(read_examples(tmp_path / "out/examples.dev.jsonl"))
    assert 20 <= len(dev) <= 60
    assert all(is_development(row.prompt, 20) for row in dev)


def test_the_development_share_can_be_zero(tmp_path: Path) -> None:
    prepare([talks(tmp_path / "t.jsonl")], tmp_path / "o", NOWHERE, OWN, Faults())
    assert not list((tmp_path / "o").glob("*.dev.jsonl"))


def test_replay_rows_are_mixed_in_by_default_with_conversations(tmp_path: Path) -> None:
    card = prepare([talks(tmp_path / "talks.jsonl")], tmp_path / "out", NOWHERE, PrepareSettings(), Faults())
    rows = list(read_examples(tmp_path / "out/examples.train.jsonl"))
    replayed = [row for row in rows if row.source != "talks"]
    assert len(replayed) == len(rows) - len(replayed) > 0
    assert card.rows["examples train (replay)"] == len(replayed)
    assert not {row.source for row in replayed} & PUBLIC  # they are not at NOWHERE
    assert any("replay from this project's own rows alone" in note for note in card.notes)
    assert not any(is_test_product(row.product) for row in replayed)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_share_of_replay_rows_is_a_setting(tmp_path: Path, share: float) -> None:
    settings = PrepareSettings(replay_share=share, dev_percent=0)
    card = prepare([talks(tmp_path / "talks.jsonl", 20)], tmp_path / "out", NOWHERE, settings, Faults())
    replayed, own = card.rows["examples train (replay)"], card.rows["examples train"]
    assert replayed / (own + replayed) == pytest.approx(share, abs=0.02)


def test_sources_with_a_share_of_zero_need_not_be_there() -> None:
    rows = build_mixture(NOWHERE, 7, {**dict.fromkeys(PUBLIC, 0), "shop": 5, "written": 6})
    counts = Counter(row.source for row in rows)
    assert not counts.keys() & PUBLIC
    assert (counts["shop"], counts["written"]) == (5, 6)


def test_other_data_get_no_replay_rows(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_text('{"text": "A boot for wet days."}\n{"text": "雨天穿的靴子。"}\n', encoding="utf-8")
    card = prepare([path], tmp_path / "out", NOWHERE, PrepareSettings(dev_percent=0), Faults())
    assert card.rows == {"texts train": 2}
    assert [row.language for row in read_texts(tmp_path / "out/texts.train.jsonl")] == ["en", "zh"]


def test_preparing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    source = talks(tmp_path / "talks.jsonl")
    for name in ("one", "two"):
        prepare([source], tmp_path / name, NOWHERE, PrepareSettings(replay_share=0.0), Faults())
    for path in (tmp_path / "one").glob("*.jsonl"):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_the_card_counts_what_was_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    rows = [
        {"prompt": "does it float?", "completion": "Yes, it floats."},
        {"prompt": "能浮起来吗？", "completion": "可以，能浮起来。"},
        {"prompt": "does it float?", "completion": "Yes, it floats."},
        {"prompt": "write to ann@example.com?", "completion": "I cannot write e-mails."},
        {"prompt": "no answer", "completion": ""},
        {"prompt": "my key is sk-" + "a1B2" * 8, "completion": "Please change it."},
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    faults = Faults()
    card = describe([path], PrepareSettings(licences={"mine": "CC0-1.0"}), faults)
    assert (card.read, card.rows.total()) == (5, 3)
    assert card.languages == {"en": 2, "zh": 1}
    assert card.dropped == {"exact duplicate": 1, "refused: secret": 1, "unreadable: empty": 1}
    assert card.masked == {"email": 1}
    assert card.licences == {"mine": "CC0-1.0"}
    assert card.tasks == {"answer": 3}
    assert card.inputs[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    card.write(tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    for part in ("3 rows kept of 5 read", "| mine | 3 | 100.0% | CC0-1.0 |", "| exact duplicate | 1 |", "█"):
        assert part in text
    assert json.loads((tmp_path / "card.json").read_text())["languages"] == {"en": 2, "zh": 1}


def test_the_card_tells_how_many_wordings_are_distinct(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    asked = ["how heavy is 5?", "How heavy is 7?", "what does 7 weigh?", "多重？"]
    rows = [
        {"prompt": text, "completion": f"answer {n}" if n < 3 else "480克"} for n, text in enumerate(asked)
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    card = describe([path], PrepareSettings(), Faults())
    found = card.wordings["questions, en"]
    assert (found["rows"], found["distinct"], found["top_share"]) == (3, 2, 2 / 3)
    assert found["top"].lower().startswith("how heavy")
    assert card.wordings["questions, zh"]["distinct"] == 1


def test_the_card_warns_of_products_that_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "A pack.", "product": "ferrant-meridian-backpack"}) + "\n")
    assert describe([path], PrepareSettings(), Faults()).held_back == 1


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(preparing, "_spooled", full)
    with pytest.raises(DataRefused, match="No space left on device"):
        prepare([talks(tmp_path / "t.jsonl", 3)], tmp_path / "out", NOWHERE, PrepareSettings(), Faults())
    assert not list((tmp_path / "out").iterdir())


def test_files_of_an_earlier_run_do_not_linger(tmp_path: Path) -> None:
    source = talks(tmp_path / "talks.jsonl", 20)
    prepare([source], tmp_path / "out", NOWHERE, PrepareSettings(dev_percent=40, replay_share=0.0), Faults())
    assert (tmp_path / "out/examples.dev.jsonl").exists()
    prepare([source], tmp_path / "out", NOWHERE, OWN, Faults())
    assert not (tmp_path / "out/examples.dev.jsonl").exists()


def test_earlier_files_stay_when_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    before = tmp_path / "out/examples.train.jsonl"
    before.write_text("earlier")
    (tmp_path / "a.jsonl").write_text('{"prompt": "a", "completion": ""}\n')
    with pytest.raises(DataRefused, match="nothing is left"):
        prepare([tmp_path / "a.jsonl"], tmp_path / "out", NOWHERE, PrepareSettings(), Faults())
    assert before.read_text() == "earlier"


@pytest.mark.parametrize("settings", [{"dev_percent": 95}, {"replay_share": 1.0}, {"replay_share": -0.1}])
def test_unusable_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(DataRefused, match=next(iter(settings))):
        PrepareSettings(**settings)


def test_a_card_of_nothing_is_refused() -> None:
    with pytest.raises(DataRefused, match="no data file"):
        describe([], PrepareSettings(), Faults(), "nothing")


def test_faults_can_be_mended_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"prompt": "my card is 4111 1111 1111 1111?", "completion": "Please never send it."}\n')
    card = describe([path], PrepareSettings(), Faults(clean=fault_kinds("card")))
    assert card.rows.total() == 1
    assert card.masked == {"card": 1}


def test_check_names_each_bad_row_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"prompt": "does it float?", "completion": "Yes, it does."}\n{"prompt": "b"}\nnonsense\n'
    )
    assert main(["data", "check", str(path)]) == 1
    told = capsys.readouterr()
    assert "a.jsonl, line 2: has no 'completion'" in told.out
    assert "a.jsonl, line 3: is not valid JSON" in told.out
    assert "2 rows cannot be used" in told.err
    path.write_text('{"prompt": "does it float?", "completion": "Yes, it does."}\n')
    assert main(["data", "check", str(path), "--licence", "a=CC0-1.0"]) == 0


def test_card_and_prepare_write_what_they_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path / "var"))
    source = talks(tmp_path / "talks.jsonl", 10)
    assert main(["data", "card", "--input", str(source), "--output", str(tmp_path / "card.md")]) == 0
    assert (tmp_path / "card.json").exists()
    options = ["--input", str(source), "--output", str(tmp_path / "out"), "--replay-share", "0"]
    assert main(["data", "prepare", *options]) == 0
    assert "no licence is stated for talks" in capsys.readouterr().out
    assert json.loads((tmp_path / "out/bad_rows.json").read_text())["rows"] == []


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (["--languages", "en,fr"], "language 'fr'"),
        (["--format", "excel"], "format 'excel'"),
        (["--clean", "everything"], "'everything' is no kind"),
        (["--licence", "mine"], "is not SOURCE=LICENCE"),
    ],
)
def test_unusable_options_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], problem: str
) -> None:
    assert main(["data", "check", str(talks(tmp_path / "t.jsonl", 1)), *option]) == 1
    assert problem in capsys.readouterr().err
