"""Who must be told what about a meeting, given what each person has been told already. Redelivery and repetition ask for nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.meetings import Meeting, MeetingMoved
from services.notify.rules.calendar import Method
from services.notify.rules.wording import PARIS

Kind = Literal[
    "MEETING_INVITATION", "MEETING_CHANGE", "MEETING_CANCELLATION", "MEETING_HANDED_OVER", "MEETING_PREPARATION", "MEETING_UNASSIGNED"
]
TEAM: Final = "team"
"""The recipient of what concerns a department without a coordination."""


@dataclass(frozen=True)
class Person:
    """A coordinator found through a mandate. The address is None until the person's own record has been read."""

    id: str
    mandate_id: UUID | None
    first_name: str | None = None
    name: str | None = None
    email: str | None = None

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.name) if part) or "Coordination"


@dataclass(frozen=True)
class Row:
    """A mail about the meeting that exists already. `handed`: the recipient may have it (sent, being sent, or unknown outcome)."""

    delivery_id: UUID
    recipient_id: str
    method: Method
    revision: int
    handed: bool
    open: bool
    """Still to be sent, or to be sent again."""


@dataclass(frozen=True)
class Wanted:
    """A mail to be written. `after` is the row that the person was told before: its meeting is the « avant » of a change."""

    recipient_id: str
    person: Person | None
    """None for somebody who is told at the address used before."""
    method: Method
    kind: Kind
    after: Row | None = None


@dataclass
class Plan:
    wanted: list[Wanted] = field(default_factory=list)
    abandoned: list[tuple[UUID, str]] = field(default_factory=list)
    unassigned: bool = False
    """Nobody holds the mandate of that day: the team is asked to hand it on."""


@dataclass(frozen=True)
class Situation:
    """A meeting as it stands. `holder` has the mandate of the meeting's day, `present` that of today.

    `revised`: a revision of the meeting brings us here, and not a mandate; only then is the present holder told « pour préparation »,
    so that a handover does not bring six mails (practice, ruling 15).
    """

    meeting: Meeting
    cancelled: bool
    over: bool
    holder: Person | None
    present: Person | None
    revised: bool


def starts(meeting: Meeting) -> datetime:
    return meeting.starts_at.replace(tzinfo=ZoneInfo(meeting.zone))


def ends(meeting: Meeting) -> datetime:
    return meeting.ends_at.replace(tzinfo=ZoneInfo(meeting.zone))


def mandate_day(meeting: Meeting) -> date:
    """The Europe/Paris day whose mandate decides who is invited."""
    return starts(meeting).astimezone(PARIS).date()


def is_felt(meeting: MeetingMoved) -> bool:
    """Whether time or place changed; a corrected title is no reason to write to everybody who registered."""
    before = (meeting.previous_starts_at, meeting.previous_ends_at, meeting.previous_place)
    return before != (meeting.starts_at, meeting.ends_at, meeting.place)


def plan(now: Situation, rows: Sequence[Row]) -> Plan:
    """What to write and what to give up. `rows` are all mails about this meeting to coordinators, in the order in which they were made."""
    if now.over:
        return Plan(abandoned=[(row.delivery_id, "the meeting is over") for row in rows if row.open])
    found = Plan(unassigned=now.holder is None and now.meeting.department is not None and not now.cancelled)
    people = {person.id: person for person in (now.present, now.holder) if person is not None}
    for recipient in sorted({row.recipient_id for row in rows} | set(people)):
        own = [row for row in rows if row.recipient_id == recipient]
        told = next((row for row in reversed(own) if row.handed), None)
        method = _method(now, recipient, own, told)
        kept = _keep(found, own, method, now.meeting.revision)
        if method is not None and not kept:
            found.wanted.append(Wanted(recipient, people.get(recipient), method, _kind(now, method, told), told))
    return found


def _method(now: Situation, recipient: str, own: Iterable[Row], told: Row | None) -> Method | None:
    """The one mail that this person should have after the last one; None when the last one still holds."""
    revision = now.meeting.revision
    invited = not now.cancelled and now.holder is not None and recipient == now.holder.id
    if invited:
        return None if told and (told.method, told.revision) == ("REQUEST", revision) else "REQUEST"
    if told is not None and told.method == "REQUEST":
        return "CANCEL"
    if any(row.method != "PUBLISH" and row.handed for row in own):
        return None
    return _preparation(now, recipient, told)


def _preparation(now: Situation, recipient: str, told: Row | None) -> Method | None:
    """A copy for whoever prepares the meeting today; its cancellation too, to those who had a copy."""
    if not now.revised or (told and told.revision >= now.meeting.revision):
        return None
    if now.cancelled:
        return "PUBLISH" if told else None
    return "PUBLISH" if now.present is not None and recipient == now.present.id else None


def _keep(found: Plan, own: Iterable[Row], method: Method | None, revision: int) -> bool:
    """Give up the open rows that no longer say the right thing. True when one of them already says it."""
    kept = False
    for row in own:
        if not row.open:
            continue
        says_it = row.revision == revision and (row.method == method or (method is None and row.handed))
        if says_it and not kept:
            kept = True
        elif not _waits_for_preparation(row, method, revision):
            found.abandoned.append((row.delivery_id, _reason(row, revision)))
    return kept


def _waits_for_preparation(row: Row, method: Method | None, revision: int) -> bool:
    """A copy « pour préparation » of this revision stays when only a mandate was looked at again."""
    return row.method == "PUBLISH" and row.revision == revision and method in {None, "PUBLISH"}


def _reason(row: Row, revision: int) -> str:
    return "superseded by a later revision" if row.revision < revision else "another person holds the mandate, or the meeting is off"


def _kind(now: Situation, method: Method, told: Row | None) -> Kind:
    if method == "CANCEL":
        return "MEETING_CANCELLATION" if now.cancelled else "MEETING_HANDED_OVER"
    if method == "PUBLISH":
        return "MEETING_CANCELLATION" if now.cancelled else "MEETING_PREPARATION"
    return "MEETING_CHANGE" if told is not None and told.method == "REQUEST" else "MEETING_INVITATION"
