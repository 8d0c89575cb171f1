"""PostgreSQL refuses to run as root: which account it runs as then, and what that account can reach."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

NAME: Final = "macs_postgres"


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    def can_enter(self, path: Path) -> bool:
        """Whether every folder down to `path` lets this account through. Existing rights are asked, never widened."""
        return all(self._may_pass(folder) for folder in (path, *path.parents) if folder.exists())

    def _may_pass(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


@cache
def postgres_account() -> Account | None:
    """None for an ordinary user, who runs it as himself. For root an account of its own, made once; `nobody` where none can be made."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _created()
    return Account(entry.pw_uid, entry.pw_gid)


def _created() -> pwd.struct_passwd:
    useradd = shutil.which("useradd")
    if useradd:
        subprocess.run([useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME], check=False, capture_output=True)
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return pwd.getpwnam("nobody")
