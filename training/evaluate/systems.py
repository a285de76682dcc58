"""The models under measure: the base, and adapters on it; as engine that answers and as weights that score.

Knows nothing of what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from ecomlm.generation.engine import Engine
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.models.adapter import Adapter, adapter_folder, find_adapter, open_adapter
from ecomlm.models.base import BaseModel, huggingface_folder, prepare_base
from ecomlm.settings import Settings

BASE = "base"


class System(Protocol):
    """A model under measure."""

    @property
    def name(self) -> str:
        """How it is called in the report."""
        ...

    @property
    def engine(self) -> str:
        """Which engine answers, for speed."""
        ...

    @property
    def trained_on(self) -> dict[str, Any] | None:
        """The recipe's arguments, seed and data hash of the training that made it; None for the base."""
        ...

    async def start(self, parallel: int) -> Engine:
        """Start an engine that answers so many prompts at once."""
        ...

    def load(self) -> tuple[Any, Any]:
        """Return the model in memory, and its tokenizer."""
        ...


@dataclass(frozen=True, slots=True)
class Local:
    """The base with or without an adapter, on llama.cpp and as Hugging Face folder."""

    settings: Settings
    base: BaseModel
    adapter: Adapter | None = None

    @property
    def name(self) -> str:
        """The adapter's name."""
        return self.adapter.name if self.adapter else BASE

    @property
    def engine(self) -> str:
        """As settings name it."""
        return "llama_cpp"

    @property
    def trained_on(self) -> dict[str, Any] | None:
        """What the adapter's `recipe.json` tells."""
        if self.adapter is None:
            return None
        recipe = self.adapter.recipe
        return {"arguments": recipe.arguments, "seed": recipe.seed, "data_hash": recipe.data_hash}

    async def start(self, parallel: int) -> Engine:
        """Load the GGUF."""
        return await LlamaCppEngine.load(
            self.base.gguf,
            self.adapter.gguf if self.adapter else None,
            threads=self.settings.threads,
            parallel=parallel,
            context=self.settings.context_tokens,
        )

    def load(self) -> tuple[Any, Any]:
        """Load the Hugging Face folder in bfloat16."""
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = huggingface_folder(self.settings)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
        if self.adapter:
            model = PeftModel.from_pretrained(model, self.adapter.folder, autocast_adapter_dtype=False)
        model.to("cuda" if torch.cuda.is_available() else "cpu")
        return model.eval(), AutoTokenizer.from_pretrained(folder)


def systems_of(settings: Settings, adapters: Sequence[str] = ()) -> list[System]:
    """Return the base, the live adapter where there is one, and the named adapters, in this order.

    Raises:
        AdapterRefused: if one is missing or does not fit base and prompt template.
    """
    base = prepare_base(settings)
    live = find_adapter(settings, base)
    known: list[System] = [Local(settings, base), *([Local(settings, base, live)] if live else [])]
    return [*known, *adapters_of(settings, [name for name in adapters if not live or name != live.name])]


def adapters_of(settings: Settings, names: Sequence[str]) -> list[System]:
    """Return the named adapters alone, each once.

    Raises:
        AdapterRefused: if one is missing or does not fit base and prompt template.
    """
    base = prepare_base(settings)
    return [
        Local(settings, base, open_adapter(adapter_folder(settings, name), base))
        for name in dict.fromkeys(names)
    ]
