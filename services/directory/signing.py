"""The private key of session tokens: a file that only this service's user can read, made when it is absent."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import ECKey

from kit import sessions
from kit.sessions import Session

FILE = "session.key"


class ReadableByOthers(Exception):
    """The private key's file is open to other users of the machine: it must be replaced, not used."""


@dataclass(frozen=True)
class Signer:
    """Signs session tokens. To rotate, replace the file and restart: the key before stays valid for an hour."""

    key: ECKey
    kid: str

    def token(self, session: Session) -> str:
        return sessions.sign(session, private_key=self.key, kid=self.kid)

    def public(self) -> dict[str, str]:
        found = self.key.as_dict(private=False)
        return {name: str(found[name]) for name in ("kty", "crv", "x", "y")}


def load(folder: Path) -> Signer:
    """The key of this installation. Two processes that start at once agree on one file. Raises ReadableByOthers."""
    path = folder / FILE
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise ReadableByOthers(f"{path}: chmod 600, and replace the key if somebody else may have read it")
    key = ECKey.import_key(path.read_bytes())
    return Signer(key, key.thumbprint())


def _create(path: Path) -> None:
    """Write beside, then link: whoever comes second finds the first one's file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(ECKey.generate_key("P-256").as_pem(private=True))
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
