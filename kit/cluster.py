"""Where Kafka is, and as whom a process comes there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

SCRAM: Final = "SCRAM-SHA-512"


@dataclass(frozen=True)
class Cluster:
    """Addresses of brokers (`host:port`). With a user: SASL_SSL and SCRAM-SHA-512, the password read from its file at each connection, the brokers'
    certificates checked against `authority` (a PEM file), or against those that the machine trusts. Without: plain text, for a loopback."""

    addresses: tuple[str, ...]
    user: str | None = None
    password_file: Path | None = None
    authority: Path | None = None

    def options(self) -> dict[str, Any]:
        """For any client of aiokafka. Raises OSError when a file cannot be read, ssl.SSLError for one that holds no certificate."""
        found: dict[str, Any] = {"bootstrap_servers": list(self.addresses)}
        if self.user is None:
            return found
        password = self.password_file.read_text().strip() if self.password_file else ""
        return found | {
            "security_protocol": "SASL_SSL", "sasl_mechanism": SCRAM, "sasl_plain_username": self.user, "sasl_plain_password": password,
            "ssl_context": _context(self.authority),
        }  # fmt: skip


@cache
def _context(authority: Path | None) -> ssl.SSLContext:
    found = ssl.create_default_context(cafile=str(authority) if authority else None)
    if authority:
        # since 3.13 Python refuses certificates without key identifiers, which operators' own authorities leave out (Strimzi's does);
        # who signed, for which name and until when is checked as before
        found.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return found
