"""Which of a customer's orders a message is about: by number, by what they hold, by place, or all of them.

Pure functions over the records at hand. Where a message leaves it open, no order comes back and the shopper
is asked. Knows nothing of rules or dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.desk import choices
from bot.desk.chinese import without_kept
from bot.desk.places import spelled_out, state_code
from bot.desk.shelf import Shelf, fits, open_lines
from bot.desk.task import READING, Kind, Task
from bot.desk.variants import before_new_options
from bot.entities import find_entities
from ecomlm.language import has_chinese
from knowledge.records import Order, OrderLine

_I = re.IGNORECASE
_REST = re.compile(r"\b(?:all|everything)\b.{0,40}\b(?:except|but|besides)\b(.+)", _I)
_ALL_ORDERS = re.compile(
    r"\b(?:all|both|every|each)\b(?: (?!items?\b|things?\b)\w+){0,3} orders?\b|\b(?:all|different) orders\b|全部订单|所有.{0,6}订单|两个订单",
    _I,
)
_BOTH = re.compile(r"^\W*(?:yes\W+)?(?:both|all|every)\b|^(?:都|全部|两个都)", _I)
_EVERY = re.compile(
    r"\b(?:all|both|every|each)\b|全部|所有|[全都](?:给我|帮我|要|想|不)?(?:退|换|取消|要)", _I
)
_EXCEPT = re.compile(r"\b(?:except|but|besides)\b|除了", _I)
# What came along with a thing tells which order it is, not what is wanted of it.
_ALONG = re.compile(
    r"\b(?:that |which )?(?:i )?(?:came|come|comes|arrived|received|bought|ordered|got|delivered)\b(?: together)? with "
    r"(?:the |my |a )?[\w -]{2,30}",
    _I,
)
_BETWEEN = frozenset({"of", "the", "my", "our", "these", "those", "two", "three", "pending", "open"})
_ARRIVED = re.compile(r"\b(?:received|arrived|was delivered|were delivered|already have)\b|收到|签收", _I)
_COMING = re.compile(
    r"\b(?:just ordered|pending|on order|not (?:been )?(?:sent|shipped|left))\b|还没(?:发|到)|未发货", _I
)
_SOURCE = re.compile(
    r"\b(?:the )?same(?: address)? as\b|\bto (?:the )?(?:one|address|that)(?: \w+)? (?:of|in|from|for)\b|\bthe one of\b|和.{0,6}一样",
    _I,
)
_TO = re.compile(r"\bto (?:the|my|our|that|this|a|her|his|hers|their|its)\b", _I)
_FOR_EACH: tuple[Kind, ...] = ("cancel", "return", "exchange", "items")
_DIGITS = re.compile(r"(?<![\w#-])\d{4,}(?!\w)")


def without_company(text: str) -> str:
    """Return a message without the things that are named only as having come along."""
    return _ALONG.sub(" ", text)


def address_parts(text: str) -> tuple[str, str]:
    """Return what a message says of the order whose address changes, and of the address it should get."""
    source = _SOURCE.search(text)
    splits = [match.start() for match in _TO.finditer(text)]
    if source:
        splits.append(source.start())
    for start in sorted(splits, reverse=True):
        if len(text[start:].split()) > 2:
            first = min(place for place in splits if place <= start)
            place = first if source is None else source.start()
            return text[:place], text[place:]
    return text, text


def numbered_orders(text: str, shelf: Shelf) -> tuple[list[Order], list[str]]:
    """Return the customer's orders that a message names by number, and numbers that are none of theirs."""
    known = {"".join(filter(str.isdigit, order.id)): order for order in shelf.orders}
    ids = {order.id.lstrip("#").casefold(): order for order in shelf.orders}
    skus = {v.sku for product in shelf.products.values() for v in product.variants} | set(shelf.products)
    found, strange = [], []
    said = [entity.value for entity in find_entities(text) if entity.entity == "order_number"]
    for number in said:
        order = ids.get(number.lstrip("#").casefold()) or known.get(number)
        if order:
            found.append(order)
        elif number not in skus:
            strange.append(number)
    if not said:
        found += [known[digits] for digits in _DIGITS.findall(text) if digits in known]
    return list(dict.fromkeys(found)), strange


def order_part(task: Task, text: str) -> str:
    """Return the part of a message that tells the order: of a change of address the part before the new one."""
    return address_parts(text)[0] if task.kind == "address" else text


def choose_orders(
    task: Task, text: str, numbered: Sequence[Order], shelf: Shelf, *, is_next: bool
) -> list[Order]:
    """Return the orders that the business is about after a message, the next one first; none to ask."""
    current = next((o for o in shelf.orders if o.id.lstrip("#") == (task.order or "").lstrip("#")), None)
    if numbered:
        return list(numbered) if task.kind in _FOR_EACH else list(numbered[-1:])
    if current is None:
        return orders_about(task, text, shelf)
    if is_next or not text or task.asked not in (None, "items", "order", "confirm"):
        return [current]
    if not _fits_alike(task.kind, current):
        return orders_about(task, text, shelf) or [current]
    return _reconsidered(task, order_part(task, text), current, shelf)


def _reconsidered(task: Task, text: str, current: Order, shelf: Shelf) -> list[Order]:
    """Return the order under way, or others that a message corrects it to or adds."""
    if meant := choices.choose_order(text, shelf.orders, current.id):
        return [meant]
    fitting = [order for order in shelf.orders if _fits_alike(task.kind, order)]
    words = _words_of(text, task.kind, fitting, shelf)
    outside = {word: holding for word, holding in words.items() if current not in holding}
    if not outside:
        compares = words and choices.compares_prices(before_new_options(text))
        others = list({order.id: order for holding in words.values() for order in holding}.values())
        return (compares and _told_apart(text, task.kind, others, words, shelf)) or [current]
    others = list({o.id: o for holding in outside.values() for o in holding if len(holding) == 1}.values())
    if not others:
        return [current]
    adds = len(outside) < len(words) or choices.adds(text)
    return [current, *others] if adds else others


def orders_about(task: Task, text: str, shelf: Shelf) -> list[Order]:
    """Return the orders that a message is about, several where it is business with each of them."""
    about = order_part(task, text)
    named = _in_state(about, [order for order in shelf.orders if _fits_alike(task.kind, order)])
    every = _ALL_ORDERS.search(about) or (task.asked == "order" and _BOTH.search(text))
    if every and not _words_of(about, task.kind, named, shelf):
        return named
    if _REST.search(about):
        return [order for order in named if _is_left(about, task.kind, order, shelf)]
    if found := _holding(about, task.kind, _literally(about, task.kind, named, shelf), shelf):
        return found
    if meant := choices.choose_order(about, shelf.orders, task.order):
        return [meant]
    if meant := _at_place(about, named or shelf.orders):
        return [meant]
    if len(named) == 1 and not _words_of(about, task.kind, shelf.orders, shelf):
        return named
    if not named or _words_of(about, task.kind, shelf.orders, shelf):
        return _holding(about, task.kind, shelf.orders, shelf)[:1]
    return []


def orders_named(text: str, kind: Kind, orders: Sequence[Order], shelf: Shelf) -> list[Order]:
    """Return those of some orders that hold what a message names; none where it leaves that open."""
    return _holding(text, kind, orders, shelf)


def _in_state(text: str, orders: list[Order]) -> list[Order]:
    """Return the orders that a message speaks of as arrived, or as still to come; else all."""
    plain = before_new_options(text)
    is_here, is_coming = bool(_ARRIVED.search(plain)), bool(_COMING.search(plain))
    if is_here == is_coming:
        return orders
    found = [order for order in orders if fits("return" if is_here else "items", order)]
    return found or orders


def _is_left(text: str, kind: Kind, order: Order, shelf: Shelf) -> bool:
    """Whether an order holds anything besides what a message leaves out."""
    lines = _lines_of(kind, order)
    match = _REST.search(text)
    left_out = choices.choose_items(match[1], lines, shelf.products).lines if match else ()
    return len(left_out) < len(lines)


def _literally(text: str, kind: Kind, orders: Sequence[Order], shelf: Shelf) -> Sequence[Order]:
    """Return the orders that the very kind fits, where they hold all that is named: exchanges, delivered ones."""
    literal = [order for order in orders if fits(kind, order)]
    words = _words_of(text, kind, orders, shelf)
    return (
        literal if all(any(order in literal for order in holding) for holding in words.values()) else orders
    )


def _fits_alike(kind: Kind, order: Order) -> bool:
    if kind in ("items", "exchange"):
        return fits("items", order) or fits("exchange", order)
    return fits(kind, order)


def _lines_of(kind: Kind, order: Order) -> tuple[OrderLine, ...]:
    if kind in READING or kind == "address":
        return order.lines
    lines = open_lines(kind, order)
    if kind in ("items", "exchange"):
        lines = lines or open_lines("items", order) or open_lines("exchange", order)
    return lines or order.lines


def _words_of(text: str, kind: Kind, orders: Sequence[Order], shelf: Shelf) -> dict[str, list[Order]]:
    """Return each word of a message that names something in these orders, with the orders that hold it."""
    plain = _without_kept(before_new_options(text) if kind in ("items", "exchange") else text)
    found: dict[str, list[Order]] = {}
    for word in _item_words(plain, shelf):
        holding = [
            order
            for order in orders
            if any(
                word
                in choices.names_of(line, shelf.products.get(line.product_id)) | {line.sku, line.product_id}
                for line in _lines_of(kind, order)
            )
        ]
        if holding:
            found[word] = holding
    return found


def _without_kept(text: str) -> str:
    if has_chinese(text):
        return without_kept(text)
    return re.sub(r"\b(?:keep|leave)\b[^.;!?]{1,50}", " ", text, flags=_I)


def _item_words(text: str, shelf: Shelf) -> list[str]:
    skus = {v.sku for product in shelf.products.values() for v in product.variants} | set(shelf.products)
    numbers = [number for number in re.findall(r"\b[\w-]+\b", text) if number in skus]
    return [*choices.said_words(text), *numbers]


def _holding(text: str, kind: Kind, orders: Sequence[Order], shelf: Shelf) -> list[Order]:
    """Return the orders that hold what a message names: one that holds all of it, or as many as it takes."""
    words = _words_of(text, kind, orders, shelf)
    if not words:
        return []
    whole = [order for order in orders if all(order in holding for holding in words.values())]
    several = [order for order in orders if any(order in holding for holding in words.values())]
    if len(several) > 1 and _means_every(text, words) and not _EXCEPT.search(text):
        return several
    if len(whole) == 1:
        return whole
    if whole:
        return _told_apart(text, kind, whole, words, shelf)
    chosen = [holding[0] for holding in words.values() if len(holding) == 1]
    for word, holding in words.items():
        if not any(order in chosen for order in holding):
            found = _told_apart(text, kind, holding, {word: holding}, shelf)
            if not found:
                return []
            chosen += found
    return [order for order in orders if order in chosen]


def _means_every(text: str, words: Iterable[str]) -> bool:
    """Whether "all" or "both" stands right before something that is named, or is said of the orders."""
    if _ALL_ORDERS.search(text):
        return True
    for match in _EVERY.finditer(text):
        if not match.group().isascii():
            return True
        for word in re.findall(r"[\w'-]+", text[match.end() :])[:5]:
            if set(choices.said_words(word)) & set(words):
                return True
            if word.casefold() not in _BETWEEN:
                break
    return False


def _told_apart(
    text: str, kind: Kind, orders: Sequence[Order], words: dict[str, list[Order]], shelf: Shelf
) -> list[Order]:
    """Return the one order that a message means by more than what it holds; none where it does not tell."""
    if at := _at_place(text, orders):
        return [at]
    if latest := choices.choose_order(text, orders, None):
        return [latest]
    called = [
        (line, order)
        for order in orders
        for line in _lines_of(kind, order)
        if set(words) & choices.names_of(line, shelf.products.get(line.product_id))
    ]
    narrowed = choices.narrow(text, [line for line, _ in called], shelf.products)
    meant = {order.id: order for line, order in called if any(line is kept for kept in narrowed)}
    return list(meant.values()) if len(meant) == 1 else []


def _at_place(text: str, orders: Sequence[Order]) -> Order | None:
    """Return the order that goes to a place which a message names as such."""
    plain = spelled_out(text).casefold()
    found = []
    for order in orders:
        if order.address is None:
            continue
        city, region = order.address.city.casefold(), order.address.region
        places = [city, *(name for name in _region_names(plain, region))]
        pattern = "|".join(re.escape(place) for place in places if place)
        going = rf"\b(?:goes|go|going|went|sent|send|shipped|way|delivered)\b(?: \w+){{0,3}}? (?:to|in|for) (?:{pattern})\b"
        if pattern and re.search(rf"{going}|\b(?:{pattern}) (?:order|parcel)\b", plain):
            found.append(order)
    return found[0] if len(found) == 1 else None


def _region_names(plain: str, region: str) -> list[str]:
    """Return the names of a region by which a text may speak of it."""
    said = re.findall(r"[a-z]+", plain)
    pairs = [f"{first} {second}" for first, second in zip(said, said[1:], strict=False)]
    return [name for name in dict.fromkeys([*said, *pairs]) if state_code(name) == region != name]
