"""What no draft may say, whatever a record says: superlatives, health and legal claims, pressure, orders.

A person may write such a thing after weighing it; code and model do not. Knows wordings in English and
Chinese; knows nothing of products.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ecomlm.steering import steering_at, steers
from knowledge.importers.markup import plain

GuardKind = Literal["superlative", "health", "legal", "pressure", "contact", "instruction", "markup"]


@dataclass(frozen=True, slots=True)
class Held:
    """Words that were held back from a draft, and why."""

    kind: str
    text: str


_GUARDS: dict[GuardKind, re.Pattern[str]] = {
    "superlative": re.compile(
        r"\b(?:best|greatest|finest|coolest|cheapest|lowest prices?|fastest|lightest|strongest"
        r"|toughest|safest"
        r"|smartest|softest|world['’]?s|number one|no\.?\s?1\b|top[- ](?:rated|quality|notch)"
        r"|leading|unbeatable"
        r"|unrivall?ed|unmatched|unparalleled|unique|perfect(?:ly|ion)?|ultimate|revolutionary"
        r"|amazing|incredible"
        r"|outstanding|superior|premium|luxur(?:y|ious)|award[- ]winning|the most|must[- ]have"
        r"|ideal(?:ly)?)\b|#1\b"
        r"|最(?:好|佳|优|强|棒|美|便宜|低价|先进|畅销|受欢迎|专业|实惠|热销|理想|完美|舒适|安全|轻"
        r"|快|薄|酷|值得|新潮)"
        r"|第一(?![次个步层颗杯口])|顶级|顶尖|极致|极品|国家级|世界级|全网|独一无二|绝无仅有|史上"
        r"|无与伦比|完美|王牌"
        r"|冠军|首选|唯一|万能|无敌|至尊|奢华|尊享|必备|百分百|销量",
        re.IGNORECASE,
    ),
    "health": re.compile(
        r"\b(?:cures?|heals?|healing|treat(?:s|ment)|therap(?:y|ies|eutic)|relie(?:f|ves?)"
        r"|anti-?inflammatory|detox"
        r"|immun\w+|metabolism|weight loss|lose weight|slimming|anti-?age?ing|wrinkles?|fine lines"
        r"|clinical(?:ly)?"
        r"|dermatolog\w+|medical(?:ly)?|medicin\w+|doctors?|health\w*|pregnan\w+|miracle|disease"
        r"|illness|acne"
        r"|arthritis|insomnia|pain|soothes?|allerg\w+|hypoallergenic|antibacterial|kills? (?:germs"
        r"|bacteria)|vitamins?"
        r"|blood pressure|heart rate)\b"
        r"|治疗|治愈|疗效|药用|抗癌|防癌|抗炎|消炎|排毒|减肥|瘦身|免疫|抗衰|抗老|祛斑|祛痘|淡斑"
        r"|细纹|血压|血糖"
        r"|医用|医疗|临床|医生|皮肤科|孕|养生|保健|健康|助眠|失眠|止痛|舒缓|修护|杀菌|除菌|抗菌"
        r"|过敏|功效|心率|维生素",
        re.IGNORECASE,
    ),
    "legal": re.compile(
        r"\b(?:guarante\w+|money[- ]back|risk[- ]free|lifetime|100 ?% (?:safe|satisf\w+|effective"
        r"|secure)|fda|patent\w*"
        r"|official(?:ly)?|legal(?:ly)?|no side effects|safe for (?:all|everyone|children|babies"
        r"|kids)|eco-?friendly"
        r"|sustainab\w+|climate|carbon[- ]neutral|environmental\w*|child-?safe|approved"
        r"|never (?:breaks?|fails?))\b"
        r"|保证|承诺|假一赔|无效退款|终身|永久|永不|绝对|零风险|无风险|专利|官方|免检|驰名|特供"
        r"|副作用|环保|合法"
        r"|国家认证|可持续|碳中和",
        re.IGNORECASE,
    ),
    "pressure": re.compile(
        r"\b(?:hurry|last chance|today only|limited (?:time|offer)|while stocks? lasts?"
        r"|only \d+ left|on sale|sale"
        r"|discount\w*|\d+ ?% off|free (?:shipping|gift|delivery|returns?)|buy now|act now|bargain"
        r"|coupon|deal)\b"
        r"|限时|仅限|最后机会|抢购|秒杀|清仓|特价|包邮|免费|打折|折扣|优惠|赠品|赶快|立即购买"
        r"|手慢无|[一二三四五六七八九\d]折(?!叠)",
        re.IGNORECASE,
    ),
    "contact": re.compile(
        r"https?:|www\.|\b[\w.-]+@[\w-]+\.\w+|\b[\w-]+\.(?:com|net|org|cn|shop|store|io)\b"
        r"|(?<![\d.])\+?\d(?:[ ()-]?\d){9,}|微信|加v|qq群|电报群|二维码",
        re.IGNORECASE,
    ),
    "instruction": re.compile(
        r"\b(?:you are now|act as|pretend|jailbreak|as an ai)\b|\bcard numbers?\b|\bpasswords?\b"
        r"|###|\{\{|\}\}"
        r"|忘掉|无视|你现在是|扮演|银行卡|卡号|密码",
        re.IGNORECASE,
    ),
    "markup": re.compile(
        r"[<>`\\{}\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e]|&(?:#\d+|\w+);|javascript:", re.I
    ),
}


_NAME = re.compile(r"(?!www\.)[\w .,&'’+-]{2,40}")
_LEADING: tuple[GuardKind, ...] = ("contact", "instruction")


def held_back(text: str, names: tuple[str, ...] = ()) -> tuple[Held, ...]:
    """Return what of a text must be held back; a maker's own name (`Best Kitchen`, `Cable.com`) is none."""
    found = []
    for kind, pattern in _GUARDS.items():
        searched = _without(text, names) if kind in ("superlative", "contact") else text
        if match := pattern.search(searched):
            found.append(Held(kind, match.group().strip() or repr(match.group())))
    if steers(text) and not any(item.kind in ("instruction", "contact") for item in found):
        found.append(Held("instruction", text[:60]))
    return tuple(found)


def _without(text: str, names: tuple[str, ...]) -> str:
    """Blank out the makers' names, letter for letter, unless they are addresses."""
    for name in names:
        if _NAME.fullmatch(name):
            text = re.sub(re.escape(name), lambda match: "_" * len(match[0]), text, flags=re.IGNORECASE)
    return text


def before_orders(text: str, names: tuple[str, ...] = ()) -> str:
    """Return what stands before the first order, address or name of a place to write to."""
    plain = _without(text, names)
    found = [match.start() for kind in _LEADING if (match := _GUARDS[kind].search(plain))]
    starts = [*found, *([] if (start := steering_at(text)) is None else [start])]
    return text[: min(starts, default=len(text))].strip()


def clean(text: str) -> str:
    """Return a record's text on one line, without markup, scripts and control characters."""
    return " ".join(re.sub(r"[<>`{}\\]", " ", plain(text)).split())
