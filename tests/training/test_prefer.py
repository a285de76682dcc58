"""Preference pairs move a tiny adapter towards the better answers."""

from statistics import mean

import pytest

from tests.training.tiny import new_run, tiny_model, tiny_tokenizer
from training.curves import read_curves
from training.data.examples import Preference
from training.prefer import PreferRecipe, margins, train_preferences
from training.recipe import Lora, RecipeInvalid, Schedule


def pairs():
    english = [
        Preference(f"Question: {word}?\nAnswer:", "The page does not say.", "Yes, it is.", "en", "test")
        for word in ("boot", "tent", "lamp", "mug")
    ]
    chinese = [
        Preference(f"问题：{word}？\n回答：", "页面没有说明。", "是的。", "zh", "test")
        for word in ("登山鞋", "帐篷", "台灯", "杯子")
    ]
    return english + chinese


def recipe(**changes):
    training = Schedule(
        learning_rate=1e-2, rows_per_batch=4, max_steps=10, checkpoint_steps=5, log_steps=2, warmup_share=0.0
    )
    return PreferRecipe(
        **{"start_from": "", "lora": Lora(rank=4), "training": training, "held_out_percent": 25} | changes
    )


def test_better_answers_become_likelier_than_worse_ones(tmp_path):
    words = tiny_tokenizer()
    model = tiny_model(len(words))
    before = margins(model, words, pairs())
    tuned = train_preferences(model, words, pairs(), recipe(), new_run(tmp_path))
    after = margins(tuned.model, words, pairs())
    for language in (slice(0, 4), slice(4, 8)):
        assert mean(after[language]) > mean(before[language]) + 0.5
    curve = [float(row["margin"]) for row in read_curves(tmp_path / "curves.csv") if row["margin"]]
    assert curve[-1] > curve[0]
    assert (tmp_path / "checkpoints" / "checkpoint-10").exists()


def test_interrupted_preferences_go_on_from_their_checkpoint(tmp_path):
    words = tiny_tokenizer()
    run = new_run(tmp_path)

    class Interrupted(Exception):
        pass

    calls = []

    def stop(module, arguments):
        calls.append(1)
        if len(calls) > 15:
            raise Interrupted

    model = tiny_model(len(words))
    model.model.layers[0].register_forward_pre_hook(stop)
    with pytest.raises(Interrupted):
        train_preferences(model, words, pairs(), recipe(held_out_percent=0), run)
    assert run.last_checkpoint().name == "checkpoint-5"
    tuned = train_preferences(tiny_model(len(words)), words, pairs(), recipe(held_out_percent=0), run)
    assert tuned.steps == 10


def test_pairs_that_teach_nothing_are_refused(tmp_path):
    words = tiny_tokenizer()
    with pytest.raises(RecipeInvalid, match="no preference pairs"):
        train_preferences(tiny_model(len(words)), words, [], recipe(), new_run(tmp_path))
    same = Preference("Question?", "Yes.", " Yes. ", "en", "test")
    with pytest.raises(RecipeInvalid, match="the same in pair 2"):
        train_preferences(tiny_model(len(words)), words, [pairs()[0], same], recipe(), new_run(tmp_path))
