"""The whole report on models of two tiny layers: every part, its figures, its page, and what is left out."""

import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
import torch

from ecomlm.evidence import RankedEvidence
from ecomlm.generation.engine import Piece
from ecomlm.settings import Settings
from tests.training.tiny import tiny_model, tiny_tokenizer
from training.data.examples import Example
from training.evaluate import measuring, recall
from training.evaluate.canary_trial import Trial
from training.evaluate.candidate import SAID
from training.evaluate.measuring import make_report
from training.evaluate.page import as_html, write_page, write_plots
from training.evaluate.report import FIGURES, PARTS, Options, ReportRefused
from training.evaluate.terminal import as_text
from training.recipe import Lora, RecipeInvalid, Training

WORDS = tiny_tokenizer()
SCHEDULE = Training(max_steps=2, rows_per_batch=4, lengths=(192,), checkpoint_steps=99, log_steps=9)
TRIAL = Trial(2, 2, 4, 4, Lora(rank=2, alpha=4), SCHEDULE)
ROWS = [
    Example(
        f"Shop item: Boot\n- Weight: {n} g\nQuestion: How heavy?\nAnswer:", f"{n} g.", "en", "answer", "x"
    )
    for n in (480, 520, 730)
]


class TinyEngine:
    """Goes on greedily for a few tokens with a model in memory, and counts them."""

    def __init__(self, model, name):
        self.model, self.name, self.closed = model, name, False

    async def complete(self, request):
        ids = torch.tensor([WORDS(request.prompt).input_ids[-48:]])
        made = self.model.generate(
            input_ids=ids, max_new_tokens=4, min_new_tokens=4, do_sample=False, eos_token_id=1, pad_token_id=0
        )
        text = WORDS.decode(made[0, ids.shape[1] :], skip_special_tokens=True)
        yield Piece("", generated_tokens=1)
        yield Piece(text, prompt_tokens=ids.shape[1], generated_tokens=4, is_last=True)

    async def close(self):
        self.closed = True


class TinySystem:
    """A base or an adapter that lives in memory."""

    engine = "tiny"

    def __init__(self, name, seed, trained_on=None):
        self.name, self.trained_on, self.engines = name, trained_on, []
        self.model = tiny_model(len(WORDS), seed=seed).eval()

    async def start(self, parallel):
        self.engines.append(TinyEngine(self.model, "tiny"))
        return self.engines[-1]

    def load(self):
        return self.model, WORDS


class InOrder:
    """Ranks passages as they come."""

    def rank(self, question, title, evidence, language):
        return [RankedEvidence(item, 0.9) for item in evidence]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The report of all parts over base, live adapter and candidate, without any public data."""
    home = tmp_path_factory.mktemp("home")
    systems = [TinySystem("base", 3), *(TinySystem(name, seed, {"arguments": {}, "seed": 7})
               for name, seed in (("shop", 4), ("candidate", 5)))]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recall, "build_mixture", lambda *_: ROWS)
        options = Options(limit=1, speed=True, trial=TRIAL)
        report = make_report(Settings(home=home, data=home / "none"), systems, options, InOrder).as_json()
    assert all(engine.closed for system in systems for engine in system.engines)
    return json.loads(json.dumps(report))


def rows_of_part(report, part):
    return [row for row in report["rows"] if row["part"] == part]


def test_every_part_is_measured_or_named_as_left_out(made):
    assert made["parts"] == list(PARTS)
    assert {row["part"] for row in made["rows"]} == set(PARTS) - {"evidence"}
    assert set(made["skipped"]) == {"hetpqa", "epqa", "evidence", "fairness of searches"}
    assert made["systems"] == ["base", "shop", "candidate"]


def test_every_figure_has_its_meaning_and_an_interval_around_it(made):
    for row in made["rows"]:
        figures = set(row) - {"part", "system", "set", "questions", "intervals"}
        assert figures
        assert figures == set(row["intervals"])
        assert figures <= set(FIGURES)
        for figure in figures:
            low, high = row["intervals"][figure]
            assert low <= high
        assert row["questions"] > 0


def test_base_adapters_and_copying_stand_beside_each_other(made):
    systems = {row["system"] for row in rows_of_part(made, "answers")}
    assert systems == {"base", "shop", "candidate", "copy"}
    pairs = {(item["from"], item["to"]) for item in made["differences"]}
    assert pairs == {("base", "shop"), ("base", "candidate"), ("shop", "candidate")}
    assert {item["part"] for item in made["differences"]} >= {
        "answers",
        "voice",
        "perplexity",
        "memorisation",
    }


def test_sets_of_each_part_are_in_both_languages(made):
    for part, sets in (
        ("answers", {"own EN", "own ZH"}),
        ("voice", {"own EN", "own ZH", "tempting EN", "tempting ZH"}),
        ("perplexity", {"general EN", "general ZH", "shop EN", "shop ZH"}),
        ("canaries", {"canaries planted", "canaries cleaned", "canaries never planted"}),
    ):
        assert {row["set"] for row in rows_of_part(made, part)} == sets
    fair = {row["set"] for row in rows_of_part(made, "fairness")}
    assert {name.rpartition(": ")[2] for name in fair} == {"name", "gender", "language"}
    assert {row["set"] for row in rows_of_part(made, "regression")} == {
        "base to shop", "base to candidate", "shop to candidate",
    }  # fmt: skip


def test_speed_is_told_by_system_and_engine(made):
    assert [row["system"] for row in rows_of_part(made, "speed")] == [
        "base on tiny", "shop on tiny", "candidate on tiny",
    ]  # fmt: skip


def test_text_for_a_terminal_holds_every_row_and_the_seed(made):
    text = as_text(made)
    for part in ("answers:", "canaries:", "own ZH", "candidate", "seed 7, limit 1", "left out hetpqa"):
        assert part in text
    assert len(text.splitlines()) > len(made["rows"])


class Checker(HTMLParser):
    """Notes elements left open, what is loaded from elsewhere, and text in Chinese."""

    def __init__(self):
        super().__init__()
        self.open, self.loaded, self.chinese, self.plots = [], [], "", 0

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.loaded += [found[key] for key in ("src", "srcset") if key in found]
        self.loaded += [found["href"]] if not found.get("href", "#").startswith("#") else []
        self.plots += tag == "svg"
        if tag != "meta":
            self.open.append((tag, found.get("lang")))

    def handle_startendtag(self, tag, attributes):
        """Shapes of a plot open nothing."""

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open and self.open[-1][1] == "zh-Hans":
            self.chinese += data


def test_page_stands_alone_with_a_plot_for_each_figure(made, tmp_path):
    write_page(made, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert checker.loaded == []
    assert "http" not in page
    assert not re.search(r"@import|url\(", page)
    assert checker.plots >= len(PARTS) - 1
    for part in set(PARTS) - {"evidence"}:
        assert f'id="{part}"' in page
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page


def test_every_part_with_figures_has_a_file_of_plots(made, tmp_path):
    written = write_plots(made, tmp_path)
    measured = {row["part"] for row in made["rows"]}
    assert {path.stem for path in written} == measured
    assert [path for path in tmp_path.iterdir() if path not in written] == []
    assert "own EN (n=" in (tmp_path / "answers.svg").read_text(encoding="utf-8")


def test_page_shows_texts_side_by_side_escaped_and_chinese_marked(made):
    change = {
        "from": "shop", "to": "candidate", "kind": "claim", "set": "own ZH", "question": "防水吗？",
        "before": "不防水。", "after": "<b>防水</b>3000", "right": "不防水。", "claims": ["3000"],
    }  # fmt: skip
    page = as_html(made | {"texts": {"regression": [change]}})
    checker = Checker()
    checker.feed(page)
    for part in ("防水吗？", "不防水。", "<b>防水</b>3000"):
        assert part in checker.chinese
    assert "<b>防水</b>" not in page
    assert "New unsupported claim" in page
    assert "Unsupported: 3000" in page


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (Options(parts=("answer",)), "no part is called answer; there are answers"),
        (Options(sets=("own",)), "no set is called own; there are hetpqa"),
        (Options(limit=-1), "limit = -1: use 0 for all questions"),
        (Options(parts=("answers",), sets=("hetpqa",)), "nothing could be measured. hetpqa: "),
    ],
)
def test_what_cannot_be_measured_is_told(options, told, tmp_path):
    settings = Settings(home=tmp_path, data=tmp_path / "none")
    with pytest.raises(ReportRefused, match=re.escape(told)):
        make_report(settings, [TinySystem("base", 3)], options, InOrder)


def test_faults_that_would_cost_the_whole_run_are_told_first(tmp_path):
    settings = Settings(home=tmp_path, data=tmp_path / "none")
    with pytest.raises(ReportRefused, match="there is no folder"):
        measuring.evaluate(settings, Options(), html=tmp_path / "gone" / "page.html")
    (tmp_path / "voice.toml").write_text("max_sentences = 0", encoding="utf-8")
    system = TinySystem("base", 3)
    with pytest.raises(RecipeInvalid, match="max_sentences = 0"):
        make_report(settings, [system], Options(parts=("voice",), voice=tmp_path / "voice.toml"), InOrder)
    assert system.engines == []


def test_parts_are_all_but_speed_unless_they_are_named():
    assert Options().chosen() == tuple(name for name in PARTS if name != "speed")
    assert Options(speed=True).chosen() == tuple(PARTS)
    assert Options(parts=("speed", "voice")).chosen() == ("voice", "speed")


def test_base_alone_has_no_training_to_remember(tmp_path):
    settings = Settings(home=tmp_path, data=tmp_path / "none")
    options = Options(limit=1, parts=("memorisation", "voice"))
    report = make_report(settings, [TinySystem("base", 3)], options, InOrder).as_json()
    assert "no adapter is measured" in report["skipped"]["memorisation"]
    assert {row["part"] for row in report["rows"]} == {"voice"}


def test_two_adapters_are_compared_with_texts_and_page(tmp_path, monkeypatch, capsys):
    systems = [TinySystem("shop", 4), TinySystem("candidate", 5)]
    monkeypatch.setattr(measuring, "adapters_of", lambda settings, names: systems)
    settings = Settings(home=tmp_path, data=tmp_path / "none")
    monkeypatch.setattr(measuring, "Ranker", SimpleNamespace(load=lambda settings: InOrder()))
    measuring.compare(settings, ("shop", "candidate"), questions=2, html=tmp_path / "page.html")
    told = capsys.readouterr()
    for part in (*SAID.values(), "shop to candidate"):
        assert part in told.out
    assert "own ZH, 2 questions" in told.err
    assert (tmp_path / "page.html").exists()
