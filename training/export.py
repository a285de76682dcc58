"""Exports: a merged Hugging Face folder, a PEFT folder for vLLM, GGUF files; fewer layers, fewer bits.

Every export is checked against its source: the greedy text of both on the same prompts, or how far they
diverge. Knows nothing of training.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Any, Literal, cast, get_args

import numpy as np
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from ecomlm.generation.engine import Completion
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.models.adapter import adapter_folder
from ecomlm.models.base import file_hash, huggingface_folder, prepare_base
from ecomlm.models.registry import Registry
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError
from training.layers import choose_layers, kinds_of, with_layers

Bits = Literal["F16", "BF16", "Q8_0", "Q5_0", "Q4_0"]
"""GGUF types that the `gguf` package writes. K-quants (Q4_K_M ...) need llama.cpp's own tool."""
Answers = Callable[[Sequence[str]], list[str]]
MAX_TOKENS = 48


class ExportImpossible(EcomlmError):
    """What was asked for cannot be written."""


@dataclass(frozen=True, slots=True)
class Check:
    """How the greedy texts of an export compare with its source's."""

    prompts: int
    same: int
    shared_share: float
    """How much of the source's text the export's has before they part, on average, 0 to 1."""
    parted_at: tuple[int, ...] = ()
    """The first differing token, counted from 1, of each text that differs."""
    examples: tuple[tuple[str, str, str], ...] = ()
    """Prompt, source's text, export's text of the first few that differ."""

    def __str__(self) -> str:
        if self.same == self.prompts:
            return f"same greedy text on all {self.prompts} prompts"
        told = f"same greedy text on {self.same} of {self.prompts} prompts; "
        told += f"on average {self.shared_share:.1%} of a text is the same before they part, "
        told += f"in the middle at token {self.middle_parting}"
        shown = [f"\n  {one!r} | {other!r}" for _, one, other in self.examples]
        return told + "".join(shown)

    @property
    def middle_parting(self) -> int:
        """The median of `parted_at`, 0 where no text differs."""
        return int(median_low(self.parted_at)) if self.parted_at else 0


def checked(
    prompts: Sequence[str], source: Answers, export: Answers, tokens: Callable[[str], Sequence[object]]
) -> Check:
    """Compare the texts with which two models go on from the same prompts; `tokens` splits a text."""
    pairs = list(zip(prompts, source(prompts), export(prompts), strict=True))
    differing = tuple(pair for pair in pairs if pair[1] != pair[2])
    shares = [len(os.path.commonprefix([one, other])) / max(len(one), 1) for _, one, other in pairs]
    mean = sum(shares) / max(len(shares), 1)
    parted = tuple(1 + _shared(tokens(one), tokens(other)) for _, one, other in differing)
    return Check(len(pairs), len(pairs) - len(differing), mean, parted, differing[:3])


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    """How many tokens are the same before two texts part."""
    differing = (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differing, min(len(one), len(other)))


def tokens_of(folder: Path) -> Callable[[str], Sequence[object]]:
    """Return the function that splits a text as the model in a Hugging Face folder does."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return lambda text: cast(Sequence[object], tokenizer(text, add_special_tokens=False).input_ids)


def merge(base: Path, adapter: Path, target: Path) -> Path:
    """Write the base with the adapter's weights added, as a Hugging Face folder in bfloat16."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    merged = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    return save_model(merged.to(torch.bfloat16), AutoTokenizer.from_pretrained(base), target)


def save_model(model: Any, tokenizer: Any, target: Path) -> Path:
    """Write a model and its tokenizer; a folder is there only once it is whole."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return target


def for_vllm(base: Path, adapter: Path, target: Path) -> Path:
    """Write the base and the adapter beside each other, as `vllm serve base --lora-modules` takes them."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(base, target / "base")
    files = ("adapter_config.json", "adapter_model.safetensors")
    (target / "adapter").mkdir()
    for name in files:
        shutil.copy(adapter / name, target / "adapter" / name)
    rank = json.loads((adapter / files[0]).read_text(encoding="utf-8"))["r"]
    command = f"vllm serve ./base --enable-lora --max-lora-rank {rank} --lora-modules shop=./adapter"
    (target / "serve.txt").write_text(command + "\n", encoding="utf-8")
    return target


def prune_layers(source: Path, count: int, target: Path) -> Path:
    """Write a Hugging Face model with only `count` of its layers.

    Raises:
        LayersImpossible: if the layers' kinds do not allow that number.
    """
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16)
    fewer = with_layers(model, choose_layers(kinds_of(model), count))
    return save_model(fewer, AutoTokenizer.from_pretrained(source), target)


def write_gguf(source: Path, like: Path, target: Path, bits: str, *, embedding: str = "") -> Path:
    """Write a Hugging Face folder of the Gemma 3 family as GGUF.

    Vocabulary and all that is not a weight come from the GGUF file `like`, which has the same tokens.
    Matrices are stored as `bits`, vectors as F32; the embedding, which is the output layer, too, as
    `embedding`, or where that is not given in 8 bits at least.

    Raises:
        ExportImpossible: for a type that cannot be written, or a model of other shapes.
    """
    import gguf

    embedding = embedding or ("Q8_0" if "Q" in bits else bits)
    for name in {bits, embedding} - set(get_args(Bits)):
        raise ExportImpossible(
            f"{name} cannot be written here: choose {', '.join(get_args(Bits))}. K-quants are made from the "
            "F16 file by llama.cpp's llama-quantize"
        )
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    reader = gguf.GGUFReader(str(like))
    tokens = len(reader.fields["tokenizer.ggml.tokens"].contents())
    if model.config.model_type != "gemma3_text" or model.config.vocab_size != tokens:
        raise ExportImpossible(
            f"{source} is {model.config.model_type} with {model.config.vocab_size} tokens; "
            f"a gemma3_text with the {tokens} of {like.name} can be written"
        )
    partial = target.with_suffix(".partial")
    writer = gguf.GGUFWriter(str(partial), "gemma3")
    _copy_metadata(reader, writer, model.config.num_hidden_layers, bits)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GEMMA3, model.config.num_hidden_layers)
    for name, weight in model.state_dict().items():
        if name != "lm_head.weight" or not model.config.tie_word_embeddings:
            kind = embedding if name.endswith("embed_tokens.weight") else bits
            _add_tensor(writer, names, name, weight.numpy(), kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(target)
    return target


def _copy_metadata(reader: Any, writer: Any, layers: int, bits: str) -> None:
    import gguf

    for name, entry in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        value = layers if name == "gemma3.block_count" else entry.contents()
        kind = entry.types[0]
        is_array = kind == gguf.GGUFValueType.ARRAY
        writer.add_key_value(name, value, kind, sub_type=entry.types[-1] if is_array else None)
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{bits}"])


def _add_tensor(writer: Any, names: Any, name: str, weight: np.ndarray, bits: str) -> None:
    import gguf

    stored = names.get_name(name, try_suffixes=(".weight",))
    if stored is None:
        raise ExportImpossible(f"the weight {name!r} has no place in a GGUF of this family")
    if name.endswith("norm.weight"):
        weight = weight + 1  # Gemma stores the distance from one, llama.cpp the factor itself
    if weight.ndim == 1:
        writer.add_tensor(stored, weight.astype(np.float32))
        return
    kind = gguf.GGMLQuantizationType[bits]
    writer.add_tensor(stored, gguf.quants.quantize(weight.astype(np.float32), kind), raw_dtype=kind)


def folder_answers(folder: Path, adapter: Path | None = None) -> Answers:
    """Return a function that goes on from prompts greedily with a Hugging Face model."""

    def answer(prompts: Sequence[str]) -> list[str]:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        tuned = PeftModel.from_pretrained(model, adapter) if adapter else model
        return model_answers(tuned.eval(), AutoTokenizer.from_pretrained(folder))(prompts)

    return answer


def model_answers(model: Any, tokenizer: Any) -> Answers:
    """Return a function that goes on from prompts greedily, up to the end of the line."""

    def answer(prompts: Sequence[str]) -> list[str]:
        texts = []
        for prompt in prompts:
            ids = torch.tensor([tokenizer(prompt).input_ids], device=next(model.parameters()).device)
            made = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=MAX_TOKENS,
                do_sample=False,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
            texts.append(
                tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True).partition("\n")[0]
            )
        return texts

    return answer


def gguf_answers(model: Path, adapter: Path | None = None, threads: int = 0) -> Answers:
    """Return a function that goes on from prompts greedily with llama.cpp."""

    async def answer(prompts: Sequence[str]) -> list[str]:
        engine = await LlamaCppEngine.load(model, adapter, threads=threads, parallel=1)
        try:
            texts = []
            for prompt in prompts:
                request = Completion(prompt, max_tokens=MAX_TOKENS)
                texts.append("".join([piece.text async for piece in engine.complete(request)]))
            return texts
        finally:
            await engine.close()

    return lambda prompts: asyncio.run(answer(prompts))


def merged_teacher(settings: Settings, name: str | None = None) -> Path:
    """Return the base with an adapter (default: the live one) merged in, made on first use.

    The Hugging Face folder's name tells the adapter's weights, so that one that was trained again is merged
    again. Without an adapter it is the base's own folder.
    """
    chosen, base = Registry(settings).live if name is None else name, huggingface_folder(settings)
    if not chosen:
        return base
    adapter = adapter_folder(settings, chosen)
    weights = file_hash(adapter / "adapter_model.safetensors")[:8]
    target = settings.home / "models" / "full" / f"merged-{chosen}-{weights}"
    return target if target.exists() else merge(base, adapter, target)


def export(
    settings: Settings, kind: str, target: Path, prompts: Sequence[str], *, source: Path | None = None
) -> Check | None:
    """Write one export of the live adapter (or of the Hugging Face folder `source`) and check it.

    `kind` is "merged", "vllm", a number of layers such as "layers-12", or a GGUF type such as "Q8_0". A PEFT
    folder for vLLM is a copy and needs no check.
    """
    base = huggingface_folder(settings)
    live = Registry(settings).live
    adapter = adapter_folder(settings, live) if live else None
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == "vllm":
        if adapter is None:
            raise ExportImpossible("adapter = '' in the settings: there is no adapter to export for vLLM")
        for_vllm(base, adapter, target)
        return None
    whole = source or merged_teacher(settings)
    if kind == "merged":
        merged = save_model(
            AutoModelForCausalLM.from_pretrained(whole), AutoTokenizer.from_pretrained(whole), target
        )
        apart = folder_answers(base, adapter) if source is None else folder_answers(source)
        return checked(prompts, apart, folder_answers(merged), tokens_of(whole))
    if kind.startswith("layers-") and kind[7:].isdigit():
        pruned = prune_layers(whole, int(kind[7:]), target)
        return checked(prompts, folder_answers(whole), folder_answers(pruned), tokens_of(whole))
    write_gguf(whole, prepare_base(settings).gguf, target, kind)
    exported = gguf_answers(target, threads=settings.threads)
    return checked(prompts, folder_answers(whole), exported, tokens_of(whole))
