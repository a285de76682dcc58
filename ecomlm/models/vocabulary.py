"""Prune a GGUF model's vocabulary to the tokens that shop text in English and Chinese needs.

Two thirds of Gemma's 270M weights are the embedding of 262,144 tokens, most of them for scripts that
an English and Chinese shop never sees. Rows of the (quantised) embedding are gathered, nothing is
requantised, and every text still encodes: specials, bytes and single characters always stay.
Knows nothing of training or serving.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

VOCABULARY_SIZE = 49_152
_NORMAL, _USER_DEFINED = 1, 4  # kinds of token in a GGUF file
_LAST_LEADING_ID = 494
"""Specials and the 256 bytes come first in Gemma's vocabulary; their ids must not move."""
_WRITING = re.compile(
    "^["
    "\u2581\n\t\u0020-\u007e\u00a0-\u024f"  # Latin
    "\u2000-\u206f\u20a0-\u20cf\u2100-\u22ff"  # punctuation, currencies, symbols
    "\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"  # Chinese
    "\u2500-\u27bf\ufe0f\U0001f300-\U0001faff"  # signs and emoji
    "]+$"
)


def choose_tokens(
    tokens: Sequence[str], types: Sequence[int], uses: Mapping[int, int], size: int = VOCABULARY_SIZE
) -> Ids:
    """Choose which token ids to keep, in ascending order.

    Kept are the leading specials and bytes, every single character of the two writings, then tokens
    by how often shop text uses them (with the shorter tokens that byte-pair merging passes through on
    the way to them), then the vocabulary's own order, which is by frequency in the base's training text.
    """
    index = {token: id for id, token in enumerate(tokens) if types[id] in (_NORMAL, _USER_DEFINED)}
    writable = [id for token, id in index.items() if _WRITING.match(token)]
    kept = set(range(_LAST_LEADING_ID)) | {id for id in writable if len(tokens[id]) == 1}
    by_use = sorted(set(writable) & uses.keys(), key=lambda id: (-uses[id], id))
    for id in (*by_use, *sorted(writable)):
        needed = {id, *_merge_path(tokens[id], index)} - kept
        if len(kept) + len(needed) <= size:
            kept |= needed
        if len(kept) >= size:
            break
    return np.array(sorted(kept), dtype=np.int64)


def _merge_path(token: str, index: Mapping[str, int]) -> set[int]:
    """Return the tokens that byte-pair merging builds before it reaches `token`."""
    parts, passed = list(token), set[int]()
    while len(parts) > 1:
        pairs = enumerate(left + right for left, right in pairwise(parts))
        known = [(index[pair], at) for at, pair in pairs if pair in index]
        if not known:
            break
        id, at = min(known)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        passed.add(id)
    return passed


def count_uses(texts: Iterable[str], encode: Callable[[str], list[int]]) -> Counter[int]:
    """Count how often each token id occurs when `encode(text) -> list[int]` is run over `texts`."""
    uses: Counter[int] = Counter()
    for text in texts:
        uses.update(encode(text))
    return uses


def shipped_tokens() -> Ids:
    """Return the ids that the shipped pruned base keeps, chosen once by `choose_tokens`."""
    packed = np.load(str(files("ecomlm.models").joinpath("kept_tokens.npy")), allow_pickle=False)
    return np.flatnonzero(np.unpackbits(packed)).astype(np.int64)


def prune_gguf(source: Path, target: Path, kept: Ids) -> None:
    """Write `source` with only the token ids `kept` (ascending) to `target`, atomically."""
    import gguf

    reader = gguf.GGUFReader(str(source))
    architecture = reader.fields["general.architecture"].contents()
    partial = target.with_suffix(".partial")
    writer = gguf.GGUFWriter(str(partial), architecture)
    for name, entry in reader.fields.items():
        if not name.startswith("GGUF.") and name != "general.architecture":
            _copy_field(writer, name, entry, kept)
    for tensor in reader.tensors:
        data = tensor.data
        if tensor.name in ("token_embd.weight", "output.weight"):
            data = np.ascontiguousarray(data[kept])
        writer.add_tensor(tensor.name, data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(partial, target)


def _copy_field(writer: Any, name: str, entry: Any, kept: Ids) -> None:
    import gguf

    value = entry.contents()
    match name:
        case "tokenizer.ggml.tokens":
            writer.add_token_list([value[id].encode() for id in kept])
        case "tokenizer.ggml.scores":
            writer.add_token_scores([value[id] for id in kept])
        case "tokenizer.ggml.token_type":
            writer.add_token_types([value[id] for id in kept])
        case _:
            kind = entry.types[0]
            is_array = kind == gguf.GGUFValueType.ARRAY
            writer.add_key_value(name, value, kind, sub_type=entry.types[-1] if is_array else None)
