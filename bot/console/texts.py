"""Product texts on their way to a record: drafted, changed by a person, checked, and only then published.

Only the kinds that a record has a field for can be published; the others are for other places (an ad, a
newsletter). Knows nothing of pages.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from ecomlm.copywriting.check import Claim, unsupported
from ecomlm.copywriting.kinds import PARTS, Kind, Piece, columns
from ecomlm.copywriting.writer import Draft, Rejected, Writer
from knowledge.errors import EcomlmError
from knowledge.records import Article, ArticleId, Language, Product, Text

PUBLISHED: frozenset[Kind] = frozenset({"title", "description", "bullets", "faq"})
"""The kinds that become part of a record: the product's, or with `faq` an article's, not public yet."""
LONGEST_PIECE = 4000
_OTHER: Mapping[Language, Language] = {"en": "zh", "zh": "en"}


class TextUnsupported(EcomlmError):
    """The text says what no record holds, or breaks a rule; it is not published."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A text with its verdict; `rejected` is what was drafted before and fell through."""

    product: Product
    kind: Kind
    language: Language
    pieces: tuple[Piece, ...]
    claims: tuple[Claim, ...]
    faults: tuple[str, ...]
    rejected: tuple[Rejected, ...] = ()
    source: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether it may be published."""
        return not unsupported(self.claims) and not self.faults

    @property
    def shown(self) -> list[tuple[Piece, Markup, int, int]]:
        """Each piece with its words marked, how wide it is and how wide it may be."""
        limits = {part.name: part.limit for part in PARTS[self.kind]}
        return [
            (piece, marked(piece.text, self.claims), columns(piece.text), limits[piece.part])
            for piece in self.pieces
        ]


def judged_draft(product: Product, draft: Draft) -> Judged:
    """Return a draft as it is shown."""
    return Judged(
        product, draft.kind, draft.language, draft.pieces, draft.claims, (), draft.rejected, draft.source
    )


def judge(
    writer: Writer, product: Product, kind: Kind, language: Language, pieces: Sequence[Piece]
) -> Judged:
    """Check a text that a person has written or changed."""
    written = tuple(Piece(piece.part, piece.text.strip()) for piece in pieces if piece.text.strip())
    claims, faults = writer.judge(product, kind, language, written)
    return Judged(product, kind, language, written, claims, tuple(faults))


def marked(text: str, claims: Sequence[Claim]) -> Markup:
    """Return a text with its claims marked as supported or not; the longest claim at a place wins."""
    verdicts = {claim.text: claim.is_supported for claim in claims if claim.text}
    verdicts |= {claim.text: False for claim in claims if claim.text and not claim.is_supported}
    if not verdicts:
        return Markup(html.escape(text))
    longest_first = sorted(verdicts, key=len, reverse=True)
    parts, at = [], 0
    for match in re.finditer("|".join(map(re.escape, longest_first)), text):
        parts.append(html.escape(text[at : match.start()]))
        look = "good" if verdicts[match[0]] else "bad"
        parts.append(f'<mark class="{look}">{html.escape(match[0])}</mark>')
        at = match.end()
    return Markup("".join([*parts, html.escape(text[at:])]))


def published(judged: Judged) -> Product | Article:
    """Return the record as it is with the text: the product, or a new article that is not yet public.

    Raises:
        TextUnsupported: if the text is not clean, or has no place in a record.
    """
    if not judged.is_clean:
        claims = ", ".join(f"“{claim.text}”" for claim in unsupported(judged.claims))
        raise TextUnsupported("; ".join(filter(None, (claims, *judged.faults))))
    product, language = judged.product, judged.language
    texts = [piece.text for piece in judged.pieces]
    match judged.kind:
        case "title":
            return replace(product, title=_with(product.title, language, texts[0]))
        case "description":
            return replace(product, description=_with(product.description, language, texts[0]))
        case "bullets":
            return replace(product, highlights=_highlights(product.highlights, language, texts))
        case "faq":
            body = "\n\n".join(f"**{asked}**\n\n{answer}" for asked, answer in _pairs(judged.pieces))
            id = ArticleId(f"faq-{product.id}"[:180] + f"-{language}")
            title = _with(Text(), language, f"{product.title.best(language)}: FAQ")
            return Article(id, title, _with(Text(), language, body), topic="faq", is_published=False)
    raise TextUnsupported(f"a {judged.kind} has no place in a record; copy it where it is needed")


def _with(text: Text, language: Language, words: str) -> Text:
    return replace(text, zh=words) if language == "zh" else replace(text, en=words)


def _highlights(now: Sequence[Text], language: Language, texts: Sequence[str]) -> tuple[Text, ...]:
    """Put the new lines in place of those of the language; the other language's stay."""
    others = [text.exact(_OTHER[language]) for text in now]
    kept = [other for other in others if other]
    rows = max(len(texts), len(kept))
    lines = [
        _with(
            _with(Text(), language, texts[row] if row < len(texts) else ""),
            _OTHER[language],
            kept[row] if row < len(kept) else "",
        )
        for row in range(rows)
    ]
    return tuple(lines)


def _pairs(pieces: Sequence[Piece]) -> list[tuple[str, str]]:
    questions = [piece.text for piece in pieces if piece.part == "question"]
    answers = [piece.text for piece in pieces if piece.part == "answer"]
    return list(zip(questions, answers, strict=False))
