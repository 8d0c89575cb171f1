"""Meetings and their registrations. A meeting has a local date and time and a zone, never an instant alone."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, NaiveDatetime, StringConstraints

from schemas.message import Code, Department, Message, Part

LocalTime = NaiveDatetime
Zone = Annotated[str, StringConstraints(min_length=3, max_length=40)]


class Session(Part):
    session_id: UUID
    name: str
    kind: Code
    capacity: int | None = None


class Meeting(Message):
    """The full state of a meeting at a revision. `sequence` is iCalendar's: it rises only for time, place or status."""

    key_field: ClassVar[str] = "meeting_id"

    meeting_id: UUID
    revision: int
    sequence: int
    kind: Code
    title: str
    theme: Code | None = None
    department: Department | None = None
    starts_at: LocalTime
    ends_at: LocalTime
    zone: Zone = "Europe/Paris"
    place: str
    access: str | None = None
    sessions: tuple[Session, ...] = ()


class MeetingPlanned(Meeting):
    """A meeting stands in the calendar."""


class MeetingMoved(Meeting):
    """Time or place changed (or a detail: then `sequence` is unchanged)."""

    previous_starts_at: LocalTime
    previous_ends_at: LocalTime
    previous_place: str
    reason: str | None = None


class MeetingCancelled(Meeting):
    """The meeting will not take place."""

    reason: str


class Registration(Message):
    """A registration without account. `contact` fields are the professional's own, given to be told about this meeting."""

    key_field: ClassVar[str] = "meeting_id"

    meeting_id: UUID
    session_id: UUID
    registration_id: UUID
    revision: int
    name: str
    email: str
    organisation: str
    role: Code
    manage_path: str
    """Path of the page that changes or cancels the registration; it holds a secret."""


class RegistrationConfirmed(Registration):
    """A seat is taken."""


class RegistrationWaitlisted(Registration):
    """No seat was free; `position` counts from 1."""

    position: int


class RegistrationPromoted(Registration):
    """A freed seat is held for this person until `offered_until`."""

    offered_until: AwareDatetime


class RegistrationCancelled(Registration):
    """The registration ended, by the person, the team, or because an offer expired."""

    reason: str
