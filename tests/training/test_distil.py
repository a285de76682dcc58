"""A student of fewer layers comes nearer to its teacher."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch

from ecomlm.generation.engine import Completion, Piece
from tests.training.tiny import new_run, rows, tiny_model, tiny_tokenizer
from training.__main__ import main
from training.corpus import read_values
from training.data.examples import Example
from training.distil import DistilRecipe, WritingModel, apart, divergence, taught_texts, train_student
from training.export import MAX_TOKENS, folder_answers, save_model
from training.layers import LayersImpossible, choose_layers, with_layers
from training.recipe import RecipeInvalid, Training, recipe_of


def recipe(**changes):
    training = Training(
        learning_rate=5e-3, rows_per_batch=8, lengths=(12, 16), max_steps=40, checkpoint_steps=5, log_steps=3
    )
    return DistilRecipe(
        **{"layers": 2, "held_out_percent": 20, "answers": 0.0, "training": training} | changes
    )


def test_student_approaches_its_teacher(tmp_path):
    done = train_student(tiny_model(layers=4), rows(), recipe(), new_run(tmp_path), pad=0)
    assert done.figures["layers"] == [0, 3]
    assert done.figures["after"]["divergence"] < 0.5 * done.figures["before"]["divergence"]
    assert done.figures["after"]["same_choice"] >= done.figures["before"]["same_choice"]
    assert done.student.config.num_hidden_layers == 2
    assert done.figures["tokens"] > 40 * 8 * 5


def test_teacher_stays_as_it_is(tmp_path):
    teacher, before = tiny_model(layers=4), tiny_model(layers=4)
    train_student(teacher, rows(), recipe(), new_run(tmp_path), pad=0)
    assert all(
        torch.equal(one, other) for one, other in zip(teacher.parameters(), before.parameters(), strict=True)
    )


def test_model_of_all_layers_computes_the_same():
    teacher = tiny_model(layers=3)
    ids = torch.tensor([[2, 7, 30, 31]])
    with torch.no_grad():
        same = with_layers(teacher, [0, 1, 2])(input_ids=ids).logits
        fewer = with_layers(teacher, [0, 2])(input_ids=ids).logits
        right = teacher(input_ids=ids).logits
    torch.testing.assert_close(same, right)
    assert not torch.allclose(fewer, right)


def test_each_place_takes_a_layer_of_its_kind():
    kinds = (["sliding"] * 5 + ["full"]) * 3
    for count in (6, 9, 12, 15, 18):
        chosen = choose_layers(kinds, count)
        assert chosen == sorted(set(chosen))
        assert [kinds[layer] for layer in chosen] == kinds[:count]
    assert choose_layers(kinds, 18) == list(range(18))
    assert choose_layers(["full"] * 9, 3) == [0, 4, 8]


@pytest.mark.parametrize("count", [0, 19])
def test_number_of_layers_out_of_range_is_told(count):
    with pytest.raises(LayersImpossible, match="choose 1 to 18"):
        choose_layers(["full"] * 18, count)


def test_divergence_and_distance_are_zero_between_equals_only():
    one, other = torch.randn(5, 8), torch.randn(5, 8)
    assert float(divergence(one, one, 2.0)) == pytest.approx(0, abs=1e-6)
    assert float(divergence(one, other, 2.0)) > 0.1
    states, mask = torch.randn(1, 4, 8), torch.tensor([[0, 1, 1, 1]])
    changed = states.clone()
    changed[0, 0] = 9.0  # where the mask is 0
    assert float(apart(states, changed, mask)) == pytest.approx(0, abs=1e-6)


async def test_texts_of_a_teacher_become_rows_and_empty_ones_do_not():
    class Teacher:
        name = "larger"

        async def complete(self, request):
            for part in ("It ", "is.") if "boot" in request.prompt else ():
                yield Piece(part)

    asked = [Example(f"{word}?\nAnswer:", "", "en", "answer", "shop") for word in ("boot", "tent")]
    found = [row async for row in taught_texts(Teacher(), asked)]
    assert [(row.answer, row.source) for row in found] == [("It is.", "shop by larger")]


class _Completions(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((body["model"], body["prompt"]))
        text = "" if "silent" in body["prompt"] else " It is waterproof. "
        told = f"data: {json.dumps({'choices': [{'text': text}]})}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


@pytest.fixture
def teacher_server(tmp_path, monkeypatch):
    """An OpenAI-compatible server on a loopback port, and four rows that the recipe asks for."""
    prompts = (
        "Question: boot?\nAnswer:",
        "Question: tent?\nAnswer:",
        "问题：鞋？\n回答：",
        "silent\nAnswer:",
    )
    rows = [Example(prompt, "", "zh" if "问" in prompt else "en", "answer", "shop") for prompt in prompts]
    monkeypatch.setattr("training.data.mixture.build_mixture", lambda *_: rows)
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path / "home"))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Completions) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def command(server, file, *more):
    url = f"http://127.0.0.1:{server.server_port}/v1"
    return main(["distil", "--teacher-url", url, "--texts", str(file), "--only-texts", *more])


def test_answers_of_a_server_become_rows_and_are_asked_for_once(teacher_server, tmp_path):
    file = tmp_path / "taught.jsonl"
    assert command(teacher_server, file, "--teacher-model", "larger") == 0
    assert [model for model, _ in teacher_server.seen] == ["larger"] * 4
    found = read_values([file], Example)
    assert [row.language for row in found] == ["en", "en", "zh"]
    assert {(row.answer, row.source) for row in found} == {("It is waterproof.", "shop by larger")}
    teacher_server.seen.clear()
    assert command(teacher_server, file, "--teacher-model", "larger") == 0
    assert len(teacher_server.seen) == 1  # the prompt to which it was silent
    assert len(read_values([file], Example)) == 3


def test_half_a_row_is_named(teacher_server, tmp_path, capsys):
    file = tmp_path / "taught.jsonl"
    file.write_text('{"prompt": "a", "answer": "b"}\n{"prompt": "c", "ans')
    assert command(teacher_server, file, "--teacher-model", "larger") == 1
    assert "taught.jsonl, line 2 is no row" in capsys.readouterr().err
    assert not teacher_server.seen


def test_lost_teacher_is_told(teacher_server, tmp_path, capsys):
    told = ["--teacher-url", "http://127.0.0.1:9/v1", "--teacher-model", "x", "--texts", str(tmp_path / "t")]
    assert main(["distil", "--only-texts", *told]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_silent_teacher_leaves_no_file(teacher_server, tmp_path, capsys, monkeypatch):
    silent = [Example("silent", "", "en", "answer", "shop")]
    monkeypatch.setattr("training.data.mixture.build_mixture", lambda *_: silent)
    assert command(teacher_server, tmp_path / "taught.jsonl", "--teacher-model", "larger") == 1
    assert "'larger' wrote nothing to 1 prompts" in capsys.readouterr().err
    assert not (tmp_path / "taught.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--only-texts"], "needs a teacher that writes"),
        (["--teacher-url", "http://127.0.0.1:9/v1", "--teacher-model", "x"], "needs --texts FILE"),
        (["--teacher-url", "http://127.0.0.1:9/v1", "--texts", "t"], "with --teacher-model NAME"),
        (["--teacher-url", "u", "--teacher-model", "x", "--teacher-writes", "f", "--texts", "t"], "either"),
    ],
)
def test_writing_teacher_without_what_it_needs_is_refused(options, told, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))
    assert main(["distil", *options]) == 1
    assert told in capsys.readouterr().err


async def test_model_in_a_folder_writes_what_it_would_say(tmp_path):
    words = tiny_tokenizer()
    folder = save_model(tiny_model(len(words)), words, tmp_path / "teacher")
    writer = WritingModel(folder)
    request = Completion("The boot is", max_tokens=MAX_TOKENS)
    [piece] = [piece async for piece in writer.complete(request)]
    assert [piece.text] == folder_answers(folder)(["The boot is"])
    [cut] = [each async for each in writer.complete(replace(request, stop=(piece.text[1],)))]
    assert cut.text == piece.text.partition(piece.text[1])[0]
    await writer.close()


def test_distillation_that_would_learn_nothing_is_refused():
    with pytest.raises(RecipeInvalid, match="nothing would be learnt"):
        recipe_of({"distribution": 0, "hidden": 0, "answers": 0}, DistilRecipe, "the recipe")
