"""Write drafts from a record by code: the facts' own words in varied sentences.

Each draft is one of many that the same facts allow; chance decides, and its seed makes it the same again.
Knows the wordings of `ecomlm/wordings/copy.tsv`. Does not check what it wrote.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from ecomlm.copywriting.check import base_form
from ecomlm.copywriting.kinds import PARTS, Kind, Piece, columns, shortened
from ecomlm.copywriting.material import Fact, Material
from ecomlm.copywriting.voice import Tone, Voice
from ecomlm.telling import FOLDER, alternatives, read_table
from knowledge.records import Language

_TRIES, _SHORT = 60, 40
_QUESTIONS, _BULLETS = 5, 5
_NO_NOUN = re.compile(
    r"^(?:fits?|for|in|suited|suitable|contains?|slides?|use|good|free|works?|keeps?|sleeps?|made"
    r"|may|during|after"
    r"|needs?|how|best|compatible|care|can|with|allowed|built|two|waterproof to|remove|model)\b|s$"
    r"|\b(?:included|supported)\b",
    re.IGNORECASE,
)
_GAP = re.compile(r"\{(\w+)\}")
_Fill = Callable[[str], str | None]


def drafts(
    kind: Kind, material: Material, voice: Voice, chance: random.Random
) -> Iterator[tuple[Piece, ...]]:
    """Yield drafts of a kind, different ones as long as there are any; none where the record is too thin."""
    write = {
        "description": _description, "title": _title, "bullets": _bullets, "search_ad": _search_ad,
        "social": _social, "email": _email, "faq": _faq, "seo": _seo,
    }[kind]  # fmt: skip
    seen = set()
    for _ in range(_TRIES):
        writing = _Writing(kind, material, voice, chance)
        pieces = tuple(write(writing))
        if pieces and pieces not in seen:
            seen.add(pieces)
            yield _with_required(kind, pieces, voice, material.language)


@cache
def frames(part: str, tone: Tone, language: Language) -> tuple[str, ...]:
    """Return the sentences of a part in a tone."""
    rows = read_table(FOLDER / "copy.tsv", 4)
    return tuple(
        wording
        for row in rows
        if row[0] == part and row[1] in ("*", tone) and row[2] == language
        for wording in alternatives(row[3])
    )


class _Writing:
    """One draft in the making: facts are used up, so that none is told twice."""

    def __init__(self, kind: Kind, material: Material, voice: Voice, chance: random.Random) -> None:
        self.names = material.names_in(kind)
        self.material, self.voice, self.chance = material, voice, chance
        self.language = material.language
        self.left: list[Fact] = []
        self.renew()
        self.opened: set[str] = set()

    def may_say(self, text: str) -> bool:
        """Whether the voice has nothing against a text."""
        return not self.voice.banned_in(text, self.language, self.names)

    def renew(self, *, with_denied: bool = False) -> None:
        """Begin again with all facts; what the record answers with no is told only where asked for."""
        self.left = [fact for fact in self.material.facts if with_denied or fact.says is not False]
        self.chance.shuffle(self.left)

    def filled(self, part: str, limit: int = 1000, **values: str) -> str:
        """Return a sentence of a part, every gap filled, within the limit; empty where there is none."""
        options = list(frames(part, self.voice.tone, self.language))
        self.chance.shuffle(options)
        for frame in options:
            opening = frame.partition("{")[0].strip()
            if opening in self.opened and part.endswith((".next", ".list")):
                continue
            left = list(self.left)
            if (text := self._fill(frame, values)) and columns(text) <= limit and self.may_say(text):
                self.opened.add(opening)
                return text
            self.left = left
        return ""

    def _fill(self, frame: str, values: dict[str, str]) -> str:
        material = self.material
        article = "an" if material.kind[:1] in "aeiou" else "a"
        given = {
            "name": material.name, "title": material.title, "kind": material.kind, "price": material.price,
            "kindup": material.kind[:1].upper() + material.kind[1:],
            "kind1": f"{article} {material.kind}" if material.kind else "",
            "tag": material.tag, **values,
        }  # fmt: skip
        for gap in _GAP.findall(frame):
            if gap not in given:
                given[gap] = self._fact(gap)
            if not given[gap] and gap != "tag":
                return ""
        text = _GAP.sub(lambda match: given[match[1]], frame)
        return _capitalised(" ".join(text.split())) if self.language == "en" else text

    def _fact(self, gap: str) -> str:
        """Take the next fact that can be said in the form that a gap wants."""
        for fact in self.left:
            text = ""
            if gap in "01":
                told = [wording for wording in fact.told if self.may_say(wording)]
                text = self.chance.choice(told) if told else ""
            elif gap in "st":
                text = fact.short
            elif gap in "lmn":
                text = fact.listed
            if text and self.may_say(text):
                self.left = [item for item in self.left if item.key != fact.key]
                return text
        return ""


def _capitalised(text: str) -> str:
    """Begin each sentence with a capital letter, but for names that are written otherwise: iPhone."""
    return re.sub(
        r"(^|[.?:] )([a-z])(?!\w*[A-Z])", lambda m: m[1] + (m[2] if m[1] == ": " else m[2].upper()), text
    )


def _description(writing: _Writing) -> Iterator[Piece]:
    """Two to four sentences: what it is and does, perhaps a line of its page, perhaps facts in a row."""
    parts = [writing.filled("description.first") or writing.filled("description.named")]
    if not parts[0]:
        lines = [text for _, text in writing.material.lines if writing.may_say(text)]
        parts = [writing.chance.choice(lines)] if lines else []
    if not parts or not parts[0]:
        return
    for _ in range(writing.chance.choice((1, 2, 2))):
        parts.append(writing.filled("description.next") or writing.filled("description.list"))
    lines = [text for _, text in writing.material.lines if text not in parts and writing.may_say(text)]
    if lines and writing.chance.random() < 0.6:
        line = writing.chance.choice(lines)
        parts.insert(writing.chance.randint(1, len(parts)), _closed(line, writing.language))
    if len([part for part in parts if part]) > 1 or columns(parts[0]) > _SHORT:
        yield Piece("text", ("" if writing.language == "zh" else " ").join(filter(None, parts)))


def _closed(line: str, language: Language) -> str:
    return (
        line
        if line.endswith((".", "!", "?", "。", "！", "？"))
        else line + ("。" if language == "zh" else ".")
    )


def _title(writing: _Writing) -> Iterator[Piece]:
    limit = PARTS["title"][0].limit
    title = shortened(writing.material.title, limit)
    text = writing.filled("title", limit, title=title)
    if text or title:
        yield Piece("title", text or title)


def _bullets(writing: _Writing) -> Iterator[Piece]:
    limit = PARTS["bullets"][0].limit
    lines = [text for place, text in writing.material.lines if place.startswith("highlight")]
    facts = [writing.chance.choice((fact.listed, fact.short)) or fact.listed for fact in writing.left]
    told = [*writing.chance.sample(lines, min(len(lines), 2)), *filter(None, facts)]
    kept = [
        _capitalised(text.rstrip("。.")) for text in told if columns(text) <= limit and writing.may_say(text)
    ]
    kept = list(dict.fromkeys(kept))[:_BULLETS]
    if len(kept) >= PARTS["bullets"][0].fewest:
        yield from (Piece("bullet", text) for text in kept)


def _search_ad(writing: _Writing) -> Iterator[Piece]:
    headline, description = PARTS["search_ad"]
    heads: list[str] = []
    for _ in range(headline.most):
        text = writing.filled("headline", headline.limit)
        if text and text not in heads:
            heads.append(text)
    if len(heads) < headline.fewest:
        heads.append(shortened(writing.material.name, headline.limit))
    writing.renew()
    line = writing.filled("ad.line", description.limit)
    if len(set(heads)) < headline.fewest or not line:
        return
    yield from (Piece("headline", text) for text in dict.fromkeys(heads))
    yield Piece("description", _with_close(writing, line, description.limit))


def _with_close(writing: _Writing, line: str, limit: int) -> str:
    close = writing.filled("ad.close")
    joined = line + (" " if writing.language == "en" else "") + close
    return joined if columns(joined) <= limit else line


def _social(writing: _Writing) -> Iterator[Piece]:
    text = writing.filled("social.post", PARTS["social"][0].limit, close=writing.filled("ad.close"))
    if text:
        yield Piece("post", text.strip())


def _email(writing: _Writing) -> Iterator[Piece]:
    if text := writing.filled("email.subject", PARTS["email"][0].limit):
        yield Piece("subject", text)


def _seo(writing: _Writing) -> Iterator[Piece]:
    title, description = PARTS["seo"]
    short = shortened(writing.material.title, title.limit)
    head = writing.filled("seo.title", title.limit, title=short) or short
    writing.renew()
    line = writing.filled("seo.description", description.limit, close=writing.filled("ad.close"))
    if head and line:
        yield Piece("title", head)
        yield Piece("description", line)


def _faq(writing: _Writing) -> Iterator[Piece]:
    """Up to five questions that the record answers, each with its answer."""
    count = 0
    writing.renew(with_denied=True)
    question, answer = PARTS["faq"]
    for fact in list(writing.left):
        writing.left = [fact]
        asked = _question(fact, writing)
        part = "faq.told" if fact.told else "faq.listed"
        if fact.says is not None:
            part = "faq.yes" if fact.says else "faq.no"
        told = writing.filled(part, answer.limit) if asked else ""
        if asked and told and columns(asked) <= question.limit and writing.may_say(asked):
            yield Piece("question", asked)
            yield Piece("answer", told)
            count += 1
        if count == _QUESTIONS:
            return


def _question(fact: Fact, writing: _Writing) -> str:
    name = writing.material.name
    if fact.says is not None and fact.asked:
        if writing.language == "zh":
            return "" if fact.asked[0] in "不无" else f"{name}{fact.asked}吗？"
        verb = fact.asked.split(" ", 1)[0]
        if " and " in fact.asked:
            return ""
        if verb in ("is", "can", "may"):
            return f"{verb.capitalize()} the {name} {base_form(fact.asked)}?"
        return f"Does the {name} {base_form(fact.asked)}?"
    if fact.says is not None or not fact.label:
        return ""
    if writing.language == "en" and _NO_NOUN.search(fact.label):
        return ""
    label = fact.label if writing.language == "zh" or fact.label.isupper() else _lowered(fact.label)
    is_number = re.search(r"[:：] ?\d", fact.listed)
    return writing.filled("faq.much" if is_number else "faq.what", label=label)


def _lowered(label: str) -> str:
    """Begin a label with a small letter within a sentence, unless its first word is a short form."""
    first = label.split(" ", 1)[0]
    return label if first[1:] != first[1:].lower() else label[:1].lower() + label[1:]


def _with_required(
    kind: Kind, pieces: tuple[Piece, ...], voice: Voice, language: Language
) -> tuple[Piece, ...]:
    """Add the phrases that the voice requires to the last piece with the most room."""
    phrases: Sequence[str] = voice.required(kind, language)
    if not phrases:
        return pieces
    room = max(PARTS[kind], key=lambda part: part.limit)
    place = max(number for number, piece in enumerate(pieces) if piece.part == room.name)
    joint = "" if language == "zh" else " "
    added = joint.join([pieces[place].text, *phrases])
    return (*pieces[:place], Piece(room.name, added), *pieces[place + 1 :])
