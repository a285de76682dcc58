"""Summaries of reviews beside people's: how the set is read, and how near they come."""

import os
from pathlib import Path

import pytest

from training.data.product_qa import DataMissing
from training.evaluate.digests import PUBLISHED, first_sentences, read_products, scores

HEAD = "\t".join(["cat", "group_id", *(f"rev{n}" for n in range(1, 9)), *(f"summ{n}" for n in range(1, 4))])
FOLDER = Path(os.environ.get("ECOMLM_DATA", "../shared/data")) / "reviews"


def test_a_line_is_a_product_with_eight_reviews_and_three_summaries(tmp_path):
    row = "\t".join(["toys", "B1", *(f'It is "great" {n}.' for n in range(8)), "one", "two", "three"])
    for side in ("train", "val"):
        (tmp_path / f"fewsum_amazon.{side}.tsv").write_text(f"{HEAD}\n{row}\n", encoding="utf-8")
    found = read_products(tmp_path)
    assert len(found) == 2
    assert found[0].reviews[7] == 'It is "great" 7.'
    assert found[0].summaries == ("one", "two", "three")


def test_a_missing_side_is_named_with_its_remedy(tmp_path):
    with pytest.raises(DataMissing, match=r"fewsum_amazon\.train\.tsv.*ECOMLM_DATA"):
        read_products(tmp_path)


def test_first_sentences_end_at_their_stops():
    assert first_sentences(["Nice. But slow.", "Good! Very"]) == "Nice. Good!"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public review sets are not on this machine")
def test_summaries_come_nearer_than_first_sentences_and_the_published_system():
    found = {(score.system, score.stemmed): score.values for score in scores(read_products(FOLDER))}
    for stemmed in (True, False):
        ours, plain = found["digest", stemmed], found["first sentences", stemmed]
        assert all(one > other for one, other in zip(ours, plain, strict=True))
        assert all(one >= other for one, other in zip(ours, PUBLISHED, strict=True))
