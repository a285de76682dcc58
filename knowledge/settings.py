"""Settings of the whole program: one TOML file and `ECOMLM_...` environment variables.

Each package declares its own table as a frozen dataclass that extends the one below it
(`knowledge` <- `ecomlm` <- `bot`), so that one object holds all that a program needs and every
fault is reported at once. The environment wins over the file, the file over the defaults.
"""

from __future__ import annotations

import os
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from knowledge.errors import SettingsInvalid

PREFIX = "ECOMLM_"
SAMPLE_RULES = Path(__file__).parent / "sample" / "rules.yaml"
TABLES = ("knowledge", "ecomlm", "bot", "training")
SECRET_CHARACTERS = 32
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")

S = TypeVar("S", bound="KnowledgeSettings")


@dataclass(frozen=True, kw_only=True, repr=False)
class KnowledgeSettings:
    """Where the shop's records live.

    `home` holds everything that is not in the repository: database, models, snapshots, runs.
    `data` is the folder of public data sets that benchmarks and some tests read, if there is one.
    `rules_file` names the service desk's rules; when empty they are `home/rules.yaml`, or else the sample
    shop's. With `orders_url` orders live in the shop's own system there, which is asked with `orders_secret`
    and given `orders_timeout_seconds` for one answer.
    """

    table: ClassVar[str] = "knowledge"

    home: Path = Path("var")
    database_url: str = field(default="", metadata={"secret": True})
    data: Path = Path("../shared/data")
    currency: str = "USD"
    rules_file: str = ""
    orders_url: str = ""
    orders_secret: str = field(default="", metadata={"secret": True})
    orders_timeout_seconds: float = 4.0

    def check(self) -> Iterator[str]:
        """Yield a sentence for every value that is of the right type and yet unusable."""
        if len(self.currency) != 3 or not self.currency.isupper():
            yield f"currency = {self.currency!r} is not an ISO 4217 code such as 'EUR'"
        if self.orders_url and not self.orders_url.startswith(("https://", "http://")):
            yield f"orders_url = {self.orders_url!r} is not a web address such as 'https://shop.example/desk'"
        if self.orders_url and len(self.orders_secret) < SECRET_CHARACTERS:
            yield (
                f"orders_secret is shorter than {SECRET_CHARACTERS} characters; the order system at "
                "orders_url must know by it who asks"
            )
        if not 0 < self.orders_timeout_seconds <= 60:
            yield f"orders_timeout_seconds = {self.orders_timeout_seconds} is not above 0 and at most 60"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: `database_url`, or a SQLite file in `home`."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'shop.db'}"

    @property
    def rules(self) -> Path:
        """The file of the service desk's rules."""
        own = Path(self.rules_file) if self.rules_file else self.home / "rules.yaml"
        return own if self.rules_file or own.exists() else SAMPLE_RULES

    def __repr__(self) -> str:
        values = {item: getattr(self, item.name) for item in fields(self)}
        shown = (
            f"{item.name}={'***' if value and item.metadata.get('secret') else repr(value)}"
            for item, value in values.items()
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def load(cls: type[S], file: Path | None = None, environ: Mapping[str, str] | None = None) -> S:
    """Read settings of type `cls` from `file` and the environment.

    The default file is the one that `ECOMLM_CONFIG` names, or `ecomlm.toml` where there is one.

    Raises:
        SettingsInvalid: with every unknown key, wrong type and unusable value at once.
    """
    environ = os.environ if environ is None else environ
    faults: list[str] = []
    values: dict[str, Any] = {}
    owners = {item.name: _owner(cls, item.name) for item in fields(cls)}
    hints = typing.get_type_hints(cls)
    for table, name, raw in _file_values(file, environ, faults):
        if table not in {owner.table for owner in owners.values()}:
            continue  # another package's table: that package checks it
        if owners.get(name) is None or owners[name].table != table:
            faults.append(f"unknown key [{table}] {name}. {_known(owners, table)}")
        else:
            _set(values, faults, name, hints[name], raw, f"[{table}] {name}")
    for item in fields(cls):
        if (variable := PREFIX + item.name.upper()) in environ:
            _set(values, faults, item.name, hints[item.name], environ[variable], variable)
    if not faults:
        settings = cls(**values)
        faults.extend(settings.check())
        if not faults:
            return settings
    raise SettingsInvalid(faults)


def _owner(cls: type[KnowledgeSettings], name: str) -> type[KnowledgeSettings]:
    return next(base for base in reversed(cls.__mro__) if name in getattr(base, "__annotations__", {}))


def _known(owners: Mapping[str, type[KnowledgeSettings]], table: str) -> str:
    names = sorted(name for name, owner in owners.items() if owner.table == table)
    return f"Known keys of [{table}]: {', '.join(names)}"


def _file_values(
    file: Path | None, environ: Mapping[str, str], faults: list[str]
) -> Iterator[tuple[str, str, Any]]:
    named = file or (Path(environ[PREFIX + "CONFIG"]) if PREFIX + "CONFIG" in environ else None)
    path = named or Path("ecomlm.toml")
    if not path.exists():
        if named:
            faults.append(f"the settings file {str(path)!r} does not exist")
        return
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path} is not valid TOML: {error}")
        return
    for table, content in tables.items():
        if table not in TABLES or not isinstance(content, dict):
            faults.append(f"unknown table [{table}] in {path}. Known tables: {', '.join(TABLES)}")
            continue
        for name, raw in content.items():
            yield table, name, raw


def _set(values: dict[str, Any], faults: list[str], name: str, hint: Any, raw: Any, place: str) -> None:
    try:
        values[name] = _convert(hint, raw)
    except (TypeError, ValueError):
        faults.append(f"{place} = {raw!r} is not {_describe(hint)}")


def _convert(hint: Any, raw: Any) -> Any:
    if isinstance(hint, types.UnionType):
        if raw in ("", None):
            return None
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    origin = typing.get_origin(hint)
    if origin is tuple:
        parts = [part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw
        return tuple(str(part) for part in parts)
    if origin is typing.Literal:
        if raw not in typing.get_args(hint):
            raise ValueError(raw)
        return raw
    if hint is bool:
        if isinstance(raw, bool):
            return raw
        if str(raw).lower() in _TRUE + _FALSE:
            return str(raw).lower() in _TRUE
        raise ValueError(raw)
    if hint is int and (isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer())):
        raise ValueError(raw)
    if hint in (str, Path) and not isinstance(raw, str):
        raise TypeError(raw)
    return hint(raw)


def _describe(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return "one of " + ", ".join(map(repr, typing.get_args(hint)))
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Path: "a path"}
    return names.get(hint, "a list of texts" if typing.get_origin(hint) is tuple else str(hint))
