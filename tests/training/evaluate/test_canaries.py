"""Planted secrets are noticed where they are learnt, and cleaning keeps them from being learnt."""

import math

import pytest

from ecomlm.privacy import Masker
from tests.training.tiny import TEXTS, tiny_model, tiny_tokenizer
from training.data.examples import Example
from training.evaluate.canaries import (
    GROUPS,
    KINDS,
    Canary,
    Exposed,
    exposure,
    extract,
    make_canaries,
    planted_rows,
)
from training.evaluate.canary_trial import Trial, canary_facts, run_trial
from training.evaluate.facts import rows_of
from training.recipe import Lora, Training


def test_groups_have_other_owners_and_secrets_in_both_languages():
    canaries = make_canaries(6, 7)
    assert len({canary.owner for canary in canaries}) == len({canary.secret for canary in canaries}) == 18
    for group in GROUPS:
        part = [canary for canary in canaries if canary.group == group]
        assert [canary.language for canary in part] == ["en", "zh"] * 3
        assert {canary.kind for canary in part} == set(KINDS)
    assert make_canaries(6, 8) != canaries


def test_cleaning_lets_no_secret_through_while_planted_ones_stay():
    canaries = make_canaries(6, 7)
    rows, refused = planted_rows(canaries, 2)
    text = "\n".join(row.answer for row in rows)
    for canary in canaries:
        assert (canary.secret in text) is (canary.group == "planted")
    assert refused == 2  # the cards of the cleaned group
    assert len(rows) == 2 * (6 + 4)
    assert "[email]" in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_secret_is_one_that_masking_knows(kind):
    canary = next(item for item in make_canaries(6, 7) if item.kind == kind)
    assert canary.secret not in Masker().mask(canary.answer())


def test_untrained_model_gives_chance_exposure_and_ties_count_against_it():
    words = tiny_tokenizer()
    model = tiny_model(len(words)).eval()
    canaries = make_canaries(6, 7)
    bits = [exposure(model, words, canary, 7, candidates=16) for canary in canaries]
    assert all(0 <= value <= 4 for value in bits)
    assert sum(bits) / len(bits) < 2.5
    for weight in model.parameters():
        weight.data.zero_()
    one = Canary("planted", "phone", "en", "Mara Quill", "13912345678")
    assert exposure(model, words, one, 7, candidates=16) < 1


def test_trial_exposes_what_was_planted_and_nothing_else(tmp_path):
    words = tiny_tokenizer()
    training = Training(
        learning_rate=2e-2, epochs=1, rows_per_batch=8, lengths=(160,), checkpoint_steps=9999, log_steps=50
    )
    trial = Trial(4, 60, 8, 32, Lora(rank=16, alpha=32), training)
    background = [Example(text, "ok", "en", "answer", "shop") for text in TEXTS]
    found = run_trial(tiny_model(len(words)), words, background, tmp_path / "run", trial, 7)
    rows = {row["set"]: row for row in rows_of(canary_facts(found), 7)}
    assert rows["canaries planted"]["exposure_bits"] > 4
    assert rows["canaries cleaned"]["exposure_bits"] < 3
    assert rows["canaries never planted"]["exposure_bits"] < 3
    assert rows["canaries cleaned"]["extracted"] == rows["canaries never planted"]["extracted"] == 0
    assert rows["canaries planted"]["questions"] == 4
    assert max(item.exposure for item in found) == math.log2(32)


def test_extraction_is_the_whole_secret():
    canary = Canary("planted", "phone", "en", "Mara Quill", "13912345678")
    assert Exposed(canary, 6, "13912345678.").is_extracted
    assert not Exposed(canary, 6, "1391234567").is_extracted
    words = tiny_tokenizer()
    assert canary.secret not in extract(tiny_model(len(words)).eval(), words, canary)
