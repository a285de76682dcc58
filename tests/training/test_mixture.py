"""The mixture: every task in both languages, numbers from the records, shares as the recipe says."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from transformers import AutoTokenizer

from ecomlm.generation.prompts import short_names
from ecomlm.models.base import huggingface_folder
from ecomlm.quantities import quantities
from ecomlm.settings import Settings
from ecomlm.telling import WordingsInvalid
from knowledge.records import Article, Product
from knowledge.sample.load import load_sample
from knowledge.settings import load
from training.data.examples import Example
from training.data.mixture import _TASKS, MixtureInvalid, Shop, gather
from training.data.split import is_test_product
from training.data.tasks.copywriting import AD_CHARACTERS
from training.data.tasks.support import context_of, unsupported
from training.data.tasks.wordings import policies, table
from training.recipe import SHOP_RECIPE, FinetuneRecipe, read_recipe

DATA = load(Settings).data
SHOP = Shop.load()
TESTED = {
    record.title.en
    for record in load_sample()
    if isinstance(record, Product | Article) and is_test_product(record.id)
}
needs_data = pytest.mark.skipif(
    not (DATA / "product_qa").exists(), reason="the public data sets are not here"
)
both_languages = pytest.mark.parametrize("language", ["en", "zh"])
every_task = pytest.mark.parametrize("task", list(_TASKS))


def rows_of(task, language, seed=1):
    return list(_TASKS[task](SHOP, language, random.Random(seed)))


def some(rows, count=40):
    return random.Random(2).sample(rows, min(count, len(rows)))


@every_task
@both_languages
def test_a_builder_writes_rows_in_the_language_asked_for(task, language):
    rows = rows_of(task, language)
    assert len(rows) > 100
    assert {row.language for row in rows} == {language}
    assert all(row.answer.strip() and "{" not in row.answer and "\n" not in row.answer for row in rows)


@every_task
@both_languages
def test_a_builder_gives_the_same_rows_for_the_same_seed(task, language):
    assert rows_of(task, language) == rows_of(task, language)
    assert rows_of(task, language) != rows_of(task, language, seed=2)


@every_task
def test_products_and_articles_that_are_tested_are_not_in_the_rows(task):
    for row in rows_of(task, "en"):
        assert not is_test_product(row.product)
        assert context_of(row).subject not in TESTED


@pytest.mark.parametrize("task", [task for task in _TASKS if task != "smalltalk"])
@both_languages
def test_numbers_of_an_answer_stand_in_its_prompt(task, language):
    checked = 0
    for row in some(rows_of(task, language)):
        if unsupported(row):
            continue  # the mixture leaves it out
        shown = {number.value for number in quantities(row.prompt)}
        for number in quantities(row.answer):
            assert number.value in shown, (row.prompt, row.answer)
            checked += 1
    assert checked or task in ("near", "traits")


@both_languages
def test_counts_of_reviews_are_kept_exactly(language):
    mark = "- " if language == "en" else "："
    for row in rows_of("digest", language)[:200]:
        points = [line for line in row.prompt.splitlines() if " positive" in line or "人好评" in line]
        assert points
        for line in points:
            told = {number.value for number in quantities(line.split(":" if language == "en" else mark)[-1])}
            assert told <= {number.value for number in quantities(row.answer)} | {0}, (row.prompt, row.answer)


@both_languages
def test_an_ad_is_one_line_of_the_length_allowed_and_promises_nothing(language):
    praise = ("best", "perfect", "guarantee", "cheapest", "unique", "最好", "最佳", "保证", "第一", "完美")
    for row in rows_of("ad", language):
        assert len(row.answer) <= AD_CHARACTERS[language]
        assert not any(word in row.answer.lower() for word in praise), row.answer


@both_languages
def test_a_description_has_at_most_four_sentences(language):
    stop = "。" if language == "zh" else ". "
    for row in rows_of("description", language):
        assert 1 <= (row.answer + " ").count(stop) <= 4, row.answer


@both_languages
def test_the_product_that_is_said_to_be_lighter_is(language):
    checked = 0
    for row in rows_of("compare", language):
        line = next((line for line in row.prompt.splitlines() if "Weight: " in line or "重量：" in line), "")
        said = "is lighter" if language == "en" else "更轻，"
        if not line or said not in row.answer:
            continue
        values = [number.amount for number in quantities(line) if number.unit][:2]
        first, second = short_names(tuple(context_of(row).subject.split(" | ")))  # type: ignore[arg-type]  # plain test values
        lighter = first if values[0] < values[1] else second
        assert f"{lighter}{' ' if language == 'en' else ''}{said}" in row.answer, (row.prompt, row.answer)
        checked += 1
    assert checked > 20


def test_a_number_that_the_prompt_does_not_hold_is_noticed():
    prompt = "Shop item: Boot\n- Fact: Weight: 480 g\nQuestion: how heavy?\nAnswer:"
    right = Example(prompt, "It weighs 480 g.", "en", "answer", "shop")
    wrong = Example(prompt, "It weighs 520 g.", "en", "answer", "shop")
    assert not unsupported(right)
    assert [claim.kind for claim in unsupported(wrong)] == ["number"]


def test_a_comparison_that_swaps_two_values_is_noticed():
    prompt = (
        "Shop items: Ferrant Bag | Drywick Bag\n- Fact: Capacity: Ferrant 12 l, Drywick 24 l\n"
        "Question: which is larger?\nComparison:"
    )
    right = Example(prompt, "Drywick has a capacity of 24 l.", "en", "compare", "compare")
    wrong = Example(prompt, "Drywick has a capacity of 12 l.", "en", "compare", "compare")
    assert not unsupported(right)
    assert unsupported(wrong)


def test_policies_are_written_of_articles_that_are_not_tested():
    known = {article.id for article in SHOP.articles}
    assert {asked.article for asked in policies("en")} <= known
    assert len({asked.article for asked in policies("zh")}) > 30


def test_a_table_with_a_missing_column_is_named(tmp_path, monkeypatch):
    (tmp_path / "near.tsv").write_text("# head\nonly\tthree\tcells\n")
    monkeypatch.setattr("training.data.tasks.wordings._TABLES", tmp_path)
    with pytest.raises(WordingsInvalid, match=r"near\.tsv, line 2"):
        list(table("near", 4))


def test_rows_of_an_unknown_source_are_refused(tmp_path):
    with pytest.raises(MixtureInvalid, match="shp"):
        gather(tmp_path, 7, {"shp": 10})


@needs_data
def test_the_mixture_has_the_shares_that_the_recipe_says():
    shares = {name: count // 25 for name, count in read_recipe(SHOP_RECIPE, FinetuneRecipe).rows.items()}
    mixture = gather(DATA, 7, shares)
    found = Counter(row.source for row in mixture.rows)
    for row in mixture.rows:
        found[f"{row.source}_{row.language}"] += 1
    assert {name: found[name] for name in shares} == shares
    assert len({(row.prompt, row.answer) for row in mixture.rows}) == len(mixture.rows)
    chinese = sum(row.language == "zh" for row in mixture.rows) / len(mixture.rows)
    assert 0.45 < chinese < 0.55
    assert {row.task for row in mixture.rows} >= {
        "compare",
        "digest",
        "description",
        "ad",
        "policy",
        "smalltalk",
    }


@pytest.mark.slow
def test_rows_are_short_enough_for_the_recipe(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(huggingface_folder(Settings(home=tmp_path)))
    longest = read_recipe(SHOP_RECIPE, FinetuneRecipe).training.lengths[-1]
    for task in _TASKS:
        for language in ("en", "zh"):
            rows = some(rows_of(task, language), 60)
            short = [row for row in rows if len(tokenizer(row.prompt + row.answer).input_ids) < longest]
            assert len(short) >= 0.95 * len(rows), (task, language)
