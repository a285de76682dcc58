"""Records as JSON text and back, exactly.

The text is canonical: equal records give equal text, so a difference in text is a difference in the
record. A number is kept as `{"number": "2.50"}` and money as decimal text, never as a float. Fields
that hold their default are left out. Knows nothing of files or databases.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from knowledge import records
from knowledge.errors import RecordInvalid
from knowledge.records import Article, Customer, Order, Product, Record, RecordKind, Review

KINDS: dict[RecordKind, Any] = {
    "product": Product,
    "review": Review,
    "article": Article,
    "order": Order,
    "customer": Customer,
}
_KIND_OF = {cls: kind for kind, cls in KINDS.items()}
_Convert = Callable[[Any], Any]
Part = TypeVar("Part")
_UNIONS = (types.UnionType, typing.Union)


def kind_of(record: Record) -> RecordKind:
    """Return what kind of record this is."""
    return _KIND_OF[type(record)]


def encode(record: Record) -> str:
    """Return the record as canonical JSON text."""
    return json.dumps(to_json(record), ensure_ascii=False, separators=(",", ":"))


def decode(kind: RecordKind, text: str) -> Record:
    """Return the record that `encode` wrote."""
    return from_json(kind, json.loads(text))


def to_json(record: Record) -> dict[str, Any]:
    """Return the record as plain JSON values."""
    encoded: dict[str, Any] = _encoder(KINDS[kind_of(record)])(record)
    return encoded


def from_json(kind: RecordKind, value: object) -> Record:
    """Return the record that the plain JSON values describe.

    Raises:
        RecordInvalid: when a field is unknown, is missing or has the wrong type.
    """
    record: Record = _read(KINDS[kind], value, f"{kind} record")
    return record


def part_to_json(part: Any) -> Any:
    """Return a part of a record (an amount, an address, the lines of a case) as plain JSON values."""
    if isinstance(part, tuple):
        return [part_to_json(item) for item in part]
    hint: Any = type(part)
    return _encoder(hint)(part)


def part_from_json(cls: type[Part], value: object) -> Part:
    """Return the part of a record that the plain JSON values describe.

    Raises:
        RecordInvalid: when a field is unknown, is missing or has the wrong type.
    """
    part: Part = _read(cls, value, cls.__name__)
    return part


def _read(hint: Any, value: object, name: str) -> Any:
    try:
        return _decoder(hint)(value)
    except RecordInvalid:
        raise
    except (TypeError, KeyError, ValueError, AttributeError, InvalidOperation, OverflowError) as exc:
        raise RecordInvalid(f"this is not a {name}: {exc}") from exc


@functools.cache
def _encoder(hint: Any) -> _Convert:
    if dataclasses.is_dataclass(hint):
        return _encode_dataclass(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS and type(None) in arguments:
        inner = _encoder(_without_none(arguments))
        return lambda value: None if value is None else inner(value)
    if hint == records.AttributeValue:
        return _encode_attribute_value
    if origin is tuple:
        inner = _encoder(arguments[0])
        return lambda values: [inner(value) for value in values]
    if hint is Decimal:
        return str
    if hint is datetime:
        return lambda value: value.astimezone(UTC).isoformat()
    if hint is date:
        return lambda value: value.isoformat()
    return _same


def _encode_dataclass(cls: Any) -> _Convert:
    hints = typing.get_type_hints(cls)
    steps = [(item.name, _default(item), _encoder(hints[item.name])) for item in dataclasses.fields(cls)]

    def encode_fields(value: Any) -> dict[str, Any]:
        encoded = {}
        for name, default, convert in steps:
            content = getattr(value, name)
            if content is not default and content != default:
                encoded[name] = convert(content)
        return encoded

    return encode_fields


def _encode_attribute_value(value: records.AttributeValue) -> Any:
    if isinstance(value, Decimal):
        return {"number": str(value)}
    return list(value) if isinstance(value, tuple) else value


@functools.cache
def _decoder(hint: Any) -> _Convert:
    if dataclasses.is_dataclass(hint):
        return _decode_dataclass(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS and type(None) in arguments:
        inner = _decoder(_without_none(arguments))
        return lambda value: None if value is None else inner(value)
    if hint == records.AttributeValue:
        return _decode_attribute_value
    if origin is tuple:
        inner = _decoder(arguments[0])
        return lambda values: tuple([inner(value) for value in _list(values)])
    if hint is datetime:
        return _moment
    if hint is date:
        return date.fromisoformat
    if hint is Decimal:
        return _decimal
    return _checked(hint)


def _decode_dataclass(cls: Any) -> _Convert:
    hints = typing.get_type_hints(cls)
    converters = {item.name: _decoder(hints[item.name]) for item in dataclasses.fields(cls)}

    def decode_fields(value: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} is not an object with the fields of {cls.__name__}")
        return cls(**{name: converters[name](content) for name, content in value.items()})

    return decode_fields


def _moment(value: Any) -> datetime:
    """Return a time in UTC; one without a zone is taken as UTC."""
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _decimal(value: Any) -> Decimal:
    """Return a number exactly; a float has lost its digits already."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(f'{value!r} is not an exact number; write it as text, such as "2.50"')
    return Decimal(value)


def _decode_attribute_value(value: Any) -> records.AttributeValue:
    if isinstance(value, dict):
        return _decimal(value["number"])
    if isinstance(value, list):
        return tuple(map(str, value))
    if isinstance(value, str | bool):
        return value
    raise TypeError(f'{value!r} is not an attribute value; write a number as {{"number": "2.5"}}')


def _checked(hint: Any) -> _Convert:
    """A plain value of exactly that type: JSON that someone edited by hand must not slip through."""
    choices = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()
    plain = str if choices else getattr(hint, "__supertype__", hint)

    def check(value: Any) -> Any:
        if type(value) is not plain:
            raise TypeError(f"{value!r} is not {plain.__name__}")
        if choices and value not in choices:
            raise TypeError(f"{value!r} is not one of {', '.join(choices)}")
        return value

    return check


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _same(value: Any) -> Any:
    return value


def _without_none(arguments: tuple[Any, ...]) -> Any:
    return functools.reduce(lambda a, b: a | b, [part for part in arguments if part is not type(None)])


def _default(item: dataclasses.Field[Any]) -> Any:
    return item.default if item.default_factory is dataclasses.MISSING else item.default_factory()
