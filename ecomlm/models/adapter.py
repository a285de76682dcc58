"""Adapters: the LoRA that makes a base model the shop's own, with the recipe that made it.

A folder holds the PEFT files, `lora.gguf` for llama.cpp, `recipe.json`, `prompt_template` and
`evaluation.json`. An adapter of another base or another prompt template is refused; one that was trained
before a task existed is used for the tasks it knows.
"""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from ecomlm.generation.prompts import known_tasks, template_hash, template_text, text_hash, unfit_lines
from ecomlm.models.base import BaseModel, write_json
from ecomlm.models.registry import Registry
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError

_log = logging.getLogger(__name__)

LORA_FILE, RECIPE_FILE, TEMPLATE_FILE = "lora.gguf", "recipe.json", "prompt_template"
_MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_WEIGHT = re.compile(r"layers\.(\d+)\.(.+?)\.lora_([AB])\.weight$")


class AdapterRefused(EcomlmError):
    """The adapter is missing, damaged, or was trained for another base or prompt template."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter came to be; enough to make it again and to know what it fits."""

    base: str
    base_fingerprint: str
    template_hash: str
    data_hash: str
    seed: int
    arguments: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that was checked against the base it is used with."""

    name: str
    folder: Path
    recipe: Recipe
    tasks: frozenset[str]
    """The tasks it was trained for, by the names of `prompts.known_tasks`."""

    @property
    def gguf(self) -> Path:
        """The LoRA as llama.cpp reads it."""
        return self.folder / LORA_FILE


def find_adapter(settings: Settings, base: BaseModel) -> Adapter | None:
    """Return the live adapter of the line that the settings name, None where they name none.

    The shop's own (`home/models/adapters`) come before those that the project ships.

    Raises:
        AdapterRefused: if there is none of that name, or it does not fit.
        RegistryRefused: if the registry, which tells what is live, is damaged.
    """
    name = Registry(settings).live
    return open_adapter(adapter_folder(settings, name), base) if name else None


def adapter_folder(settings: Settings, name: str) -> Path:
    """Return the folder of that name: the shop's own, or else one that the project ships.

    Raises:
        AdapterRefused: if there is none.
    """
    places = [settings.home / "models" / "adapters", Path(str(files("ecomlm").joinpath("adapters")))]
    for place in places:
        if (place / name / RECIPE_FILE).exists():
            return place / name
    raise AdapterRefused(
        f"no adapter {name!r} in {' or '.join(map(str, places))}. "
        "Set adapter = '' to run the base model alone, or train one: python -m training finetune"
    )


def open_adapter(folder: Path, base: BaseModel) -> Adapter:
    """Read an adapter and check that it fits `base` and the current prompt template.

    Raises:
        AdapterRefused: naming what differs.
    """
    try:
        recipe = Recipe(**json.loads((folder / RECIPE_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise AdapterRefused(
            f"adapter {folder.name!r}: {RECIPE_FILE} is missing or damaged: {error}"
        ) from error
    if not (folder / LORA_FILE).exists():
        raise AdapterRefused(f"adapter {folder.name!r} has no {LORA_FILE}. Export it again from its run.")
    if recipe.base_fingerprint != base.fingerprint:
        raise AdapterRefused(
            f"adapter {folder.name!r} was trained for the base {recipe.base!r} "
            f"({recipe.base_fingerprint[:12]}), but in use is {base.name!r} ({base.fingerprint[:12]}). "
            "Choose that base, or train the adapter again."
        )
    return Adapter(folder.name, folder, recipe, _tasks(folder, recipe))


def _tasks(folder: Path, recipe: Recipe) -> frozenset[str]:
    """Return the tasks whose templates the adapter was trained with, all of them as they are today.

    Raises:
        AdapterRefused: if a template differs, or the stored text is not the one of the recipe.
    """
    try:
        stored = (folder / TEMPLATE_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        stored = template_text()
    except (OSError, UnicodeDecodeError) as error:
        raise AdapterRefused(f"adapter {folder.name!r}: {TEMPLATE_FILE} cannot be read: {error}") from error
    differing = unfit_lines(stored)
    if recipe.template_hash != text_hash(stored) or differing:
        told = f" It differs in: {differing[0][:90]}" if differing else ""
        raise AdapterRefused(
            f"adapter {folder.name!r} was trained with another prompt template ({recipe.template_hash[:12]}; "
            f"in use: {template_hash()[:12]}).{told} Train it again."
        )
    return _told_of_missing(folder.name, known_tasks(stored))


def _told_of_missing(name: str, known: frozenset[str]) -> frozenset[str]:
    missing = sorted(known_tasks(template_text()) - known)
    if missing:
        _log.info("adapter %r was not trained for %s; train it again to add them", name, ", ".join(missing))
    return known


def write_adapter_files(folder: Path, recipe: Recipe) -> None:
    """Complete a PEFT folder: add the GGUF LoRA, the recipe and the prompt template."""
    export_gguf(folder, folder / LORA_FILE)
    (folder / TEMPLATE_FILE).write_text(template_text(), encoding="utf-8")
    write_json(folder / RECIPE_FILE, asdict(recipe))


def export_gguf(peft_folder: Path, target: Path) -> None:
    """Write a PEFT LoRA (attention and MLP modules of a Gemma 3 model) as a llama.cpp adapter in fp16."""
    import gguf
    import numpy as np
    from safetensors import safe_open

    config = json.loads((peft_folder / "adapter_config.json").read_text(encoding="utf-8"))
    partial = target.with_suffix(".partial")
    writer = gguf.GGUFWriter(str(partial), "gemma3")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(config["lora_alpha"]))
    with safe_open(str(peft_folder / "adapter_model.safetensors"), "pt") as weights:
        for name in sorted(weights.keys()):
            matched = _WEIGHT.search(name)
            if matched is None or matched[2] not in _MODULES:
                raise AdapterRefused(f"weight {name!r} is not a LoRA of an attention or MLP module")
            tensor = weights.get_tensor(name).float().numpy().astype(np.float16)
            writer.add_tensor(
                f"blk.{matched[1]}.{_MODULES[matched[2]]}.weight.lora_{matched[3].lower()}", tensor
            )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(partial, target)
