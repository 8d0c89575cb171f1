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

REGISTRATION = b"registration"
PARTICIPANT = b"participant"
PITCH = b"pitch"
POLL = b"poll"
FEED = b"feed"


@dataclass(frozen=True)
class SecretLinks:
    """The code is the first 192 bits of HMAC-SHA256(key, purpose ‖ id): nothing secret is stored beside the registration."""

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
        """Of one seat."""
        return f"/agenda/inscription/{registration_id}/{self.code(registration_id)}"

    def participant(self, participant_id: UUID) -> str:
        """Of everything that a person does at a meeting."""
        return f"/openmap/participant/{participant_id}/{self.code(participant_id, PARTICIPANT)}"

    def poll(self, recipient_id: UUID) -> str:
        """Of what somebody outside the directory answers in a poll."""
        return f"/sondages/reponse/{recipient_id}/{self.code(recipient_id, POLL)}"

    def check(self, entity_id: UUID, code: str, purpose: bytes = REGISTRATION) -> None:
        """Raises a 404 problem for a code that is not this entity's."""
        if not hmac.compare_digest(self.code(entity_id, purpose).encode(), code.encode()):
            raise Problem(404, "UNKNOWN_REGISTRATION", "Ce lien n’est pas valable", "Copiez-le en entier depuis votre courriel.")

    def code(self, entity_id: UUID, purpose: bytes = REGISTRATION) -> str:
        digest = hmac.new(self.key, purpose + entity_id.bytes, hashlib.sha256).digest()
        return urlsafe_b64encode(digest[:24]).decode()
