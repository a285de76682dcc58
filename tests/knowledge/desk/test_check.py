"""Texts that say otherwise than the rules are found, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge.__main__ import main
from knowledge.desk.check import check_texts, texts_in, texts_of
from knowledge.desk.commands import CANNED
from knowledge.desk.rules import load_rules
from knowledge.records import Article
from knowledge.sample.load import load_sample
from knowledge.settings import SAMPLE_RULES


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    articles = [record for record in load_sample() if isinstance(record, Article)]
    return [text for article in articles for text in texts_of(article)]


def rules_with(tmp_path: Path, old: str, new: str):
    text = SAMPLE_RULES.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "rules.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_rules(file)


def test_the_sample_shops_texts_agree_with_its_rules(texts) -> None:
    canned = [text for file in CANNED for text in texts_in(file)]
    assert check_texts([*texts, *canned], load_rules()) == []


@pytest.mark.parametrize(
    ("old", "new", "articles"),
    [
        ("{days: 30}", "{days: 14}", {"returns-policy", "not-returnable"}),
        ("[clothing], days: 45", "[clothing], days: 60", {"returns-policy"}),
        ("until: 2027-01-31", "until: 2027-01-15", {"returns-policy"}),
        ('"6.90"', '"7.90"', {"how-to-return"}),
        ("amount: 29", "amount: 39", {"how-to-return"}),
        ("[toys], months: 12", "[toys], months: 24", {"warranty-terms"}),
        ("card: [3, 5]", "card: [5, 7]", {"refund-times"}),
        ("days: 90", "days: 30", {"sold-out-notices"}),
    ],
)
def test_an_edited_rule_finds_every_article_that_worded_it_in_both_languages(
    texts, tmp_path: Path, old: str, new: str, articles: set[str]
) -> None:
    found = check_texts(texts, rules_with(tmp_path, old, new))
    assert {item.place.split()[1] for item in found} == articles
    assert {item.place[-3:-1] for item in found} == {"en", "zh"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("You can return shoes within 60 days.", True),
        ("鞋子60天内可以退。", True),
        ("You can return shoes within 45 days.", False),
        ("Can I return shoes within 60 days?", False),
        ("鞋子60天内可以退吗？", False),
        ("We ship within 60 days.", False),
        ("We check a return within 3 working days.", False),
    ],
)
def test_only_statements_about_the_matter_are_held_against_a_rule(text: str, wrong: bool) -> None:
    assert bool(check_texts([("here", text)], load_rules())) is wrong


def test_the_command_names_articles_replies_and_examples_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOMLM_HOME", str(tmp_path))
    assert main(["import", "--sample"]) == 0
    assert main(["check"]) == 0
    assert "they agree" in capsys.readouterr().out
    replies, rows = tmp_path / "replies.yml", tmp_path / "rows.jsonl"
    replies.write_text("utter_returns: [{en: You can return shoes within 45 days., zh: 鞋子45天内可以退。}]")
    rows.write_text('{"prompt": "how long?", "completion": "Shoes can be returned within 45 days."}\n')
    shutil.copy(SAMPLE_RULES, tmp_path / "rules.yaml")
    text = (tmp_path / "rules.yaml").read_text(encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(text.replace("days: 45", "days: 20"), encoding="utf-8")
    assert main(["check", str(replies), str(rows)]) == 1
    out = capsys.readouterr().out
    for place in ("returns-policy", "exchanges", "replies.yml", "rows.jsonl"):
        assert place in out
