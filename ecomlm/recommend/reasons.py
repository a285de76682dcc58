"""The reason beside a suggestion, in words. Every number and name in it comes from counts and records."""

from __future__ import annotations

from ecomlm.recommend.model import Cause, CauseKind
from knowledge.records import Language

_LONGEST: dict[Language, int] = {"en": 60, "zh": 30}
_WORDS: dict[CauseKind, tuple[str, str]] = {
    "again": ("You chose it before", "您之前选过"),
    "together": (
        "{count} shoppers who chose {title} chose this too",
        "{count}位选了“{title}”的顾客也选了它",
    ),
    "follows": ("Often chosen along with {title}", "常与“{title}”先后被选"),
    "similar": ("Similar to {title}", "与“{title}”相似"),
    "popular": ("{count} shoppers chose it", "{count}位顾客选过"),
    "brand": ("Same brand as {title}", "与“{title}”同品牌"),
    "seen": ("Other shoppers were interested in it", "有其他顾客关注过"),
    "new": ("No one has chosen it yet", "还没有顾客选过"),
}
_SPONSORED = ("Sponsored", "推广")


def reason_text(cause: Cause, title: str, language: Language, *, is_sponsored: bool = False) -> str:
    """Return the reason as a sentence without a full stop.

    Args:
        title: the name of the product that the cause is about, where it is about one.
        is_sponsored: somebody pays for its place; that is said first.
    """
    english, chinese = _WORDS[cause.kind]
    wording = chinese if language == "zh" else english
    told = wording.format(count=cause.count, title=_short(title, language))
    if not is_sponsored:
        return told
    return f"{_SPONSORED[1]}：{told}" if language == "zh" else f"{_SPONSORED[0]}: {told}"


def _short(title: str, language: Language) -> str:
    limit = _LONGEST[language]
    if len(title) <= limit:
        return title
    cut = title[:limit]
    cut = cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut
    return cut.rstrip(" ,.;:-(（，、") + "…"
