"""A letter and its calendar as one RFC 5322 message, built the way Outlook, Gmail and Thunderbird act on (RFC 6047)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from services.notify.rules.calendar import Method
from services.notify.rules.letters import Letter, as_html, as_text


@dataclass(frozen=True)
class Envelope:
    """Between whom, and about what. `message_id` stays the same in every copy; the local mailbox can be asked by `about`."""

    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    message_id: str
    written_at: datetime
    about: str
    traceparent: str | None = None
    unsubscribe: str | None = None


def message(envelope: Envelope, letter: Letter, calendar: tuple[Method, bytes] | None, *, fictional: bool) -> bytes:
    """The bytes handed to the mail server.

    With a calendar: multipart/mixed whose first child is multipart/alternative (text, HTML, text/calendar), then application/ics.
    Outlook reads the calendar only inside that first child; others look at the attachment only.
    """
    whole = EmailMessage(policy=SMTP)
    if calendar is None:
        _alternative(whole, letter, fictional=fictional)
    else:
        whole.make_mixed()
        _mixed(whole, letter, calendar, fictional=fictional)
    _headers(whole, envelope, letter.subject)
    return whole.as_bytes(policy=SMTP)


def _mixed(whole: MIMEPart, letter: Letter, calendar: tuple[Method, bytes], *, fictional: bool) -> None:
    body = MIMEPart(policy=SMTP)
    _alternative(body, letter, fictional=fictional)
    body.attach(_calendar_part(*calendar))
    whole.attach(body)
    whole.attach(_attachment(calendar[1]))


def _headers(whole: EmailMessage, envelope: Envelope, subject: str) -> None:
    if "MIME-Version" not in whole:
        whole["MIME-Version"] = "1.0"
    whole["From"] = _address(envelope.sender_name, envelope.sender)
    whole["To"] = _address(envelope.recipient_name, envelope.recipient)
    whole["Subject"] = " ".join(subject.split())
    whole["Date"] = format_datetime(envelope.written_at.astimezone(UTC))
    whole["Message-ID"] = envelope.message_id
    whole["Auto-Submitted"] = "auto-generated"
    whole["Content-Language"] = "fr"
    whole["X-Macs-About"] = envelope.about
    if envelope.traceparent:
        whole["X-Macs-Traceparent"] = envelope.traceparent
    if envelope.unsubscribe:
        whole["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
        whole["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _address(name: str, email: str) -> Address:
    """A display name cannot smuggle in a header: control characters become spaces. Raises ValueError for an unusable address."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return Address(clean, addr_spec=email)


def _alternative(body: MIMEPart, letter: Letter, *, fictional: bool) -> None:
    body.set_content(as_text(letter, fictional=fictional), subtype="plain", charset="utf-8", cte="quoted-printable")
    body.add_alternative(as_html(letter, fictional=fictional), subtype="html", charset="utf-8", cte="quoted-printable")


def _calendar_part(method: Method, data: bytes) -> MIMEPart:
    """`method` in the header equals METHOD inside; base64 keeps folding and CRLF as they are. No disposition: it is not an attachment."""
    part = MIMEPart(policy=SMTP)
    part.set_content(data, "text", "calendar", cte="base64")
    del part["Content-Type"]
    part["Content-Type"] = f"text/calendar; method={method}; charset=UTF-8; component=VEVENT"
    return part


def _attachment(data: bytes) -> MIMEPart:
    part = MIMEPart(policy=SMTP)
    name = "invitation.ics"
    part.set_content(data, "application", "ics", cte="base64", disposition="attachment", filename=name, params={"name": name})
    return part
