"""A delivery's row as the bytes of its mail. The row decides; nothing is looked up here."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

import asyncpg

from schemas.meetings import Meeting, MeetingCancelled
from services.notify.rules import calendar as ical
from services.notify.rules import digest_letters, filing_letters, meeting_letters, registration_letters, wording
from services.notify.rules.calendar import Attendee, Method
from services.notify.rules.envelope import Envelope, message
from services.notify.rules.filings import Notice
from services.notify.rules.letters import Letter, greeting
from services.notify.rules.routing import Invitee, Kind, Person
from services.notify.settings import SENDER_NAME
from services.notify.store import meetings
from services.notify.store.deliveries import message_id_of


@dataclass(frozen=True)
class House:
    """What every mail of this installation shares."""

    sender: str
    gateway: str
    fictional: bool


@dataclass(frozen=True)
class Absent:
    """In whose place somebody is written to, and until when (the last day)."""

    person_id: str
    name: str
    last_day: date


def mail(row: asyncpg.Record, to: Person, meeting: Meeting | None, house: House, now: datetime, absent: Absent | None = None) -> bytes:
    """The message of a row to that person. Raises ValueError when the address cannot stand in a header."""
    content: dict[str, Any] = json.loads(row["content_text"])
    letter, calendar, about = _parts(row, content, to, meeting, house, now)
    if absent is not None:
        said = f"Vous recevez ce courriel à la place de {absent.name}, en absence jusqu’au {wording.day(absent.last_day, year=True)}."
        letter = replace(letter, paragraphs=(said, *letter.paragraphs))
    envelope = Envelope(
        sender=house.sender,
        sender_name=SENDER_NAME,
        recipient=to.email or "",
        recipient_name=to.full_name,
        message_id=message_id_of(row["delivery_id"], house.sender),
        written_at=now,
        about=about,
        traceparent=row["traceparent"],
        unsubscribe=f"{house.gateway}/desabonnement/{row['secret']}" if row["kind"] == "FILING_DIGEST" else None,
    )
    return message(envelope, letter, calendar, fictional=house.fictional)


Parts = tuple[Letter, tuple[Method, bytes] | None, str]


def _parts(row: asyncpg.Record, content: dict[str, Any], to: Person, meeting: Meeting | None, house: House, now: datetime) -> Parts:
    kind: str = row["kind"]
    if kind == "FILING_DIGEST":
        return _digest(row, content, to, house), None, _abouts(content["items"])
    if "letter" in content:
        return _prose(content["letter"], to, house), None, row["about"]
    if kind.startswith("FILING"):
        letter = filing_letters.filing(
            to.first_name, Notice(**content["notice"]), house.gateway, datetime.fromisoformat(content["counted_at"])
        )
        return letter, None, row["about"]
    if meeting is None:
        raise LookupError("the meeting is not known yet")
    if kind.startswith("REGISTRATION"):
        return _registration(row, content, meeting, house, now)
    return _meeting(row, content, to, meeting, house, now)


def _abouts(items: list[dict[str, Any]]) -> str:
    """What the local mailbox finds the digest by. Not by a meeting: about that the holder has mails with a calendar part only."""
    return ", ".join(dict.fromkeys(item["about"] for item in items[:200] if item["kind"] != "MEETING_REMINDER"))


def _prose(letter: dict[str, Any], to: Person, house: House) -> Letter:
    """A letter written when its fact came in: the person's name and the gateway's address are put in now."""
    known = {
        name: tuple(tuple(part) if isinstance(part, list) else part for part in value)
        for name, value in letter.items()
        if isinstance(value, list)
    }
    actions = tuple((label, f"{house.gateway}{path}") for label, path in letter["actions"])
    return Letter(**{**letter, **known, "greeting": letter["greeting"] or greeting(to.first_name), "actions": actions})


def _digest(row: asyncpg.Record, content: dict[str, Any], to: Person, house: House) -> Letter:
    entries = [
        digest_letters.Entry(item["department"], item["title"], datetime.fromisoformat(item["at"]), item.get("kind", "FILING"))
        for item in content["items"]
    ]
    stop = f"{house.gateway}/desabonnement/{row['secret']}"
    return digest_letters.digest(to.first_name, date.fromisoformat(content["day"]), entries, house.gateway, stop)


def _meeting(row: asyncpg.Record, content: dict[str, Any], to: Person, meeting: Meeting, house: House, now: datetime) -> Parts:
    before = meetings.read(content["before_type"], json.dumps(content["before"])) if content["before"] else None
    method: Method = row["method"]
    reply = f"{house.gateway}/coordination/reponse/{row['secret']}"
    expected = Invitee(to, **content.get("as", {}))
    letter = meeting_letters.letter(cast("Kind", row["kind"]), meeting, expected, before, reply, house.gateway)
    entry = meeting_letters.entry(meeting, cancelled=isinstance(meeting, MeetingCancelled))
    wants_answer = not meeting.save_the_date
    attendee = None if method == "PUBLISH" else Attendee(to.full_name, to.email or "", required=expected.required, asked=wants_answer)
    data = ical.calendar(entry, method, stamped=now, organizer=house.sender, attendee=attendee)
    return letter, (method, data), row["about"]


def _registration(row: asyncpg.Record, content: dict[str, Any], meeting: Meeting, house: House, now: datetime) -> Parts:
    registration = meetings.read_registration(content["type"], json.dumps(content["registration"]))
    match row["kind"]:
        case "REGISTRATION_CALLED_OFF":
            reason = meeting.reason if isinstance(meeting, MeetingCancelled) else ""
            letter = registration_letters.called_off(registration, meeting, reason)
        case "REGISTRATION_MOVED":
            letter = registration_letters.moved(registration, meeting, content.get("before"), house.gateway)
        case "REGISTRATION_REMINDER":
            letter = registration_letters.reminder(registration, meeting, house.gateway)
        case _:
            letter = registration_letters.letter(registration, meeting, house.gateway)
    if row["method"] is None:
        return letter, None, row["about"]
    method: Method = row["method"]
    entry = registration_letters.entry(
        registration, meeting, sequence=content.get("sequence", meeting.sequence), cancelled=method == "CANCEL"
    )
    attendee = Attendee(registration.name, registration.email, accepted=True)
    data = ical.calendar(entry, method, stamped=now, organizer=house.sender, attendee=attendee)
    return letter, (method, data), row["about"]
