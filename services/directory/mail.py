"""The mail with a login link. It goes straight to the mail server: its secret is on no topic and in no table."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from kit.service import Runtime, utc_now
from kit.settings import Settings
from schemas.directory import PersonRecorded

log = logging.getLogger(__name__)

SENDER: Final = "reseau@macs.test"
SENDER_NAME: Final = "Réseau des clauses sociales"
_WAITS_S: Final = (0.0, 1.0, 4.0)


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    sender: str = SENDER


def server_of(settings: Settings) -> Server | None:
    """`MACS_SMTP` (`smtp://user:password@host:587?from=…`, `smtps://…`, `host:port`), else the local mailbox; None where there is neither."""
    written = settings.smtp or settings.mailbox_smtp
    if not written:
        return None
    parts = urlsplit(written if "://" in written else f"smtp://{written}")
    tls = parts.scheme == "smtps"
    return Server(
        parts.hostname or "127.0.0.1",
        parts.port or (465 if tls else 25),
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        tls,
        parse_qs(parts.query).get("from", [SENDER])[0],
    )


def login_mail(person: PersonRecorded, link: str, *, fictional: bool) -> EmailMessage:
    """Plain text: the address is the content, and nothing in it can be loaded by a scanner."""
    mail = EmailMessage()
    mail["To"] = person.email
    mail["Subject"] = "Votre lien de connexion"
    mail["Date"] = format_datetime(utc_now())
    mail["Message-ID"] = make_msgid(domain="macs.test")
    mail["Auto-Submitted"] = "auto-generated"
    banner = "Données fictives (démonstration).\n\n" if fictional else ""
    mail.set_content(
        f"{banner}Bonjour {person.first_name or person.name},\n\n"
        f"Pour vous connecter, ouvrez cette adresse puis appuyez sur « Me connecter » :\n\n{link}\n\n"
        "Elle sert une seule fois, pendant 15 minutes. Si vous n’avez rien demandé, ne faites rien : personne n’est connecté.\n"
    )
    return mail


async def send(runtime: Runtime, mail: EmailMessage) -> bool:
    """Hand the mail over, trying three times. A lost link costs its reader one more request, so nothing is stored for later."""
    server = server_of(runtime.settings)
    if server is None:
        log.error("no mail server is configured: the login link is lost", extra={"to": mail["To"]})
        return False
    mail["From"] = formataddr((SENDER_NAME, server.sender))
    for wait in _WAITS_S:
        await asyncio.sleep(wait)
        try:
            await aiosmtplib.send(
                mail, hostname=server.host, port=server.port, username=server.username, password=server.password, use_tls=server.tls,
                start_tls=bool(server.username) and not server.tls, timeout=10,
            )  # fmt: skip
            return True
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("the login mail was not accepted", extra={"error": f"{type(error).__name__}: {error}"})
    return False
