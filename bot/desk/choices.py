"""What a shopper means among what there is: which order, which items, which other size, which way of paying.

Pure functions over a message and the records at hand. An answer is never guessed: where several things are
meant by the same words, all of them come back and the shopper is asked. Knows nothing of rules or dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.desk.chinese import without_kept
from ecomlm.language import detect, normalise, words
from knowledge.records import Address, Order, OrderLine, PaymentMethod, Product, ProductId, Variant

_ALL = re.compile(
    r"\b(?:all|everything|both|whole|entire|every item|each)\b|全部|所有|整单|[全都](?:给我|帮我|要|想|不)?(?:退|换|取消|要)|[两三]\w都|都$|一起(?:退|换|取消)|一起$",
    re.IGNORECASE,
)
_REST = re.compile(
    r"\b(?:all|everything|both)\b.{0,30}\b(?:except|but|besides)\b(?P<en>.+)|除了(?P<zh>.+?)(?:以外|之外|外|，|,|都|$)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?:\bnot\b|\bexcept\b|\bkeep\b|不是|不要退)\s*(?:the |my |那|这)?[^,，.。;；但]{1,40}",
    re.IGNORECASE,
)
_NOT_ONE = re.compile(r"^\s*no[,，]?\s+", re.IGNORECASE)
_INTO = re.compile(
    r"\b(?:for|to|into|with|instead of it|in)\b(?! (?:my|the) (?:order|card|visa|paypal|gift))|换成|改成|换为|改为|换一?[双件个条]|换大|换小|换|要",
    re.IGNORECASE,
)
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
_BOUGHT = re.compile(rf"(?:买|拍|订|下单|总?共|有)了?\s*(?:[一两二三四五六]|\d{{1,2}})\s*{_MEASURE}|(?:[一两二三四五六]|\d{{1,2}})\s*{_MEASURE}就?够")
"""Chinese counts of what was bought or is enough, not of what is wanted now."""
_LARGER = re.compile(
    r"\b(?:one size (?:bigger|larger|up)|(?:bigger|larger) size|size up|bigger|larger)\b|大一?[码号]|再大",
    re.IGNORECASE,
)
_SMALLER = re.compile(
    r"\b(?:one size (?:smaller|down)|smaller size|size down|smaller)\b|小一?[码号]|再小", re.IGNORECASE
)
_CHEAPEST = re.compile(r"\b(?:cheapest|least expensive|lowest price)\b|最便宜", re.IGNORECASE)
_DEAREST = re.compile(r"\b(?:most expensive|priciest|dearest)\b|最贵", re.IGNORECASE)
_SAME = re.compile(
    r"\bsame (?:one|item|thing|size|product|model)\b|\breplacement\b|同款|一样的|原样", re.IGNORECASE
)
_LETTERS = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL")
_LATEST = re.compile(
    r"\b(?:latest|last|most recent|newest)\b|最[近新后](?:的|那|这|一|下的){0,3}(?:笔|个|张)?(?:订?单)|上一?(?:笔|个|张)?(?:订?单)|刚[才刚]?下的", re.IGNORECASE
)
_OTHER_ORDER = re.compile(r"\bother\b|\banother\b|[另别](?:外|的)?[一那]?(?:笔|个|张)?(?:订?单)", re.IGNORECASE)
_OTHER = re.compile(r"\bother\b|\banother\b|另外?一?个?|别的|其他", re.IGNORECASE)
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
    titles = (line.title, product.title.en, product.title.zh) if product else (line.title,)
    return _words_of(titles)


def _category_words(product: Product | None) -> set[str]:
    return _words_of(text for name in product.categories for text in (name.en, name.zh)) if product else set()


def _words_of(texts: Iterable[str]) -> set[str]:
    found = {bare for text in texts if text for word in words(text, detect(text)) if (bare := _bare(word))}
    return {word for word in found if word not in _GENERIC and (len(word) > 1 or not word.isascii())}


def choose_items(text: str, lines: Sequence[OrderLine], products: Mapping[ProductId, Product]) -> Chosen:
    """Return which of the lines a message means."""
    if match := _REST.search(text):
        left_out = choose_items(match["en"] or match["zh"], lines, products).lines
        if left_out:
            return Chosen(tuple(line for line in lines if line not in left_out), is_all=True)
    said = _NOT.sub(" ", _NOT_ONE.sub("", without_kept(text)))
    by_sku = [
        line for line in lines if re.search(rf"(?<![\w-]){re.escape(line.sku)}(?![\w-])", said, re.IGNORECASE)
    ]
    chosen, unclear = (by_sku, []) if by_sku else _by_name(said, lines, products)
    if not chosen and not unclear and _ALL.search(said):
        return Chosen(tuple(lines), is_all=True)
    if unclear and _ALL.search(said):
        chosen, unclear = [*chosen, *unclear], []
    return Chosen(tuple(chosen), tuple(unclear), read_count(said), bool(_ALL.search(said)))


def _by_name(
    text: str, lines: Sequence[OrderLine], products: Mapping[ProductId, Product]
) -> tuple[list[OrderLine], list[OrderLine]]:
    said = _said(text)
    titles = {id(line): _title_words(line, products.get(line.product_id)) for line in lines}
    kinds = {id(line): _category_words(products.get(line.product_id)) for line in lines}
    meant: dict[int, int] = {}
    groups: list[list[OrderLine]] = []
    for word in said:
        called = [line for line in lines if word in titles[id(line)]]
        called = called or [line for line in lines if word in kinds[id(line)]]
        if len(called) == 1 or (called and len({line.sku for line in called}) == 1):
            meant[id(called[0])] = meant.get(id(called[0]), 0) + 1
        elif called:
            groups.append(called)
    unclear: list[OrderLine] = []
    for group in groups:
        if any(id(line) in meant for line in group):
            continue
        narrowed = [line for line in group if _has_options(text, line, products)]
        if len(narrowed) == 1:
            meant[id(narrowed[0])] = 1
        else:
            unclear += [line for line in group if line not in unclear]
    return [line for line in lines if id(line) in meant], unclear


def _has_options(text: str, line: OrderLine, products: Mapping[ProductId, Product]) -> bool:
    product = products.get(line.product_id)
    variant = next((v for v in product.variants if v.sku == line.sku), None) if product else None
    return variant is not None and any(_says(text, _values(option.value)) for option in variant.options)


def read_count(text: str) -> int | None:
    """Return how many pieces a message speaks of."""
    match = _COUNT.search(_BOUGHT.sub(" ", normalise(text)))
    if match is None:
        return None
    said = (match["en"] or match["a"] or match["zh"] or "one").lower()
    return _COUNTS.get(said) or int(said)


def new_options(text: str) -> str:
    """Return the part of a message that says what something should become; all of it where none does."""
    parts = _INTO.split(text, maxsplit=1)
    return parts[1] if len(parts) > 1 and parts[1].strip() else text


def choose_variant(text: str, product: Product, current: str) -> list[Variant]:
    """Return the variants that a message may mean instead of the current one, the likeliest alone if clear."""
    now = next((variant for variant in product.variants if variant.sku == current), None)
    if by_sku := [
        v
        for v in product.variants
        if re.search(rf"(?<![\w-]){re.escape(v.sku)}(?![\w-])", text, re.IGNORECASE)
    ]:
        return by_sku[-1:]
    if now is not None and _SAME.search(text) and not _wanted(text, product):
        return [now]
    wanted = {**_stepped(text, product, now), **_wanted(text, product)}
    fitting = [v for v in product.variants if wanted and _has(v, wanted)]
    if now is not None and wanted:
        kept = {o.key: o.value.en or o.value.zh for o in now.options} | wanted
        exact = [variant for variant in fitting if _has(variant, kept)]
        fitting = exact or fitting
    return _by_price(text, fitting or ([] if wanted else list(product.variants)), bool(wanted))


def _by_price(text: str, variants: list[Variant], is_narrowed: bool) -> list[Variant]:
    priced = [v for v in variants if v.offer.price and v.offer.is_available is not False]
    amount = {v.sku: v.offer.price.amount for v in priced if v.offer.price}
    if priced and _CHEAPEST.search(text):
        return [min(priced, key=lambda variant: amount[variant.sku])]
    if priced and _DEAREST.search(text):
        return [max(priced, key=lambda variant: amount[variant.sku])]
    return variants if is_narrowed else []


def _wanted(text: str, product: Product) -> dict[str, str]:
    """Return the option values that a message names, the longest of overlapping ones."""
    found: dict[str, str] = {}
    plain = normalise(text).casefold()
    values = {
        (option.key, option.value.en or option.value.zh): _values(option.value)
        for variant in product.variants
        for option in variant.options
    }
    for (key, value), wordings in sorted(values.items(), key=lambda item: -max(map(len, item[1]))):
        if key in found:
            continue
        said = next((wording for wording in wordings if _says(plain, [wording])), None)
        if said:
            found[key] = value
            plain = _without(plain, said)
    return found


def _stepped(text: str, product: Product, now: Variant | None) -> dict[str, str]:
    """Return the next size up or down."""
    step = 1 if _LARGER.search(text) else -1 if _SMALLER.search(text) else 0
    size = next((o for o in now.options if o.key in ("size", "尺码")), None) if now and step else None
    if size is None:
        return {}
    sizes = {o.value.en or o.value.zh for v in product.variants for o in v.options if o.key == size.key}
    ordered = sorted(sizes, key=_size_order)
    place = ordered.index(size.value.en or size.value.zh) + step
    return {size.key: ordered[place]} if 0 <= place < len(ordered) else {}


def _size_order(size: str) -> tuple[float, str]:
    if size.upper() in _LETTERS:
        return float(_LETTERS.index(size.upper())), size
    number = re.search(r"\d+(?:\.\d+)?", size)
    return (float(number.group()) if number else 1e9), size


def _has(variant: Variant, wanted: Mapping[str, str]) -> bool:
    own = {option.key: option.value.en or option.value.zh for option in variant.options}
    return all(own.get(key) == value for key, value in wanted.items())


def choose_payment(
    text: str, methods: Sequence[PaymentMethod], original: PaymentMethod
) -> list[PaymentMethod]:
    """Return the ways of paying that a message may mean."""
    if _ORIGINAL.search(text):
        return [original]
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
    if brand:
        return brand
    for kind, pattern in _PAYMENTS.items():
        if pattern.search(text):
            fitting = [method for method in methods if method.kind == kind]
            return [original] if original in fitting and kind == "card" else fitting
    return []


def names_payment(text: str) -> bool:
    """Whether a message speaks of a way of paying."""
    return bool(_ORIGINAL.search(text)) or any(pattern.search(text) for pattern in _PAYMENTS.values())


def choose_order(text: str, orders: Sequence[Order], current: str | None) -> Order | None:
    """Return the order that words such as "my last order" or "the other one" mean."""
    if _OTHER_ORDER.search(text) and current:
        others = [order for order in orders if order.id != current]
        return others[0] if len(others) == 1 else None
    return orders[0] if orders and _LATEST.search(text) else None


def choose_address(text: str, addresses: Iterable[Address], current: Address | None) -> Address | None:
    """Return the known address that a message means by its city, street or name."""
    others = [address for address in dict.fromkeys(addresses) if address != current]
    said = _said(text)
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
    return others[0] if len(others) == 1 and _OTHER.search(text) else None


def _said(text: str) -> list[str]:
    plain = normalise(text)
    found = [*words(plain, "en"), *words(plain, "zh")]
    return list(dict.fromkeys(_bare(word) for word in found if word.casefold() not in _GENERIC))


def _bare(word: str) -> str:
    """Return a word without its plural ending."""
    lowered = word.casefold()
    if lowered.isascii() and len(lowered) > 3 and lowered.endswith("s") and not lowered.endswith("ss"):
        return lowered[:-1]
    return lowered


def _values(value: object) -> list[str]:
    return [text.casefold() for text in (getattr(value, "en", ""), getattr(value, "zh", "")) if text]


_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(厘米|cm|毫升|ml|gb|tb|寸|kg|公斤|g|克|只装)", re.IGNORECASE)
_UNITS = {"厘米": "cm|公分", "cm": "厘米|公分", "毫升": "ml", "ml": "毫升", "gb": "g", "tb": "t", "寸": "英寸|吋"}


def _says(text: str, wordings: Iterable[str]) -> bool:
    plain = text.casefold()
    for wording in wordings:
        if amount := _AMOUNT.fullmatch(wording):
            units = "|".join(filter(None, (re.escape(amount[2]), _UNITS.get(amount[2]))))
            ends = rf"\s*(?:{units})(?![a-z])|(?=\s*(?:的|那|吧|$))"
            if re.search(rf"(?<![\d.a-z-]){re.escape(amount[1])}(?:{ends})", plain):
                return True
        elif wording.isascii():
            if re.search(rf"(?<![a-z0-9.]){re.escape(wording)}(?![a-z0-9])", plain):
                return True
        elif wording in plain or (wording.endswith("色") and wording[:-1] in plain and len(wording) > 2):
            return True
    return False


def _without(text: str, said: str) -> str:
    return text.replace(said, " ", 1)
