"""How the command line speaks: short lines to a person on standard error, JSON to a script on standard output."""

from __future__ import annotations

import errno
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from rich.console import Console

told: Final = Console(stderr=True, highlight=False)
"""For people. Standard output is kept for what was asked for."""


def say(text: str) -> None:
    told.print(text, soft_wrap=True)


def done(text: str, seconds: float | None = None) -> None:
    told.print(f"[green]✓[/] {text}" + (f"  [dim]{seconds_in_french(seconds)}[/]" if seconds is not None else ""), soft_wrap=True)


def failed(text: str) -> None:
    told.print("[red]✗[/] ", end="")
    told.print(text, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def seconds_in_french(seconds: float) -> str:
    return f"{seconds:.1f} s".replace(".", ",")


def megabytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 1e6:.0f} Mo"


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun


_TROUBLE: Final = {
    errno.ENOSPC: "il n’y a plus de place sur le disque",
    errno.EACCES: "vous n’avez pas le droit d’y lire ou d’y écrire",
    errno.EPERM: "vous n’avez pas le droit d’y lire ou d’y écrire",
    errno.EROFS: "ce disque ne se laisse pas écrire",
    errno.ENOENT: "il n’existe pas, et ne peut pas être créé",
    errno.EEXIST: "ce n’est pas un dossier",
    errno.ENOTDIR: "ce n’est pas un dossier",
}


def trouble(error: Exception) -> str:
    """What went wrong with a file or folder, in words; any other error's own text."""
    said = _TROUBLE.get(error.errno or 0) if isinstance(error, OSError) else None
    if said is None:
        return str(error)
    return f"{error.filename} : {said}" if isinstance(error, OSError) and error.filename else said


def missing(file: Path) -> str:
    """Why there is no file to read at this path."""
    return f"{file} est un dossier : donnez un fichier" if file.is_dir() else f"{file} n’existe pas"
