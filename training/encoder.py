"""Pretrains the search encoder on the shop's text by masked words, and keeps it only where search gains.

A sentence encoder forgets its space under masked words alone (Devlin et al. 2019), so each sentence's vector
is held near the one of the encoder at the start. Knows English MiniLM's folder layout; nothing of indexes.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from torch.utils.data import Dataset
from transformers import (
    BertForMaskedLM,
    BertModel,
    DataCollatorForLanguageModeling,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
)

from ecomlm.search.embed import BertEmbedder, Embedder
from ecomlm.settings import Settings
from training.corpus import split, texts_hash
from training.data.rows import Text
from training.recipe import Part, RecipeInvalid, Schedule
from training.runs import CarefulSteps, Run, open_run, train, trainer_arguments

Row = dict[str, list[int]]


@dataclass(frozen=True)
class EncoderRecipe(Part):
    """Everything that decides the pretraining besides the text.

    `masked` is the share of words to guess; `anchor` weighs how firmly vectors are held; `gain` is by how
    much the measured search has to rise for the encoder to be kept.
    """

    name: str = "shop-encoder"
    seed: int = 7
    masked: float = 0.15
    anchor: float = 2.0
    gain: float = 0.005
    length: int = 64
    held_out_percent: int = 20
    training: Schedule = field(
        default_factory=lambda: Schedule(learning_rate=5e-5, rows_per_batch=16, epochs=3)
    )

    def check(self) -> Iterator[str]:
        """Yield what is unusable."""
        yield from super().check()
        if not 0 < self.masked < 1:
            yield f"masked = {self.masked} is not between 0 and 1"
        if self.anchor < 0:
            yield f"anchor = {self.anchor}: use 0 or more"
        if not 8 <= self.length <= 512:
            yield f"length = {self.length} is not between 8 and 512"


class Rows(Dataset[Row]):
    """Sentences as token numbers, all padded to one length."""

    def __init__(self, texts: Sequence[str], tokenizer: Any, length: int) -> None:
        self._rows = tokenizer(
            list(texts),
            truncation=True,
            max_length=length,
            padding="max_length",
            return_special_tokens_mask=True,
        )

    def __len__(self) -> int:
        return len(self._rows["input_ids"])

    def __getitem__(self, index: int) -> Row:
        names = ("input_ids", "attention_mask", "special_tokens_mask")
        return {name: self._rows[name][index] for name in names} | {"whole": self._rows["input_ids"][index]}


class MaskedTrainer(CarefulSteps, Trainer):  # type: ignore[misc]  # transformers ships no types
    """A Trainer whose loss is the guessed words' and the vectors' distance from those of the start."""

    original: Any
    anchor: float

    def compute_loss(
        self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, **_: Any
    ) -> Any:
        """Return the sum of both losses."""
        mask = inputs["attention_mask"]
        told = model(input_ids=inputs["input_ids"], attention_mask=mask, labels=inputs["labels"])
        loss = told.loss
        if self.anchor:
            encoder = self.accelerator.unwrap_model(model).bert
            with torch.no_grad():
                right = pooled(self.original, inputs["whole"], mask)
            near = functional.cosine_similarity(pooled(encoder, inputs["whole"], mask), right)
            loss = loss + self.anchor * (1 - near).mean()
        return (loss, told) if return_outputs else loss


def pooled(encoder: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean of the last hidden states where `mask` is 1, as (rows, width)."""
    states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    shares = mask.unsqueeze(-1).to(states.dtype)
    mean: torch.Tensor = (states * shares).sum(1) / shares.sum(1)
    return mean


def pretrain_encoder(
    settings: Settings, recipe: EncoderRecipe, start: Path, texts: Sequence[Text], *, name: str
) -> Path | None:
    """Pretrain the encoder in `start`; put it into `home/models/encoders` if search gains, else None."""
    english = [text for text in texts if text.language == "en"]
    learnt, kept_back = split(english, recipe.held_out_percent)
    if not learnt or len(kept_back) < 2:
        raise RecipeInvalid(f"{len(english)} English texts are too few to learn from and to measure on")
    run = open_run(
        settings.home / "runs" / name,
        stage="encoder",
        arguments=recipe.arguments(),
        seed=recipe.seed,
        data={"hash": texts_hash(english), "texts": len(english)},
    )
    tokenizer = tokenizer_of(start)
    model = train_encoder(
        BertForMaskedLM.from_pretrained(start),
        BertModel.from_pretrained(start),
        learnt,
        tokenizer,
        recipe,
        run,
    )
    made = save_encoder(model, start, run.folder / "encoder")
    threads = settings.threads or 1
    before = found_first(BertEmbedder(start, threads), kept_back)
    after = found_first(BertEmbedder(made, threads), kept_back)
    kept = after >= before + recipe.gain
    run.finish({"reciprocal_rank_before": before, "reciprocal_rank": after, "kept": kept})
    print(f"own title to own text over {len(kept_back)} texts, MRR: {before:.4f} before, {after:.4f} after")
    if not kept:
        print("not kept: search does not gain from it")
        return None
    target = settings.home / "models" / "encoders" / recipe.name
    shutil.copytree(made, target, dirs_exist_ok=True)
    print(f"kept: set embedder_en = {str(target)!r} and build the index again")
    return target


def tokenizer_of(folder: Path) -> PreTrainedTokenizerFast:
    """Return the tokenizer of an encoder's folder, with BERT's special tokens."""
    return PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        pad_token="[PAD]",
        mask_token="[MASK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
    )


def train_encoder(
    model: Any, original: Any, texts: Sequence[Text], tokenizer: Any, recipe: EncoderRecipe, run: Run
) -> Any:
    """Tune a masked language model on the texts' lines, going on from the run's last checkpoint."""
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    lines = [line for text in texts for line in text.text.splitlines() if len(line) > 8]
    trainer = MaskedTrainer(
        model=model,
        args=TrainingArguments(**trainer_arguments(run, recipe.training, recipe.seed)),
        train_dataset=Rows(lines, tokenizer, recipe.length),
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=recipe.masked),
    )
    trainer.original = original.eval().requires_grad_(False).to(trainer.args.device)
    trainer.anchor = recipe.anchor
    train(trainer, run, tokens_per_step=recipe.training.rows_per_batch * recipe.length)
    return model


def save_encoder(model: Any, start: Path, target: Path) -> Path:
    """Write the encoder into a copy of the folder that it began as."""
    shutil.copytree(start, target, dirs_exist_ok=True)
    tuned = model.bert.state_dict()
    before = load_file(start / "model.safetensors")
    weights = {name: tuned.get(name, weight).to(weight.dtype).contiguous() for name, weight in before.items()}
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    return target


def found_first(embedder: Embedder, texts: Sequence[Text]) -> float:
    """Return the mean reciprocal rank at which a text's first line finds the rest of it among all texts."""
    pairs = [text.text.partition("\n")[::2] for text in texts]
    pairs = [(title, rest) for title, rest in pairs if rest.strip()]
    if not pairs:
        return 0.0
    near = (
        embedder.encode_queries([title for title, _ in pairs])
        @ embedder.encode_passages([rest for _, rest in pairs]).T
    )
    ranks = [1 + int((row > row[place]).sum()) for place, row in enumerate(near)]
    return sum(1 / rank for rank in ranks) / len(ranks)
