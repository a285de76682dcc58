"""What a shopper means among what there is: which order, which items, which other size, which way of paying.

Pure functions over a message and the records at hand. An answer is never guessed: where several things are
meant by the same words, all of them come back and the shopper is asked. Knows nothing of rules or dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.desk.chinese import without_kept
from bot.desk.options import matches
from bot.desk.places import spelled_out
from ecomlm.language import detect, normalise, words
from knowledge.records import Address, Order, OrderLine, PaymentMethod, Product, ProductId

_ALL = re.compile(
    r"\b(?:all|everything|both|whole|entire|every item|each)\b|全部|所有|整单|[全都](?:给我|帮我|要|想|不)?(?:退|换|取消|要)|[两三]\w都|都$|一起(?:退|换|取消)|一起$",
    re.IGNORECASE,
)
_REST = re.compile(
    r"\b(?:all|everything|both)\b.{0,30}\b(?:except|but|besides)\b(?P<en>.+)|除了(?P<zh>.+?)(?:以外|之外|外|，|,|都|$)",
    re.IGNORECASE,
)
_ALL_ITEMS = re.compile(
    r"\b(?:every item|all (?:of )?(?:my |the )?(?:items|things|products))\b(?!.{0,20}\b(?:except|but)\b)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?:\b(?:not|except|keep|leave|forget)\b|\bmind about\b|不是|不要退)\s*(?:the |my |那|这)?[^,，.。;；但]{1,40}"
    r"|[^,.;]{1,30}\b(?:can|may|should) stay\b",
    re.IGNORECASE,
)
_ALSO = re.compile(
    r"\b(?:also|as well|too|plus|in addition|another thing)\b|还有|另外|也要|也退|也换|再加", re.IGNORECASE
)
_NOT_ONE = re.compile(r"^\s*no[,，]?\s+", re.IGNORECASE)
_MEASURE = r"(?:个|件|只(?![有是能要剩])|双|条|支|瓶|包|罐|盒|本|口|把|副|张|台|部|顶|盏|套|块|片|份|床|袋|箱|杯|根|枚|对(?!的))"
_COUNTS = {
    "one": 1,
    "a": 1,
    "an": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
}
_COUNT = re.compile(
    r"\b(?P<en>one|two|three|four|five|six|\d{1,2})\b(?= (?:of|piece|item|pair|x)|\s*$)|\b(?P<a>one|two|three|four|five|a|an)\b (?=[a-z])"
    rf"|(?P<zh>(?<!第)[一两二三四五六]|(?<![\d.第])\d{{1,2}})\s*{_MEASURE}|(?:退|换|取消)(?P<bare>{_MEASURE})(?!人)",
    re.IGNORECASE,
)
_BOUGHT = re.compile(
    rf"(?:买|拍|订|下单|总?共|有)了?\s*(?:[一两二三四五六]|\d{{1,2}})\s*{_MEASURE}|(?:[一两二三四五六]|\d{{1,2}})\s*{_MEASURE}就?够"
)
"""Chinese counts of what was bought or is enough, not of what is wanted now."""
_DEARER = re.compile(r"\b(?:more expensive|most expensive|pricier|dearer)\b|更贵|贵的那", re.IGNORECASE)
_CHEAPER = re.compile(r"\b(?:cheaper|less expensive|cheapest)\b|更便宜|便宜的那", re.IGNORECASE)
_LATEST = re.compile(
    r"\b(?:latest|last|most recent|newest)(?: \w+)? (?:orders?|purchase|one|parcel)\b"
    r"|最[近新后](?:的|那|这|一|下的){0,3}(?:笔|个|张)?订?单|上一?(?:笔|个|张)?订?单|刚[才刚]?下的",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\bother\b|\banother\b|另一?个?|别的", re.IGNORECASE)
_OTHER_ORDER = re.compile(
    r"\b(?:other|another) (?:order|parcel|delivery|purchase)\b|^\W*(?:no\W+)?the other(?: one)?\W*$|[另别](?:外|的)?[一那]?(?:笔|个|张)?订?单",
    re.IGNORECASE,
)
_OTHER_WAY = re.compile(
    r"\bother (?:payment|card|method|account|way)|(?:另一?|别的).{0,4}(?:付款|支付|卡)", re.IGNORECASE
)
_BRAND = re.compile(r"\b(?:visa|master ?card|amex|american express|discover)\b", re.IGNORECASE)
_DEFAULT = re.compile(
    r"\b(?:default|profile|usual|home) address\b|\baddress (?:in|of|on) my profile\b|默认", re.IGNORECASE
)
_NEW = re.compile(r"\b(?:other|another|new|that|same)\b|另一?个?|别的|新", re.IGNORECASE)
_GENERIC = frozenset(
    {
        "the", "a", "an", "my", "and", "or", "of", "for", "with", "pack", "set", "one", "order", "item", "items",
        "size", "colour", "color", "new", "black", "white", "red", "blue", "green", "grey", "gray", "brown", "pink",
        "navy", "want", "like", "return", "exchange", "cancel", "change", "please",
    }
)  # fmt: skip
_PAYMENTS: Mapping[str, re.Pattern[str]] = {
    "gift_card": re.compile(r"gift ?cards?|礼品卡|购物卡", re.IGNORECASE),
    "paypal": re.compile(r"pay ?pal|贝宝", re.IGNORECASE),
    "alipay": re.compile(r"alipay|支付宝", re.IGNORECASE),
    "wechat_pay": re.compile(r"we ?chat|微信", re.IGNORECASE),
    "apple_pay": re.compile(r"apple pay", re.IGNORECASE),
    "card": re.compile(r"(?:credit|debit) ?card|(?<![a-z])visa(?![a-z])|master ?card|(?<![a-z])amex(?![a-z])|american express|信用卡|银行卡|万事达|维萨|运通", re.IGNORECASE),
}  # fmt: skip
_JOINED = re.compile(r"\band\b|[&,/+]", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"\boriginal\b|\bsame (?:card|payment|way|method)\b|\bback to (?:where|how)\b|原路|原来的|原支付|原卡",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Items that words mean: the lines, how many pieces of each where told, and lines they may mean."""

    lines: tuple[OrderLine, ...] = ()
    unclear: tuple[OrderLine, ...] = ()
    count: int | None = None
    is_all: bool = False


def names_of(line: OrderLine, product: Product | None) -> set[str]:
    """Return the words by which a line may be called: its title's, its category's, in both languages."""
    return _title_words(line, product) | _category_words(product)


def _title_words(line: OrderLine, product: Product | None) -> set[str]:
    return _words_of((line.title, product.title.en, product.title.zh) if product else (line.title,))


def _category_words(product: Product | None) -> set[str]:
    return _words_of(text for name in product.categories for text in (name.en, name.zh)) if product else set()


def _kind_words(product: Product | None) -> set[str]:
    """Return the words of the English categories that name one kind of thing: none of "Chargers and power banks"."""
    names = [name.en for name in product.categories if not _JOINED.search(name.en)] if product else []
    return _words_of(names)


def _words_of(texts: Iterable[str]) -> set[str]:
    found = {bare for text in texts if text for word in words(text, detect(text)) if (bare := _bare(word))}
    return {word for word in found if word not in _GENERIC and (len(word) > 1 or not word.isascii())}


def choose_items(text: str, lines: Sequence[OrderLine], products: Mapping[ProductId, Product]) -> Chosen:
    """Return which of the lines a message means."""
    if match := _REST.search(text):
        left_out = choose_items(match["en"] or match["zh"], lines, products).lines
        if left_out:
            return Chosen(tuple(line for line in lines if line not in left_out), is_all=True)
    if _ALL_ITEMS.search(text):
        return Chosen(tuple(lines), is_all=True)
    said = _NOT.sub(" ", _NOT_ONE.sub("", without_kept(text)))
    by_sku = [line for line in lines if _numbered(line.sku, said) or _numbered(line.product_id, said)]
    chosen, unclear = (by_sku, []) if by_sku else _by_name(said, lines, products, text)
    if not chosen and not unclear and _ALL.search(said):
        return Chosen(tuple(lines), is_all=True)
    if unclear and _ALL.search(said):
        chosen, unclear = [*chosen, *unclear], []
    return Chosen(tuple(chosen), tuple(unclear), read_count(said), bool(_ALL.search(said)))


def _by_name(
    text: str, lines: Sequence[OrderLine], products: Mapping[ProductId, Product], whole: str
) -> tuple[list[OrderLine], list[OrderLine]]:
    said = said_words(text)
    titles = {id(line): _title_words(line, products.get(line.product_id)) for line in lines}
    kinds = {id(line): _kind_words(products.get(line.product_id)) for line in lines}
    joined = {id(line): _category_words(products.get(line.product_id)) for line in lines}
    meant: dict[int, int] = {}
    groups: list[list[OrderLine]] = []
    for word in said:
        called = [line for line in lines if word in titles[id(line)] | kinds[id(line)]]
        if not called:  # only then the categories that join several things in one name
            called = [line for line in lines if word in joined[id(line)]]
        if len(called) == 1 or (called and len({line.sku for line in called}) == 1):
            meant[id(called[0])] = meant.get(id(called[0]), 0) + 1
        elif called:
            groups.append(called)
    unclear: list[OrderLine] = []
    for group in groups:
        if any(id(line) in meant for line in group):
            continue
        narrowed = narrow(whole, group, products)
        if len(narrowed) == 1:
            meant[id(narrowed[0])] = 1
        else:
            unclear += [line for line in group if line not in unclear]
    return [line for line in lines if id(line) in meant], unclear


def narrow(
    text: str, lines: Sequence[OrderLine], products: Mapping[ProductId, Product]
) -> Sequence[OrderLine]:
    """Return the lines, called alike, that a message tells apart by their options or their price."""
    for pattern, sign in ((_DEARER, -1), (_CHEAPER, 1)):
        if pattern.search(text):
            ordered = sorted(lines, key=lambda line: sign * line.price.amount)
            return [line for line in ordered if line.price == ordered[0].price]
    scores = []
    for line in lines:
        product = products.get(line.product_id)
        variant = next((v for v in product.variants if v.sku == line.sku), None) if product else None
        scores.append(matches(text, product, variant) if product and variant else 0)
    best = max(scores, default=0)
    return [line for line, score in zip(lines, scores, strict=True) if score == best] if best else lines


def compares_prices(text: str) -> bool:
    """Whether a message tells things apart by their price."""
    return bool(_DEARER.search(text) or _CHEAPER.search(text))


def adds(text: str) -> bool:
    """Whether a message adds to what was chosen rather than replacing it."""
    return bool(_ALSO.search(text))


def _numbered(id: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(id)}(?![\w-])", text, re.IGNORECASE))


def read_count(text: str) -> int | None:
    """Return how many pieces a message speaks of."""
    match = _COUNT.search(_BOUGHT.sub(" ", normalise(text)))
    if match is None:
        return None
    said = (match["en"] or match["a"] or match["zh"] or "one").lower()
    return _COUNTS.get(said) or int(said)


def choose_payment(
    text: str, methods: Sequence[PaymentMethod], original: PaymentMethod
) -> list[PaymentMethod]:
    """Return the ways of paying that a message may mean."""
    if _ORIGINAL.search(text):
        return [original]
    if _OTHER_WAY.search(text):
        is_card = "card" in text.casefold()
        return [m for m in methods if m != original and (m.kind == "card" or not is_card)]
    digits = [
        m
        for m in methods
        if (tail := re.search(r"(\w{4})\W*$", m.label))
        and re.search(rf"(?<![a-z0-9]){tail[1]}(?![a-z0-9])", text, re.I)
    ]
    if digits:
        return digits[:1]
    brand = [
        m
        for m in methods
        if m.kind == "card" and re.search(rf"(?<![a-z]){re.escape(m.label.split()[0])}(?![a-z])", text, re.I)
    ]
    if brand or _BRAND.search(text):
        return brand
    for kind, pattern in _PAYMENTS.items():
        if pattern.search(text):
            fitting = [method for method in methods if method.kind == kind]
            return [original] if original in fitting and kind == "card" else fitting
    return []


def names_payment(text: str) -> bool:
    """Whether a message speaks of a way of paying."""
    known = (_ORIGINAL, _OTHER_WAY, _BRAND)
    return any(pattern.search(text) for pattern in known) or any(
        pattern.search(text) for pattern in _PAYMENTS.values()
    )


def choose_order(text: str, orders: Sequence[Order], current: str | None) -> Order | None:
    """Return the order that words such as "my last order" or "the other one" mean."""
    if _OTHER_ORDER.search(text) and current:
        others = [order for order in orders if order.id != current]
        return others[0] if len(others) == 1 else None
    return orders[0] if orders and _LATEST.search(text) else None


def choose_address(text: str, addresses: Iterable[Address], current: Address | None) -> Address | None:
    """Return the known address that a message means by its city, street or name, or as the default one.

    The first of the addresses is the customer's default.
    """
    known_ones = list(dict.fromkeys(addresses))
    others = [address for address in known_ones if address != current]
    said = said_words(spelled_out(text))
    scores = {}
    for address in others:
        parts = f"{address.name} {address.street} {address.city} {address.region} {address.postcode}"
        known = {_bare(word) for part in parts.split() for word in words(part, detect(part))} | set(
            parts.casefold().split()
        )
        scores[address] = len(
            {word for word in said if word in known and (len(word) > 2 or not word.isascii())}
        )
    best = max(scores, key=lambda item: scores[item], default=None)
    if best is not None and scores[best] and list(scores.values()).count(scores[best]) == 1:
        return best
    if _DEFAULT.search(text) and known_ones[:1] == others[:1]:
        return others[0]
    return others[0] if len(others) == 1 and _NEW.search(text) else None


def said_words(text: str) -> list[str]:
    """Return the words of a message that may name something, without their plural endings."""
    plain = normalise(text)
    found = [*words(plain, "en"), *words(plain, "zh")]
    return list(dict.fromkeys(_bare(word) for word in found if word.casefold() not in _GENERIC))


def _bare(word: str) -> str:
    """Return a word without its plural ending."""
    lowered = word.casefold()
    if lowered.isascii() and len(lowered) > 3 and lowered.endswith("s") and not lowered.endswith("ss"):
        return lowered[:-1]
    if lowered.isascii() and len(lowered) > 4 and lowered.endswith("elv"):  # a stemmed "shelves"
        return lowered[:-1] + "f"
    return lowered
