"""Corrections become rows with replay, and a tiny adapter takes them up."""

import json

import pytest
import torch

from ecomlm.generation.engine import Completion, Piece
from ecomlm.models.base import BaseModel
from ecomlm.settings import Settings
from tests.training.tiny import TEXTS, tiny_model, tiny_tokenizer
from training import finetune as stage
from training import releases
from training import retrain as module
from training.corpus import read_values
from training.data.examples import Example, passage
from training.data.rows import DataRefused
from training.evaluate.candidate import CORRECTIONS, Asked, measure_engine, side_by_side
from training.evaluate.replies import Reply, alike, as_corrected
from training.gate import GateClosed
from training.recipe import Lora, Training
from training.retrain import RetrainRecipe, mixed, retrain

BASE = BaseModel("tiny", None, "f" * 64, 300)
SHORT = [("Wet?", "No.", "en"), ("湿吗？", "不湿。", "zh")]


def conversation(question, correction, language):
    """A transcript of one question that was answered wrongly and corrected."""
    passage = {"source": "attribute", "text": correction, "language": language}
    turn = {
        "text": question,
        "language": language,
        "reply": "-",
        "correction": correction,
        "evidence": [passage],
    }
    return {"conversation": question, "turns": [turn | {"approved": True}]}


def write(path, rows):
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


class TinyEngine:
    """Answers greedily with a model in memory."""

    name = "tiny"

    def __init__(self, model, tokenizer):
        self.model, self.tokenizer = model, tokenizer

    async def complete(self, request: Completion):
        ids = torch.tensor([self.tokenizer(request.prompt).input_ids])
        made = self.model.generate(
            input_ids=ids, max_new_tokens=30, do_sample=False, eos_token_id=1, pad_token_id=0
        )
        yield Piece(self.tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True))


def test_corrected_questions_are_then_answered_as_corrected(tmp_path, monkeypatch):
    words, held = tiny_tokenizer(), {}
    base_folder = tmp_path / "base"
    tiny_model(len(words)).save_pretrained(base_folder)
    words.save_pretrained(base_folder)
    monkeypatch.setattr(stage, "prepare_base", lambda settings: BASE)
    monkeypatch.setattr(stage, "huggingface_folder", lambda settings: base_folder)
    monkeypatch.setattr(
        module, "replay_rows", lambda *_: [Example(text, "ok", "en", "answer", "shop") for text in TEXTS]
    )
    kept = stage.export_adapter

    def export(tuned, folder, recipe):
        held["model"] = tuned.model.eval()
        return kept(tuned, folder, recipe)

    async def both(settings, folder, corrections, recipe):
        asked = {
            CORRECTIONS: [Asked(row.prompt, row.prompt, row.language, row.answer) for row in corrections]
        }
        with held["model"].disable_adapter():
            before = await measure_engine(TinyEngine(held["model"], words), asked)
        return before, await measure_engine(TinyEngine(held["model"], words), asked)

    monkeypatch.setattr(stage, "export_adapter", export)
    monkeypatch.setattr(module, "measure_both", both)
    training = Training(
        learning_rate=2e-2, rows_per_batch=4, lengths=(112,), checkpoint_steps=99, log_steps=20
    )
    recipe = RetrainRecipe(repeats=120, replay=0.0, lora=Lora(rank=16, alpha=32), training=training)
    settings = Settings(home=tmp_path, adapter="")
    rows = [conversation(*each) for each in SHORT]
    done = retrain(settings, recipe, write(tmp_path / "rows.jsonl", rows), name="shop-2")
    verdicts = {verdict.row: verdict for verdict in done.verdicts}
    assert verdicts["corrections as_corrected"].passed, verdicts
    assert not done.passed  # the standing sets were not asked here, and the gate says so
    assert verdicts["own ZH agrees"].told == "was not measured"
    assert module.Registry(settings).states() == {"shop-2": "candidate"}
    told = json.loads((tmp_path / "models" / "adapters" / "shop-2" / "evaluation.json").read_text())
    assert told["rows"][0]["as_corrected"] >= 0.9
    monkeypatch.setattr(releases, "prepare_base", lambda settings: BASE)
    with pytest.raises(GateClosed, match="own ZH agrees: was not measured"):
        module.promote(settings, "shop-2", verdicts=done.verdicts)


def test_rows_are_corrections_several_times_and_replay(tmp_path):
    rows = [conversation(*each) for each in SHORT]
    corrections = read_values([write(tmp_path / "rows.jsonl", rows)], Example)
    replay = [Example(f"{n}", "ok", "en", "answer", "shop") for n in range(500)]
    rows = mixed(corrections, replay, RetrainRecipe(repeats=3, replay=0.5))
    assert sum(row.source == "rows" for row in rows) == 6
    assert sum(row.source == "shop" for row in rows) == 128
    assert not any(row.source == "shop" for row in mixed(corrections, replay, RetrainRecipe(replay=0.0)))


def test_unapproved_replies_are_not_learned(tmp_path):
    turn = conversation(*SHORT[0])["turns"][0] | {"correction": None, "approved": None}
    path = write(tmp_path / "rows.jsonl", [{"conversation": "c1", "turns": [turn]}])
    with pytest.raises(DataRefused, match="no example to learn from .*1 unapproved replies"):
        read_values([path], Example)


@pytest.mark.parametrize(
    ("language", "text", "reference", "same"),
    [
        ("en", "It weighs 480 g.", "It weighs 480 g", True),
        ("en", "It weighs 490 g.", "It weighs 480 g.", False),
        ("en", "Yes, it is waterproof.", "No, it is not waterproof.", False),
        ("en", "A boot with laces.", "Keep it away from heat.", False),
        ("zh", "重量是480克。", "重量为480克。", True),
        ("zh", "页面没有说明。", "重量为480克。", False),
    ],
)
def test_reply_counts_as_corrected_where_it_says_the_same(language, text, reference, same):
    assert as_corrected(Reply(language, text, reference)) is same


def test_likeness_is_of_words_and_chinese_signs():
    assert alike(Reply("en", "It is, really", "it is really!")) == 1
    assert alike(Reply("zh", "很轻", "很重")) == pytest.approx(0.5)


async def test_side_by_side_shows_wins_losses_and_new_claims():
    shown = (passage("Weight: 480 g", "attribute"),)
    asked = Asked("Weight: 480 g. How heavy?", "How heavy?", "en", "It weighs 480 g.", shown)

    class Says:
        name = "says"

        def __init__(self, text):
            self.text = text

        async def complete(self, request):
            yield Piece(self.text)

    right = await measure_engine(Says("It weighs 480 g."), {"own EN": [asked]})
    wrong = await measure_engine(Says("It weighs 999 g."), {"own EN": [asked]})
    told = "\n".join(side_by_side(wrong, right))
    assert "wins: 1" in told
    assert "was: It weighs 999 g." in told
    back = "\n".join(side_by_side(right, wrong))
    assert "losses: 1" in back
    assert "unsupported: 999" in back
    rows = {row["set"]: row for row in wrong.evaluation(7)["rows"]}
    assert rows["unsupported"]["claims_per_100"] == 100
