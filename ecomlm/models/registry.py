"""Which adapter is live, which wait, which have been: one small file, switched at once.

`settings.adapter` names a line of adapters ("shop"). As long as nothing was promoted, the adapter of that
name is live; from then on the registry tells. A server may read `live` at any time, because the file is
replaced, never rewritten. Knows nothing of gates or training.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from ecomlm.models.base import write_json
from ecomlm.settings import Settings
from knowledge.errors import EcomlmError

REGISTRY_FILE = "registry.json"
State = Literal["live", "candidate", "retired"]


class RegistryRefused(EcomlmError):
    """The registry is damaged, or does not allow what was asked."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an adapter, and when (UTC, ISO 8601)."""

    when: str
    what: Literal["candidate", "promoted", "rolled back"]
    adapter: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What the file holds; `previous` are the adapters that were live before, the last one last."""

    line: str
    live: str
    previous: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    events: tuple[Event, ...] = field(default=())


class Registry:
    """The registry of the line that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._line = settings.adapter
        self._folder = settings.home / "models" / "adapters"

    @property
    def live(self) -> str:
        """The name of the adapter to answer with; empty where the settings name none."""
        return self.read().live

    def states(self) -> dict[str, State]:
        """Return every adapter's state, the live one first, then candidates, the newest first."""
        now = self.read()
        found: dict[str, State] = {now.live: "live"} if now.live else {}
        found |= {name: "candidate" for name in reversed(now.candidates)}
        rest = [event.adapter for event in reversed(now.events)] + list(reversed(now.previous))
        return found | {name: "retired" for name in rest if name not in found}

    def read(self) -> Contents:
        """Return what is registered.

        Raises:
            RegistryRefused: if the file is damaged.
        """
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            found = Contents(
                told["line"],
                told["live"],
                tuple(told["previous"]),
                tuple(told["candidates"]),
                tuple(Event(**event) for event in told["events"]),
            )
        except FileNotFoundError:
            return Contents(self._line, self._line)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RegistryRefused(
                f"the registry {self._path} is damaged ({error!r}). Restore it, or delete it to answer with "
                f"{self._line!r} again"
            ) from error
        return found if found.line == self._line else Contents(self._line, self._line)

    def add(self, name: str) -> None:
        """Register a candidate; one of that name that was there before is replaced."""
        with self._changing() as now:
            if name == now.live:
                raise RegistryRefused(f"the adapter {name!r} is live and cannot be a candidate")
            others = tuple(other for other in now.candidates if other != name)
            self._write(replace(now, candidates=(*others, name)), "candidate", name)

    def promote(self, name: str) -> str:
        """Make an adapter live and return the one that was."""
        with self._changing() as now:
            if name == now.live:
                raise RegistryRefused(f"the adapter {name!r} is live already")
            others = tuple(other for other in now.candidates if other != name)
            changed = replace(now, live=name, previous=(*now.previous, now.live), candidates=others)
            self._write(changed, "promoted", name)
            return now.live

    def before(self) -> str:
        """Return the adapter that a rollback makes live.

        Raises:
            RegistryRefused: if there is none.
        """
        now = self.read()
        if not now.previous:
            raise RegistryRefused(f"nothing was promoted before {now.live!r}: there is nothing to go back to")
        return now.previous[-1]

    def rollback(self) -> tuple[str, str]:
        """Make the adapter live that was before; return that which was live, and that which is now."""
        with self._changing() as now:
            changed = replace(now, live=self.before(), previous=now.previous[:-1])
            self._write(changed, "rolled back", now.live)
            return now.live, changed.live

    @contextmanager
    def _changing(self) -> Iterator[Contents]:
        """One change at a time, over all processes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{REGISTRY_FILE}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.read()

    def _write(
        self, contents: Contents, what: Literal["candidate", "promoted", "rolled back"], name: str
    ) -> None:
        event = Event(datetime.now(UTC).isoformat(timespec="seconds"), what, name)
        write_json(self._path, asdict(replace(contents, events=(*contents.events, event))))

    @property
    def _path(self) -> Path:
        return self._folder / REGISTRY_FILE
