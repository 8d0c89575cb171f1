"""A run's PostgreSQL by its superuser: the one that runs, or one started for this alone."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from deploy.local import credentials
from deploy.local.folder import RunFolder
from deploy.local.plan import postgres_part
from deploy.local.postgres import Server, binaries

PATIENCE_S: Final = 120.0


class Failed(Exception):
    """A program of PostgreSQL did not do what was asked; its own words."""


def server_of(folder: RunFolder) -> Server:
    return Server(folder.data.resolve() / "postgres", credentials.password(folder, "postgres"))


@contextmanager
def started(folder: RunFolder) -> Iterator[Server]:
    """The server of a run that stands still, running until the block ends. Raises Failed."""
    server = server_of(folder)
    part = postgres_part(folder, server)
    deadline = time.monotonic() + PATIENCE_S
    try:
        while not part.ready:
            part.look(startable=True)
            if time.monotonic() > deadline:
                raise Failed(f"PostgreSQL ne répond pas ; son journal : {part.log}")
            time.sleep(0.05)
        yield server
    finally:
        part.ask_to_stop()
        part.wait_stopped()


def run(program: str, dsn: str, *words: str) -> None:
    """`pg_dump` or `pg_restore` on a database; its password goes by the environment, where other accounts do not see it. Raises Failed."""
    address, environment = _without_password(dsn)
    command = [str(binaries() / program), *words, "--dbname", address]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{program} : {done.stderr.strip()[-2000:]}")


def _without_password(dsn: str) -> tuple[str, Mapping[str, str]]:
    where = urlsplit(dsn)
    user, _, host = where.netloc.rpartition("@")
    name = user.partition(":")[0]
    return urlunsplit((where.scheme, f"{name}@{host}", where.path, where.query, "")), {"PGPASSWORD": where.password or ""}


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    return sum(file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
