"""Reviews of known content: plain praise, and complaints planted in known shares, in many wordings.

The wordings were written for this test. Words that it first showed missing were added to the program's lists,
so that it measures the counting, not whether every wording is known.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from ecomlm.reviews.notes import ReviewText
from knowledge.records import Language

PRAISE: dict[Language, tuple[str, ...]] = {
    "en": (
        "I bought this for my sister's birthday and she uses it every day.",
        "Looks great on the shelf, exactly my taste.",
        "Very comfortable, I can wear it all day long.",
        "Lovely colour, and the fabric is soft.",
        "Good value for the money.",
        "Easy to use right from the start, my mother had no questions.",
        "Third one I own. Happy with it.",
        "The design is beautiful and people ask me where I got it.",
        "We took it along on a trip to the mountains last {month}.",
        "Ordered it in {month}, would buy it again.",
    ),
    "zh": (
        "给妹妹买的生日礼物，她每天都在用。",
        "外观很漂亮，放在家里很好看。",
        "戴着很舒服，一整天都不累。",
        "颜色很正，面料柔软。",
        "性价比很高，值得买。",
        "操作简单，老人也会用。",
        "已经是第三次购买了，很满意。",
        "设计很漂亮，同事都问我在哪买的。",
        "{month}带着它去山里玩了一趟。",
        "{month}下的单，下次还会买。",
    ),
}
COMPLAINTS: dict[str, dict[Language, tuple[str, ...]]] = {
    "battery": {
        "en": (
            "The battery is dead after two hours.",
            "Battery life is terrible.",
            "Sadly the battery drains far too fast.",
            "The battery does not last a single day.",
            "Disappointed by the weak battery.",
            "Its battery stopped holding a charge.",
        ),
        "zh": (
            "电池太不耐用了，两小时就没电。",
            "电池很差，掉电特别快。",
            "续航太差了，一天都撑不住。",
            "电池不行，充满用不了多久。",
            "就是电池太弱，让人失望。",
            "电池没几天就坏了。",
        ),
    },
    "delivery": {
        "en": (
            "Delivery was awfully slow.",
            "Shipping took forever, three weeks late.",
            "The delivery arrived far too late.",
            "Terrible courier, the delivery was delayed twice.",
            "Slow shipping spoiled the surprise.",
            "Delivery is a disaster here.",
        ),
        "zh": (
            "物流太慢了，等了三个星期。",
            "快递很慢，催了好几次。",
            "发货慢得离谱。",
            "配送太差，一再延误。",
            "物流服务糟糕，晚到半个月。",
            "快递太不给力，慢死了。",
        ),
    },
    "noise": {
        "en": (
            "It is too noisy at night.",
            "The noise is unbearable.",
            "Very loud, I cannot sleep next to it.",
            "It makes an annoying noise.",
            "The noise level is awful.",
            "Far too loud for a bedroom.",
        ),
        "zh": (
            "晚上噪音太大了。",
            "声音很吵，受不了。",
            "噪音大得没法睡觉。",
            "运行起来太吵了。",
            "噪声很大，让人心烦。",
            "机器一开就嗡嗡响，特别吵。",
        ),
    },
}
SHARES = {"battery": 0.2, "delivery": 0.05, "noise": 0.005}
_MONTHS: dict[Language, tuple[str, ...]] = {
    "en": ("January", "March", "May", "July", "September", "November"),
    "zh": ("一月", "三月", "五月", "七月", "九月", "十一月"),
}


@dataclass(frozen=True, slots=True)
class Planted:
    """Reviews, and of how many each complaint is true."""

    reviews: list[ReviewText]
    truth: dict[str, int]
    sayers: dict[str, set[str]]


def planted(count: int, languages: tuple[Language, ...], seed: int = 7) -> Planted:
    """Write `count` reviews; each complaint stands in its share of them, alone or beside praise."""
    draw = random.Random(seed)
    truth = {aspect: round(count * share) for aspect, share in SHARES.items()}
    wanted: list[str] = [aspect for aspect, number in truth.items() for _ in range(number)]
    wanted += [""] * (count - len(wanted))
    draw.shuffle(wanted)
    sayers: dict[str, set[str]] = {aspect: set() for aspect in SHARES}
    reviews = []
    for number, aspect in enumerate(wanted):
        language = draw.choice(languages)
        said = draw.sample(PRAISE[language], draw.choice((1, 2)))
        if aspect:
            said[draw.randrange(len(said) + 1) :] = [draw.choice(COMPLAINTS[aspect][language])]
            sayers[aspect].add(str(number))
        text = (" " if language == "en" else "").join(said).format(month=draw.choice(_MONTHS[language]))
        reviews.append(ReviewText(str(number), text))
    assert Counter({aspect: len(ids) for aspect, ids in sayers.items()}) == Counter(truth)
    return Planted(reviews, truth, sayers)
