"""The reason beside a suggestion, in words. Every number and name in it comes from counts and records."""

from __future__ import annotations

from collections.abc import Sequence

from ecomlm.recommend.model import Cause, CauseKind
from knowledge.records import Language

_LONGEST: dict[Language, int] = {"en": 60, "zh": 30}
_WORDS: dict[CauseKind, tuple[str, str]] = {
    "again": ("You chose it before", "您之前选过"),
    "viewed": ("You looked at it before", "您之前看过"),
    "together": (
        "{count} shoppers who chose {title} chose this too",
        "{count}位选了“{title}”的顾客也选了它",
    ),
    "borrowed": ("Chosen together with things like {title}", "有顾客与“{title}”这类商品一起选"),
    "follows": ("Often looked at along with {title}", "常与“{title}”先后被浏览"),
    "similar": ("Similar to {title}", "与“{title}”相似"),
    "popular": ("{count} shoppers chose it", "{count}位顾客选过"),
    "brand": ("Same brand as {title}", "与“{title}”同品牌"),
    "seen": ("Other shoppers were interested in it", "有其他顾客关注过"),
    "new": ("No one has chosen it yet", "还没有顾客选过"),
    "unknown": ("", ""),
}
_BOOSTED = {True: ("Sponsored", "推广"), False: ("The shop's pick", "店铺推荐")}


def reason_text(cause: Cause, title: str, language: Language) -> str:
    """Return the reason as a sentence without a full stop; `title` names the product that it is about.

    Empty where nothing is known, or nothing may be told: what a single shopper did is nobody's business.
    """
    english, chinese = _WORDS[cause.kind]
    return (chinese if language == "zh" else english).format(count=cause.count, title=_short(title, language))


def boosted_text(is_sponsored: bool, language: Language) -> str:
    """Say that the shop put it forward, and whether somebody pays for that."""
    english, chinese = _BOOSTED[is_sponsored]
    return chinese if language == "zh" else english


def mention_text(said: Sequence[str], language: Language) -> str:
    """Say which words of the wish stand on the product's page."""
    if language == "zh":
        return f"商品资料提到{'、'.join(f'“{word}”' for word in said)}"
    return f"its page mentions {' and '.join(f'“{word}”' for word in said)}"


def department_text(department: str, language: Language) -> str:
    """Say which department it shares with what it would go with."""
    return f"同属“{department}”" if language == "zh" else f"Also from {department}"


def range_text(department: str, language: Language) -> str:
    """Say which department it is of, where nothing else may be told."""
    return f"来自“{department}”" if language == "zh" else f"From our {department} range"


def _short(title: str, language: Language) -> str:
    limit = _LONGEST[language]
    if len(title) <= limit:
        return title
    cut = title[:limit]
    cut = cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut
    return cut.rstrip(" ,.;:-(（，、") + "…"
