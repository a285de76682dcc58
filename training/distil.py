"""Distils a model into one with fewer layers: it learns the teacher's choices and inner states.

The student begins with some of the teacher's layers. Its loss is the teacher's distribution over next tokens
(Hinton et al. 2015), the teacher's hidden states at the same depth (Jiao et al. 2020, "TinyBERT") and the
answer itself. A teacher with other tokens, or behind an OpenAI-compatible server, writes the answers that the
student learns instead (Kim & Rush 2016). Knows nothing of serving.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

from ecomlm.generation.engine import Completion, Engine, Piece
from ecomlm.generation.prompts import STOP
from ecomlm.settings import Settings
from training.data.examples import Example, data_hash
from training.data.rows import DataRefused
from training.finetune import feed_whole_rows, save_full
from training.layers import choose_layers, kinds_of, with_layers
from training.recipe import Part, Training
from training.runs import CarefulSteps, Run, open_run, train, trainer_arguments
from training.tokens import IGNORED, Collator, LikeLengths, TokenRow, TokenRows, tokenise


@dataclass(frozen=True)
class DistilRecipe(Part):
    """Everything that decides a distillation besides teacher and rows.

    `temperature` softens both distributions. The three weights say how much the teacher's distribution, its
    hidden states and the answers of the rows count.
    """

    name: str = "student"
    seed: int = 7
    layers: int = 12
    temperature: float = 2.0
    distribution: float = 1.0
    hidden: float = 1.0
    answers: float = 0.5
    held_out_percent: int = 5
    training: Training = field(default_factory=lambda: Training(learning_rate=2e-4, epochs=3))
    rows: dict[str, int] = field(default_factory=dict)

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if self.layers < 1:
            yield f"layers = {self.layers}: use 1 or more"
        if self.temperature <= 0:
            yield f"temperature = {self.temperature}: use more than 0"
        weights = {name: getattr(self, name) for name in ("distribution", "hidden", "answers")}
        yield from (f"{name} = {value}: use 0 or more" for name, value in weights.items() if value < 0)
        if not any(weights.values()):
            yield "distribution, hidden and answers are all 0: nothing would be learnt"


class StudentTrainer(CarefulSteps, Trainer):  # type: ignore[misc]  # transformers ships no types
    """A Trainer whose loss compares the student with its teacher at the positions of answers."""

    teacher: Any
    chosen: list[int]
    recipe: DistilRecipe

    def compute_loss(
        self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, **_: Any
    ) -> Any:
        """Return the weighted sum of the three losses."""
        labels = inputs["labels"]
        asked: dict[str, Any] = {
            "input_ids": inputs["input_ids"],
            "attention_mask": inputs["attention_mask"],
            "logits_to_keep": labels.shape[1] + 1,
            "use_cache": False,
            "output_hidden_states": self.recipe.hidden > 0,
        }
        told = model(**asked)
        with torch.no_grad():
            right = self.teacher(**asked)
        counted = labels != IGNORED
        logits = told.logits[:, :-1][counted].float()
        loss = self.recipe.distribution * divergence(
            logits, right.logits[:, :-1][counted].float(), self.recipe.temperature
        )
        if self.recipe.answers:
            loss = loss + self.recipe.answers * functional.cross_entropy(logits, labels[counted])
        if self.recipe.hidden:
            pairs = zip(told.hidden_states[1:], self._states(right), strict=True)
            parts = [apart(one, other, inputs["attention_mask"]) for one, other in pairs]
            loss = loss + self.recipe.hidden * torch.stack(parts).mean()
        return (loss, told) if return_outputs else loss

    def _states(self, told: Any) -> list[torch.Tensor]:
        """The teacher's states that the student's layers are to reach: each up to the next chosen layer."""
        ends = [layer for layer in self.chosen[1:]] + [len(told.hidden_states) - 1]
        return [told.hidden_states[end] for end in ends]

    def _get_train_sampler(self, train_dataset: Any = None) -> LikeLengths:
        rows = (train_dataset or self.train_dataset).rows
        training = self.recipe.training
        return LikeLengths(rows, training.rows_per_batch, training.lengths, self.recipe.seed)


def divergence(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return the mean Kullback-Leibler divergence of the softened distributions, by temperature squared."""
    told = functional.log_softmax(student / temperature, dim=-1)
    right = functional.log_softmax(teacher / temperature, dim=-1)
    return functional.kl_div(told, right, reduction="batchmean", log_target=True) * temperature**2


def apart(student: torch.Tensor, teacher: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return one minus the mean cosine of hidden states, (batch, length, width), where `mask` is 1."""
    cosines = functional.cosine_similarity(student.float(), teacher.float(), dim=-1)
    return 1 - (cosines * mask).sum() / mask.sum()


@dataclass(frozen=True)
class Distilled:
    """A student with how near it is to its teacher: divergence and agreement, before and after."""

    student: Any
    run: Run
    figures: dict[str, Any]


def distil(
    settings: Settings, recipe: DistilRecipe, teacher: Path, examples: Sequence[Example], *, name: str
) -> Path:
    """Distil the Hugging Face model in `teacher` and put the student into `home/models/full`."""
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    rows = tokenise(examples, tokenizer, recipe.training.lengths[-1])
    run = open_run(
        settings.home / "runs" / name,
        stage="distil",
        arguments=recipe.arguments(),
        seed=recipe.seed,
        data={"hash": data_hash(examples), "rows": len(rows), "teacher": teacher.name},
    )
    model = AutoModelForCausalLM.from_pretrained(teacher, dtype=torch.float32)
    done = train_student(model, rows, recipe, run, pad=tokenizer.pad_token_id or 0)
    print(f"student of {recipe.layers} layers: {done.figures}", flush=True)
    return save_full(done.student, tokenizer, settings.home / "models" / "full" / recipe.name)


def train_student(
    teacher: Any, rows: Sequence[TokenRow], recipe: DistilRecipe, run: Run, *, pad: int
) -> Distilled:
    """Make a student of the teacher's layers and teach it, going on from the run's last checkpoint."""
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    chosen = choose_layers(kinds_of(teacher), recipe.layers)
    student = with_layers(teacher, chosen)
    teacher.eval().requires_grad_(False)
    count = max(1, len(rows) * recipe.held_out_percent // 100)
    learnt, kept_back = list(rows[count:]), list(rows[:count])
    collator = Collator(recipe.training.lengths, pad)
    before = nearness(student, teacher, kept_back, collator)
    feed_whole_rows(student)
    arguments = trainer_arguments(run, recipe.training, recipe.seed)
    arguments["bf16"] = torch.cuda.is_available()
    trainer = StudentTrainer(
        model=student,
        args=TrainingArguments(**arguments),
        train_dataset=TokenRows(learnt),
        data_collator=collator,
    )
    trainer.teacher, trainer.chosen, trainer.recipe = teacher.to(trainer.args.device), chosen, recipe
    mean = sum(len(row.ids) for row in learnt) / max(len(learnt), 1)
    rows_a_step = recipe.training.rows_per_batch * recipe.training.accumulate * PartialState().num_processes
    result = train(trainer, run, tokens_per_step=mean * rows_a_step)
    after = nearness(student, teacher, kept_back, collator)
    figures = {
        **result,
        "tokens": round(result["steps"] * mean * rows_a_step),
        "layers": chosen,
        "held_out_rows": count,
        "before": before,
        "after": after,
    }
    run.finish(figures)
    return Distilled(student, run, figures)


@torch.no_grad()
def nearness(student: Any, teacher: Any, rows: Sequence[TokenRow], collator: Collator) -> dict[str, float]:
    """Return the divergence from the teacher in natural log units, and how often both choose one token."""
    student.eval()
    device = next(student.parameters()).device
    total, same, count = 0.0, 0, 0
    for row in rows:
        batch = {name: value.to(device) for name, value in collator([row]).items()}
        asked = {
            "input_ids": batch["input_ids"],
            "attention_mask": batch["attention_mask"],
            "use_cache": False,
        }
        counted = batch["labels"][0] != IGNORED
        keep = batch["labels"].shape[1] + 1
        told, right = (
            model(**asked, logits_to_keep=keep).logits[0, :-1][counted].float()
            for model in (student, teacher)
        )
        total += float(divergence(told, right, 1.0)) * len(told)
        same += int((told.argmax(-1) == right.argmax(-1)).sum())
        count += len(told)
    return {"divergence": round(total / count, 4), "same_choice": round(same / count, 4)}


class WritingModel:
    """A Hugging Face model as an engine, so that it can be a teacher that writes; one prompt at a time."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        kind = torch.bfloat16 if torch.cuda.is_available() else torch.float32
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=kind)
        self._model: Any = model.to(PartialState().device).eval()

    async def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        """Write the greedy completion as one piece, up to the first of the request's stop texts."""
        yield Piece(await asyncio.to_thread(self._write, request), is_last=True)

    async def prefill(self, prompt: str) -> None:
        """Do nothing: there is no prefix cache."""

    async def close(self) -> None:
        """Free the weights."""
        self._model = None

    def _write(self, request: Completion) -> str:
        ids = self._tokenizer(request.prompt, return_tensors="pt").input_ids.to(self._model.device)
        made = self._model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=request.max_tokens,
            min_new_tokens=request.max_tokens if request.ignore_eos else None,
            do_sample=False,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        text: str = self._tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True)
        for stop in request.stop:
            text = text.partition(stop)[0]
        return text


async def taught_texts(
    engine: Engine, examples: Sequence[Example], *, max_tokens: int = 96
) -> AsyncIterator[Example]:
    """Yield the rows with what a writing teacher says to their prompts; empty replies are left out."""
    for row in examples:
        request = Completion(row.prompt, max_tokens=max_tokens, stop=STOP)
        text = "".join([piece.text async for piece in engine.complete(request)]).strip()
        if text:
            yield replace(row, answer=text, source=f"{row.source} by {engine.name}")


async def write_taught(engine: Engine, examples: Sequence[Example], target: Path) -> int:
    """Append what the teacher says to the prompts that `target` does not hold yet; return how many it wrote.

    Each row is on disk before the next prompt is asked, so that a lost teacher costs one row. The file is
    read by every stage that takes rows (format `examples`).

    Raises:
        EngineUnavailable: when the teacher is lost; the same call goes on where it stopped.
        DataRefused: when `target` holds rows that cannot be used, or nothing was written at all.
    """
    known = _prompts_in(target) if target.exists() else set()
    missing = [row for row in examples if row.prompt not in known]
    written = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("a", encoding="utf-8") as lines:
        async for row in taught_texts(engine, missing):
            lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            lines.flush()
            written += 1
    if not written and not known:
        target.unlink()
        raise DataRefused(f"the teacher {engine.name!r} wrote nothing to {len(missing)} prompts")
    return written


def _prompts_in(file: Path) -> set[str]:
    """The prompts exactly as they were asked, which the readers of training data may clean."""
    prompts = set()
    lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    for number, line in enumerate(lines, 1):
        try:
            prompts.add(str(json.loads(line)["prompt"]))
        except (ValueError, KeyError, TypeError) as error:
            raise DataRefused(
                f"{file.name}, line {number} is no row of a prompt and its answer ({error!r}): "
                "remove the line, and it is asked for again"
            ) from error
    return prompts
