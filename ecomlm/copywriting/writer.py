"""Write a draft: by the language model where there is one, else from the record; only what passes the check.

A draft is only a draft: nothing here publishes. What the check rejects is kept beside it, for the person who
decides. Knows nothing of files.
"""

from __future__ import annotations

import logging
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ecomlm.copywriting.check import Claim, check, unsupported
from ecomlm.copywriting.kinds import PARTS, Kind, Piece, length_faults
from ecomlm.copywriting.material import Material, NothingToWrite, material_of
from ecomlm.copywriting.render import drafts
from ecomlm.copywriting.voice import Voice, Wording
from ecomlm.evidence import Evidence
from ecomlm.generation.engine import Completion, Engine, EngineUnavailable
from ecomlm.generation.prompts import STOP, ad_prompt, description_prompt
from ecomlm.search.passages import evidence_of
from knowledge.records import Language, Product

_log = logging.getLogger(__name__)
_SHOWN_FACTS, _CHOICE = 5, 4
_MODEL_PARTS: dict[Kind, tuple[str, int]] = {"description": ("text", 160), "social": ("post", 64)}
"""The kinds that the model writes, the part, and at most how many tokens."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A text that was not used, with what no record supports and which rules it breaks."""

    text: str
    claims: tuple[Claim, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text for a person to read and decide on; all of its `claims` are supported.

    `source` tells whether the model or code phrased it, `rejected` what was written before and fell through.
    """

    product: str
    kind: Kind
    language: Language
    pieces: tuple[Piece, ...]
    claims: tuple[Claim, ...]
    source: Literal["model", "record"]
    rejected: tuple[Rejected, ...] = ()
    status: Literal["draft"] = "draft"

    @property
    def text(self) -> str:
        """The pieces, one a line."""
        return "\n".join(piece.text for piece in self.pieces)


class Writer:
    """Writes drafts in one voice. Without an engine, every draft is rendered from the record."""

    def __init__(self, voice: Voice, engine: Engine | None = None) -> None:
        self.voice, self.engine = voice, engine

    async def draft(self, product: Product, kind: Kind, language: Language, seed: int = 0) -> Draft:
        """Return a draft; the same for the same record, voice, model and seed.

        Raises:
            NothingToWrite: where the record does not hold enough for this kind of text.
        """
        material = material_of(product, language)
        rejected: list[Rejected] = []
        if pieces := await self._modelled(material, kind):
            claims, faults = self._judged(pieces, material, kind)
            if not unsupported(claims) and not faults:
                return Draft(product.id, kind, language, pieces, claims, "model")
            text = "\n".join(piece.text for piece in pieces)
            rejected.append(Rejected(text, tuple(unsupported(claims)), tuple(faults)))
        chance = random.Random(zlib.crc32(f"{product.id}:{kind}:{language}:{seed}".encode()))
        passing = list(self._passing(material, kind, chance, rejected))
        if not passing:
            raise NothingToWrite(self._why_nothing(material, kind, rejected))
        texts = [" ".join(piece.text for piece in pieces) for pieces, _ in passing]
        best = min(range(len(texts)), key=lambda place: self.voice.distance(texts[place], language))
        pieces, claims = passing[best]
        return Draft(product.id, kind, language, pieces, claims, "record", tuple(rejected[:_CHOICE]))

    def judge(
        self, product: Product, kind: Kind, language: Language, pieces: tuple[Piece, ...]
    ) -> tuple[tuple[Claim, ...], Sequence[str]]:
        """Return the claims of a text that somebody wrote or changed, and which rules it breaks."""
        return self._judged(pieces, material_of(product, language), kind)

    def _passing(
        self, material: Material, kind: Kind, chance: random.Random, rejected: list[Rejected]
    ) -> Iterator[tuple[tuple[Piece, ...], tuple[Claim, ...]]]:
        """Yield the first few drafts from the record that pass every check."""
        count = 0
        for pieces in drafts(kind, material, self.voice, chance):
            claims, faults = self._judged(pieces, material, kind)
            if unsupported(claims) or faults:
                text = "\n".join(piece.text for piece in pieces)
                rejected.append(Rejected(text, tuple(unsupported(claims)), tuple(faults)))
                continue
            yield pieces, claims
            count += 1
            if count == _CHOICE:
                return

    def _why_nothing(self, material: Material, kind: Kind, rejected: Sequence[Rejected]) -> str:
        """Say what keeps every text back: the voice, where one could be written without its phrases."""
        free = replace(self.voice, en=Wording(), zh=Wording())
        for pieces in drafts(kind, material, free, random.Random(0)):
            claims = check(pieces, material, free, kind)
            if not unsupported(claims) and not length_faults(kind, pieces):
                faults = self._voice_faults(kind, pieces, material) or ["leaves no room for it"]
                return (
                    f"product {material.product.id!r}: no {kind} in {material.language!r} keeps the voice; "
                    f"what could be written {' and '.join(faults)}; "
                    "change the voice's banned or required phrases"
                )
        faults = [fault for item in rejected[-1:] for fault in item.faults]
        why = f"; what could be written {' and '.join(faults)}" if faults else ""
        return _too_thin(material, kind) + why

    def _voice_faults(self, kind: Kind, pieces: tuple[Piece, ...], material: Material) -> list[str]:
        return self.voice.faults(kind, pieces, material.language, material.names_in(kind))

    def _judged(
        self, pieces: tuple[Piece, ...], material: Material, kind: Kind
    ) -> tuple[tuple[Claim, ...], Sequence[str]]:
        claims = check(pieces, material, self.voice, kind)
        faults = [*length_faults(kind, pieces), *self._voice_faults(kind, pieces, material)]
        if kind in _MODEL_PARTS:
            told = [claim.evidence for claim in claims if claim.kind == "fact"]
            faults += [
                f"tells {place} twice" for place in sorted({*filter(None, told)}) if told.count(place) > 1
            ]
        return claims, faults

    async def _modelled(self, material: Material, kind: Kind) -> tuple[Piece, ...]:
        """Let the model write from facts in the reader's own language; nothing where it cannot."""
        if (
            self.engine is None
            or kind not in _MODEL_PARTS
            or not material.product.title.exact(material.language)
        ):
            return ()
        part, tokens = _MODEL_PARTS[kind]
        shown = _shown(material)
        if len(shown) < 2:
            return ()
        prompt_of = description_prompt if kind == "description" else ad_prompt
        prompt = prompt_of(material.title, shown, material.language)
        try:
            pieces = [piece async for piece in self.engine.complete(Completion(prompt, tokens, stop=STOP))]
        except EngineUnavailable as error:
            _log.warning("writing from the record alone: %s", error)
            return ()
        text = "".join(piece.text for piece in pieces).strip()
        if not text or pieces[-1].generated_tokens >= tokens:
            return ()
        required = self.voice.required(kind, material.language)
        joint = "" if material.language == "zh" else " "
        return (Piece(part, joint.join([text, *required])),)


def _shown(material: Material) -> list[Evidence]:
    """The facts that the model is shown: those that can be told, in an order of the product's own."""
    tellable = {fact.place for fact in material.facts if fact.told}
    found = [item for item in evidence_of(material.product, (), material.language) if item.field in tellable]
    random.Random(zlib.crc32(material.product.id.encode())).shuffle(found)
    return found[:_SHOWN_FACTS]


def _too_thin(material: Material, kind: Kind) -> str:
    parts = " and ".join(part.name for part in PARTS[kind])
    return (
        f"product {material.product.id!r} has {len(material.facts)} facts and {len(material.lines)} lines "
        f"that may be said in {material.language!r}, too few for a {kind} ({parts}); add attributes "
        "or highlights"
    )
