"""`python -m ecomlm digest`: what the reviews of every product of a JSONL file say, counted."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

from ecomlm.batch import LineInvalid, Row, run_batch
from ecomlm.language import detect
from ecomlm.reviews.bursts import Flag, suspicious
from ecomlm.reviews.digest import Point, ReviewBook
from ecomlm.reviews.notes import ReviewText
from ecomlm.reviews.prose import FEW_REVIEWS, prose
from ecomlm.reviews.shelf import DigestShelf
from ecomlm.reviews.telling import name_of, summarise
from ecomlm.settings import Settings
from knowledge.records import Language, ProductId, Review, ReviewId
from knowledge.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--input", type=Path, metavar="FILE",
        help='JSONL: {"id", "reviews": [text or {"text", "rating"?, "created"?, "title"?, "author"?, '
        '"language"?}], "language"?, "title"?}; language is en or zh, else that of most reviews; title is '
        "the product's",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=Path, metavar="FILE",
        help='JSONL: {"id", "summary", "points": [{"aspect", "category", "polarity", "count", "of", '
        '"quotes"}], "left_out", "bursts": [{"sign", "reviews", "reason"}]}; quotes and reviews are numbers '
        "of reviews from 0, of quotes the clearest first",
    )  # fmt: skip
    parser.add_argument(
        "--shop", action="store_true", help="instead read all reviews of the shop in ECOMLM_HOME ahead"
    )


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Digest every line, or the shop's own reviews."""
    if options.shop:
        return await _read_shop(settings)
    if options.input is None or options.output is None:
        raise LineInvalid("give --input and --output, or --shop for the shop's own reviews")

    async def work(row: Row) -> Mapping[str, Any]:
        return await asyncio.to_thread(digest_row, row)

    report = await run_batch(options.input, options.output, work, required=("reviews",), label="digest")
    return report.exit_status


def digest_row(row: Row) -> dict[str, Any]:
    """Return the digest of one line.

    Raises:
        LineInvalid: when its reviews are no list of texts or of objects with a text.
    """
    given = row["reviews"]
    if not isinstance(given, list):
        raise LineInvalid(f"'reviews' is {str(given)[:60]!r}, not a list")
    records = [_review(entry, number) for number, entry in enumerate(given)]
    reviews = [replace(ReviewText.of(record), language=record.language) for record in records]
    language = _language(row, records)
    book = ReviewBook()
    book.update(reviews)
    digest = book.digest(language)
    if digest.of <= FEW_REVIEWS:
        texts = {review.id: review.text for review in reviews}
        summary = prose(book, texts, language, title=str(row.get("title") or ""))
    else:
        summary = summarise(digest, language)
    return {
        "summary": summary,
        "points": [_point(point, language) for point in digest.points],
        "left_out": digest.left_out,
        "bursts": [_burst(flag) for flag in suspicious(records, language)],
    }


def _point(point: Point, language: Language) -> dict[str, Any]:
    return {
        "aspect": name_of(point, language),
        "category": point.aspect,
        "polarity": point.side,
        "count": point.count,
        "of": point.of,
        "quotes": [int(quote.review) for quote in point.quotes],
    }


def _burst(flag: Flag) -> dict[str, Any]:
    return {"sign": flag.sign, "reviews": [int(id) for id in flag.reviews], "reason": flag.reason}


def _review(entry: object, number: int) -> Review:
    values = {"text": entry} if isinstance(entry, str) else entry
    if not isinstance(values, dict) or not isinstance(values.get("text"), str):
        raise LineInvalid(f"review {number} is {str(entry)[:60]!r}, neither a text nor an object with one")
    text: str = values["text"]
    named = [known for known in get_args(Language) if known == values.get("language")]
    title, author = (name if isinstance(name := values.get(key), str) else "" for key in ("title", "author"))
    day = _date(values.get("created") or values.get("date"), number)
    return Review(
        ReviewId(str(number)),
        ProductId(""),
        text,
        named[0] if named else detect(f"{title}\n{text}"),
        _rating(values.get("rating"), number),
        title,
        author,
        datetime.combine(day, time(), UTC) if day else None,
    )


def _rating(value: object, number: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(1, 6):
        raise LineInvalid(
            f"review {number}: the rating {value!r} is no whole number from 1 to 5; null where there is none"
        )
    return int(value)


def _date(value: object, number: int) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise LineInvalid(f"review {number}: {value!r} is no date such as 2026-05-31") from error


def _language(row: Row, reviews: list[Review]) -> Language:
    named = row.get("language")
    if named is None:
        counted = Counter(review.language for review in reviews)
        return counted.most_common(1)[0][0] if counted else "en"
    for language in get_args(Language):
        if named == language:
            return language  # type: ignore[no-any-return]  # one of its own values
    raise LineInvalid(f"'language' is {named!r}, neither 'en' nor 'zh'")


async def _read_shop(settings: Settings) -> int:
    async with await Store.open(settings) as store:
        shelf = DigestShelf(store, settings.home)
        count = 0
        try:
            products = await store.products()
            for product in tqdm(products, desc="digest", unit="product", file=sys.stderr, mininterval=1.0):
                told = await shelf.digest(product.id, "en")
                count += told.read
        finally:
            await shelf.close()
    print(f"digest: {count} reviews of {len(products)} products read", file=sys.stderr)
    return 0
