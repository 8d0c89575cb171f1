"""What a backup says of itself, and whether its files are still what they were."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from deploy.local.folder import read_json, write_json

NAME: Final = "manifest.json"
FORMAT: Final = 1


class Damaged(Exception):
    """A backup that is not whole: says which file, and what is wrong with it."""


@dataclass(frozen=True)
class Manifest:
    """`files`: SHA-256 of each, by its path in the backup. `held_ms`: how long nobody published. `sizes`: bytes of each database before."""

    made_at: str
    services: list[str]
    versions: dict[str, str]
    fictional: bool
    held_ms: float
    sizes: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def read(cls, backup: Path) -> Manifest:
        """Raises Damaged and OSError."""
        if not backup.is_dir():
            raise Damaged(f"{backup} n’est pas le dossier d’une sauvegarde (il s’appelle macs-…)")
        try:
            found: dict[str, Any] | None = read_json(backup / NAME)
        except ValueError as error:
            raise Damaged(f"{backup / NAME} n’est pas lisible : {error}") from None
        if found is None:
            raise Damaged(f"{backup} n’est pas une sauvegarde finie : {NAME} manque")
        if found.get("format") != FORMAT:
            raise Damaged(f"{backup} est une sauvegarde de format {found.get('format')} ; cette version lit le format {FORMAT}")
        return cls(**found)

    def write(self, backup: Path) -> None:
        """The last file of a backup: without it there is none."""
        write_json(backup / NAME, asdict(self), mode=0o600)

    def check(self, backup: Path) -> None:
        """Read every file once. Raises Damaged."""
        for name, digest in self.files.items():
            file = backup / name
            if not file.is_file():
                raise Damaged(f"{file} manque")
            if digest_of(file) != digest:
                raise Damaged(f"{file} n’est plus ce qui a été sauvegardé (SHA-256 {digest_of(file)[:12]}…, attendu {digest[:12]}…)")

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.made_at)


def digests(backup: Path) -> dict[str, str]:
    """Of every file below the backup but the manifest."""
    files = sorted(file for file in backup.rglob("*") if file.is_file() and file.name != NAME)
    return {str(file.relative_to(backup)): digest_of(file) for file in files}


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
