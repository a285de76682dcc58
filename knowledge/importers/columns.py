"""Which column of a table holds what, by its English or Chinese name, simplified or traditional."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from knowledge.chinese import simplified
from knowledge.errors import ImportFailed
from knowledge.importers.options import Options
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Language

_BY_LANGUAGE = frozenset(
    ("title", "description", "short_description", "department", "categories", "highlights")
)
_LANGUAGE_SUFFIX = re.compile(
    r"(.+?)[\s(（]*\b(en|eng|english|zh|cn|chinese|zh cn|zh hans|英文|中文|英语|汉语)[)）]?$"
)
_CHINESE_SUFFIXES = frozenset(("zh", "cn", "chinese", "zh cn", "zh hans", "中文", "汉语"))


@dataclass
class Columns:
    """The columns of one table: by field (best first), as attributes, and left out."""

    fields: dict[str, list[tuple[int, str, Language | None]]] = field(default_factory=dict)
    attributes: dict[str, None] = field(default_factory=dict)
    private: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def names(self, field_name: str, language: Language | None = None) -> list[str]:
        """Return the columns of a field, best first; with a language, those marked with it."""
        return [name for _, name, marked in self.fields.get(field_name, []) if marked == language]

    def first(self, field_name: str) -> str | None:
        """Return the best column of a field."""
        return next((name for _, name, _ in self.fields.get(field_name, [])), None)


def recognise(names: Iterable[str], options: Options) -> Columns:
    """Tell what each column holds; what is not recognised is taken as an attribute."""
    columns = Columns()
    names = list(names)
    _apply_mapping(columns, names, options)
    for name in names:
        learn(columns, name, options)
    return columns


def learn(columns: Columns, name: str, options: Options) -> None:
    """Take one more column into account."""
    if name in columns.known:
        return
    columns.known.add(name)
    if name in options.ignored or name.startswith("#"):
        return
    field_name, rank, language = _field_of(name)
    if field_name and field_name not in options.columns:
        columns.fields.setdefault(field_name, []).append((rank, name, language))
        columns.fields[field_name].sort(key=lambda entry: entry[0])
    elif field_name is None:
        is_private = vocabulary().private.search(normal(name)) and not name.startswith("attr_")
        if is_private:
            columns.private.append(name)
        else:
            columns.attributes[name] = None


def normal(name: str) -> str:
    """Return a column's name as it is compared: small letters, single spaces, simplified characters."""
    return re.sub(r"[\s_\-]+", " ", simplified(name).strip().casefold().lstrip("\ufeff"))


def _apply_mapping(columns: Columns, names: list[str], options: Options) -> None:
    for field_name, name in options.columns.items():
        base, _, marked = field_name.partition("_")
        is_marked = base in _BY_LANGUAGE and marked in ("en", "zh")
        target = base if is_marked else field_name
        if target not in vocabulary().fields:
            raise ImportFailed(
                f"--map {field_name}={name}: no such field. Fields: {', '.join(vocabulary().fields)}"
            )
        if name not in names:
            raise ImportFailed(f"--map {field_name}={name}: no such column. Columns: {', '.join(names[:40])}")
        language: Language | None = ("zh" if marked == "zh" else "en") if is_marked else None
        columns.fields.setdefault(target, []).append((-1, name, language))
        columns.known.add(name)


def _field_of(name: str) -> tuple[str | None, int, Language | None]:
    plain_name = normal(name)
    if plain_name in vocabulary().columns:
        return (*vocabulary().columns[plain_name], None)
    found = _LANGUAGE_SUFFIX.fullmatch(plain_name)
    if found and found[1].strip() in vocabulary().columns:
        field_name, rank = vocabulary().columns[found[1].strip()]
        if field_name in _BY_LANGUAGE:
            return field_name, rank, "zh" if found[2] in _CHINESE_SUFFIXES else "en"
    return None, 0, None
