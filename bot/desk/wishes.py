"""The wishes in one message: "cancel this and return that" are two, kept apart and in their order.

Patterns over clauses in both languages. A clause that names no business belongs to the wish before it, an
alternative ("if not, cancel it") is left for when it is due. Knows nothing of orders or dialogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.desk import chinese
from bot.desk.task import Kind
from ecomlm.language import has_chinese, normalise

_I = re.IGNORECASE
_CLAUSE = re.compile(
    r"(?<=[.!?;])\s+|(?<=[。！？；])\s*|\s+(?=(?:and|then|plus|also|but)\b)|(?<=,)\s+(?=(?:i|please|could|can)\b)"
    r"|(?<=[，,])\s*(?=另外|还有|然后|再|同时|顺便|接着|最后|并且|也)",
    _I,
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("exchange", re.compile(r"\b(?:exchange|exchanging|swap|trade)\b", _I)),
    ("return", re.compile(
        r"\b(?:return|returning|send back|give back)\b(?! (?:policy|window|label))"
        r"|\b(?:want|need|like|have)\b.{0,40}\breturned\b", _I,
    )),
    ("cancel", re.compile(r"\b(?:cancel|cancell?ing|call off)\b|\bremove\b(?=.{0,60}\border\b)", _I)),
    ("profile", re.compile(r"\b(?:default|profile|user|account) (?:\w+ )?address\b(?<!to my default address)", _I)),
    ("address", re.compile(
        r"\b(?:change|update|modify|correct|switch|set|put|fix|make)\b.{0,60}\baddress(?:es)?\b"
        r"|\baddress(?:es)? (?:of|for|on) (?:\w+ ){0,4}(?:orders?|#?W\d+)", _I,
    )),
    ("payment", re.compile(r"\b(?:change|modify|switch|update)\b.{0,30}\bpayment\b", _I)),
    ("items", re.compile(r"\b(?:change|modify|switch|update|upgrade)\b(?=.{0,90}\b(?:to|into|for)\b)", _I)),
    ("invoice", re.compile(r"\binvoices?\b", _I)),
    ("status", re.compile(r"\btracking number\b|\btrack\b|\bwhere (?:is|are|did)\b|\bwhen (?:does|will|do)\b.{0,30}\barriv", _I)),
)  # fmt: skip
_TARGET = re.compile(r"\bto (?:my|the|our) (?:\w+ )?(?:default|profile|user|account|home) address\b", _I)
_DENIED = re.compile(
    r"(?:\b(?:don't|do not|not|never|no need to|without|can't|cannot|couldn't|undo(?:ing)?(?: the)?)\b (?:\w+ ){0,2})$",
    _I,
)
_CONDITION = re.compile(r"^\W*(?:and |but |or )?(?:if|unless|otherwise|in case|or else|failing that)\b", _I)
_NUMBER = re.compile(r"#?\b[A-Z]{1,4}-?\d{4,10}\b", _I)
_PRONOUN = re.compile(
    r"\b(?:return|exchange|swap|cancel|change|modify|switch|send) (?:it|them|this|that)\b", _I
)
_STATE = re.compile(r"\b(?:just ordered|pending|on order|received|delivered|arrived)\b", _I)
_ADDRESSES = ("address", "profile")
_ALIKE: tuple[frozenset[str], ...] = (frozenset({"items", "exchange"}),)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a message asks for, and the words that do."""

    kind: Kind
    text: str


def read_wishes(text: str) -> list[Wish]:
    """Return the wishes that a message states in so many words, in their order; often none or one."""
    found: list[Wish] = []
    before = ""
    for clause in _clauses(text):
        kind = _kind_of(clause)
        if found and kind is not None and not _continues(found[-1], kind, clause):
            if not _PRONOUN.search(clause):
                found[-1], before = _with(found[-1], before), ""
            found.append(Wish(kind, f"{before} {clause}".strip()))
            before = ""
        elif found and kind is not None:
            found[-1], before = _with(found[-1], f"{before} {clause}"), ""
        elif kind is not None:
            found.append(Wish(kind, f"{before} {clause}".strip()))
            before = ""
        elif found:  # what is named before "return it" belongs to that
            found[-1], before = _with(found[-1], before), clause
        else:
            before = f"{before} {clause}"
    if found:
        found[-1] = _with(found[-1], before)
    return _with_shared_address(found)


def _with(wish: Wish, words: str) -> Wish:
    return Wish(wish.kind, f"{wish.text} {words}".strip())


def _clauses(text: str) -> list[str]:
    plain = normalise(text).replace("’", "'")
    return [clause.strip() for clause in _CLAUSE.split(plain) if clause and clause.strip()]


def _kind_of(clause: str) -> Kind | None:
    """Return the business that a clause names as a wish: not denied, not an alternative."""
    if has_chinese(clause):
        return chinese.wish_of(clause)
    if _CONDITION.search(clause):
        return None
    said = _TARGET.sub(" to it", clause)
    for kind, pattern in _KINDS:
        match = pattern.search(said)
        if match and not _DENIED.search(said[: match.start()]):
            return kind
    return None


def _continues(last: Wish, kind: Kind, clause: str) -> bool:
    """Whether a clause says more of the wish before it rather than something new."""
    number = _NUMBER.search(clause)
    if kind in ("payment",) and last.kind in ("return", "exchange", "items", "cancel"):
        return True
    alike = kind == last.kind or any({kind, last.kind} <= group for group in _ALIKE)
    if not alike or (kind != last.kind and _STATE.search(clause)):
        return False
    other = _NUMBER.search(last.text)
    return not (number and other and number.group().upper() != other.group().upper())


def _with_shared_address(wishes: list[Wish]) -> list[Wish]:
    """Give neighbouring wishes about addresses each other's words: the new address is said once for all."""
    shared = []
    for place, wish in enumerate(wishes):
        text = wish.text
        if wish.kind in _ADDRESSES:
            later = wishes[place + 1 : place + 2]
            earlier = wishes[max(0, place - 1) : place]
            text = " ".join(w.text for w in [*earlier, wish, *later] if w.kind in _ADDRESSES)
        shared.append(Wish(wish.kind, text))
    return shared
