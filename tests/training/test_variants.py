"""Variants of a model are written, compared with their source, and stand in one table."""

import json

import pytest

from ecomlm.models.base import BaseModel
from ecomlm.settings import Settings
from tests.training.test_export import like
from tests.training.tiny import tiny_model, tiny_tokenizer
from training import variants as module
from training.export import save_model
from training.variants import (
    BEGIN,
    END,
    Budget,
    VariantsImpossible,
    better,
    build_variants,
    make_student,
    markdown,
    write_table,
)


def row(name, megabytes, pace, rouge, own=0.7, **more):
    return {
        "variant": name,
        "megabytes": megabytes,
        "load_seconds": 0.3,
        "decode_tokens_per_second": pace,
        "prefill_tokens_per_second": 400.0,
        "hetPQA dev rouge_l": rouge,
        "own EN agrees": own,
        "own ZH agrees": own,
        "training_tokens": 0,
        "check": {"same": 90, "prompts": 100, "middle_parting": 7},
    } | more


def report(*rows):
    told = {"adapter": "shop", "seed": 7, "threads": 1, "evidence_precision_at_1": 0.66}
    return told | {"questions": {"own EN": 8}, "rows": list(rows)}


SERVED = row("as served", 110.0, 100.0, 0.50)


@pytest.mark.parametrize(
    ("other", "is_better"),
    [
        (row("smaller", 80.0, 98.0, 0.495), True),
        (row("quicker", 115.0, 130.0, 0.50), True),
        (row("smaller, but slow", 80.0, 60.0, 0.50), False),
        (row("quicker, but large", 200.0, 130.0, 0.50), False),
        (row("worse in English answers", 80.0, 130.0, 0.48), False),
        (row("worse on own questions", 80.0, 130.0, 0.50, own=0.65), False),
        (row("alike", 108.0, 101.0, 0.50), False),
    ],
)
def test_only_a_smaller_or_quicker_variant_that_is_nowhere_worse_is_better(other, is_better):
    assert (better(report(SERVED, other)) == [other["variant"]]) is is_better


def test_table_has_a_line_for_each_variant_and_tells_what_was_not_measured():
    student = row("12 layers", 70.0, 150.0, 0.2, training_tokens=54000, check=None)
    del student["hetPQA dev rouge_l"]
    lines = markdown(report(SERVED, student)).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:4]] == ["as served", "12 layers"]
    assert len({line.count("|") for line in lines[:4]}) == 1
    assert "90 of 100, else apart from token 7 (median)" in lines[2]
    assert [cell.strip() for cell in lines[3].split("|")[6:9]] == ["-", "0.700", "0.700"]
    assert "54,000 tokens" in lines[3]
    assert "None is clearly better." in lines[-1]


def test_table_replaces_the_one_before_and_nothing_else(tmp_path):
    page = tmp_path / "models.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_table(report(SERVED), page)
    told = page.read_text()
    assert told.startswith(f"before\n{BEGIN}\n| variant |")
    assert told.endswith(f"{END}\nafter\n")
    assert "old" not in told
    write_table(report(SERVED), page)
    assert page.read_text() == told


def test_page_without_markers_is_left_alone(tmp_path):
    page = tmp_path / "models.md"
    page.write_text(f"before\n{BEGIN}\nafter\n")
    with pytest.raises(VariantsImpossible, match="has no lines"):
        write_table(report(SERVED), page)
    assert page.read_text() == f"before\n{BEGIN}\nafter\n"


@pytest.fixture
def tiny_base(tmp_path, monkeypatch):
    """A base of two tiny layers, in whose GGUF files nothing can be asked: answers come from the folder."""
    words = tiny_tokenizer()
    folder = save_model(tiny_model(len(words)), words, tmp_path / "base")
    monkeypatch.setattr(module, "huggingface_folder", lambda settings: folder)
    monkeypatch.setattr(module, "merged_teacher", lambda settings, name: folder)
    monkeypatch.setattr(module, "standing_prompts", lambda *_: ["The boot is", "这款登山鞋"])
    return BaseModel("tiny", like(tmp_path / "like.gguf", len(words)), "f" * 64, len(words))


def test_each_variant_is_written_and_compared_with_its_source(tiny_base, tmp_path, monkeypatch):
    def answers(model, adapter, threads):
        folder = tmp_path / "base"
        right = module.folder_answers(folder)
        return right if model.name == "Q8_0-Q8_0.gguf" else lambda prompts: ["other" for _ in prompts]

    monkeypatch.setattr(module, "gguf_answers", answers)
    found = build_variants(Settings(home=tmp_path, adapter=""), tiny_base, "", Budget(prompts=2, steps=0))
    assert [item.name for item in found] == [
        "as served",
        "base Q8_0",
        "base Q5_0, embedding Q8_0",
        "base Q4_0, embedding Q8_0",
        "base Q4_0",
    ]
    same = {item.name: item.check.same for item in found}
    assert same == {name: 2 if name == "base Q8_0" else 0 for name in same}
    sizes = [item.megabytes for item in found[1:]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4


def test_student_learns_from_as_many_rows_as_its_steps_need_and_only_once(tmp_path, monkeypatch):
    asked = []

    def distil(settings, recipe, teacher, rows, *, name):
        asked.append((recipe.layers, recipe.training.max_steps, sum(recipe.rows.values())))
        folder = settings.home / "models" / "full" / name
        folder.mkdir(parents=True)
        result = settings.home / "runs" / name / "result.json"
        result.parent.mkdir(parents=True)
        result.write_text(json.dumps({"tokens": 1234}))
        return folder

    monkeypatch.setattr(module, "distil", distil)
    monkeypatch.setattr(module, "build_mixture", lambda *_: [])
    settings = Settings(home=tmp_path)
    for _ in range(2):
        folder, tokens = make_student(settings, tmp_path / "merged-shop-12345678", Budget(layers=9, steps=5))
        assert (folder.name, tokens) == ("merged-shop-12345678-layers-9-steps-5", 1234)
    [(layers, steps, rows)] = asked
    assert (layers, steps) == (9, 5)
    assert 5 * 16 <= rows <= 5 * 16 + 5
