"""A real Rasa beside our action server, both as processes on loopback; and how to talk to them.

Knows nothing of what is said.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import yaml

import bot
from tests.crash.processes import free_port, stop
from tests.rasa.environment import ROOT, folder

PROJECT = Path(bot.__file__).parent / "rasa"
START_SECONDS = 300.0
_TURN_SECONDS = 120.0
_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}  # fmt: skip


class ServerFailed(Exception):
    """A server did not start; the message holds the end of its log."""


@dataclass(frozen=True)
class Rasa:
    """A Rasa server that runs, and the action server behind it."""

    address: str
    actions: str

    def say(self, sender: str, text: str, page: str | None = None) -> list[dict[str, Any]]:
        """Send a message through Rasa's REST channel; return its messages."""
        body: dict[str, Any] = {"sender": sender, "message": text}
        if page:
            body["metadata"] = {"page": {"product": page}}
        status, answer = post(f"{self.address}/webhooks/rest/webhook", body)
        assert status == 200, answer
        return list(answer)

    def tracker(self, sender: str) -> dict[str, Any]:
        """Return what Rasa keeps of a conversation."""
        with urlopen(f"{self.address}/conversations/{sender}/tracker", timeout=_TURN_SECONDS) as answer:
            return dict(json.load(answer))


def post(address: str, body: object) -> tuple[int, Any]:
    """POST JSON; return the status and the decoded answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(address, content, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=_TURN_SECONDS) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        told = error.read().decode("utf-8", errors="replace")
        return error.code, told


def train(python: Path, scratch: Path) -> Path:
    """Train Rasa on the project's files; a model of the same files is kept beside Rasa and used again."""
    files = sorted(
        file for file in PROJECT.rglob("*.yml") if file.name not in ("endpoints.yml", "credentials.yml")
    )
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    model = folder() / "models" / f"{digest}.tar.gz"
    if model.exists():
        return model
    parts = {"--domain": "domain.yml", "--config": "config.yml", "--data": "data"}
    command = [str(python), "-m", "rasa", "train", "--out", str(model.parent), "--fixed-model-name", digest]
    command += ["--skip-validation"]  # tests/bot/test_rasa_files.py holds the files against the code
    command += [text for option, name in parts.items() for text in (option, str(PROJECT / name))]
    log = scratch / "train.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=scratch, env=_environment(), stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode or not model.exists():
        raise ServerFailed(f"rasa train ended with {done.returncode}: {_tail(log)}")
    return model


@contextmanager
def running(python: Path, home: Path, scratch: Path) -> Iterator[Rasa]:
    """Train, then run Rasa and our action server over a home until the end of the block."""
    model = train(python, scratch)
    with action_server(home, scratch) as actions:
        port = free_port()
        endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text(encoding="utf-8"))
        endpoints["action_endpoint"]["url"] = f"{actions}/webhook"
        own = scratch / "endpoints.yml"
        own.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
        command = [
            str(python), "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port),
            "--model", str(model), "--endpoints", str(own), "--credentials", str(PROJECT / "credentials.yml"),
        ]  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        with _process(command, scratch, scratch / "rasa.log", f"{address}/status", _environment()):
            yield Rasa(address, actions)


@contextmanager
def action_server(home: Path, scratch: Path) -> Iterator[str]:
    """Run our action server over a home; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "bot", "actions", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with _process(command, ROOT, scratch / "actions.log", f"{address}/health", _environment(home)):
        yield address


@contextmanager
def stock_action_server(home: Path, scratch: Path) -> Iterator[str]:
    """Run rasa_sdk's own server with our actions over a home; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "bot.actions", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    environment = _environment(home) | {"SANIC_HOST": "127.0.0.1"}
    with _process(command, ROOT, scratch / "rasa_sdk.log", f"{address}/health", environment):
        yield address


@contextmanager
def own_server(home: Path, scratch: Path) -> Iterator[str]:
    """Run our own server over a home; yield its address."""
    port = free_port()
    limits = {f"ECOMLM_{name}_MESSAGES_PER_MINUTE": "100000" for name in ("VISITOR", "ADDRESS")}
    environment = _environment(home) | limits | {"ECOMLM_PORT": str(port)}
    command = [sys.executable, "-m", "bot", "serve"]
    address = f"http://127.0.0.1:{port}"
    with _process(command, ROOT, scratch / "serve.log", f"{address}/readyz", environment):
        yield address


def _environment(home: Path | None = None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ECOMLM_")}
    return inherited | _QUIET | ({"ECOMLM_HOME": str(home)} if home else {})


@contextmanager
def _process(
    command: list[str], folder: Path, log: Path, ready: str, environment: Mapping[str, str]
) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait(process, ready, log)
        yield
    finally:
        stop(process)


def _wait(process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with urlopen(ready, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise ServerFailed(f"{ready} did not answer within {START_SECONDS:.0f} s: {_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]
