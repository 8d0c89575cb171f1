"""The folder of a run: everything that a local run knows lies under it, and nothing else does."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.local.accounts import postgres_account

ROOT: Final = Path(__file__).resolve().parents[2]
LONGEST_DATA_PATH: Final = 80
"""Bytes. A unix socket's path may have 107, and PostgreSQL's own names need the rest."""


class NotOurs(Exception):
    """A folder of this name is there and belongs to somebody else."""


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run; `make` creates them with the rights they need."""

    path: Path

    @classmethod
    def at(cls, path: Path | None) -> RunFolder:
        """The folder named, else `.run` in the project, whatever the working directory."""
        return cls((path or ROOT / ".run").expanduser().absolute())

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def kafka_secrets(self) -> Path:
        """Exists when the Kafka of this run is secured (deploy/local/secured.py)."""
        return self.secrets / "kafka"

    @property
    def plan(self) -> Path:
        """What the supervisor is to run. Holds passwords: 0600."""
        return self.path / "secrets" / "plan.json"

    @property
    def state(self) -> Path:
        """What the supervisor says about what it runs."""
        return self.path / "state.json"

    @property
    def addresses(self) -> Path:
        return self.path / "addresses.json"

    @property
    def fictional(self) -> Path:
        """Exists when this run shows the fictional region; says « loaded » once the loader has finished."""
        return self.path / "fictional"

    def make(self) -> None:
        """Create what is missing. Safe to call again."""
        for folder in (self.path, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.keys, self.secrets):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not self.data.exists():
            self._make_data()

    def _make_data(self) -> None:
        if self.data.is_symlink():  # its target was cleaned away: nothing is left to keep
            self.data.unlink()
        account = postgres_account()
        fits = len(os.fsencode(self.data)) <= LONGEST_DATA_PATH
        if fits and (account is None or account.can_enter(self.path)):
            self.data.mkdir(mode=0o711)
        else:
            self.data.symlink_to(self._elsewhere())

    def _elsewhere(self) -> Path:
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:10]
        folder = Path("/var/tmp") / f"macs-{os.geteuid()}-{name}"  # noqa: S108 (checked below: ours, and no link)
        folder.mkdir(mode=0o711, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise NotOurs(f"{folder} est à quelqu’un d’autre ; choisissez un autre dossier par --data")
        return folder

    def purge(self) -> None:
        """Delete the run, its data elsewhere included."""
        if self.data.is_symlink():
            shutil.rmtree(self.data.resolve(), ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.path / "lock"

    @contextmanager
    def prepared_alone(self) -> Iterator[bool]:
        """False when another command prepares this run at the moment."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock.setup").open("a") as lock:
            yield try_lock(lock.fileno())

    def running(self) -> bool:
        """Whether a supervisor holds this run. Asked of the lock, since a pid may be another process's by now."""
        if not self.lock.exists():
            return False
        with self.lock.open("a") as file:
            return not try_lock(file.fileno())


def try_lock(descriptor: int) -> bool:
    """An exclusive lock that dies with its holder; False when somebody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    write_text(path, json.dumps(value, indent=1), mode)


def write_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Readers see the old file or the new one, never half of one."""
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def read_json(path: Path) -> Any:
    """The value, or None when there is none yet."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None
