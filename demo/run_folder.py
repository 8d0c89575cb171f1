"""What a demonstration keeps in the folder of its run: the day it was made for, its accounts, its keys."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from demo.clock import today_in_paris

SEED = 1


@dataclass(frozen=True)
class RunFolder:
    """`demo.json` fixes the day, so that loading again, generating and testing later speak of the same contracts."""

    path: Path

    @property
    def file(self) -> Path:
        return self.path / "demo.json"

    @property
    def today(self) -> date:
        """The day that the region was made for; the day it is where nothing was loaded yet."""
        try:
            return date.fromisoformat(json.loads(self.file.read_text(encoding="utf-8"))["today"])
        except FileNotFoundError:
            return today_in_paris()

    @property
    def gateway(self) -> str:
        return str(json.loads((self.path / "addresses.json").read_text(encoding="utf-8"))["gateway"])

    def settle(self, today: date, accounts: list[dict[str, Any]]) -> date:
        """Keep the day of the first load, and who may sign in."""
        if not self.file.exists():
            write(
                self.file, json.dumps({"today": today.isoformat(), "seed": SEED, "accounts": accounts}, ensure_ascii=False, indent=1), 0o644
            )
        return self.today

    def key(self, name: str) -> str:
        return (self.path / "keys" / f"{name}.key").read_text(encoding="utf-8").strip()

    def own_key(self, name: str) -> str:
        """The key of this name, made and kept here first, so that an interrupted load can go on with it."""
        file = self.path / "keys" / f"{name}.key"
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(file, f"macs_{name}_{secrets.token_urlsafe(32)}\n", 0o600)
        return self.key(name)


def write(file: Path, text: str, mode: int) -> None:
    draft = file.with_name(f".{file.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as target:
        target.write(text)
    draft.replace(file)
