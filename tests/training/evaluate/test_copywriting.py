"""The measure of product texts counts what it says, and finds what is planted."""

from __future__ import annotations

import pytest

from ecomlm.copywriting.kinds import Piece
from ecomlm.copywriting.voice import load_voice
from ecomlm.copywriting.writer import Draft, Writer
from training.evaluate import copywriting
from training.evaluate.copywriting import distinct_pairs, main, measure, sample_products, skeleton


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_drafts_over_the_sample_shop_have_no_unsupported_claim(language) -> None:
    voice = load_voice()
    found = await measure(Writer(voice), {"sample shop": sample_products()}, language, 16, voice)
    assert len(found.drafts) == 16
    assert {draft.kind for _, draft in found.drafts} == set(copywriting.KINDS)
    assert found.claims > 16
    assert (found.unsupported, found.length_faults, found.voice_faults, found.held_back) == (0, 0, 0, 0)
    assert found.stray_figures == 0
    assert found.found == found.planted > 0


def test_a_figure_that_the_record_does_not_hold_is_counted() -> None:
    product = sample_products()[0]
    assert copywriting._stray_figures("It weighs 987654 g.", product) == 1


def test_a_skeleton_is_what_is_left_without_the_facts() -> None:
    draft = Draft("p", "email", "en", (Piece("subject", "For you: Ferrant Ledger, 24 l"),), (), "record")
    assert skeleton(draft) == "_ you: _, _ l"


def test_repeated_words_lower_the_share_of_distinct_pairs() -> None:
    assert distinct_pairs(["a b c", "d e f"]) == 1.0
    assert distinct_pairs(["a b c", "a b c"]) == 0.5


def test_without_the_public_data_that_half_is_skipped_with_a_reason(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("ECOMLM_DATA", str(tmp_path))
    assert main(["--drafts", "8"]) == 0
    told = capsys.readouterr()
    assert "Icecat is skipped" in told.err
    assert told.out.count("\n") == 4
