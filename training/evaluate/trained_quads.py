"""A measuring run: a network tuned on the train side of ACOS laptop, to lay beside the shipped rules.

Extract-Classify (Cai et al. 2021) in one pass over a fixed encoder: tags of aspects and opinions over words,
then a category and a polarity for each pair of them, where either may be implicit. Its weights stay in memory
and are never shipped. Knows nothing of other sets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm
from transformers import BertModel, PreTrainedTokenizerFast

from training.evaluate.reviews import IMPLICIT, LaptopReview, Quad, Span

_SIDES = ("negative", "neutral", "positive")
_BEGIN, _INSIDE = 1, 2
_KEPT = 0.5


class FixedReader:
    """English MiniLM as it is: the states of words from its middle and its last layer, read once a text."""

    def __init__(self, folder: Path) -> None:
        self._encoder = BertModel.from_pretrained(folder).eval()
        self._tokens = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]", unk_token="[UNK]",
            cls_token="[CLS]", sep_token="[SEP]",
        )  # fmt: skip
        self._middle = self._encoder.config.num_hidden_layers // 2
        self.width = 2 * self._encoder.config.hidden_size
        self._known: dict[str, Tensor] = {}

    def __call__(self, text: str) -> Tensor:
        """Return the states of a text's words (those between single spaces) [words, width]."""
        if text not in self._known:
            self._known[text] = self._read(text).half()
        return self._known[text].float()

    @torch.no_grad()
    def _read(self, text: str) -> Tensor:
        words = text.split(" ")
        coded = self._tokens([words], is_split_into_words=True, truncation=True, max_length=256)
        ids = torch.tensor(coded["input_ids"])
        layers = self._encoder(input_ids=ids, output_hidden_states=True).hidden_states
        first: dict[int, int] = {}
        for place, word in enumerate(coded.word_ids(0)):
            if word is not None:
                first.setdefault(word, place)
        places = [first.get(word, 0) for word in range(len(words))]
        return torch.cat((layers[self._middle][0, places], layers[-1][0, places]), -1)


@dataclass(frozen=True, slots=True)
class Tuning:
    """How long and how fast the network is tuned."""

    epochs: int = 12
    rows_per_batch: int = 16
    rate: float = 2e-3
    seed: int = 7


class QuadNetwork(nn.Module):
    """A recurrent layer over a fixed encoder, with tags for words, and labels for pairs of spans."""

    def __init__(self, folder: Path, categories: Sequence[str], width: int = 384) -> None:
        super().__init__()
        self.categories = tuple(categories)
        self.reader = FixedReader(folder)
        self.context = nn.GRU(self.reader.width, width // 2, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.3)
        self.tags = nn.Linear(width, 6)
        self.missing = nn.Linear(width, 2 * width)
        self.pair = nn.Sequential(nn.Dropout(0.3), nn.Linear(4 * width, width), nn.GELU(), nn.Dropout(0.3))
        self.category = nn.Linear(width, len(categories) + 1)
        self.side = nn.Linear(width, len(_SIDES))

    def states(self, texts: Sequence[str]) -> list[tuple[Tensor, Tensor]]:
        """Return for each text its whole state [width] and the states of its words [words, width]."""
        fixed = [self.reader(text) for text in texts]
        packed = nn.utils.rnn.pack_sequence([self.drop(states) for states in fixed], enforce_sorted=False)
        hidden, lengths = nn.utils.rnn.pad_packed_sequence(self.context(packed)[0], batch_first=True)
        found = []
        for row, length in zip(hidden, lengths.tolist(), strict=True):
            words = self.drop(row[:length])
            found.append((words.amax(0), words))
        return found

    def pairs(
        self, whole: Tensor, words: Tensor, spans: Sequence[tuple[Span, Span]]
    ) -> tuple[Tensor, Tensor]:
        """Return the categories' [pairs, categories + 1] and polarities' [pairs, 3] logits; first is none."""
        no_aspect, no_opinion = self.missing(whole).chunk(2)
        rows = []
        for aspect, opinion in spans:
            one = no_aspect if aspect == IMPLICIT else words[aspect[0] : aspect[1]].mean(0)
            other = no_opinion if opinion == IMPLICIT else words[opinion[0] : opinion[1]].mean(0)
            rows.append(torch.cat((one, other, one * other, whole)))
        hidden = self.pair(torch.stack(rows))
        return self.category(hidden), self.side(hidden)


def spans_of(tags: Sequence[int]) -> list[Span]:
    """Return the spans of a row of tags: 0 outside, 1 begins, 2 goes on."""
    found: list[Span] = []
    for place, tag in enumerate(tags):
        if tag == _BEGIN or (tag == _INSIDE and (place == 0 or tags[place - 1] == 0)):
            found.append((place, place + 1))
        elif tag == _INSIDE:
            found[-1] = (found[-1][0], place + 1)
    return found


def tags_of(spans: Sequence[Span], length: int) -> list[int]:
    """Return the row of tags of spans."""
    tags = [0] * length
    for first, last in sorted(set(spans), key=lambda span: span[0] - span[1]):
        if first >= 0 and not any(tags[first:last]):
            tags[first:last] = [_BEGIN] + [_INSIDE] * (last - first - 1)
    return tags


def tune(
    network: QuadNetwork,
    rows: Sequence[LaptopReview],
    tuning: Tuning,
    after: Callable[[int], None] = lambda epoch: None,
) -> None:
    """Tune a network on rows; `after` is called with the number of each epoch."""
    random.seed(tuning.seed)
    torch.manual_seed(tuning.seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=tuning.rate, weight_decay=0.02)
    steps = tuning.epochs * -(-len(rows) // tuning.rows_per_batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, tuning.rate, total_steps=steps + 1, pct_start=0.1
    )
    with tqdm(total=steps, desc="tuning", unit="batch", mininterval=10) as bar:
        for epoch in range(tuning.epochs):
            network.train()
            for batch in _batches(rows, tuning.rows_per_batch):
                loss = _loss(network, batch)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # no types there
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                bar.update()
            after(epoch + 1)


def _batches(rows: Sequence[LaptopReview], size: int) -> Iterator[list[LaptopReview]]:
    """Return shuffled batches of texts of like length."""
    order = sorted(rows, key=lambda row: len(row.text) + random.random() * 40)
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    random.shuffle(batches)
    yield from batches


def _loss(network: QuadNetwork, batch: Sequence[LaptopReview]) -> Tensor:
    total = torch.zeros(())
    for row, (whole, words) in zip(batch, network.states([row.text for row in batch]), strict=True):
        logits = network.tags(words)
        for kind in (0, 1):
            spans = [quad[3] if kind else quad[0] for quad in row.quads]
            right = torch.tensor(tags_of(spans, len(words)))
            total = total + functional.cross_entropy(logits[:, 3 * kind : 3 * kind + 3], right) * 2
        candidates = sorted({*_candidates(logits), *((quad[0], quad[3]) for quad in row.quads)})
        categories, sides = network.pairs(whole, words, candidates)
        named = {(quad[0], quad[3]): quad for quad in row.quads}
        right_category = torch.tensor([_category(network, named.get(pair)) for pair in candidates])
        total = total + functional.cross_entropy(categories, right_category, reduction="sum") / 2
        kept = [place for place, pair in enumerate(candidates) if pair in named]
        right_side = torch.tensor([_SIDES.index(named[candidates[place]][2]) for place in kept])
        total = total + functional.cross_entropy(sides[kept], right_side, reduction="sum") / 2
    return total / len(batch)


def _category(network: QuadNetwork, quad: Quad | None) -> int:
    return network.categories.index(quad[1]) + 1 if quad else 0


def _candidates(logits: Tensor) -> list[tuple[Span, Span]]:
    found = [[IMPLICIT, *spans_of(logits[:, 3 * kind : 3 * kind + 3].argmax(-1).tolist())] for kind in (0, 1)]
    return [(aspect, opinion) for aspect in found[0] for opinion in found[1]]


@torch.inference_mode()
def predict(network: QuadNetwork, texts: Sequence[str], kept: float = _KEPT) -> list[list[Quad]]:
    """Return the quadruples of texts: of each pair that is more likely one than none."""
    network.eval()
    found = []
    for start in range(0, len(texts), 32):
        for whole, words in network.states(texts[start : start + 32]):
            candidates = _candidates(network.tags(words))
            categories, sides = network.pairs(whole, words, candidates)
            chances = categories.softmax(-1)
            best = chances[:, 1:].argmax(-1)
            found.append(
                [
                    (aspect, network.categories[best[place]], _SIDES[sides[place].argmax()], opinion)
                    for place, (aspect, opinion) in enumerate(candidates)
                    if chances[place, 0] < 1 - kept
                ]
            )
    return found
