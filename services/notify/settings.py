"""What notify depends on from outside: where mails go, and from which address they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from kit.settings import Settings

SENDER: Final = "reseau@macs.test"
SENDER_NAME: Final = "Réseau des clauses sociales"
_PORTS: Final = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """`host` is None while the embedded server of a local run has not said its address."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password: str | None = None
    sender: str = SENDER


def mail_server(settings: Settings) -> MailServer | None:
    """`MACS_SMTP` when set (`smtp://user:password@host:587?from=reseau@exemple.fr`, `smtps://…`, or `host:port`), else the local mailbox.

    None when neither is there: mails wait. Raises ValueError for an address that cannot be read.
    """
    if settings.smtp:
        return _parse(settings.smtp)
    return _parse(settings.mailbox_smtp) if settings.mailbox_smtp else None


def is_embedded(settings: Settings) -> bool:
    """Nothing leaves the machine until a mail server is configured."""
    return not settings.smtp and bool(settings.mailbox_smtp)


def _parse(address: str) -> MailServer:
    parts = urlsplit(address if "://" in address else f"smtp://{address}")
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"MACS_SMTP: {parts.scheme}://{parts.hostname} is not an smtp:// or smtps:// address")
    options = parse_qs(parts.query)
    security: Literal["none", "starttls", "tls"] = "tls" if parts.scheme == "smtps" else "starttls" if parts.username else "none"
    return MailServer(
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        security,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        options.get("from", [SENDER])[0],
    )
