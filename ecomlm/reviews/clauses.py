"""Short impersonal statements taken out of reviews: "the arch support is great", "they run small".

English only: a clause is found by its subject and its verb, and put into the present. Chinese summaries
are made of phrases alone. Knows nothing of which of the clauses are told.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecomlm.language import ENGLISH_STOPWORDS, words

_PRESENT = {"was": "is", "were": "are", "had": "has", "did": "does"}
_REGULAR = (
    "look fit feel work hold come run keep make last smell taste sound seem get go stay break leak stop need"
    " take clean remove help provide offer dissolve"
)
_PAST = {
    "looked": "look", "felt": "feel", "worked": "work", "held": "hold", "came": "come", "ran": "run",
    "kept": "keep", "made": "make", "lasted": "last", "smelled": "smell", "tasted": "taste",
    "sounded": "sound", "seemed": "seem", "got": "get", "stayed": "stay", "broke": "break", "leaked": "leak",
    "stopped": "stop", "needed": "need", "took": "take", "helped": "help",
}  # fmt: skip
_SINGULAR = {"are": "is", "have": "has", "do": "does", "go": "goes"}
_PLURAL = {singular: plural for plural, singular in _SINGULAR.items()}
_VERBS = (
    *_SINGULAR, *_PLURAL, *_PRESENT, *_PAST, *_REGULAR.split(), *(f"{verb}s" for verb in _REGULAR.split()),
)  # fmt: skip
_CLAUSE = re.compile(
    r"(?:^|(?<=[\s,;:.!?(]))"
    r"(?P<subject>it|they|this|these|(?:the|this|these|its|their) [a-z-]+(?: [a-z-]+)?) "
    rf"(?P<verb>{'|'.join(_VERBS)}) (?P<rest>[a-z][a-z0-9' %-]*)"
)
_CUT = re.compile(
    r" (?:but|because|so that|so i|which|who|when|if|although|though|except|unless|until|since|while|as i"
    r"|and (?:i|my|we|it|they|the|this|you)|for (?:me|my)|to me|that i|i|then|however|or i|also it)\b.*$"
)
_PERSON = re.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|mine|we|us|our|he|she|his|her|him|you|your|husband|wife|son|daughter)\b"
)
_UNSURE = re.compile(
    r"\b(?:would|could|should|supposed|wish|hope|return(?:ed|ing)?|ordered|arrived|sent|bought|ago|today)\b"
)
_SECOND_VERB = re.compile(r"\b(?:(?:is|are|was|were|has|have|had|do|did|does)(?:n't)?|it|they)\b")
_DANGLING = re.compile(
    r"(?: (?:and|or|than|from|of|the|a|an|to|in|on|for|with|like|as|is|was|at|not|just|so|very|up))+$"
)
_NO_SUBJECT = ENGLISH_STOPWORDS | {
    "one",
    "ones",
    "only",
    "thing",
    "moment",
    "first",
    "price",
    "reason",
    "they",
}
_PRONOUNS = frozenset({"it", "they", "this", "these"})
_SHORTEST, _LONGEST = 2, 11


@dataclass(frozen=True, slots=True)
class Clause:
    """A statement in the present, its content words, and how typical it is of the reviews (0 to 1)."""

    subject: str
    verb: str
    rest: str
    content: frozenset[str]
    typical: float

    def said(self, it: str) -> str:
        """Return the clause; for "it", "this" and "they" stands `it`."""
        subject, predicate = self.parts(it)
        return f"{subject} {predicate}"

    def parts(self, it: str) -> tuple[str, str]:
        """Return the clause's subject and what is said of it."""
        if self.subject not in _PRONOUNS:
            return self.subject, f"{self.verb} {self.rest}"
        verb = _plural(self.verb) if it == "they" else _singular(self.verb)
        return it, f"{verb} {self.rest}"


def clauses(texts: Sequence[str]) -> list[Clause]:
    """Return the clauses of several reviews, the most typical first."""
    frequency: Counter[str] = Counter()
    for text in texts:
        frequency.update(set(words(text, "en")))
    found: dict[frozenset[str], Clause] = {}
    for text in texts:
        for subject, verb, rest in _found(text):
            content = frozenset(words(f"{subject} {rest}", "en"))
            if words(rest, "en"):
                clause = Clause(subject, verb, rest, content, _typical(content, frequency, len(texts)))
                found.setdefault(content, clause)
    return sorted(found.values(), key=lambda clause: (-clause.typical, clause.rest))


def joined(found: Sequence[Clause], it: str) -> list[str]:
    """Return the clauses as sentences of two, without repeating what both are about."""
    sentences = []
    for start in range(0, len(found), 2):
        (subject, first), *second = (clause.parts(it) for clause in found[start : start + 2])
        rest = [other if also == subject else f"{also} {other}" for also, other in second]
        sentences.append(" and ".join((f"{subject} {first}", *rest)))
    return sentences


def _found(text: str) -> Iterator[tuple[str, str, str]]:
    plain = " ".join(text.lower().replace("’", "'").split())
    for match in _CLAUSE.finditer(plain):
        rest = _DANGLING.sub("", _CUT.sub("", match["rest"]).strip(" -'"))
        whole = f"{match['subject']} {rest}"
        if set(match["subject"].split()[1:]) & _NO_SUBJECT or _SECOND_VERB.search(rest):
            continue
        if _PERSON.search(whole) or _UNSURE.search(whole):
            continue
        if _SHORTEST <= len(rest.split()) + 1 <= _LONGEST:
            yield match["subject"], _present(match["verb"], match["subject"]), rest


def _present(verb: str, subject: str) -> str:
    if verb in _PRESENT:
        return _PRESENT[verb]
    base = _PAST.get(verb)
    if base is None:
        return verb
    return base if subject.endswith("s") and not subject.endswith("ss") else _singular(base)


def _singular(verb: str) -> str:
    if verb in _PLURAL or verb.endswith("s"):
        return verb
    return _SINGULAR.get(verb, f"{verb}s")


def _plural(verb: str) -> str:
    return _PLURAL.get(verb, verb.removesuffix("s"))


def _typical(content: frozenset[str], frequency: Counter[str], of: int) -> float:
    """How often the other reviews use the clause's words; a long clause does not win by its length alone."""
    shared = sum(frequency[word] - 1 for word in content) / max(1, of - 1)
    return shared / math.sqrt(len(content) + 1)
