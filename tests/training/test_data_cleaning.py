"""Cleaning restores, masks and filters text, lets each row through once, and counts the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecomlm.generation.prompts import answer_prompt
from ecomlm.privacy import Masker
from training.data.cleaning import Cleaner, CleaningSettings, is_other_language, question_of
from training.data.examples import Example, Preference, passage
from training.data.rows import DataRefused, Faults, Place, Row, Text, Value, fault_kinds
from training.data.seen import Seen, minhash, shingles

CARD, KEY = "4111 1111 1111 1111", "sk-" + "a1B2" * 8


def example(question: str, answer: str, fact: str = "", language: Any = "en", **changes: Any) -> Example:
    shown = [passage(fact, "attribute", language)] if fact else []
    return Example(
        answer_prompt(question, "", shown, language), answer, language, "answer", "test", **changes
    )


def cleaner(clean: str = "", masker: Masker | None = None, **settings: Any) -> Cleaner:
    return Cleaner(CleaningSettings(**settings), Faults(clean=fault_kinds(clean)), masker)


def kept(values: list[Value], using: Cleaner | None = None) -> list[Value]:
    rows = [Row(Place("a.jsonl", number), value) for number, value in enumerate(values, start=1)]
    return [row.value for row in (using or cleaner()).clean(rows)]


def test_clean_rows_pass_unchanged_to_the_last_space() -> None:
    rows: list[Value] = [
        example("does it float?", "Yes, it floats on water.", "Floats: yes"),
        example("能浮起来吗？", "可以，能浮在水面上。", "漂浮：是", "zh"),
        Preference(answer_prompt("多重？", "靴子", [], "zh"), "重480克。", "很重的靴子。", "zh", "test"),
        Text("A boot for wet days.\nWeight: 480 g", "en", "shop"),
    ]
    assert kept(rows) == rows


def test_text_is_normalised_without_touching_the_prompts_layout() -> None:
    (row,) = kept([example("does\u200b it float &amp; dry?", " Yes,  it \u00adfloats. ")])
    assert isinstance(row, Example)
    assert row.prompt == answer_prompt("does it float & dry?", "", [], "en")
    assert row.answer == "Yes, it floats."
    (chinese,) = kept([example("多重？", "重：４８０克，“轻”。", language="zh")])
    assert isinstance(chinese, Example)
    assert chinese.answer == "重：４８０克，“轻”。"


def test_text_read_in_a_wrong_encoding_is_refused_or_restored() -> None:
    broken = example("does it float?", "Yes, it doesnâ€™t sink.")
    refusing = cleaner()
    assert kept([broken], refusing) == []
    assert "read in a wrong encoding" in str(refusing.faults)
    (row,) = kept([broken], cleaner("damaged_text"))
    assert isinstance(row, Example)
    assert row.answer == "Yes, it doesn’t sink."


@pytest.mark.parametrize("answer", ["It is \ufffd\ufffd blue.", "锟斤拷锟斤拷是蓝色的"])
def test_lost_characters_are_always_refused(answer: str) -> None:
    using = cleaner("all")
    assert kept([example("颜色？", answer, language="zh")], using) == []
    assert using.faults.rows[0].action == "refused"


@pytest.mark.parametrize(("secret", "kind", "mask"), [(CARD, "card", "[card]"), (KEY, "secret", "[secret]")])
@pytest.mark.parametrize("template", ["My number is {}, is that right?", "我的是{}，对吗？"])
def test_a_row_with_a_card_or_key_is_refused_or_masked(
    secret: str, kind: str, mask: str, template: str
) -> None:
    row = example(template.format(secret), "Please never send it.")
    refusing = cleaner()
    assert kept([row], refusing) == []
    assert refusing.faults.rows[0].kind == kind
    assert secret not in str(refusing.faults)
    mending = cleaner(kind)
    (masked,) = kept([row], mending)
    assert isinstance(masked, Example)
    assert mask in masked.prompt
    assert secret not in masked.prompt
    assert mending.faults.rows[0].action == "cleaned"


def test_other_personal_data_are_masked_and_counted() -> None:
    using = cleaner()
    values: list[Value] = [
        example("I am ann@example.com, my name is Ann Lee", "Thank you, Ann Lee at ann@example.com."),
        Text("我叫陈思远，电话13800138000。", "zh", "shop"),
    ]
    english, chinese = kept(values, using)
    assert isinstance(english, Example)
    assert "[email]" in english.prompt
    assert chinese == Text("我叫[name]，电话[phone]。", "zh", "shop")
    assert using.masked == {"email": 2, "name": 2, "phone": 1}


def test_masking_can_be_off_and_spares_the_shops_own_contacts() -> None:
    row = Text("Write to help@larkwood.example or ann@example.com", "en", "shop")
    assert kept([row], cleaner(masks=False)) == [row]
    (masked,) = kept([row], cleaner(masker=Masker(["help@larkwood.example"])))
    assert masked == Text("Write to help@larkwood.example or [email]", "en", "shop")


UNFIT = [
    (example("does it float?", "Y"), "too short"),
    (example("does it float?", "Yes, it does. " * 80), "too long"),
    (Text("boot " * 9000, "en", "shop"), "too long"),
    (example("Kann man die Schuhe in der Waschmaschine waschen?", "Yes, you can."), "in another language"),
    (example("この商品は防水ですか、教えてください", "是的，防水。", language="zh"), "in another language"),
    (example("Это непромокаемые ботинки?", "Yes."), "in another language"),
    (example("does it float?", "可以，能浮在水面上。"), "answer not in the row's language"),
    (example("能浮起来吗？", "Yes, it floats on water.", language="zh"), "answer not in the row's language"),
]


@pytest.mark.parametrize(("value", "reason"), UNFIT)
def test_unfit_rows_are_counted_with_the_reason(value: Value, reason: str) -> None:
    using = cleaner()
    assert kept([value], using) == []
    assert using.dropped == {reason: 1}


def test_languages_that_are_not_wanted_are_left_out() -> None:
    using = cleaner(languages=("zh",))
    rows: list[Value] = [example("does it float?", "Yes."), example("多重？", "480 g", language="zh")]
    assert kept(rows, using) == rows[1:]
    assert using.dropped == {"language en not wanted": 1}


def test_model_names_and_short_english_are_no_other_language() -> None:
    for text in (
        "Kestrivo Hush Over-Ear BT 5.3",
        "lithium polymer batteries.",
        "iPhone 15 Pro 256GB",
        "它支持USB-C",
    ):
        assert not is_other_language(text, 0.7)


LONG = "The boot keeps your feet dry on long wet days in the hills and has a wide toe box for thick socks."
LANG = "这双靴子在山里的雨天也能让脚保持干爽，鞋头宽松，可以穿厚袜子，鞋底防滑，适合长时间徒步的人穿着使用。"


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        (LONG, LONG.replace("long wet", "long, wet").replace("socks.", "socks!"), "en"),
        (LONG * 3, LONG * 2 + LONG.replace("wide", "broad"), "en"),
        (LANG, LANG.replace("，适合", "、适合"), "zh"),
        (LANG * 3, LANG * 2 + LANG.replace("宽松", "宽大"), "zh"),
    ],
)
def test_near_duplicates_are_left_out(one: str, other: str, language: Any) -> None:
    using = cleaner()
    rows: list[Value] = [Text(one, language, "a"), Text(other, language, "b")]
    assert kept(rows, using) == rows[:1]
    assert using.dropped == {"near duplicate": 1}
    assert len(kept(rows, cleaner(near_duplicate=0))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            example(LONG, "It weighs 480 g.", "Weight: 480 g"),
            example(LONG, "It weighs 520 g.", "Weight: 520 g"),
        ),
        (example(LONG, "Yes, it is."), example(LONG, "No, it is.")),
        (example(LONG, "It is made for rain."), example(LONG, "It is not made for rain.")),
        (example(LANG, "可以，适合。", language="zh"), example(LANG, "不可以，不适合。", language="zh")),
        (example(LANG, "重48克。", language="zh"), example(LANG, "重84克。", language="zh")),
    ],
)
def test_another_number_or_a_negation_is_no_duplicate(one: Value, other: Value) -> None:
    assert len(kept([one, other])) == 2


def test_exact_duplicates_are_left_out_whatever_their_source() -> None:
    using = cleaner(near_duplicate=0)
    row = example("does it float?", "Yes.")
    assert len(kept([row, replace(row, source="other")], using)) == 1
    assert using.dropped == {"exact duplicate": 1}


def test_a_second_row_of_an_id_is_refused_or_renamed() -> None:
    rows = [
        Row(Place("a", 1), example("does it float?", "Yes."), "7"),
        Row(Place("a", 1), example("is it blue?", "Yes, it is blue."), "7"),  # the same conversation
        Row(Place("a", 2), example("how heavy?", "480 g"), "7"),
        Row(Place("b", 9), example("how wide?", "30 cm"), "7"),  # another file
    ]
    refusing = cleaner()
    assert [row.place.line for row in refusing.clean(rows)] == [1, 1, 9]
    assert "the id '7' is that of line 1 already" in str(refusing.faults)
    assert [row.id for row in cleaner("duplicate_id").clean(rows)] == ["7", "7", "7#2", "7"]


@pytest.mark.parametrize(
    "settings", [{"languages": ()}, {"near_duplicate": 1.2}, {"certainty": 0}, {"shortest": 0}]
)
def test_unusable_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(DataRefused, match=next(iter(settings))):
        CleaningSettings(**settings)


def test_minhash_estimates_the_shared_shingles() -> None:
    words = [f"word{number}" for number in range(60)]
    for changed in (0, 5, 15, 40):
        one, other = " ".join(words), " ".join(words[: 60 - changed] + [f"other{n}" for n in range(changed)])
        first, second = shingles(one, 5), shingles(other, 5)
        truth = len(first & second) / len(first | second)
        assert abs(float(np.mean(minhash(one, 5) == minhash(other, 5))) - truth) < 0.15


def test_seen_tells_what_came_before() -> None:
    seen = Seen()
    assert seen.first("a", "b", value=3) is None
    assert seen.first("a", "b", value=9) == 3
    assert seen.first("ab", "", value=9) is None
    assert not seen.has_like(LONG, "x", share=0.85, size=5)
    assert seen.has_like(LONG, "x", share=0.85, size=5)
    assert not seen.has_like(LONG, "another guard", share=0.85, size=5)
    assert not seen.has_like(LANG, "x", share=0.85, size=3)
    seen.close()


def test_the_question_of_a_prompt_is_found() -> None:
    assert question_of(answer_prompt("does it float: yes?", "Boot", [], "en")) == "does it float: yes?"
    assert question_of(answer_prompt("多重？", "靴子", [passage("重：1", "attribute")], "zh")) == "多重？"
    assert question_of("free text") == "free text"
