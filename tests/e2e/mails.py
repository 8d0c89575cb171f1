"""Mails of meetings read back, and who had to get them."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from email.message import EmailMessage

from tests.e2e.standing import Standing


def holder_on(standing: Standing, code: str, day: dt.date) -> str | None:
    person = standing.team.get(f"/api/v1/departments/{code}/coordination", params={"on": str(day)}).json().get("person") or {}
    return person.get("email")


def calendar_of(raw: bytes) -> tuple[str, str, int, str]:
    """(METHOD, UID, SEQUENCE, day) of the calendar inside the first child of the mail."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    first = message.get_payload(0) if message.get_content_type() == "multipart/mixed" else message
    assert isinstance(first, EmailMessage)
    assert first.get_content_type() == "multipart/alternative"
    (part,) = [part for part in first.walk() if part.get_content_type() == "text/calendar"]
    text = re.sub(r"\r?\n[ \t]", "", part.get_content())
    event = text[text.index("BEGIN:VEVENT") :]

    def value(name: str, where: str) -> str:
        found = re.search(rf"^{name}[;:].*?([^:\r\n]+)\r?$", where, re.MULTILINE)
        assert found, f"{name} is missing"
        return found[1]

    assert str(part.get_param("method", "")).upper() == value("METHOD", text)
    return value("METHOD", text), value("UID", event), int(value("SEQUENCE", event)), value("DTSTART", event)[:8]
