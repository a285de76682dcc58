"""Real processes of this program, and how they die: `kill -9`, at a moment that a seed decides.

Knows nothing of what the processes do.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUIET = {
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "PYTHONUNBUFFERED": "1",
}


def start(
    home: Path, *arguments: str, log: Path, settings: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `python -m ...` on a home of its own; what it prints goes to `log`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ECOMLM_")}
    environment = inherited | QUIET | {"ECOMLM_HOME": str(home)} | dict(settings or {})
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def free_port() -> int:
    """Return a port of loopback that nothing listens on.

    It lies below the range from which systems give ports to connections: one of that range can be taken by
    the very server that is starting, for its own engine, before it listens.
    """
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def run(home: Path, *arguments: str, log: Path, limit_seconds: float = 120.0) -> float:
    """Run a command to its end and return how many seconds it took; a failure shows what it printed."""
    started = time.perf_counter()
    process = start(home, *arguments, log=log)
    try:
        status = process.wait(limit_seconds)
    finally:
        kill(process)
    assert status == 0, f"python -m {' '.join(arguments)} ended with {status}:\n{tail(log)}"
    return time.perf_counter() - started


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server as its operator would; kill one that has not ended after half a minute."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kill with signal 9 and wait until it is gone; tell whether it was still running."""
    was_running = process.poll() is None
    if was_running:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    return was_running


def tail(log: Path, characters: int = 3000) -> str:
    """Return the end of a log."""
    return log.read_text(encoding="utf-8", errors="replace")[-characters:] if log.exists() else ""
