"""How near a digest's summary comes to what people write: FewSum's Amazon products (Brazinskas et al. 2020).

Eight reviews of a product, three summaries by people. Figures are ROUGE F1 against each of the three, their
mean, with stemming and without; the published system and two plain ones stand beside them. Nothing learns
from these texts. Knows nothing of counts: the tests of the digest measure those.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from rouge_score.rouge_scorer import RougeScorer

from ecomlm.reviews.digest import ReviewBook
from ecomlm.reviews.notes import ReviewText
from ecomlm.reviews.prose import prose
from training.data.product_qa import DataMissing

SIDES = ("train", "val")
REVIEWS, SUMMARIES = 8, 3
KINDS = ("rouge1", "rouge2", "rougeL")
PUBLISHED = (32.1, 6.9, 20.8)
"""FewSum's own summaries on the set's unseen side, under the data folder's scorer."""
_FIRST = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A product's reviews, and what people made of them."""

    reviews: tuple[str, ...]
    summaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """ROUGE-1, -2 and -L of one system over `products`, times 100."""

    system: str
    stemmed: bool
    values: tuple[float, float, float]
    products: int

    def __str__(self) -> str:
        figures = "  ".join(
            f"{name} {value:5.1f}" for name, value in zip(("R-1", "R-2", "R-L"), self.values, strict=True)
        )
        way = "stemmed" if self.stemmed else "words"
        return f"FewSum Amazon  {self.system:22} {way:8} {figures}  n = {self.products}"


def read_products(folder: Path) -> list[Reviewed]:
    """Read the development sides.

    Raises:
        DataMissing: when a file is not there.
    """
    found = []
    for side in SIDES:
        file = folder / f"fewsum_amazon.{side}.tsv"
        if not file.is_file():
            raise DataMissing(
                f"no {file.name} in {str(folder)!r}; ECOMLM_DATA names the folder of public sets"
            )
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                reviews = tuple(row[f"rev{number}"] for number in range(1, REVIEWS + 1))
                found.append(Reviewed(reviews, tuple(row[f"summ{n}"] for n in range(1, SUMMARIES + 1))))
    return found


def summary(reviews: Sequence[str]) -> str:
    """Return what the digest makes of a product's reviews."""
    texts = {str(number): text for number, text in enumerate(reviews)}
    book = ReviewBook()
    book.update(ReviewText(id, text) for id, text in texts.items())
    return prose(book, texts, "en")


def first_sentences(reviews: Sequence[str]) -> str:
    """Return the first sentence of each review."""
    return " ".join(_FIRST.split(review)[0] for review in reviews)


def scores(products: Sequence[Reviewed]) -> Iterator[Score]:
    """Yield the figures of the digest, of the first sentences, and of one person against the others."""
    systems: dict[str, Callable[[Sequence[str]], str]] = {
        "digest": summary,
        "first sentences": first_sentences,
    }
    for stemmed in (True, False):
        scorer = RougeScorer(list(KINDS), use_stemmer=stemmed)
        for name, system in systems.items():
            told = [(system(product.reviews), product.summaries) for product in products]
            yield Score(name, stemmed, _mean(scorer, told), len(products))
        others = [
            (one, tuple(other for other in product.summaries if other is not one))
            for product in products
            for one in product.summaries
        ]
        yield Score("one person, the others", stemmed, _mean(scorer, others), len(products))


def _mean(scorer: RougeScorer, told: Sequence[tuple[str, Sequence[str]]]) -> tuple[float, float, float]:
    rows = [
        [fmean(scorer.score(reference, text)[kind].fmeasure for reference in references) for kind in KINDS]
        for text, references in told
    ]
    one, two, longest = (100 * fmean(column) for column in zip(*rows, strict=True))
    return one, two, longest


def print_scores(folder: Path) -> None:
    """Print every figure, the published ones last."""
    for score in scores(read_products(folder)):
        print(score, flush=True)
    print("published (FewSum, unseen side): R-1 {}  R-2 {}  R-L {}".format(*PUBLISHED))
