"""Secrets of a run, made at its first start and never shown: database passwords, signing and pseudonym keys, the operator's key."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from deploy.local.folder import RunFolder, read_json, write_json, write_text

OPERATOR = "operator"


def make(run: RunFolder) -> None:
    """Create those that are missing."""
    _once(run.secrets / "pseudonym.key", lambda: secrets.token_hex(32))
    _once(run.secrets / "spool.key", lambda: secrets.token_hex(32))
    _once(run.secrets / "session.key", _signing_key)
    _once(run.keys / f"{OPERATOR}.key", lambda: f"macs_{OPERATOR}_{secrets.token_urlsafe(32)}")


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
    key = (run.keys / f"{OPERATOR}.key").read_text().strip()
    return hashlib.sha256(key.encode()).hexdigest()


def _signing_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def _once(file: Path, value: Callable[[], str]) -> None:
    if not file.exists():
        write_text(file, f"{value()}\n", mode=0o600)
