"""A PostgreSQL server of our own for tests: started once, on a socket in a temporary folder, then stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg

_PORT = "5432"  # only names the socket; no network port is opened


def find_binaries() -> Path | None:
    """Return the folder with initdb and pg_ctl, if PostgreSQL is on this machine."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(
        Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name)
    )


@contextmanager
def running_server(binaries: Path) -> Iterator[Path]:
    """Run a server and yield the folder of its socket."""
    # PostgreSQL refuses to run as root, and pytest's folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="ecomlm-postgresql-"))
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    if user != os.geteuid():
        shutil.chown(folder, user)
    data = folder / "data"

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [binaries / program, *arguments],
            check=True,
            user=user if os.geteuid() == 0 else None,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )

    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c port={_PORT}"
    try:
        call(
            "initdb",
            "-D",
            str(data),
            "-U",
            "shop",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        call("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield folder
        finally:
            call("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


async def new_database(server: Path) -> str:
    """Create an empty database and return its address."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(user="shop", database="postgres", host=str(server))
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"postgresql://shop@/{name}?host={server}"
