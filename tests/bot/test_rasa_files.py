"""The Rasa project agrees with the code: same intents, same actions, same slots."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

import bot
from bot.actions import ACTIONS, action_for
from bot.classifier import SHIPPED, load, read_examples, recipe_of
from bot.entities import find_entities
from bot.patterns import made_examples
from bot.router import EXAMPLES, INTENTS
from bot.tracker import Memory

RASA = Path(bot.__file__).parent / "rasa"


def content(name: str) -> Any:
    return yaml.safe_load((RASA / name).read_text(encoding="utf-8"))


def test_the_domain_lists_the_registered_actions() -> None:
    assert content("domain.yml")["actions"] == [action.action_name for action in ACTIONS]


def test_the_domain_lists_the_routers_intents_and_the_memorys_slots() -> None:
    domain = content("domain.yml")
    assert tuple(domain["intents"]) == INTENTS
    assert set(domain["slots"]) == {item.name for item in fields(Memory)}


def test_rules_send_every_intent_to_the_action_that_our_server_runs() -> None:
    rules = {
        rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in content("data/rules.yml")["rules"]
    }
    assert rules.pop("nlu_fallback") == "action_fallback"
    assert rules == {intent: action_for(intent) for intent in INTENTS}


def test_stories_answer_every_intent_as_the_rules_do() -> None:
    for story in content("data/stories.yml")["stories"]:
        steps = story["steps"]
        for asked, done in zip(steps[::2], steps[1::2], strict=True):
            assert done["action"] == action_for(asked["intent"]), story["story"]


def test_rasas_pipeline_is_the_light_one() -> None:
    config = content("config.yml")
    assert {"LogisticRegressionClassifier", "RegexEntityExtractor"} <= {
        part["name"] for part in config["pipeline"]
    }
    assert {part["name"] for part in config["policies"]} == {"RulePolicy", "MemoizationPolicy"}


@pytest.mark.parametrize(
    ("entity", "texts"),
    [
        ("order_number", ["where is LW-100234?", "订单LW-100234到哪了", "#100234 status W2041"]),
        ("email", ["it is ann@example.com.", "邮箱ann@example.com，谢谢"]),
    ],
)
def test_rasas_patterns_find_what_the_actions_find(entity: str, texts: list[str]) -> None:
    blocks = content("data/entities.yml")["nlu"]
    pattern = next(block["examples"] for block in blocks if block.get("regex") == entity)
    for text in texts:
        found = [match.group() for match in re.finditer(pattern.strip().removeprefix("- "), text)]
        assert found, text
        assert {value.upper().lstrip("#") for value in found} <= {
            item.value.upper() for item in find_entities(text) if item.entity == entity
        }


def test_every_entity_of_the_examples_is_in_the_domain() -> None:
    named = set(re.findall(r"\]\((\w+)\)", "".join(
        (RASA / "data" / name).read_text(encoding="utf-8") for name in ("nlu.yml", "entities.yml")
    )))  # fmt: skip
    assert named <= set(content("domain.yml")["entities"])


def test_every_intent_has_forty_examples_in_both_languages() -> None:
    from ecomlm.language import detect

    examples = read_examples(EXAMPLES)
    for intent in INTENTS:
        for language in ("en", "zh"):
            texts = [
                item.text for item in examples if item.intent == intent and detect(item.text) == language
            ]
            assert len(texts) >= 40, (intent, language)


def test_patterns_make_examples_of_every_intent_without_gaps() -> None:
    made = made_examples()
    assert {intent for _, intent in made} == set(INTENTS)
    assert not [text for text, _ in made if "{" in text or not text]
    assert made == made_examples()


def test_the_other_files_are_readable() -> None:
    assert content("endpoints.yml")["action_endpoint"]["url"].endswith(":5055/webhook")
    assert "rest" in content("credentials.yml")
    assert content("config.yml")["pipeline"]


def test_the_action_server_finds_the_actions() -> None:
    executor = ActionExecutor()
    executor.register_package("bot.actions")
    assert {action.action_name for action in ACTIONS} <= set(executor.actions)


def test_the_shipped_router_is_of_these_examples() -> None:
    """If it fails: `python -m bot route --train` (minutes), and commit bot/rasa/router.npz."""
    assert load(SHIPPED, recipe_of(EXAMPLES), lambda texts: np.zeros((len(texts), 384), np.float32))
