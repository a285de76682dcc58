"""Where a text calls products by the words of their titles: `the sleeping bag`, 轻语和静界.

Knows titles and texts. Knows nothing of records or of what is asked of a product.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ecomlm.language import normalise, words
from knowledge.records import Text

_TOKEN = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ONE_PHRASE = re.compile(r"[\s-]*")
_WISHED_BEFORE = re.compile(
    r"\bfor (?!(?:me|us|him|her|them|you|it) )(?:[a-z'-]+ ){0,2}$"
    r"|(?:适合|用来|用于|拿来|为了|如果|要是)[\u3400-\u9fff]{0,4}$"
)
_WISHED_AFTER = re.compile(r"^(?:[和与或、][\u3400-\u9fff]{1,4}?)?(?:用|穿|戴|的?时候?|的话)")
_CHOICE_BEFORE = re.compile(
    r"(?:\b(?:and|or|vs\.?|versus|with|against|than|compare|between)|,) (?:the |a |an )?$"
    r"|(?:[和与跟、，]|还是|或者?|比较|对比)$"
)
_CHOICE_AFTER = re.compile(
    r"^(?: (?:one|model) ?)?(?:,| (?:and|or|vs|versus|with|against|than)\b)"
    r"|^[款个]?(?:[和与跟、，]|还是|或者?|比较|对比)"
)


@dataclass(frozen=True, slots=True)
class _Run:
    """Words in a row that a title has, and the places of the titles that have them."""

    start: int
    end: int
    titles: frozenset[int]


def without_names(plain: str, titles: Sequence[Text], is_wish: Callable[[str], bool]) -> str:
    """Blank out, letter for letter, what a normalised lower-case text calls products by.

    Words that are wished for (`for winter camping`, 露营用) stay. What says no more than a wish (`is_wish`:
    `travel`) is a name only where it stands in a choice: `the travel or the hiking backpack`.
    """
    runs = [run for run in _longest(_runs(plain, titles)) if not _is_wished_for(plain, run)]
    chosen_between = {title for run in runs if len(run.titles) == 1 for title in run.titles}
    for run in runs:
        is_choice = len(chosen_between) > 1 and _is_in_choice(plain, run)
        if is_choice or not is_wish(plain[run.start : run.end]):
            plain = plain[: run.start] + " " * (run.end - run.start) + plain[run.end :]
    return plain


def _runs(plain: str, titles: Sequence[Text]) -> Iterator[_Run]:
    for place, title in enumerate(titles):
        wordings = [normalise(wording).lower() for wording in (title.en, title.zh) if wording]
        for wording in wordings:
            for start, end in (*_word_runs(plain, wording), *_sign_runs(plain, wording.replace(" ", ""))):
                yield _Run(start, end, frozenset((place,)))


def _word_runs(plain: str, title: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of words that a title has too; small words count only between the same two."""
    own = [_stem(token[0]) for token in _TOKEN.finditer(title)]
    neighbours = set(pairwise(own))
    run: list[tuple[re.Match[str], str]] = []
    for token in (*_TOKEN.finditer(plain), None):
        stem = _stem(token[0]) if token else ""
        is_next = token is not None and stem in own
        if run and token:
            last, before = run[-1]
            is_small = not (words(last[0], "en") and words(token[0], "en"))
            is_next = (
                is_next
                and bool(_ONE_PHRASE.fullmatch(plain[last.end() : token.start()]))
                and (not is_small or (before, stem) in neighbours)
            )
        if not is_next:
            while run and not words(run[-1][0][0], "en"):
                run.pop()
            if run:
                yield run[0][0].start(), run[-1][0].end()
            run = []
        if token and stem in own and (run or words(token[0], "en")):
            run.append((token, stem))


def _stem(word: str) -> str:
    return next(iter(words(word, "en")), word)


def _sign_runs(plain: str, title: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of two and more Chinese characters in a row that a title has in the same row."""
    start = 0
    while start < len(plain):
        end = start
        while end < len(plain) and _HAN.match(plain[end]) and plain[start : end + 1] in title:
            end += 1
        if end - start > 1:
            yield start, end
        start = max(end, start + 1)


def _longest(runs: Iterator[_Run]) -> list[_Run]:
    """Keep of runs that overlap the longest; of the same run, name all its titles."""
    kept: list[_Run] = []
    for run in sorted(runs, key=lambda item: (item.start - item.end, item.start)):
        same = next((place for place, other in enumerate(kept) if _overlap(run, other)), None)
        if same is None:
            kept.append(run)
        elif (run.start, run.end) == (kept[same].start, kept[same].end):
            kept[same] = _Run(run.start, run.end, kept[same].titles | run.titles)
    return kept


def _overlap(one: _Run, other: _Run) -> bool:
    return one.start < other.end and other.start < one.end


def _is_wished_for(plain: str, run: _Run) -> bool:
    before, after = plain[: run.start], plain[run.end :]
    return bool(_WISHED_BEFORE.search(before) or _WISHED_AFTER.search(after))


def _is_in_choice(plain: str, run: _Run) -> bool:
    before, after = plain[: run.start], plain[run.end :]
    return bool(_CHOICE_BEFORE.search(before) or _CHOICE_AFTER.search(after))
