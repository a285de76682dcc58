"""Imports from the console: a file comes in, is checked, and is then written by a program of its own.

Each import is a folder below `home/imports`: what was asked (`job.json`), the file, and for each run what the
program `python -m knowledge import` told: progress, report, bad rows, log. A lock that the running program
holds makes it one at a time, tells whether it lives, and outlasts this server. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from knowledge.errors import EcomlmError, RecordNotFound
from knowledge.importers.options import OnError, PriceUnit
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Language
from knowledge.settings import KnowledgeSettings

KEPT = 20
LONGEST_NAME = 100
_ID = re.compile(r"[0-9a-f]{16}")
_LOG_BYTES = 4000
_LOCK_TRIES = 10
_LOCK_SECONDS = 0.02

Run = Literal["", "check", "write"]
State = Literal["received", "checking", "checked", "refused", "writing", "done", "failed"]
RUNNING: tuple[State, ...] = ("checking", "writing")


class ImportInvalid(EcomlmError):
    """An upload or a request that cannot be; `reason` is a wording's name under `imports.`."""

    def __init__(self, reason: str, /, **values: object) -> None:
        self.reason, self.values = reason, values
        super().__init__(f"{reason} {values or ''}".strip())


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is to be read; empty where it tells itself."""

    currency: str = ""
    price_unit: PriceUnit = "auto"
    language: Language | Literal[""] = ""
    on_error: OnError = "stop"

    @classmethod
    def read(cls, given: dict[str, str]) -> Reading:
        """Read it from a form.

        Raises:
            ImportInvalid: for a currency that is none.
        """
        currency = given.get("currency", "").strip().upper()
        if currency and currency not in vocabulary().currencies:
            raise ImportInvalid("bad_currency", value=currency[:10])
        found: dict[str, Any] = {"currency": currency}
        for name, kind in (("price_unit", PriceUnit), ("language", Language), ("on_error", OnError)):
            if given.get(name) in get_args(kind):
                found[name] = given[name]
        return cls(**found)

    def arguments(self) -> list[str]:
        """Return it as the program takes it."""
        said = [f"--price-unit={self.price_unit}", f"--on-error={self.on_error}"]
        said += [f"--currency={self.currency}"] if self.currency else []
        return said + ([f"--language={self.language}"] if self.language else [])


@dataclass(frozen=True, slots=True)
class Job:
    """One import as it was asked for; `run` is the last run that was begun."""

    id: str
    name: str
    size: int
    who: str
    created: str
    reading: Reading = Reading()
    run: Run = ""

    @property
    def at(self) -> datetime:
        """When the file came in."""
        return datetime.fromisoformat(self.created)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an import is. `report` is the importers' own account, `fault` what a failed run said."""

    job: Job
    state: State
    progress: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] | None = None
    fault: str = ""


class Imports:
    """The imports of one shop."""

    def __init__(self, settings: KnowledgeSettings, limit_bytes: int) -> None:
        self._settings, self.limit_bytes = settings, limit_bytes
        self._folder = settings.home.absolute() / "imports"

    async def receive(self, name: str, chunks: AsyncIterator[bytes], *, who: str) -> Job:
        """Take a file in.

        Raises:
            ImportInvalid: when it is empty or too large; nothing of it stays.
        """
        id = secrets.token_hex(8)
        folder = self._folder / id / "file"
        folder.mkdir(parents=True)
        path, size = folder / safe_name(name), 0
        try:
            with path.open("xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self.limit_bytes:
                        raise ImportInvalid("too_large", limit=self.limit_bytes // 1_000_000)
                    await asyncio.to_thread(file.write, chunk)
            if not size:
                raise ImportInvalid("empty_file")
        except BaseException:  # also when the browser goes away: no part of a file stays
            shutil.rmtree(folder.parent, ignore_errors=True)
            raise
        job = Job(id, path.name, size, who, datetime.now(UTC).isoformat())
        self._write(job)
        self._forget_old()
        return job

    def start(self, id: str, run: Literal["check", "write"], reading: Reading | None = None) -> Job:
        """Begin to check or to write; a file is written as it was checked.

        Raises:
            ImportInvalid: while another import runs, and for a file that was not checked, or not well.
        """
        standing = self.standing(id)
        if standing.state in RUNNING:
            raise ImportInvalid("busy")
        if run == "write" and standing.state != "checked":
            raise ImportInvalid("not_checked")
        if standing.state == "done":
            raise ImportInvalid("done_already")
        job = replace(standing.job, reading=reading or standing.job.reading, run=run)
        lock = self._locked(id)
        try:
            for kind in ("progress", "report", "log"):
                self._told(id, run, kind).unlink(missing_ok=True)
            self._write(job)
            process = self._spawn(job, lock)
        finally:
            os.close(lock)
        # A running program outlasts the server; while that lives, somebody must hear of its end.
        threading.Thread(target=process.wait, name=f"import {id}", daemon=True).start()
        return job

    def standing(self, id: str) -> Standing:
        """Return how far an import is.

        Raises:
            RecordNotFound: where there is none of that id.
        """
        job = self._read(id)
        if not job.run:
            return Standing(job, "received")
        running: State = "checking" if job.run == "check" else "writing"
        is_running = self._running() == id  # asked first: the report comes before the end
        if is_running:
            return Standing(job, running, self._json(self._told(id, job.run, "progress")) or {})
        report = self._json(self._told(id, job.run, "report"))
        if report is None:
            return Standing(job, "failed", fault=self._fault(job))
        if report.get("is_refused"):
            return Standing(job, "refused", report=report)
        if job.run == "write":
            shutil.rmtree(self._folder / id / "file", ignore_errors=True)
        return Standing(job, "checked" if job.run == "check" else "done", report=report)

    def recent(self) -> list[Standing]:
        """Return the last imports, the newest first."""
        jobs = sorted(self._jobs(), key=lambda job: job.created, reverse=True)
        return [self.standing(job.id) for job in jobs[:KEPT]]

    def bad_rows(self, id: str) -> Path:
        """Return the file of the rows that cannot be used.

        Raises:
            RecordNotFound: where there is none.
        """
        job = self._read(id)
        path = self._folder / id / f"{job.run}.bad-rows.csv"
        if not path.is_file():
            raise RecordNotFound("import", id)
        return path

    def _spawn(self, job: Job, lock: int) -> subprocess.Popen[bytes]:
        settings, folder = self._settings, self._folder / job.id
        gently = [nice, "-n", "10"] if (nice := shutil.which("nice")) else []
        command = [
            *gently, sys.executable, "-m", "knowledge", "import", str(folder / "file" / job.name),
            "--who", job.who, *(["--dry-run"] if job.run == "check" else []), *job.reading.arguments(),
            "--report", str(self._told(job.id, job.run, "report")),
            "--progress", str(self._told(job.id, job.run, "progress")),
            "--bad-rows", str(folder / f"{job.run}.bad-rows.csv"),
        ]  # fmt: skip
        environment = {**os.environ, "ECOMLM_HOME": str(settings.home.absolute())}
        environment |= {"ECOMLM_CURRENCY": settings.currency, "PYTHONUTF8": "1"}
        if settings.database_url:
            environment["ECOMLM_DATABASE_URL"] = settings.database_url
        with self._told(job.id, job.run, "log").open("wb") as log:
            return subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[lock],
                start_new_session=True,
            )  # fmt: skip

    def _locked(self, id: str) -> int:
        """Return the lock, taken; it is held until the program that inherits it ends."""
        lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_LOCK_SECONDS)  # somebody may only be looking whether it is free
                continue
            os.ftruncate(lock, 0)
            os.pwrite(lock, id.encode(), 0)
            return lock
        os.close(lock)
        raise ImportInvalid("busy")

    def _running(self) -> str | None:
        """Return which import runs."""
        try:
            with (self._folder / ".lock").open("rb") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return lock.read(64).decode("ascii", "replace")
        except FileNotFoundError:
            pass
        return None

    def _fault(self, job: Job) -> str:
        """Return what a run said before it ended without a report; empty where it was broken off."""
        try:
            said = self._told(job.id, job.run, "log").read_bytes()[-_LOG_BYTES:].decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        _, mark, fault = said.rpartition("error: ")
        return fault.strip() if mark else ""

    def _told(self, id: str, run: Run, kind: str) -> Path:
        return self._folder / id / f"{run}.{kind}"

    def _read(self, id: str) -> Job:
        found = self._json(self._folder / id / "job.json") if _ID.fullmatch(id) else None
        if found is None:
            raise RecordNotFound("import", id)
        return Job(**{**found, "reading": Reading(**found["reading"])})

    def _write(self, job: Job) -> None:
        path = self._folder / job.id / "job.json"
        aside = path.with_suffix(f".{secrets.token_hex(4)}")
        aside.write_text(json.dumps(asdict(job), ensure_ascii=False), encoding="utf-8")
        aside.replace(path)

    @staticmethod
    def _json(path: Path) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return found

    def _jobs(self) -> list[Job]:
        found = []
        for path in self._folder.glob("*/job.json"):
            try:
                found.append(self._read(path.parent.name))
            except RecordNotFound:
                continue
        return found

    def _forget_old(self) -> None:
        jobs = sorted(self._jobs(), key=lambda job: job.created, reverse=True)
        running = self._running()
        for job in jobs[KEPT:]:
            if job.id != running:
                shutil.rmtree(self._folder / job.id, ignore_errors=True)


def safe_name(name: str) -> str:
    """Return a file's name without any way to another folder: its last part, readable and of bounded length.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\\\shop\\\\products.csv"), safe_name("..")
    ('passwd', 'products.csv', 'upload')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(character for character in last if character.isprintable()).strip(" .")
    while len(plain.encode("utf-8", "replace")) > 2 * LONGEST_NAME or len(plain) > LONGEST_NAME:
        plain = plain[1:]  # the end tells the kind of file
    return plain.encode("utf-8", "ignore").decode().lstrip("-. ") or "upload"
