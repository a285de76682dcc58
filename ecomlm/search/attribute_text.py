"""Turns attribute records of marketplace feeds into words.

`item_weight:  { unit:pounds, normalized_value:{ unit:pounds, value:3.5 }, value:3.5 }` is how some
feeds and public data sets carry a fact; people, rankers and language models read "item weight: 3.5
pounds". Knows nothing of records or of what the words are used for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"(?:.*?)"(?=\s*(?:[}\],;]|$))|[{}\[\],:;]|[^{}\[\],:;"]+|"')
_HEAD = re.compile(r"^\s*([A-Za-z][A-Za-z0-9_]*):\s*(\{.*)$", re.DOTALL)
_YES_NO = {"true": "yes", "false": "no"}
_UNSAID = {"", "unknown", "unknown_modifier", "null"}
_Node = str | list["_Node"] | dict[str, "_Node"]


def readable(text: str) -> str:
    """Return the attribute in words; text that is not such a record is returned as it is."""
    match = _HEAD.match(text)
    if not match:
        return text
    tokens = list(_tokens(match[2]))
    values: list[str] = []
    try:
        while tokens:
            if tokens[0] in (";", ","):
                tokens.pop(0)
                continue
            values.append(_words(_parse(tokens)))
    except (IndexError, RecursionError):
        pass  # a record that was cut short: what was read so far still holds
    said = [value for value in values if value]
    name = match[1].replace("_", " ").replace("num ", "number of ")
    return f"{name}: {', '.join(said) if said else 'not stated'}"


def _tokens(text: str) -> Iterator[str]:
    return (token for raw in _TOKEN.findall(text) if (token := raw.strip()))


def _parse(tokens: list[str]) -> _Node:
    token = tokens.pop(0)
    if token == "{":
        return _parse_fields(tokens)
    if token == "[":
        items: list[_Node] = []
        while tokens and tokens[0] != "]":
            if tokens[0] == ",":
                tokens.pop(0)
            else:
                items.append(_parse(tokens))
        if tokens:
            tokens.pop(0)
        return items
    while tokens and tokens[0] == ":" and len(tokens) > 1 and tokens[1] not in "{}[],:;":
        token += tokens.pop(0) + tokens.pop(0)  # a value with a colon in it, such as a time
    return token.removeprefix('"').removesuffix('"').strip()


def _parse_fields(tokens: list[str]) -> _Node:
    fields: dict[str, _Node] = {}
    while tokens and tokens[0] != "}":
        if tokens[0] in (",", ":", ";"):
            tokens.pop(0)
            continue
        name = tokens.pop(0)
        if tokens and tokens[0] == ":":
            tokens.pop(0)
            if tokens and tokens[0] not in ("}", ","):
                fields[name] = _parse(tokens)
    if tokens:
        tokens.pop(0)
    return fields


def _words(node: _Node) -> str:
    if isinstance(node, str):
        return _plain(node)
    if isinstance(node, list):
        return ", ".join(words for item in node if (words := _words(item)))
    unit = node.get("unit", node.get("serving_unit", ""))
    amount = next((node[key] for key in ("value", "total", "content", "size") if key in node), None)
    if isinstance(amount, str) and isinstance(unit, str) and unit:
        return _amount(amount, unit, node)
    if set(node) == {"quantity", "type"}:
        quantity = _words(node["quantity"])
        return "" if quantity == "0" else f"{quantity} {_words(node['type'])}".strip()
    if set(node) <= {"value", "standardized_values", "type"} and "value" in node:
        kind = _words(node["type"]) if "type" in node else ""
        return f"{_words(node['value'])} {kind}".strip()
    return ", ".join(
        f"{name.replace('_', ' ')} {words}".removeprefix("value ")
        for name, value in node.items()
        if name != "normalized_value" and (words := _words(value))
    )


def _amount(amount: str, unit: str, node: dict[str, _Node]) -> str:
    said = f"{_plain(amount)} {_plain(unit)}"
    other = node.get("normalized_value")
    if isinstance(other, dict) and other.get("unit") != unit:
        said += f" ({_words(other)})"
    return said


def _plain(word: str) -> str:
    if word in _UNSAID:
        return ""
    word = _YES_NO.get(word, word)
    if re.fullmatch(r"\d+\.0*", word):
        return word.split(".")[0]
    return word.replace("_", " ") if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", word) else word
