"""Mask personal data and secrets in English and Chinese text: `ann@example.com` becomes `[email]`.

What has a checksum (cards, Chinese ID numbers, IBANs) is checked; what has none needs its usual layout or a
word that announces it ("my name is", "收货地址"), because a model number must never be taken for a phone
number. Masked text stays as it is when it is masked again. Names that nobody announces are not found.
Knows nothing of files or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from knowledge.records import Article, Order, Record

Kind = Literal["secret", "email", "id", "card", "account", "phone", "order", "address", "name"]
"""What was found, the most telling first; where two findings overlap, the earlier kind is taken."""

_PUBLISHED: tuple[Kind, ...] = ("email", "phone", "address")
"""What a shop may publish about itself."""
_PLAIN = str.maketrans("０１２３４５６７８９＠＋－（）：", "0123456789@+-():")
_HAN = "\u4e00-\u9fff"

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|.*)"
    r"|(?<![A-Za-z0-9])(?:sk-(?:[a-z]+-)*[A-Za-z0-9_-]{16,}|[spr]k_(?:live|test)_[A-Za-z0-9]{10,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{13,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_[A-Za-z0-9]{20,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,})"
    r"|(?<=://)[^\s/:@\[]+:[^\s/@\[]+(?=@)",
    re.DOTALL,
)
_ANNOUNCED_SECRET = re.compile(
    r"(?:\b(?:api[ _-]?key|secret[ _-]?key|access[ _-]?(?:key|token)|client[ _-]?secret|auth[ _-]?token)"
    r"[\"']?\s*(?:is|[:=])\s*[\"']?|\bbearer\s+|\bauthorization\s*:\s*(?:basic|bearer)\s+)"
    r"(?P<value>[A-Za-z0-9_./+=-]{12,})"
    r"|(?:\b(?:my |the )?(?:password|passwd|pwd|passcode)[\"']?\s*(?:is|[:=])\s*[\"']?|密码\s*(?:是|为|:)\s*)"
    r"(?P<password>(?=[^\s,，。]*[\d!@#$%^&*_])[^\s\[\"',，。;；]{4,64})"
    r"|(?:\b(?:cvv|cvc|security code|verification code|one-time code|otp)|验证码|安全码|校验码)"
    r"\s*(?:is|是|为|[:=])?\s*(?P<code>\d{3,8})(?!\d)",
    re.IGNORECASE,
)
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?"
    r"(?:[A-Za-z0-9-]{1,63}(?:\.|\s?(?:\(dot\)|\[dot\])\s?)){1,4}[A-Za-z]{2,24}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CHINESE_ID = re.compile(r"(?<![0-9A-Za-z])[1-8]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])")
_ANNOUNCED_ID = re.compile(
    r"(?:\b(?:ssn|social security(?: number| no\.?)?|passport(?: number| no\.?)?"
    r"|driver'?s licen[cs]e(?: number)?)"
    r"|身份证号?码?|护照号?码?|驾照号?码?)\s*(?:is|是|为|#|:)*\s*"
    r"(?P<value>(?=[A-Z-]*\d)[A-Z]{0,2}\d[\d-]{5,17}[Xx\d])(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![0-9A-Za-z.])(?<![0-9][ -])\d(?:[ -]?\d){13,18}(?![0-9A-Za-z])")
_CARD_RANGES = re.compile(
    r"^(?:4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6[0-9])\d{14,17})$"
)
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?![0-9A-Za-z])")
_ACCOUNT = re.compile(
    r"(?:微信号?|v信|wechat(?: id)?|qq号?|支付宝账?号?"
    r"|\b(?:bank )?account (?:number|no\.?))\s*(?:is|是|为|:)\s*"
    r"(?P<value>(?!\[)[A-Za-z0-9_-]{5,30})|(?<![A-Za-z])qq号?\s*(?P<number>\d{5,11})(?!\d)"
    r"|加我?(?:个)?(?:微信|v)\s*(?P<wechat>[A-Za-z0-9_-]{5,30})",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![0-9A-Za-z+.\-/])(?:"
    r"\+(?=(?:[ ().-]*\d){8,15}(?![0-9A-Za-z]))\d[\d ().-]{6,22}\d"
    r"|(?:0086[ -]?|\(?86\)?[ -])?1[3-9]\d([ -]?)\d{4}\1\d{4}"
    r"|(?:\(0\d{2,3}\) ?|0(?:10|2\d|[3-9]\d\d)[- ])\d{7,8}(?:-\d{1,5})?"
    r"|(?:1[ .-])?\([2-9]\d\d\) ?[2-9]\d\d[ .-]\d{4}"
    r"|(?:1-)?[2-9]\d\d-[2-9]\d\d-\d{4}|[2-9]\d\d\.[2-9]\d\d\.\d{4}"
    r")(?![0-9A-Za-z])(?!-\d)"
)
_ANNOUNCED_PHONE = re.compile(
    r"(?:\b(?:phone|telephone|mobile|cell(?:phone)?|whatsapp|tel|fax|call me|text me"
    r"|reach me|ring me|my number)\b"
    r"(?: number| no)?\.?|电话|手机号?码?|联系方式|座机|拨打|致电)"
    r"\s*(?:is|at|on|under|是|为|号码|号|[:#])*\s*(?P<value>\+?\(?\d(?:[ ().-]{0,2}\d){6,14})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?:(?:\border(?:s| number| no\.?| id| #)?|\btracking (?:number|no\.?|id))\s*(?:is|was|[:#])*\s*"
    r"|(?:订单编?号?|运单编?号?|快递单号|物流单号|单号)\s*(?:是|为|:|#)*\s*)"
    r"#?(?P<value>[A-Z]{0,4}-?\d{4,20}(?:-\d{2,10}){0,3})(?![A-Za-z0-9])"
    r"(?!\s*(?:pieces?|pcs|units?|items?|times|个|件|台|元|块|多|张|双|年))",
    re.IGNORECASE,
)
_STREET = (
    r"(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Lane|Ln\.?|Boulevard|Blvd\.?|Highway|Hwy\.?|Parkway|Pkwy\.?)"
)
_AMBIGUOUS_STREET = (
    r"(?:Drive|Dr\.?|Way|Court|Ct\.?|Place|Pl\.?|Terrace|Row|Square|Hollow|Circle|Close|Crescent)"
)
_UNIT = r"(?:,? (?:(?i:apt|apartment|suite|unit|flat|floor|room)\.? ?[\w-]{1,6}|# ?\w{1,6}))"
_TOWN = r"(?:, ?[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){0,2})"
_REGION = r"(?:,? [A-Z]{2}\.?,? \d{5}(?:-\d{4})?|,? [A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|, [A-Z]{2}(?![A-Za-z]))"
_HOUSE = (
    r"(?<![0-9A-Za-z.,/-])(?:\d{1,5}[A-Za-z]?) (?:[NSEW]\.? )?(?:[A-Z][a-z][\w'-]* |\d+(?:st|nd|rd|th) ){1,3}"
)
_ADDRESS = re.compile(
    rf"{_HOUSE}{_STREET}(?![A-Za-z]){_UNIT}?{_TOWN}?{_REGION}?"
    rf"|{_HOUSE}{_AMBIGUOUS_STREET}(?![A-Za-z])(?:{_UNIT}{_TOWN}?{_REGION}?|{_TOWN}{_REGION})"
    r"|(?<![A-Za-z])P\.? ?O\.? Box \d{1,6}"
)
_ANNOUNCED_ADDRESS = re.compile(
    r"\b(?:address is|address:|(?:i|we) live at|deliver (?:it )?to|ship (?:it )?to|send (?:it )?to)\s+"
    r"(?P<value>(?:(?:flat|apt|apartment|unit|suite|room) [\w-]{1,6}, ?)?"
    r"\d{1,5}[A-Za-z]? (?:[^\W\d_][\w'.-]* ?){1,5}(?:,[^,.!?;\n\[]{1,40}){0,4})"
    r"|(?:地址|住址)\s*(?:是|为|改成|改为|换成|:)+\s*"
    rf"(?P<chinese>(?=[^，。！？；\n\[]*(?:\d|[一二三四五六七八九十]+[号栋幢楼]))"
    rf"[{_HAN}A-Za-z0-9#\- ]{{5,60}})",
    re.IGNORECASE,
)
_CHINESE_ADDRESS = re.compile(
    rf"(?:[{_HAN}]{{2,8}}?(?:省|自治区|市|州|区|县|镇|乡))*[{_HAN}]{{1,8}}?(?:路|街|大道|巷|弄|胡同|大街)"
    rf"(?:\d{{1,4}}[弄巷])*\d{{1,5}}号(?:[{_HAN}]{{0,8}}?[0-9A-Za-z-]{{1,6}}(?:号楼|单元|室|栋|幢|座|楼|层|号|户|门))*(?:\d{{3,4}}(?!\d))?"
    rf"|(?:[{_HAN}]{{2,8}}?(?:省|自治区|市|州|区|县|镇|乡)){{2,}}[{_HAN}A-Za-z]{{1,16}}?"
    rf"(?:\d{{1,5}}(?:号楼|单元|室|栋|幢|座|楼|层|号|户|门)){{1,5}}(?:\d{{3,4}}(?!\d))?"
)
_BEFORE_ADDRESS = re.compile(
    r".*(?:寄到|送到|发到|寄往|住在|家在|位于|搬到|改到|地址是|地址为|地址|[是在到])"
)
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = rf"(?![我你您他她它想要的是了在有和与吗呢吧啊请问这那个买订退换查收住电手号来从也就不们])[{_HAN}]"
_CHINESE_NAME = rf"(?:欧阳|司马|上官|诸葛|[{_SURNAMES}]){_GIVEN}(?:{_GIVEN})?"
_NAME = re.compile(
    r"(?i:\bmy (?:full |real )?name(?: is|'s|:)|\bname on the (?:order|card)(?: is|:)"
    r"|\brecipient:|\bthe name's)\s+"
    rf"(?P<value>[{_HAN}]{{2,4}}|(?:[A-Z][\w'-]+|[A-Z]\.)(?: (?:[A-Z][\w'-]+|[A-Z]\.|de|van|von|bin|al))*"
    r"|(?!not\b|on\b|in\b|the\b|also\b|wrong\b|spelled\b|misspelled\b|missing\b|a\b|an\b|as\b|correct\b)"
    r"[a-z][a-z'-]+(?: (?!and\b|from\b|i\b|but\b|with\b|on\b|my\b|is\b|to\b|not\b|wrong\b)[a-z][a-z'-]+)?"
    r"(?=[.,!?;]|$| (?:and|from|i|but)\b))"
    r"|(?:我叫|我的名字(?:是|叫)|我名叫|本人姓名|姓名(?:是|为|:)|收[件货]人(?:姓名)?(?:是|为|叫|:)|联系人(?:是|为|:))\s*"
    rf"(?P<chinese>{_CHINESE_NAME}|[A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+)?)"
    rf"|我姓(?P<surname>[{_SURNAMES}])(?=[，。,!！\s]|$)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at `start:end` of a text."""

    kind: Kind
    start: int
    end: int


class Masker:
    """Finds and masks personal data.

    Args:
        contacts: addresses and numbers that the shop itself publishes; they stay.
        order_prefixes: how the shop's order numbers begin (`LW-`); with them they are found anywhere,
            else only where the text says that a number is an order's.
    """

    def __init__(self, contacts: Iterable[str] = (), order_prefixes: Iterable[str] = ()) -> None:
        self._contacts = frozenset(_key(contact) for contact in contacts)
        prefixes = "|".join(re.escape(prefix) for prefix in sorted(order_prefixes) if prefix)
        self._own_order = (
            re.compile(rf"(?<![A-Za-z0-9])#?(?:{prefixes})\d{{3,12}}(?![A-Za-z0-9])", re.IGNORECASE)
            if prefixes
            else None
        )

    @classmethod
    def of(cls, records: Iterable[Record]) -> Masker:
        """Return a masker that knows a shop's published contacts (from its articles) and order numbers."""
        contacts: set[str] = set()
        prefixes: set[str] = set()
        bare = cls()
        for record in records:
            if isinstance(record, Order):
                prefixes.add(str(record.id).rstrip("0123456789"))
            elif isinstance(record, Article):
                for text in (record.body.en, record.body.zh):
                    found = bare.find(text)
                    contacts |= {text[i.start : i.end] for i in found if i.kind in _PUBLISHED}
        return cls(contacts, {prefix for prefix in prefixes if len(prefix) > 1})

    def find(self, text: str) -> list[Finding]:
        """Return what is personal in `text`, in its order, without overlaps."""
        plain = text.translate(_PLAIN)
        chosen: list[Finding] = []
        candidates = [item for item in self._candidates(plain) if not self._is_public(plain, item)]
        candidates.sort(key=lambda item: (get_args(Kind).index(item.kind), item.start, -item.end))
        for item in candidates:
            if all(item.end <= other.start or other.end <= item.start for other in chosen):
                chosen.append(item)
        return sorted(chosen, key=lambda item: item.start)

    def mask(self, text: str) -> str:
        """Return `text` with everything personal replaced by its kind in brackets."""
        while found := self.find(text):
            for item in reversed(found):
                text = f"{text[: item.start]}[{item.kind}]{text[item.end :]}"
        return text

    def _is_public(self, text: str, item: Finding) -> bool:
        if item.kind not in _PUBLISHED:
            return False
        key = _key(text[item.start : item.end])
        if item.kind == "address":
            return any(key.startswith(known) or known.startswith(key) for known in self._contacts)
        return key in self._contacts

    def _candidates(self, text: str) -> Iterator[Finding]:
        if any(character.isdigit() for character in text) or "@" in text or "(at)" in text.lower():
            yield from _numbers(text)
            if self._own_order:
                yield from (Finding("order", *match.span()) for match in self._own_order.finditer(text))
        yield from (Finding("secret", *match.span()) for match in _SECRET.finditer(text))
        yield from _announced("secret", _ANNOUNCED_SECRET, text)
        yield from _announced("account", _ACCOUNT, text)
        yield from _announced("name", _NAME, text)
        yield from (Finding("email", *match.span()) for match in EMAIL.finditer(text))


def mask(text: str) -> str:
    """Mask personal data without knowing the shop; see `Masker`."""
    return _BARE.mask(text)


def find_personal(text: str) -> list[Finding]:
    """Return what is personal in `text` without knowing the shop; see `Masker`."""
    return _BARE.find(text)


_BARE = Masker()


def _key(contact: str) -> str:
    """Return an email or address without case and spaces, a phone number as its digits."""
    if re.search(r"[^\W\d_]", contact):
        return re.sub(r"[\s,]", "", contact).casefold()
    return re.sub(r"\D", "", contact)


def _announced(kind: Kind, pattern: re.Pattern[str], text: str) -> Iterator[Finding]:
    """Yield the named part of each match: what was announced, not the words that announce it."""
    for match in pattern.finditer(text):
        name = match.lastgroup
        if name and match.end(name) > match.start(name):
            yield Finding(kind, *match.span(name))


def _numbers(text: str) -> Iterator[Finding]:
    yield from (
        Finding("id", *match.span()) for match in _CHINESE_ID.finditer(text) if _is_chinese_id(match.group())
    )
    yield from _announced("id", _ANNOUNCED_ID, text)
    yield from (Finding("card", *match.span()) for match in _CARD.finditer(text) if is_card(match.group()))
    yield from (
        Finding("account", *match.span()) for match in _IBAN.finditer(text) if _is_iban(match.group())
    )
    yield from (Finding("phone", *match.span()) for match in _PHONE.finditer(text))
    yield from _announced("phone", _ANNOUNCED_PHONE, text)
    yield from _announced("order", _ORDER, text)
    yield from (Finding("address", *match.span()) for match in _ADDRESS.finditer(text))
    yield from _announced("address", _ANNOUNCED_ADDRESS, text)
    for match in _CHINESE_ADDRESS.finditer(text):
        before = _BEFORE_ADDRESS.match(match.group()[: _first_digit(match.group())])
        yield Finding("address", match.start() + (before.end() if before else 0), match.end())


def _first_digit(text: str) -> int:
    return next((place for place, character in enumerate(text) if character.isdigit()), len(text))


def is_card(text: str) -> bool:
    """Whether digits (spaces and hyphens between them allowed) are a payment card's: range and Luhn check."""
    digits = re.sub(r"[ -]", "", text)
    return bool(_CARD_RANGES.match(digits)) and _luhn(digits) == 0


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10


def _is_chinese_id(text: str) -> bool:
    """Check birthday and check digit (GB 11643, ISO 7064 mod 11-2)."""
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    rest = sum(int(digit) << (17 - place) for place, digit in enumerate(text[:17])) % 11
    return "10X98765432"[rest] == text[17].upper()


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return len(plain) >= 15 and int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
