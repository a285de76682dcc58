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

_VERBS = {
    "is": "is", "are": "are", "was": "is", "were": "are", "has": "has", "have": "have", "had": "has",
    "looks": "looks", "look": "look", "looked": "looks", "fits": "fits", "fit": "fit", "feels": "feels",
    "feel": "feel", "felt": "feels", "works": "works", "work": "work", "worked": "works", "holds": "holds",
    "hold": "hold", "held": "holds", "comes": "comes", "come": "come", "came": "comes", "runs": "runs",
    "run": "run", "ran": "runs", "keeps": "keeps", "keep": "keep", "kept": "keeps", "makes": "makes",
    "make": "make", "made": "makes", "does": "does", "do": "do", "did": "does", "lasts": "lasts",
    "lasted": "lasts", "smells": "smells", "smelled": "smells", "tastes": "tastes", "taste": "taste",
    "tasted": "tastes", "sounds": "sounds", "sounded": "sounds", "seems": "seems", "seem": "seem",
    "seemed": "seems", "gets": "gets", "get": "get", "got": "gets", "goes": "goes", "go": "go",
    "stays": "stays", "stayed": "stays", "breaks": "breaks", "broke": "breaks", "leaks": "leaks",
    "leaked": "leaks", "stopped": "stops", "stops": "stops", "needs": "needs", "needed": "needs",
    "takes": "takes", "took": "takes", "cleans": "cleans", "removes": "removes", "helps": "helps",
    "helped": "helps", "provides": "provides", "offers": "offers", "dissolves": "dissolves",
}  # fmt: skip
_PLURALS = {"is": "are", "has": "have", "does": "do", "was": "were"}
_CLAUSE = re.compile(
    r"(?:^|(?<=[\s,;:.!?(]))(?P<subject>it|they|this|these|(?:the|this|these|its|their)\s+[a-z-]+(?:\s[a-z-]+)?)\s+"
    rf"(?P<verb>{'|'.join(_VERBS)})\s+(?P<rest>[a-z][a-z0-9' %-]*)"
)
_CUT = re.compile(
    r"\s+(?:but|because|so that|so i|which|who|when|if|although|though|except|unless|until|since|while|as i|and i"
    r"|and my|and we|and it|and they|and the|and this|and you|for me|for my|to me|that i|i|then|however|or i|also it)\b.*$"
)
_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|me|my|mine|we|us|our|he|she|his|her|him|you|your|husband|wife|son|daughter)\b")
_UNSURE = re.compile(r"\b(?:would|could|should|supposed|wish|hope|return(?:ed|ing)?|ordered|arrived|sent|bought|ago|today)\b")
_DANGLING = re.compile(r"(?:\s+(?:and|or|than|from|of|the|a|an|to|in|on|for|with|like|as|is|was|at|not|just|so|very))+$")
_NO_SUBJECT = ENGLISH_STOPWORDS | {"one", "ones", "only", "thing", "moment", "first", "price", "reason", "company", "they"}
_SECOND_VERB = re.compile(r"\b(?:is|are|was|were|isn't|aren't|wasn't|weren't|has|have|had|it|they|didn't|doesn't|don't)\b")
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
        """Return the clause; "it", "this" and "they" become `it`."""
        is_pronoun = self.subject in ("it", "they", "this", "these")
        subject = it if is_pronoun else self.subject
        verb = self.verb
        if is_pronoun:
            singular = verb if verb.endswith("s") else {"are": "is", "have": "has", "do": "does"}.get(verb, verb + "s")
            plural = _PLURALS.get(singular, singular.removesuffix("s") if singular != "goes" else "go")
            verb = plural if it == "they" else singular
        return f"{subject} {verb} {self.rest}"


def clauses(texts: Sequence[str]) -> list[Clause]:
    """Return the clauses of several reviews, the most typical first."""
    frequency: Counter[str] = Counter()
    for text in texts:
        frequency.update(set(words(text, "en")))
    found: dict[str, Clause] = {}
    for text in texts:
        for subject, verb, rest in _found(text):
            content = frozenset(words(f"{subject} {rest}", "en"))
            if content:
                clause = Clause(subject, verb, rest, content, _typical(content, frequency, len(texts)))
                found.setdefault(" ".join(sorted(content)), clause)
    return sorted(found.values(), key=lambda clause: (-clause.typical, clause.rest))


def _found(text: str) -> Iterator[tuple[str, str, str]]:
    plain = " ".join(text.lower().replace("’", "'").split())
    for match in _CLAUSE.finditer(plain):
        rest = _DANGLING.sub("", _CUT.sub("", match["rest"]).strip(" -'"))
        whole = f"{match['subject']} {rest}"
        if set(match["subject"].split()[1:]) & _NO_SUBJECT or _PERSON.search(whole) or _UNSURE.search(whole) or _SECOND_VERB.search(rest) or len(match["subject"])<2:
            continue
        if _SHORTEST <= len(rest.split()) + 1 <= _LONGEST:
            yield match["subject"], _VERBS[match["verb"]], rest


def _typical(content: frozenset[str], frequency: Counter[str], of: int) -> float:
    """How often the other reviews use the clause's words, a long clause not before a short one."""
    shared = sum(frequency[word] - 1 for word in content) / max(1, of - 1)
    return shared / math.sqrt(len(content) + 1)
