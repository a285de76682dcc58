"""A digest in words, English or Chinese: every sentence and every number made by code from the counts.

Knows nothing of reviews' texts or of where the digest goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecomlm.language import has_chinese
from ecomlm.reviews.asked import Asked
from ecomlm.reviews.digest import FEW, HEADLINE_SHARE, SOME_SHARE, Digest, Point
from ecomlm.reviews.notes import SIDES, Side
from ecomlm.reviews.taxonomy import OVERALL, taxonomy
from ecomlm.search.glossary import shop_glossary
from knowledge.records import Language

MOST = 4
"""So many points of a side are told; further headlines of complaint are always told."""
_ONE_PART = 0.6
_REPEATED_SHARE = 0.3
_WORDS: dict[str, tuple[str, str]] = {
    "none": ("There is no review to go by.", "没有可以参考的评价。"),
    "speechless": (
        "None of the {of} reviews says anything in words.",
        "{of} 条评价都没有文字内容。",
    ),
    "speechless.one": ("The one review says nothing in words.", "仅有的 1 条评价没有文字内容。"),
    "verdict": (
        "{of} reviews: {positive} positive, {negative} negative, {between} mixed or neutral.",
        "{of} 条评价中，好评 {positive} 条，差评 {negative} 条，中评 {between} 条。",
    ),
    "verdict.one": ("The only review is {side}.", "仅有的 1 条评价是{side}。"),
    "praised": ("Praised: {points}.", "好评集中在：{points}。"),
    "criticised": ("Criticised: {points}.", "差评集中在：{points}。"),
    "also": ("Now and then criticised: {points}.", "偶有不满：{points}。"),
    "calm": (
        "No complaint comes up in more than 2 of 100 reviews.",
        "没有哪种不满超过 2% 的评价提到。",
    ),
    "no_complaint": ("No review complains of anything.", "没有评价提到不满。"),
    "unnamed": (
        "Displeased without naming a fault that can be counted: {count} of {of}.",
        "{of} 条中有 {count} 条表示不满，但没有说出可以统计的具体原因。",
    ),
    "rising.negative": (
        "Lately criticised more often: {aspect} ({new} of the newest {new_of}, {old} of {old_of} before).",
        "最近不满变多的是：{aspect}（最近 {new_of} 条中 {new} 条，之前 {old_of} 条中 {old} 条）。",
    ),
    "falling.negative": (
        "Lately criticised less often: {aspect} ({new} of the newest {new_of}, {old} of {old_of} before).",
        "最近不满变少的是：{aspect}（最近 {new_of} 条中 {new} 条，之前 {old_of} 条中 {old} 条）。",
    ),
    "rising.positive": (
        "Lately praised more often: {aspect} ({new} of the newest {new_of}, {old} of {old_of} before).",
        "最近好评变多的是：{aspect}（最近 {new_of} 条中 {new} 条，之前 {old_of} 条中 {old} 条）。",
    ),
    "falling.positive": (
        "Lately praised less often: {aspect} ({new} of the newest {new_of}, {old} of {old_of} before).",
        "最近好评变少的是：{aspect}（最近 {new_of} 条中 {new} 条，之前 {old_of} 条中 {old} 条）。",
    ),
    "repeated": (
        "{repeated} of them share their wording with another review.",
        "其中 {repeated} 条与别的评价措辞完全相同。",
    ),
    "left_out": (
        "Not counted, as it speaks to the assistant or lures shoppers away: {count}.",
        "另有 {count} 条不是评价，而是在指使助手或引流，未计入。",
    ),
    "point": ("{aspect} ({count} of {of})", "{aspect}（{of} 条中 {count} 条）"),
    "nothing": (
        "Of {of} reviews, none speaks of {aspects}.",
        "{of} 条评价都没有提到{aspects}。",
    ),
    "nothing.negative": (
        "Of {of} reviews, none complains of {aspects}.",
        "{of} 条评价中没有对{aspects}表示不满的。",
    ),
    "nothing.positive": (
        "Of {of} reviews, none praises {aspects}.",
        "{of} 条评价中没有称赞{aspects}的。",
    ),
    "positive": ("positive", "好评"),
    "negative": ("negative", "差评"),
    "mixed": ("mixed", "中评"),
    "neutral": ("neutral", "中评"),
}


def words_for(name: str, language: Language, **values: object) -> str:
    """Return one of the sentences, with its values filled in."""
    return _WORDS[name][language == "zh"].format(**values)


def summarise(digest: Digest, language: Language, asked: Asked | None = None) -> str:
    """Return the digest in a few sentences, cut to what was asked."""
    joint = " " if language == "en" else ""
    return joint.join(_sentences(digest, language, asked or Asked()))


def label(aspect: str, language: Language, part: str = "") -> str:
    """Return the name of an aspect, or of a part of it, in the reader's language."""
    if part:
        if language == "zh" and not has_chinese(part):
            return next(iter(shop_glossary().chinese.get(part, ())), part)
        return part
    category = taxonomy().categories.get(aspect)
    return category.label(language) if category else aspect


def sharpest(point: Point, digest: Digest, language: Language) -> Point:
    """Return the point on the one part that most of a point's reviews name, else the point itself.

    A part without a name in the reader's language is not told.
    """
    if point.part:
        return point
    parts = [
        other
        for other in digest.points
        if other.part
        and (other.aspect, other.side) == (point.aspect, point.side)
        and has_chinese(name_of(other, language)) is (language == "zh")
    ]
    best = max(parts, key=lambda part: part.count, default=point)
    return best if best.count >= _ONE_PART * point.count else point


def name_of(point: Point, language: Language) -> str:
    """Return what a point is about, in the reader's language where it has a name in it."""
    return label(point.aspect, language, point.part)


def _sentences(digest: Digest, language: Language, asked: Asked) -> Iterator[str]:
    if not digest.of:
        yield words_for("none", language)
    elif digest.silent == digest.of:
        yield words_for("speechless.one" if digest.of == 1 else "speechless", language, of=digest.of)
    elif asked.aspects:
        yield from _on_aspects(digest, language, asked)
    else:
        yield _verdict(digest, language)
        yield from _on_all(digest, language, asked)
        if digest.repeated >= max(3, _REPEATED_SHARE * digest.of):
            yield words_for("repeated", language, repeated=digest.repeated)
    if digest.left_out and not asked.aspects:
        yield words_for("left_out", language, count=digest.left_out)


def _verdict(digest: Digest, language: Language) -> str:
    sides = digest.sides
    if digest.of == 1:
        side = next(side for side, count in sides.items() if count)
        return words_for("verdict.one", language, side=words_for(side, language))
    between = sides.get("mixed", 0) + sides.get("neutral", 0)
    positive, negative = sides.get("positive", 0), sides.get("negative", 0)
    return words_for("verdict", language, of=digest.of, positive=positive, negative=negative, between=between)


def _on_aspects(digest: Digest, language: Language, asked: Asked) -> Iterator[str]:
    """Tell what is said of the aspects asked about, however rare, and of which of them nothing is said."""
    lacking: dict[str, list[str]] = {}
    for (category, part), said in asked.answers(digest).items():
        if said.keys().isdisjoint(asked.sides):
            kind = f"nothing.{asked.sides[0]}" if said else "nothing"
            lacking.setdefault(kind, []).append(label(category, language, part))
    for kind, names in lacking.items():
        aspects = ("、" if language == "zh" else ", ").join(names)
        yield words_for(kind, language, of=digest.of, aspects=aspects)
    praised, criticised = (asked.points(digest, side) for side in SIDES)
    if praised:
        yield words_for("praised", language, points=_named(praised, language))
    if criticised:
        yield words_for("criticised", language, points=_named(criticised, language))
    yield from _trends([*criticised, *praised], language)


def _on_all(digest: Digest, language: Language, asked: Asked) -> Iterator[str]:
    praised, criticised = (told(digest, side) if side in asked.sides else [] for side in SIDES)
    if praised:
        yield words_for("praised", language, points=_listed(praised, digest, language))
    first = [point for point in criticised if point.weight == "headline"]
    later = [point for point in criticised if point not in first]
    if first:
        yield words_for("criticised", language, points=_listed(first, digest, language))
    if later:
        yield words_for("also", language, points=_listed(later, digest, language))
    if "negative" in asked.sides:
        yield from _unnamed(digest, language, asked, bool(criticised))
    yield from _trends([*criticised, *praised], language)


def _unnamed(digest: Digest, language: Language, asked: Asked, is_criticised: bool) -> Iterator[str]:
    """Tell how many are displeased without saying of what, or that there is no complaint where that is so."""
    least = HEADLINE_SHARE if is_criticised else SOME_SHARE
    if digest.unnamed > least * digest.of:
        if digest.of > 1:
            yield words_for("unnamed", language, count=digest.unnamed, of=digest.of)
        return
    if is_criticised or (digest.of <= FEW and "positive" in asked.sides):
        return
    complaints = digest.on("negative")
    if not complaints and not digest.unnamed:
        yield words_for("no_complaint", language)
    elif all(point.share <= SOME_SHARE for point in complaints):
        yield words_for("calm", language)


def told(digest: Digest, side: Side) -> list[Point]:
    """Return the points of one side worth telling: the weightiest few, and every headline of complaint.

    The verdict tells of the whole already.
    """
    points = [point for point in digest.on(side) if point.weight != "rare" and point.aspect != OVERALL]
    if side == "positive":
        return points[:MOST]
    return [point for n, point in enumerate(points) if n < MOST or point.weight == "headline"]


def _listed(points: Sequence[Point], digest: Digest, language: Language) -> str:
    return _named([sharpest(point, digest, language) for point in points], language)


def _named(points: Sequence[Point], language: Language) -> str:
    named = (
        words_for("point", language, aspect=name_of(point, language), count=point.count, of=point.of)
        for point in points
    )
    return ("、" if language == "zh" else ", ").join(named)


def _trends(points: Sequence[Point], language: Language) -> Iterator[str]:
    """Tell the one change that matters most."""
    moved = [(point, point.trend) for point in points if point.trend]
    if not moved:
        return
    point, trend = max(moved, key=lambda pair: abs(pair[1].change))
    way = "rising" if trend.is_rising else "falling"
    yield words_for(
        f"{way}.{point.side}", language, aspect=name_of(point, language),
        new=trend.recent[0], new_of=trend.recent[1], old=trend.earlier[0], old_of=trend.earlier[1],
    )  # fmt: skip
