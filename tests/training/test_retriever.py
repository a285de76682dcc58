"""A table of token vectors comes near to its teacher, in both languages."""

import json
from functools import cache

import numpy as np
import pytest
import torch

from ecomlm.search import index as indexing
from ecomlm.search import live
from ecomlm.search.embed import EmbedderUnavailable
from ecomlm.search.index import build_index
from ecomlm.search.vectors import VectorCache
from ecomlm.settings import Settings
from knowledge.store import Store
from tests.ecomlm.search.hash_embedder import HashEmbedder
from tests.ecomlm.search.shop import articles, products
from tests.training.tiny import new_run
from training.data.rows import Text
from training.evaluate.retriever import ASKING, STUDENTS, TEACHERS, Found, compare, losses, table, verdict
from training.recipe import RecipeInvalid, Schedule, recipe_of
from training.retriever import (
    RetrieverRecipe,
    distil_retriever,
    likeness,
    make_student,
    public_lines,
    shop_lines,
)
from training.static import StaticEmbedder, bags, chinese_tokenizer, english_tokenizer

ENGLISH = [
    f"{kind} {noun} for {use}"
    for kind in ("warm", "light", "red")
    for noun in ("boot", "tent", "lamp")
    for use in ("winter", "hiking", "children")
]
CHINESE = [
    f"{use}{kind}{noun}"
    for kind in ("保暖", "轻便", "红色")
    for noun in ("登山鞋", "帐篷", "台灯")
    for use in ("冬季", "徒步", "儿童")
]


class Teacher:
    """Adds up a random vector for each letter or Chinese character, and one for the first of them."""

    name, dimensions = "made", 24

    def encode_passages(self, texts):
        vectors = np.stack([self._of(text) for text in texts])
        return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    encode_queries = encode_passages

    def _of(self, text):
        signs = [sign for sign in text if sign.isalnum()] or ["."]
        drawn = [_drawn(ord(sign), self.dimensions) for sign in signs]
        return np.sum(drawn, axis=0) + drawn[0]


@cache
def _drawn(seed, size):
    return np.random.default_rng(seed).normal(size=size)


def recipe(**changes):
    training = Schedule(learning_rate=0.02, rows_per_batch=8, epochs=20, checkpoint_steps=20, log_steps=5)
    return RetrieverRecipe(**{"training": training} | changes)


def values(texts, language):
    return [Text(text, language, "made", text) for text in texts]


@pytest.mark.parametrize(("language", "texts"), [("en", ENGLISH), ("zh", CHINESE)])
def test_student_approaches_its_teacher_on_texts_it_has_not_read(tmp_path, language, texts):
    run = new_run(tmp_path / "run")
    rows = values(texts, language)
    with VectorCache(tmp_path / "vectors.db") as cache:
        made = make_student(Teacher(), rows[4:], rows[:4], recipe(), run, cache)
    assert made.figures["cosine"] > made.figures["cosine_before"]
    assert made.figures["cosine"] > 0.8
    losses_seen = [float(line.split(",")[1]) for line in run.curves.read_text().splitlines()[1:]]
    assert losses_seen[-1] < 0.8 * losses_seen[0]
    again = StaticEmbedder.load(made.folder)
    right = Teacher().encode_passages(texts)
    assert likeness(again, texts, right) == pytest.approx(likeness(made.embedder, texts, right), abs=1e-3)
    assert again.name == "retriever-made"
    assert json.loads((run.folder / "result.json").read_text())["texts"] == len(texts) - 4


def test_vector_is_the_mean_of_the_tokens_and_nothing_known_is_zero():
    tokenizer = chinese_tokenizer(["登山鞋 boot"], 10)
    size = tokenizer.get_vocab_size()
    encoder = StaticEmbedder("made", tokenizer, torch.eye(size))
    [ids] = encoder.tokens(["登山鞋boot"])
    expected = torch.eye(size)[ids].mean(0)
    np.testing.assert_allclose(
        encoder.encode_queries(["登山鞋boot"])[0], expected / expected.norm(), rtol=1e-5
    )
    assert not encoder.encode_passages(["", "..."]).any()
    assert encoder.encode_passages([]).shape == (0, size)


def test_texts_are_laid_end_to_end():
    flat, starts = bags([[1, 2], [], [3]])
    assert (flat.tolist(), starts.tolist()) == ([1, 2, 3], [0, 2, 2])


def test_chinese_is_cut_into_its_words_and_an_unknown_character_costs_only_itself():
    tokenizer = chinese_tokenizer(["防水登山鞋", "登山鞋 GORE-TEX 480克", "防水帐篷"], 50)

    def cut(text):
        return [tokenizer.id_to_token(id) for id in tokenizer.encode(text).ids]

    assert "".join(cut("登山鞋防水")) == "登山鞋防水"
    assert len(cut("登山鞋防水")) < 5
    assert cut("Gore") == ["gore"]
    assert cut("480") == ["480"]
    assert "防水" in cut("防水龘帐篷")
    assert "<unknown>" in cut("防水龘帐篷")


def test_english_is_cut_as_the_teacher_cuts_it():
    tokenizer = english_tokenizer()
    tokenizer.no_padding()
    assert tokenizer.encode("Hiking Boots", add_special_tokens=False).tokens == ["hiking", "boots"]


def test_folder_without_a_table_is_told(tmp_path):
    with pytest.raises(EmbedderUnavailable, match="python -m training retriever"):
        StaticEmbedder.load(tmp_path)


def test_recipe_with_unusable_values_is_refused():
    with pytest.raises(RecipeInvalid, match=r"(?s)smoothing = 0.*held_out_percent = 60"):
        recipe_of({"smoothing": 0, "held_out_percent": 60}, RetrieverRecipe, "the recipe")


@pytest.fixture
async def shop(tmp_path, monkeypatch):
    """A shop with an index of made vectors."""
    settings = Settings(home=tmp_path / "home", threads=1, data=tmp_path)
    settings.home.mkdir()
    embedders = {"en": HashEmbedder(64), "zh": HashEmbedder(64)}
    for place in (live, indexing):
        monkeypatch.setattr(place, "open_embedders", lambda _: embedders)
    monkeypatch.setattr("training.retriever.open_embedders", lambda _: embedders)
    async with await Store.open(settings) as store:
        await store.save([*products(), *articles()], who="test")
        await build_index(settings, store)
    return settings


async def test_lines_of_the_shop_are_learnt_and_measured_in_the_search(shop, tmp_path):
    texts = await shop_lines(shop)
    assert {text.language for text in texts} == {"en", "zh"}
    assert len({(text.language, text.text) for text in texts}) == len(texts)
    assert public_lines(tmp_path) == []
    quick = recipe(training=Schedule(learning_rate=0.02, rows_per_batch=32, epochs=2), held_out_percent=30)
    students = distil_retriever(shop, quick, texts, name="made")
    assert set(students) == {"en", "zh"}
    wanted = next(product for product in products() if product.id == "tea")
    rows = [
        {language: wanted.title.exact(language) for language in ("en", "zh")} | {"expected": [wanted.id]}
    ] * 2
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = await compare(shop, {name: item.embedder for name, item in students.items()}, questions)
    assert {(item.system, item.measure) for item in found} == {
        (system, f"MRR {language}") for system in (TEACHERS, ASKING, STUDENTS) for language in ("en", "zh")
    }
    assert all(item.value == 1 for item in found if item.system == TEACHERS)


async def test_judged_catalogue_is_measured_by_its_judgements(shop):
    (shop.data / "icecat").mkdir()
    rows = [
        {"query": "boot", "docid": product.id, "rating": 1 + number % 2}
        for number, product in enumerate(products())
    ]
    file = shop.data / "icecat" / "judgments.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = await compare(shop, {"en": HashEmbedder(64)})
    measures = {item.measure for item in found}
    assert measures == {f"{way}, {kind}" for way in ("vectors only", "fused") for kind in ("judged", "whole")}
    assert set(losses(found, STUDENTS).values()) == {0.0}  # the same embedder again
    file.write_text(json.dumps(rows[0] | {"docid": "another"}), encoding="utf-8")
    assert await compare(shop, {"en": HashEmbedder(64)}) == []


def test_too_few_texts_are_refused(shop):
    with pytest.raises(RecipeInvalid, match="import a catalogue"):
        distil_retriever(shop, recipe(), [Text("boot", "en", "made")], name="made")


def test_figures_stand_side_by_side_and_the_worst_decides():
    found = [
        Found(system, measure, value, 9)
        for system, pair in ((TEACHERS, (0.8, 0.5)), (ASKING, (0.79, 0.495)), (STUDENTS, (0.8, 0.4)))
        for measure, value in zip(("fused, judged", "fused, whole"), pair, strict=True)
    ]
    assert losses(found, STUDENTS)["fused, whole"] == pytest.approx(0.2)
    assert "0.400" in table(found).splitlines()[-1]
    told = verdict(RetrieverRecipe(), {"en": 40.0}, found)
    assert "students ask: within the bounds" in told[0]
    assert "students: not within the bounds" in told[1]
    assert "20.0 %" in told[1]
    slow = verdict(RetrieverRecipe(), {"en": 40.0, "zh": 3.0}, found)
    assert "students ask: not within the bounds" in slow[0]
    assert verdict(RetrieverRecipe(), {"en": 40.0}, []) == [
        "no judged questions: what the search loses is not measured"
    ]
