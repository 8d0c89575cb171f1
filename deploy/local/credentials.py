"""Secrets of a run, made at its first start and never shown: database passwords, signing and pseudonym keys, the operator's key."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.local.folder import RunFolder, read_json, write_json, write_text

OPERATOR = "operator"


def make(run: RunFolder) -> None:
    """Create those that are missing."""
    for name, value in KEYS.items():
        once(run.secrets / name, value)
    once(run.keys / f"{OPERATOR}.key", operator_key)


def password(run: RunFolder, role: str) -> str:
    """The database password of a role, drawn when first asked for."""
    file = run.secrets / "postgres.json"
    known: dict[str, str] = read_json(file) or {}
    if role not in known:
        known[role] = secrets.token_hex(24)
        write_json(file, known, mode=0o600)
    return known[role]


def operator_key_sha256(run: RunFolder) -> str:
    """All that directory is told of the operator's first key."""
    return sha256_of((run.keys / f"{OPERATOR}.key").read_text())


def operator_key() -> str:
    return f"macs_{OPERATOR}_{secrets.token_urlsafe(32)}"


def sha256_of(key: str) -> str:
    return hashlib.sha256(key.strip().encode()).hexdigest()


def _signing_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


KEYS: Final[Mapping[str, Callable[[], str]]] = {
    "pseudonym.key": lambda: secrets.token_hex(32),
    "spool.key": lambda: secrets.token_hex(32),
    "session.key": _signing_key,
}
"""Files that a service reads at its start, and how each is drawn."""


def once(file: Path, value: Callable[[], str]) -> None:
    if not file.exists():
        write_text(file, f"{value()}\n", mode=0o600)
