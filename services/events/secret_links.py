"""Links that let a person change a registration without an account: the id and a code that only this service can make."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from kit.problems import Problem


@dataclass(frozen=True)
class SecretLinks:
    """The code is the first 192 bits of HMAC-SHA256(key, "registration" ‖ id): nothing secret is stored beside the registration."""

    key: bytes

    @classmethod
    def read(cls, folder: Path) -> SecretLinks:
        """The key of this installation; made once, readable by its owner only."""
        file = folder / "registrations.key"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return cls(bytes.fromhex(file.read_text(encoding="ascii")))

    def path(self, registration_id: UUID) -> str:
        return f"/agenda/inscription/{registration_id}/{self._code(registration_id)}"

    def check(self, registration_id: UUID, code: str) -> None:
        """Raises a 404 problem for a code that is not this registration's."""
        if not hmac.compare_digest(self._code(registration_id).encode(), code.encode()):
            raise Problem(404, "UNKNOWN_REGISTRATION", "Ce lien n’est pas valable", "Copiez-le en entier depuis votre courriel.")

    def _code(self, registration_id: UUID) -> str:
        digest = hmac.new(self.key, b"registration" + registration_id.bytes, hashlib.sha256).digest()
        return urlsafe_b64encode(digest[:24]).decode()
