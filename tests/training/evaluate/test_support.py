"""Sentences that grounding would cut are counted; silence is none."""

import pytest

from training.data.examples import passage
from training.evaluate.replies import Asked, Reply
from training.evaluate.support import claim_rows, claims_of, cut_rows, cut_sentences, per_hundred, share_cut

WEIGHT = {
    "en": (passage("Weight: 480 g", "attribute"),),
    "zh": (passage("重量：480克", "attribute", "zh"),),
}


def pair(text, language="en", evidence=True):
    question = "How heavy is it?" if language == "en" else "多重？"
    shown = WEIGHT[language] if evidence else None
    return Asked("Weight: 480 g", question, language, "", shown, "Boot"), Reply(language, text, "")


@pytest.mark.parametrize(
    ("text", "language", "cut", "total"),
    [
        ("It weighs 480 g.", "en", 0, 1),
        ("It weighs 480 g. It reads at 999 MB/s.", "en", 1, 2),
        ("重量是480克。", "zh", 0, 1),
        ("重量是480克。价格是999元。", "zh", 1, 2),
        ("The page does not say.", "en", 0, 0),
        ("页面没有说明。", "zh", 0, 0),
    ],
)
def test_unsupported_sentences_are_counted_in_both_languages(text, language, cut, total):
    found, said = cut_sentences(*pair(text, language))
    assert (len(found), said) == (cut, total)


def test_share_is_of_sentences_and_claims_are_of_replies():
    pairs = [
        pair("It weighs 480 g. It weighs 999 g."),
        pair("It weighs 480 g."),
        pair("The page does not say."),
    ]
    assert share_cut(cut_rows(pairs)) == pytest.approx(1 / 3)
    assert per_hundred(claim_rows(pairs)) == pytest.approx(100 / 3)
    assert share_cut(cut_rows([pair("The page does not say.")])) == 0


def test_what_was_asked_without_passages_holds_no_claims():
    assert claims_of(*pair("It weighs 999 g.", evidence=False)) == []
    assert claims_of(*pair("It weighs 999 g.")) == ["999"]
