"""Score every product for a question: by words, by meaning, and by what kind of thing it is.

Works on rows of shards. Knows nothing of records, filters or the store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from ecomlm.language import CHINESE_STOPWORDS, has_chinese, segmenter, words
from ecomlm.search.columns import Verdicts
from ecomlm.search.embed import Embedder, Vectors
from ecomlm.search.filters import Filter, PriceRange
from ecomlm.search.glossary import Glossary, shop_glossary
from ecomlm.search.query import Query
from ecomlm.search.shard import LANGUAGES, Shard, Side
from knowledge.records import Language

Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

NEAREST = 1024
TAIL = 0.6
TRANSLATED = 0.5
IS_KIND = 0.99
WORDINGS = 3

# Things that go with other things: a title that holds one is not the thing itself.
_ACCESSORIES = """
accessory accessories adapter adaptor appliance arm armband backpack bag battery bracket briefcase
cable cap cart carrying cartridge case ceiling charger cleaner cleaning connector controller
converter cooler cord cover dock docking drum enclosure extender extension filter folio fuser hanger
holder hook housing hub ink insert kbd keypad label lace lamp lens license lock maintenance memory module
mount mat pad paper part plate pod port pouch privacy protector rack refill remote replacement replicator
rest riser roller shelf skin sleeve spare splitter stand station strap stylus supp supply
supplies suspension tape toner tray tripod trolley upgrade wall wallet warmer warranty
""".split()  # noqa: SIM905  # easier to read and to extend than a list
_ACCESSORY_ENDINGS = frozenset("包袋套壳膜架线绳带盖垫")


@dataclass(frozen=True)
class Weights:
    """How much each sign counts. Tuned on the public Icecat queries and the sample shop."""

    words: float = 1.0
    cover: float = 0.6
    meaning: float = 3.0
    accessory: float = 0.3
    bend: float = 0.7
    other_words: float = 0.5
    other_meaning: float = 0.9
    english_for_chinese: float = 0.35
    chinese_for_english: float = 0.08

    def other_language(self, language: Language) -> float:
        """Return what texts in `language` count for a question in the other one."""
        return self.english_for_chinese if language == "en" else self.chinese_for_english


@dataclass(frozen=True)
class Floors:
    """What a product must at least have to do with a question: enough words, meaning, or some of both.

    Set so that no more than one in twenty of our own questions loses what it is after, while most
    questions for goods that the sample shop does not have come back empty.
    """

    cover: float = 0.7
    some_cover: float = 0.3

    def near(self, embedder: Embedder, is_own_language: bool) -> tuple[float, float]:
        """Return the similarities that count on their own, and together with some words."""
        alone, together, stricter = (0.884, 0.87, 0.012) if "e5" in embedder.name else (0.44, 0.36, 0.05)
        extra = 0.0 if is_own_language else stricter
        return alone + extra, together + extra


@dataclass(frozen=True)
class Ranking:
    """The verdict on every row of the corpus.

    `is_kind` marks those that are the thing asked for itself, with all that its name says of it; `is_thing`
    those that are that thing, whatever is said of it (phones, for `phone with a good camera`).
    """

    scores: Scores
    is_relevant: Mask
    is_kind: Mask
    is_thing: Mask | None = None

    def without_tail(self, share: float = TAIL) -> Ranking:
        """Leave out what is far less relevant than the best."""
        best = float(self.scores[self.is_relevant].max(initial=0))
        kept = np.asarray(self.is_relevant & (self.scores >= share * best), np.bool_)
        thing = None if self.is_thing is None else np.asarray(kept & self.is_thing, np.bool_)
        return Ranking(self.scores, kept, np.asarray(kept & self.is_kind, np.bool_), thing)

    def score_of(self, corpus: Corpus, id: str) -> float:
        """Return the score of a product, 0 where it is not in the corpus."""
        row = corpus.rows.get(id)
        return 0.0 if row is None else float(self.scores[row])


@dataclass(frozen=True)
class Corpus:
    """A snapshot's shard, what was added since, and which rows no longer count."""

    base: Shard
    added: Shard | None
    hidden: Mask

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The product ids, row by row."""
        return self.base.ids + (self.added.ids if self.added else ())

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of each product."""
        return {id: row for row, id in enumerate(self.ids) if not self.hidden[row]}

    def id_of(self, row: int) -> str:
        """Return the product id of a row."""
        return self.ids[row]

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """Return one figure of every row."""
        parts = [np.asarray(getattr(shard.columns, name), np.float64) for shard in self._shards()]
        return np.concatenate(parts)

    def number(self, keys: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return every row's value of the first of these attributes that it has."""
        return np.concatenate([shard.columns.number(keys) for shard in self._shards()])

    def number_keys(self, part: str) -> list[str]:
        """List the number attributes whose key is or holds `part`, the exact one first."""
        keys = {
            key
            for shard in self._shards()
            for key in shard.columns.numbers
            if part in key.split("_") or key == part
        }
        keys |= {
            key for shard in self._shards() for key in shard.columns.numbers if "_" in part and part in key
        }
        return sorted(keys, key=lambda key: (key != part, len(key), key))

    def may_allow(self, condition: Filter) -> Mask:
        """Return which rows can meet a condition."""
        return np.concatenate([shard.columns.may_allow(condition) for shard in self._shards()])

    def judge(self, condition: Filter) -> Verdicts:
        """Tell of every row whether it meets a condition, as `Columns.judge` does."""
        return np.concatenate([shard.columns.judge(condition) for shard in self._shards()])

    def distance(self, condition: Filter) -> npt.NDArray[np.float64] | None:
        """How far every row's price is from a price range; None for other conditions."""
        if not isinstance(condition, PriceRange):
            return None
        low, high = self.column("lowest"), self.column("highest")
        below = 0.0 if condition.low is None else np.maximum(float(condition.low) - high, 0)
        above = 0.0 if condition.high is None else np.maximum(low - float(condition.high), 0)
        return np.nan_to_num(np.maximum(below, above), nan=np.inf)

    def standing(self) -> Scores:
        """Score rows where nothing in particular is asked for: what can be had and is well liked."""
        rating = np.nan_to_num(self.column("rating"), nan=3.0)
        available = self.column("available")
        return np.asarray(0.5 * (available != 0) + 0.1 * rating, np.float32)

    def _shards(self) -> list[Shard]:
        return [self.base, self.added] if self.added else [self.base]

    def __len__(self) -> int:
        return len(self.base) + (len(self.added) if self.added else 0)

    def only(self, languages: Collection[Language]) -> Corpus:
        """Return the same products as if they had texts in these languages alone."""
        shards = [
            replace(shard, sides={name: side for name, side in shard.sides.items() if name in languages})
            for shard in self._shards()
        ]
        return Corpus(shards[0], shards[1] if self.added else None, self.hidden)

    def parts(self, language: Language) -> list[tuple[int, Side]]:
        """Return the sides of a language with the row at which each one's shard begins."""
        shards = [(0, self.base), *([(len(self.base), self.added)] if self.added else [])]
        return [(start, shard.sides[language]) for start, shard in shards if language in shard.sides]


@dataclass
class _Signs:
    """What speaks for each row in one language; `thing` is the similarity to the core alone."""

    score: Scores
    cover: Scores
    head: Scores
    near: Scores
    thing: Scores
    accessory: Mask
    exists: Mask

    @classmethod
    def none(cls, rows: int) -> _Signs:
        score, cover, head, near, thing = (np.zeros(rows, np.float32) for _ in range(5))
        return cls(score, cover, head, near, thing, np.zeros(rows, np.bool_), np.zeros(rows, np.bool_))


def rank(
    query: Query,
    corpus: Corpus,
    embedders: Mapping[Language, Embedder],
    weights: Weights = Weights(),
    floors: Floors = Floors(),
) -> Ranking:
    """Score every row for a question that has a subject."""
    rows = len(corpus)
    total, share = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    relevant, kind, thing, accessory = (np.zeros(rows, np.bool_) for _ in range(4))
    for language in LANGUAGES:
        wordings, known = _wordings(query.subject, language)
        cores, _ = _wordings(query.core or query.subject, language)
        if not corpus.parts(language) or not wordings:
            continue
        signs = _signs(corpus, language, wordings, cores, embedders[language], weights)
        signs.score[corpus.hidden] = signs.near[corpus.hidden] = 0
        weight = 1.0 if language == query.language else known * weights.other_language(language)
        total += weight * _fused(signs, weights)
        share += weight * signs.exists
        near = floors.near(embedders[language], language == query.language)
        found = _is_relevant(signs, near, known, floors)
        if cores != wordings:  # a raincoat is waterproof, but no bag
            found &= (signs.thing >= near[1]) | (signs.head > 0)
        relevant |= found
        kind |= signs.head >= IS_KIND
        thing |= _is_thing(corpus, language, query.thing)
        accessory |= signs.accessory
    scores = np.divide(total, share, out=np.zeros_like(total), where=share > 0)
    relevant &= ~corpus.hidden
    is_one = relevant & ~accessory
    return Ranking(scores, relevant, kind & is_one, thing & is_one if query.thing else None)


def _is_thing(corpus: Corpus, language: Language, thing: str) -> Mask:
    """Tell which rows' titles or categories name a thing, in any of its names."""
    found = np.zeros(len(corpus), np.bool_)
    wordings = _wordings(thing, language)[0] if thing else []
    for start, side in corpus.parts(language):
        found[side.rows + start] = _head(side, wordings, language) >= IS_KIND
    return found


def _is_relevant(signs: _Signs, near: tuple[float, float], known: float, floors: Floors) -> Mask:
    """Judge one language's signs; `known` is the share of the question that could be worded in it."""
    alone, together = near
    cover = known * signs.cover
    some = (cover >= floors.some_cover) & (signs.near >= together)
    return np.asarray(signs.exists & ((signs.near >= alone) | (cover >= floors.cover) | some), np.bool_)


def _fused(signs: _Signs, weights: Weights) -> Scores:
    """Add up the signs, each against the best there is, so that the score lies between 0 and 1."""
    held = weights.words * (signs.score / max(float(signs.score.max(initial=0)), 1e-6)) ** weights.bend
    near = weights.meaning * signs.near / max(float(signs.near.max(initial=0)), 1e-6)
    whole: Scores = held + weights.cover * signs.cover + near - weights.accessory * signs.accessory
    return np.where(signs.exists, whole / (weights.words + weights.cover + weights.meaning), 0).astype(
        np.float32
    )


def _signs(
    corpus: Corpus,
    language: Language,
    wordings: Sequence[str],
    cores: Sequence[str],
    embedder: Embedder,
    weights: Weights,
) -> _Signs:
    signs = _Signs.none(len(corpus))
    vectors = embedder.encode_queries([*wordings, *cores[:1]] if cores != wordings else wordings)
    meant, thing = vectors[: len(wordings)], vectors[len(wordings) :]
    asked = {word for text in (*wordings, *cores) for word in words(text, language)}
    for start, side in corpus.parts(language):
        rows = side.rows + start
        signs.exists[rows] = True
        score, cover = _best(side, wordings, language, weights)
        signs.score[rows], signs.cover[rows] = score, cover
        signs.cover[rows] = np.maximum(cover, _best(side, cores, language, weights)[1])
        signs.head[rows] = _head(side, cores, language)
        signs.near[rows] = _near(side, meant, score, weights)
        if len(thing):
            signs.thing[rows] = _near(side, thing, score, weights)
        signs.accessory[rows] = _is_accessory(side, asked)
    return signs


def _best(side: Side, wordings: Sequence[str], language: Language, weights: Weights) -> tuple[Scores, Scores]:
    """The best score and cover of any wording; later ones count a little less."""
    score = cover = np.zeros(len(side.rows), np.float32)
    factor = 1.0
    for text in wordings:
        one_score, one_cover = side.words.scores(words(text, language))
        score, cover = np.maximum(score, factor * one_score), np.maximum(cover, factor * one_cover)
        factor = weights.other_words
    return score, cover


def _head(side: Side, cores: Sequence[str], language: Language) -> Scores:
    found = np.zeros(len(side.rows), np.float32)
    for text in cores:
        asked = [
            word
            for word in words(text, language)
            if language == "en" or len(word) != 2 or word in _nouns(text)
        ]
        if asked:
            found = np.maximum(found, side.head.scores(asked)[1])
    return found


def _nouns(text: str) -> set[str]:
    """The words of a Chinese text without the pairs of characters that are no words."""
    return set(segmenter().cut_for_search(text))


def _near(side: Side, vectors: Vectors, score: Scores, weights: Weights) -> Scores:
    """The best similarity of any wording, exact for the nearest texts and for those that share words."""
    near = np.zeros(len(side.rows), np.float32)
    sharing = np.flatnonzero(score)
    if len(sharing) > NEAREST:
        sharing = sharing[np.argpartition(-score[sharing], NEAREST)[:NEAREST]]
    factor = 1.0
    for vector in vectors:
        rows, found = side.vectors.nearest(vector, NEAREST)
        near[rows] = np.maximum(near[rows], factor * found)
        near[sharing] = np.maximum(near[sharing], factor * side.vectors.similarities(vector, sharing))
        factor = weights.other_meaning
    return near


def _is_accessory(side: Side, asked: set[str]) -> Mask:
    """Titles that name something to go with the thing: `camera bag`, 相机包 where 相机 was asked for."""
    found = np.zeros(len(side.rows), np.bool_)
    chinese = [word for word in asked if has_chinese(word) and len(word) > 1]
    compounds = {
        word
        for word in (side.head.vocabulary if chinese else ())
        if word[-1] in _ACCESSORY_ENDINGS
        and any(word != other and word.startswith(other) for other in chinese)
    }
    for word in (_accessories() | compounds) - asked:
        found[side.head.postings(word)[0]] = True
    return found


@cache
def _accessories() -> frozenset[str]:
    return frozenset(word for name in _ACCESSORIES for word in words(name, "en"))


def _wordings(text: str, language: Language) -> tuple[list[str], float]:
    """The text in a language, its likeliest wording first, and the share of it that could be worded."""
    glossary = shop_glossary()
    if language == "zh":
        known = glossary.to_chinese(text)
        return ([known], 1.0) if has_chinese(known) else ([], 0.0)
    if has_chinese(text):
        return _translations(text, glossary)
    return [text, *_synonyms(text, glossary)][:WORDINGS], 1.0


def _translations(text: str, glossary: Glossary) -> tuple[list[str], float]:
    english = glossary.to_english(text)
    found = glossary.find_chinese(text)
    content = "".join(
        word for word in segmenter().cut(text) if has_chinese(word) and word not in CHINESE_STOPWORDS
    )
    share = min(1.0, sum(len(word) for word, _ in found) / len(content)) if content else 1.0
    if not english or share < TRANSLATED:
        return [], 0.0
    others = [english.replace(names[0], other) for _, names in found for other in names[1:2]]
    return list(dict.fromkeys((english, *others)))[:WORDINGS], share


def _synonyms(text: str, glossary: Glossary) -> list[str]:
    """Other names of the same things: two English names of one Chinese word mean the same."""
    found: list[str] = []
    for name, chinese in glossary.find_english(text):
        if glossary.kinds.get(chinese[0]) not in ("", "product"):
            continue
        others = [other for other in glossary.english[chinese[0]] if other.lower() != name]
        found.extend(text.replace(name, other.lower()) for other in others[:2])
    return list(dict.fromkeys(found))
