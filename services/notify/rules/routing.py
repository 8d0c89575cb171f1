"""Who must be told what about a meeting, given what each person has been told already. Redelivery and repetition ask for nothing new."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.meetings import Meeting, MeetingCancelled, MeetingMoved
from schemas.zones import PARIS
from services.notify.rules.calendar import Method

Kind = Literal[
    "MEETING_INVITATION", "MEETING_CHANGE", "MEETING_CANCELLATION", "MEETING_HANDED_OVER", "MEETING_UNINVITED", "MEETING_PREPARATION",
    "MEETING_UNASSIGNED", "MEETING_REMINDER",
]  # fmt: skip
TEAM: Final = "team"
"""The recipient of what concerns a department without a coordination."""
TO_HAND_ON: Final = "À transmettre : "
"""Before the title of what the team has because a department has no coordination."""
GUEST: Final = "guest-"
"""Begins the id of somebody who is known by an address only."""
_SHOWN: Final = {
    "kind", "title", "theme", "department", "starts_at", "ends_at", "zone", "place", "access", "sessions", "to_prepare", "answer_by", "contact",
    "place_to_confirm", "save_the_date", "page",
}  # fmt: skip


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
class Invitee:
    """Somebody who is expected at the meeting, and as what: through a department's mandate, as a person of the directory, or from outside."""

    person: Person
    department: str | None = None
    """The department whose mandate names the person."""
    organisation: str | None = None
    path: str | None = None
    """The person's own page, where the meeting's general page would not do."""
    required: bool = True


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
    says: str | None = None
    """What it shows of the meeting (`says`)."""
    mandated: str | None = None
    """The department through whose mandate the recipient was found."""


@dataclass(frozen=True)
class Wanted:
    """A mail to be written. `after` is the row that the person was told before: its meeting is the « avant » of a change."""

    recipient_id: str
    to: Invitee | None
    """None for somebody who is told at the address used before."""
    method: Method
    kind: Kind
    after: Row | None = None


@dataclass
class Plan:
    wanted: list[Wanted] = field(default_factory=list)
    abandoned: list[tuple[UUID, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Situation:
    """A meeting as it stands. `invited` are the holders of mandates on the meeting's day, people and guests; each stands there once.

    `preparing` are today's holders where that is somebody else. `revised`: a revision of the meeting brings us here, and not a mandate;
    only then are those told « pour préparation », so that a handover does not bring six mails (practice, ruling 15).
    """

    meeting: Meeting
    cancelled: bool
    over: bool
    invited: tuple[Invitee, ...]
    preparing: tuple[Invitee, ...]
    vacant: tuple[str, ...]
    """Departments without a coordination on the meeting's day: the team is asked to hand the meeting on."""
    revised: bool

    @property
    def unassigned(self) -> tuple[str, ...]:
        return () if self.cancelled or self.over else self.vacant


def departments_of(meeting: Meeting) -> tuple[str, ...]:
    """The departments that are invited through their mandates, the meeting's own first."""
    own = [meeting.department] if meeting.department else []
    return tuple(dict.fromkeys([*own, *(who.department for who in meeting.invited if who.department)]))


def each_once(found: Iterable[Invitee]) -> tuple[Invitee, ...]:
    """One entry a person, the first; somebody named by address who is in the directory is the person of the directory."""
    kept: dict[str, Invitee] = {}
    for invitee in found:
        kept.setdefault(invitee.person.id, invitee)
    known = {invitee.person.email.lower() for invitee in kept.values() if invitee.person.email and not invitee.person.id.startswith(GUEST)}
    return tuple(i for i in kept.values() if not (i.person.id.startswith(GUEST) and (i.person.email or "").lower() in known))


def says(meeting: Meeting) -> str:
    """A name for what a mail shows of the meeting: a change of who is invited beside somebody is no reason to write to that person."""
    shown = meeting.model_dump_json(include=_SHOWN)
    return hashlib.sha256(f"{isinstance(meeting, MeetingCancelled)}{shown}".encode()).hexdigest()[:32]


def starts(meeting: Meeting) -> datetime:
    return meeting.starts_at.replace(tzinfo=ZoneInfo(meeting.zone))


def ends(meeting: Meeting) -> datetime:
    return meeting.ends_at.replace(tzinfo=ZoneInfo(meeting.zone))


def mandate_day(meeting: Meeting) -> date:
    """The Europe/Paris day whose mandate decides who is invited."""
    return starts(meeting).astimezone(PARIS).date()


def plan(now: Situation, rows: Sequence[Row]) -> Plan:
    """What to write and what to give up. `rows` are all mails about this meeting to those invited, in the order in which they were made."""
    if now.over:
        return Plan(abandoned=[(row.delivery_id, "the meeting is over") for row in rows if row.open])
    found = Plan()
    shown = says(now.meeting)
    invited = {invitee.person.id: invitee for invitee in now.invited}
    preparing = {invitee.person.id: invitee for invitee in now.preparing}
    own_rows: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        own_rows[row.recipient_id].append(row)
    for recipient in sorted(own_rows.keys() | invited.keys() | preparing.keys()):
        own = own_rows[recipient]
        told = next((row for row in reversed(own) if row.handed), None)
        expected = recipient in invited and not now.cancelled
        method = _invitation(now, told, shown) if expected else _taken_back(now, own, told, shown, prepares=recipient in preparing)
        if not _keep(found, own, method, now, shown, expected=expected) and method is not None:
            to = invited.get(recipient) or preparing.get(recipient)
            found.wanted.append(Wanted(recipient, to, method, _kind(now, method, told), told))
    return found


def _holds(row: Row, now: Situation, shown: str) -> bool:
    """Whether the mail shows the meeting as it is. A reason that is given is told, also when nothing else changed."""
    if row.revision == now.meeting.revision:
        return True
    explained = isinstance(now.meeting, MeetingMoved) and now.meeting.reason is not None
    return row.says == shown and not explained


def _invitation(now: Situation, told: Row | None, shown: str) -> Method | None:
    return None if told and told.method == "REQUEST" and _holds(told, now, shown) else "REQUEST"


def _taken_back(now: Situation, own: Iterable[Row], told: Row | None, shown: str, *, prepares: bool) -> Method | None:
    """The one mail that somebody who is not expected should have after the last one; None when the last one still holds."""
    if told is not None and told.method == "REQUEST":
        return "CANCEL"
    if any(row.method != "PUBLISH" and row.handed for row in own):
        return None
    if not now.revised or (told and _holds(told, now, shown)):
        return None
    if now.cancelled:
        return "PUBLISH" if told else None
    return "PUBLISH" if prepares else None


def _keep(found: Plan, own: Iterable[Row], method: Method | None, now: Situation, shown: str, *, expected: bool) -> bool:
    """Give up the open rows that no longer say the right thing. True when one of them already says it."""
    kept = False
    for row in own:
        if not row.open:
            continue
        holds = _holds(row, now, shown)
        reminds = expected and row.method == "REQUEST"
        says_it = holds and (row.method == method or (method is None and (row.handed or reminds)))
        if says_it and not kept:
            kept = True
        elif not (
            holds and row.method == "PUBLISH" and method in {None, "PUBLISH"}
        ):  # a copy stays when only a mandate was looked at again
            found.abandoned.append((row.delivery_id, _reason(holds=holds)))
    return kept


def _reason(*, holds: bool) -> str:
    return "another person holds the mandate, or the meeting is off" if holds else "superseded by a later revision"


def _kind(now: Situation, method: Method, told: Row | None) -> Kind:
    if method == "CANCEL":
        if now.cancelled:
            return "MEETING_CANCELLATION"
        return "MEETING_HANDED_OVER" if told and told.mandated in departments_of(now.meeting) else "MEETING_UNINVITED"
    if method == "PUBLISH":
        return "MEETING_CANCELLATION" if now.cancelled else "MEETING_PREPARATION"
    return "MEETING_CHANGE" if told is not None and told.method == "REQUEST" else "MEETING_INVITATION"
