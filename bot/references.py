"""Which product a message is about: "it", "the second one", "the blue one", 第二个, 蓝色的呢.

Looks at the conversation's memory and at records. Knows nothing of answering.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.tracker import Request
from ecomlm.language import detect, words
from ecomlm.search.vocabulary import COLOURS
from knowledge.records import Language, Option, Product, Variant
from knowledge.store import Store

_ELLIPSIS = re.compile(
    r"^(?:(?:ok(?:ay)?|so|hmm|and|but)[,\s]+)*(?:what about|how about|and|or)?\s*"
    r"(?:the |that |this )?(?P<rest>[\w' -]{0,40}?)(?:\s+(?:one|version|model|option|colou?r))?\s*[?.!]*$"
    r"|^(?:那么?|还有|或者)?(?:这|那)?(?P<rest_zh>[^？?，,]{0,12}?)(?:的|款|个|色)*呢?[？?。]?$",
    re.IGNORECASE,
)
_LEAD = re.compile(r"\b(?:what|how) about\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:how|what|which|why|when|where|is|are|does|do|can|will|has|have)\b"
    r"|吗|多[少大长重高久快]|几|能|会|是否|有没有|什么|怎",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|its|it's|this|that|these|those|they|one)\b"
    r"|这个|这款|这双|这件|这台|这条|这只|这盏|这张|它|那个|那款|那双|那件|该商品|此款|这",
    re.IGNORECASE,
)
_NAMED_SHARE = 0.5
_FORM_WORDS = frozenset(
    words(
        "size sizes colour color version model option pair available availability stock left still now more"
        " come comes get buy order sell sold out one price cost much eu us uk also anything else",
        "en",
    )
)
_FORM_ASKING = re.compile(
    r"还有没有|有没有|还有吗|有货|现货|缺货|库存|断货|卖完|售罄|多少钱|价格|请问|现在|这款|这个|这双|这件|这台|可以|还|有|没|能|买"
    r"|尺码|尺寸|颜色|[的码号色款种它是要想了吗呢么吧那]|[？?！!。，,\s]"
)
_SIZE = re.compile(
    r"\bsizes?[\s:]+(?:eu|us|uk)?\s*(?P<size>\d{1,3}(?:\.5)?|x{0,3}[sml]|\dxl)\b"
    r"|(?<![a-z0-9.])(?P<size_zh>\d{2,3}(?:\.5)?|x{0,3}[sml]|\dxl)\s*(?:码|号)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """The product meant, the form of it if one was named, and the question that is asked of it.

    `wanted_option` is what the shopper called the form; `variants` are the matching ones, none where the
    product has no such form. `is_new` tells that it is another product than the one "it" meant before,
    `is_bare` that nothing is asked of it, `is_form_only` only whether that form can be had.
    """

    product: Product
    question: str
    wanted_option: str = ""
    variants: tuple[Variant, ...] = ()
    is_new: bool = False
    is_bare: bool = False
    is_form_only: bool = False


async def resolve(request: Request, store: Store) -> Reference | None:
    """Return what the message is about; None where nothing in the conversation tells."""
    memory = request.memory
    shown = await store.products(memory.shown)
    focus = next(iter(await store.products([memory.product])), None) if memory.product else None
    product = _by_ordinal(request, shown) or named_product(request.text, _others(shown, focus))
    if product is None and shown and request.values("ordinal") and _is_elliptic(request):
        return None  # "the fourth one" of three
    wanted = ""
    variants: tuple[Variant, ...] = ()
    if product is None:
        candidates = _others([focus] if focus else [], None) + [item for item in shown if item != focus]
        product, wanted, variants = _by_option(request, candidates, focus)
    if product is None and (focus or shown) and (memory.product or _POINTING.search(request.text)):
        product = focus or shown[0]
    if product is None:
        return None
    pointed = bool(wanted) or bool(request.values("ordinal"))
    is_elliptic = pointed and _is_elliptic(request)
    question = memory.question if is_elliptic and memory.question else request.text
    is_bare = is_elliptic and not memory.question
    is_form_only = bool(wanted) and (is_bare or asks_for_form(question, product, request.values("colour")))
    return Reference(product, question, wanted, variants, product.id != memory.product, is_bare, is_form_only)


def points(text: str) -> bool:
    """Tell whether a text points at a product (`it`, 这个) instead of naming one."""
    return bool(_POINTING.search(text))


def _others(products: Iterable[Product], leave_out: Product | None) -> list[Product]:
    return [product for product in products if product != leave_out]


def _by_ordinal(request: Request, shown: Sequence[Product]) -> Product | None:
    for value in request.values("ordinal"):
        position = int(value)
        if position == -1 and shown:
            return shown[-1]
        if 1 <= position <= len(shown):
            return shown[position - 1]
    return None


def named_product(text: str, products: Sequence[Product]) -> Product | None:
    """Return the product of which most title words are said, if no other comes as near."""
    ranked = _by_title(text, products)
    if not ranked or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][1]


def named_products(text: str, products: Sequence[Product]) -> list[Product]:
    """Return the products that are named, the one named most fully first."""
    return [product for _, product in _by_title(text, products)]


def _by_title(text: str, products: Sequence[Product]) -> list[tuple[float, Product]]:
    """Return the products of which enough title words are said, with that share."""
    said = set(words(text, detect(text)))
    scored = []
    for product in {product.id: product for product in products}.values():
        titles = [set(words(title, language)) for title, language in _titles(product)]
        share = max((len(title & said) / len(title) for title in titles if len(title) > 1), default=0.0)
        if share >= _NAMED_SHARE:
            scored.append((share, product))
    return sorted(scored, key=lambda item: -item[0])


def _titles(product: Product) -> list[tuple[str, Language]]:
    titles: tuple[tuple[str, Language], ...] = ((product.title.en, "en"), (product.title.zh, "zh"))
    return [(title, language) for title, language in titles if title]


def _by_option(
    request: Request, candidates: Sequence[Product], focus: Product | None
) -> tuple[Product | None, str, tuple[Variant, ...]]:
    """Return the first product with a form that the message names, and that form's variants."""
    for product in candidates:
        wanted, variants = named_variants(request.text, product)
        if variants or (wanted and product == focus):
            return product, wanted, variants
    if focus and (wanted := _unknown_form(request, focus)):
        return focus, wanted, ()
    return None, "", ()


def _unknown_form(request: Request, product: Product) -> str:
    """Return the colour or size that is asked for where the product comes in others only."""
    colours, size = request.values("colour"), _SIZE.search(request.text)
    if not (_is_elliptic(request) or asks_for_form(request.text, product, colours)):
        return ""
    keys = {option.key for variant in product.variants for option in variant.options}
    if size and any("size" in key for key in keys):
        return size.group().strip()
    if colours and product.variants:
        entity = next(item for item in request.entities if item.entity == "colour")
        return request.text[entity.start : entity.end] or colours[0]
    return ""


def asks_for_form(text: str, product: Product, colours: Sequence[str] = ()) -> bool:
    """Tell whether a text asks only if, or at what price, a form can be had: `do you have it in blue?`."""
    lowered = _SIZE.sub(" ", f" {text.lower()} ")
    names = {name for v in product.variants for option in v.options for name in _option_names(option)}
    for colour in COLOURS:
        if colour.label.en in colours:
            names |= {name.lower() for name in colour.names}
    for name in sorted(names, key=len, reverse=True):
        found = rf"(?<![a-z0-9'’]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name)
        lowered = re.sub(found, " ", lowered)
    if detect(text) == "zh":
        return not words(_FORM_ASKING.sub(" ", lowered), "zh")
    return set(words(lowered, "en")) <= _FORM_WORDS


def named_variants(text: str, product: Product) -> tuple[str, tuple[Variant, ...]]:
    """Return the words for a form that a text names, and the product's variants that are all it says.

    Of a product without such a combination (`blue` is there, but not in `S`) the words are returned alone.
    """
    named: dict[str, Option] = {}
    options = [option for variant in product.variants for option in variant.options]
    for key in dict.fromkeys(option.key for option in options):
        for option in options:
            if (
                option.key == key
                and key not in named
                and any(_says(text, name) for name in _option_names(option))
            ):
                named[option.key] = option
    if not named:
        return "", ()
    values = {option.value for option in named.values()}
    same = tuple(item for item in product.variants if values <= {option.value for option in item.options})
    comma = "、" if detect(text) == "zh" else ", "
    return comma.join(option.value.best(detect(text)) for option in named.values()), same


def _option_names(option: Option) -> set[str]:
    """What a shopper may call an option's value: its words, and for a colour every name of that colour."""
    names = {name.lower() for name in (option.value.en, option.value.zh) if name}
    for colour in COLOURS:
        if any(_says(f" {value} ", name) for value in tuple(names) for name in colour.names):
            names |= {name.lower() for name in colour.names}
    return names


def _says(text: str, name: str) -> bool:
    """Tell whether a text says a name; a size of one letter must be written as one (`L`, `size l`, `l码`)."""
    if not name.isascii():
        return len(name) > 1 and name in text
    found = rf"(?<![a-z0-9'’]){re.escape(name)}(?![a-z0-9'’])"
    if len(name) > 1 or name.isdigit():
        return bool(re.search(found, text, re.IGNORECASE))
    written = re.escape(name.upper())
    return bool(
        re.search(rf"(?<![A-Za-z0-9'’]){written}(?![A-Za-z0-9'’])", text)
        or re.search(rf"\bsize {found}|{found}\s*[码号]", text, re.IGNORECASE)
    )


def _is_elliptic(request: Request) -> bool:
    """Whether a message names something and asks nothing of it: `and the second one?`, 蓝色的呢."""
    text = request.text.strip()
    for entity in sorted(request.entities, key=lambda item: -item.start):
        if entity.entity in ("ordinal", "colour", "size"):
            text = text[: entity.start] + text[entity.end :]
    match = _ELLIPSIS.match(text.strip())
    if not match or _ASKS.search(_LEAD.sub("", text)):
        return False
    rest = match.group("rest") if match.group("rest") is not None else match.group("rest_zh")
    return len(words(rest or "", detect(rest or ""))) <= 1
