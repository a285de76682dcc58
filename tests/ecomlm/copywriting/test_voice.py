"""A voice file is checked when it is read, with every fault named, and kept by every draft."""

from __future__ import annotations

import re

import pytest

from ecomlm.copywriting.kinds import Piece
from ecomlm.copywriting.voice import Voice, VoiceInvalid, Wording, load_voice

GOOD = """
tone = "warm"
exclamation = true
[en]
banned = ["cheap"]
examples = ["It holds 24 l."]
[en.required]
description = ["Our team answers questions in the chat."]
[zh]
banned = ["便宜货"]
[zh.required]
social = ["有问题请联系店铺客服。"]
"""
BAD = """
tone = "shouting"
exclamation = "yes"
colour = "blue"
[en]
banned = ["cheap", 3]
slogans = []
examples = ["很好的包"]
[en.required]
poem = ["Roses"]
title = ["This phrase is far too long to leave any room for a title of its own"]
email = ["The best bags, guaranteed"]
[zh]
banned = ["便宜"]
examples = ["又便宜又好"]
[zh.required]
faq = ["便宜"]
"""


def write(tmp_path, text: str):
    path = tmp_path / "voice.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_voice_is_read(tmp_path) -> None:
    voice = load_voice(write(tmp_path, GOOD))
    assert (voice.tone, voice.exclamation, voice.emoji) == ("warm", True, False)
    assert voice.required("description", "en") == ("Our team answers questions in the chat.",)
    assert voice.required("social", "zh") == ("有问题请联系店铺客服。",)
    assert voice.required("title", "en") == ()


def test_the_voice_that_ships_has_both_languages() -> None:
    voice = load_voice()
    assert voice.own("en").examples
    assert voice.own("zh").examples


def test_every_fault_is_named_at_once(tmp_path) -> None:
    with pytest.raises(VoiceInvalid) as caught:
        load_voice(write(tmp_path, BAD))
    told = str(caught.value)
    for part in (
        "'colour' is unknown", "tone is 'shouting'", "exclamation is 'yes'", "[en] banned is",
        "'slogans' is unknown",
        "is in the other language", "poem is no kind of text", "more than half", "'best'", "'guaranteed'",
        "[zh] the example '又便宜又好' says the banned '便宜'", "'便宜' says the banned '便宜'",
    ):  # fmt: skip
        assert part in told, part


@pytest.mark.parametrize("text", ["tone = ", "en = 3", "[zh]\nrequired = 5"])
def test_what_is_no_voice_is_refused(tmp_path, text) -> None:
    with pytest.raises(VoiceInvalid, match="voice file"):
        load_voice(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[en.required]\nemail = ["Ask us!"]', "'Ask us!' needs exclamation = true"),
        ('[zh.required]\nsocial = ["欢迎咨询！"]', "'欢迎咨询！' needs exclamation = true"),
        ('exclamation = true\n[en.required]\nemail = ["Ask us \U0001f600"]', "needs emoji = true"),
        ('[zh.required]\nemail = ["Ask us."]', "'Ask us.' is in the other language"),
        ('[en.required]\nemail = ["请咨询客服。"]', "'请咨询客服。' is in the other language"),
    ],
)
def test_a_voice_that_contradicts_itself_is_refused(tmp_path, text, fault) -> None:
    with pytest.raises(VoiceInvalid, match=re.escape(fault)):
        load_voice(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "name", "language", "faults"),
    [
        ("The Stuff Sack holds 24 l.", "Stuff Sack", "en", []),
        ("The Stuff Sack holds your stuff.", "Stuff Sack", "en", ["says 'stuff'"]),
        ("亲子T恤可机洗。", "亲子T恤", "zh", []),
        ("亲肤面料。", "", "zh", []),
        ("亲，这款可机洗。", "亲子T恤", "zh", ["says '亲'"]),
    ],
)
def test_a_products_own_name_is_not_banned(text, name, language, faults) -> None:
    found = load_voice().faults("social", (Piece("post", text),), language, (name,) if name else ())
    assert found == faults


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(VoiceInvalid, match=r"nowhere\.toml.*cannot be read"):
        load_voice(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "language", "fault"),
    [
        ("A cheap bag.", "en", "says 'cheap'"),
        ("A bag!", "en", "exclamation mark"),
        ("A bag \U0001f600", "en", "emoji"),
        ("便宜货。", "zh", "says '便宜货'"),
        ("好包！", "zh", "exclamation mark"),
    ],
)
def test_a_rule_that_is_broken_is_named(text, language, fault) -> None:
    voice = Voice(en=Wording(("cheap",)), zh=Wording(("便宜货",)))
    assert any(fault in found for found in voice.faults("social", (Piece("post", text),), language))


def test_a_banned_word_inside_another_is_not_it() -> None:
    voice = Voice(en=Wording(("cheap",)))
    assert voice.faults("social", (Piece("post", "The Cheapside bag."),), "en") == []


def test_a_required_phrase_that_lacks_is_named() -> None:
    voice = Voice(en=Wording(required=(("social", "Ask us."),)))
    assert voice.faults("social", (Piece("post", "A bag."),), "en") == ["lacks 'Ask us.'"]
    assert voice.faults("email", (Piece("subject", "A bag."),), "en") == []


def test_the_nearer_manner_is_the_one_of_the_examples() -> None:
    voice = Voice(en=Wording(examples=("It holds 24 l. It weighs 1 kg.",)))
    near = "It is made of nylon."
    far = "You will find that your new bag holds quite a lot of all that you carry around."
    assert voice.distance(near, "en") < voice.distance(far, "en")
