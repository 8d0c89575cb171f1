"""API keys `macs_<id>_<256 random bits>`: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets


def new(key_id: str) -> str:
    """A fresh key for this id. The id has no underscore, so that it can be read back from the key."""
    if not key_id or "_" in key_id:
        raise ValueError(f"not a key id: {key_id!r}")
    return f"macs_{key_id}_{secrets.token_urlsafe(32)}"


def id_of(key: str) -> str | None:
    """The id inside a key; None when it is not shaped like one."""
    parts = key.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "macs" and parts[1] and len(parts[2]) >= 40 else None


def sha256_of(key: str) -> str:
    """What is stored of a key. A fast hash is right: 256 random bits need no stretching."""
    return hashlib.sha256(key.encode()).hexdigest()
