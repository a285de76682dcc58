"""Passages are weighed word by word, and read only once."""

import pytest
import torch
from safetensors.torch import save_file

from ecomlm.search.late_interaction import UPDATE, WHOLE, WORDS, LateInteraction, merged

MATRIX = "encoder.layer.0.output.dense.weight"


def update(folder, **more):
    save_file({WHOLE: torch.tensor(20.0), WORDS: torch.tensor(10.0), **more}, folder / UPDATE)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return update(tmp_path_factory.mktemp("update"))


@pytest.fixture
def reader(folder):
    return LateInteraction.load(folder, threads=1)


@pytest.fixture
def counted(reader, monkeypatch):
    read, texts = reader._read, []

    def counting(batch, kind, limit):
        texts.extend(batch if kind == "passage" else [])
        return read(batch, kind, limit)

    monkeypatch.setattr(reader, "_read", counting)
    return texts


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "answer"), [("is it waterproof?", "waterproof: yes"), ("防水吗？", "防水：是")]
)
def test_a_passage_that_answers_is_more_like_the_question(reader, question, answer):
    passages = ["country of origin: Italy", answer, "颜色：红"]
    scores = reader.scores(question, passages)
    assert scores.index(max(scores)) == 1


@pytest.mark.model
def test_scores_do_not_depend_on_what_is_read_beside(reader):
    alone = reader.scores("how heavy is it?", ["weight: 480 g"])
    beside = LateInteraction(reader._layers, reader._tokenizer, 20.0, 10.0, 1).scores(
        "how heavy is it?", ["a long description of a boot " * 8, "weight: 480 g", "x"]
    )
    assert beside[1] == pytest.approx(alone[0], abs=0.2)


@pytest.mark.model
def test_passages_read_ahead_are_not_read_again(reader, counted):
    reader.remember(["weight: 480 g", "colour: red"])
    reader.scores("how heavy?", ["weight: 480 g", "colour: red", "colour: red"])
    assert counted == ["weight: 480 g", "colour: red"]


@pytest.mark.model
def test_passages_beyond_the_new_ones_stay_unread(reader, counted):
    reader.remember(["third"])
    scores = reader.scores("which?", ["first", "second", "third"], new=1)
    assert [score is None for score in scores] == [False, True, False]
    assert counted == ["third", "first"]


@pytest.mark.model
def test_nothing_known_gives_nothing(reader):
    assert reader.scores("which?", []) == []


@pytest.mark.model
def test_only_so_much_is_remembered_the_oldest_goes_first(reader, counted, monkeypatch):
    monkeypatch.setattr("ecomlm.search.late_interaction.REMEMBERED_TOKENS", 12)
    for text in ("one two three", "four five six", "seven eight nine"):
        reader.remember([text])
    reader.remember(["seven eight nine", "one two three"])
    assert counted == ["one two three", "four five six", "seven eight nine", "one two three"]


@pytest.mark.model
@pytest.mark.parametrize(("name", "rows"), [(MATRIX, 7), ("encoder.layer.99.output.dense.weight", 384)])
def test_an_update_of_another_network_is_refused(tmp_path, name, rows):
    update(tmp_path, **{f"{name}.down": torch.zeros(2, 1536), f"{name}.up": torch.zeros(rows, 2)})
    with pytest.raises(ValueError, match="does not fit"):
        LateInteraction.load(tmp_path)


def test_an_update_without_its_scales_is_refused(tmp_path):
    save_file({WHOLE: torch.tensor(1.0)}, tmp_path / UPDATE)
    with pytest.raises(ValueError, match="lacks"):
        LateInteraction.load(tmp_path)


def test_an_update_is_added_to_its_matrix():
    weights = {"a": torch.ones(2, 3), "b": torch.ones(2)}
    change = {"a.down": torch.tensor([[1.0, 0.0, 2.0]]), "a.up": torch.tensor([[1.0], [0.5]])}
    assert merged(weights, change)["a"].tolist() == [[2.0, 1.0, 3.0], [1.5, 1.0, 2.0]]
    assert merged(weights, change)["b"] is weights["b"]
