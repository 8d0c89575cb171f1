"""Meetings, their registrations and who came; polls, diagnostics and actions. A meeting has a local date and time and a zone, never an instant alone.

The key of a record is the id of what it tells of: a meeting's id, for polls, diagnostics and actions their own.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, NaiveDatetime, StringConstraints

from schemas.message import Code, Department, Message, Part, Siret
from schemas.zones import PARIS_NAME

LocalTime = NaiveDatetime
Zone = Annotated[str, StringConstraints(min_length=3, max_length=40)]


Path = Annotated[str, StringConstraints(pattern=r"^/[^\s\\]*$", max_length=500)]
"""A page of this site, from its root; the gateway's address is put before it."""


class Addressee(Part):
    """Somebody to be told. Exactly one of `person_id`, `department` and `email` says who.

    A department is whoever holds its mandate: on the day of the meeting for a meeting, on the day of the letter for everything else.
    """

    person_id: UUID | None = None
    department: Department | None = None
    email: str | None = None
    name: str | None = None
    """Of an external address; people of the directory have their own."""
    organisation: str | None = None
    required: bool = True
    path: Path | None = None
    """The addressee's own page where the letter's general page would not do: it may hold a secret."""


class Session(Part):
    """A part of a meeting. Without times it lasts as long as the meeting."""

    session_id: UUID
    name: str
    kind: Code
    capacity: int | None = None
    starts_at: LocalTime | None = None
    ends_at: LocalTime | None = None
    place: str | None = None
    """A room or, of a visit, the meeting point."""
    travel_minutes: int | None = None


class Meeting(Message):
    """The full state of a meeting at a revision. `sequence` is iCalendar's: it rises only for time, place or status.

    Invited are the holder of `department`'s mandate on the day and everybody of `invited`.
    """

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
    zone: Zone = PARIS_NAME
    place: str
    access: str | None = None
    """How to get there, and accessibility."""
    sessions: tuple[Session, ...] = ()
    invited: tuple[Addressee, ...] = ()
    """Invited beside the holder of `department`: members of a committee, other departments, external guests."""
    to_prepare: str | None = None
    """« À préparer : un cas rencontré »."""
    answer_by: date | None = None
    """« Réponse souhaitée avant le … », a Europe/Paris day."""
    contact: str | None = None
    """« Nom, téléphone » of whom to call."""
    host_siret: Siret | None = None
    """The structure in whose rooms it takes place: when it no longer carries the department, the place is to be confirmed again."""
    place_to_confirm: bool = False
    """« Lieu à reconfirmer »."""
    save_the_date: bool = False
    """The date stands, the programme is to come: « date à retenir »."""
    page: Path | None = None
    """The meeting's page; `/agenda/<meeting id>` when absent."""


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
    new_date_by: date | None = None
    """« Une nouvelle date vous sera proposée avant le … »; absent: nothing is said of another date."""


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


class AttendanceRecorded(Message):
    """Who came, as ticked for one person and session. A later revision corrects an earlier one.

    `registration_id` is minted by the publisher for somebody who came without having registered.
    """

    key_field: ClassVar[str] = "meeting_id"

    meeting_id: UUID
    session_id: UUID
    registration_id: UUID
    revision: int
    present: bool
    recorded_at: AwareDatetime
    name: str | None = None
    email: str | None = None
    """Name and address of somebody who had not registered; a registrant's are known."""
    survey_page: Path | None = None
    """Where the person says what the meeting was worth; it may hold a secret."""
    material_page: Path | None = None
    """Slides, minutes, contact sheet."""


class OutcomesAsked(Message):
    """Months after an event, somebody who took part is asked once what came of it."""

    key_field: ClassVar[str] = "meeting_id"

    meeting_id: UUID
    participant_id: UUID
    title: str
    day: date
    """Of the event, in Europe/Paris."""
    name: str
    email: str
    page: Path
    """Where the person says it; it holds a secret."""


class PollOption(Part):
    option_id: UUID
    starts_at: LocalTime
    ends_at: LocalTime
    place: str | None = None


class Poll(Message):
    """The full state of a poll at a revision: dates proposed to people, answered by yes, if needed, no."""

    key_field: ClassVar[str] = "poll_id"

    poll_id: UUID
    revision: int
    title: str
    department: Department | None = None
    zone: Zone = PARIS_NAME
    options: tuple[PollOption, ...] = ()
    recipients: tuple[Addressee, ...] = ()
    answer_by: date
    """The last Europe/Paris day on which an answer counts."""
    remind_on: date | None = None
    """On this Europe/Paris day notify reminds every recipient for whom no PollAnswered has come. Only a publisher of PollAnswered sets it."""
    page: Path
    """Where people of the directory answer; an external addressee has a page of its own."""
    words: str | None = None
    """What the organiser says to the recipients."""
    contact: str | None = None


class PollOpened(Poll):
    """People are asked. A later revision changes options, deadline or recipients: new recipients are written to, the others when the options changed."""


class PollAnswered(Message):
    """Somebody answered all of a poll: no reminder any more. What was answered is nobody else's business."""

    key_field: ClassVar[str] = "poll_id"

    poll_id: UUID
    by: Addressee
    """As in `Poll.recipients`."""
    answered_at: AwareDatetime
    to_confirm: bool = False
    """The answer is a predecessor's: the present holder of the mandate has to confirm it."""


class PollReminded(Poll):
    """The organiser asks again: `recipients` are those who have not answered, nobody else is written to."""


class PollClosed(Poll):
    """No more answers. `chosen` is the option kept and `meeting_id` what was planned from it; both absent when nothing came of it."""

    chosen: UUID | None = None
    meeting_id: UUID | None = None


class Diagnostic(Message):
    """The diagnostic form of a department and year at a revision."""

    key_field: ClassVar[str] = "diagnostic_id"

    diagnostic_id: UUID
    revision: int
    year: int
    department: Department
    version: int
    """Of the questions."""
    state: Code
    """TO_FILL (à remplir), SUBMITTED (transmise), REVIEWED (relue)."""
    progress: int = 0
    """Questions answered, per cent."""
    answer_by: date | None = None
    page: Path


class DiagnosticRequested(Diagnostic):
    """The coordination is asked to fill it in. Written to once; again only with `reminder`."""

    reminder: bool = False
    """The team asks again."""


class DiagnosticProgressed(Diagnostic):
    """How far the form is, at most every ten minutes while somebody writes. Nobody is written to."""


class DiagnosticSubmitted(Diagnostic):
    """The coordination has handed it to the team."""

    submitted_by: UUID | None = None
    submitted_at: AwareDatetime


class DiagnosticReviewed(Diagnostic):
    """The team has read it; `comment` goes back to the coordination."""

    comment: str | None = None


class ActionDue(Message):
    """The full state of an action that somebody has to do: published when it is given, changes, comes due, is late, and when it ends.

    Owner is one of a person, a department (whoever holds its mandate on the day of the letter) and a college (its actions are the team's to follow).
    """

    key_field: ClassVar[str] = "action_id"

    action_id: UUID
    revision: int
    title: str
    due: date
    overdue: bool = False
    state: Code
    """OPEN (à faire), DONE (faite), DROPPED (abandonnée)."""
    person_id: UUID | None = None
    department: Department | None = None
    college: Code | None = None
    roadmap: str | None = None
    """Name of the roadmap or of the diagnostic that it comes from."""
    page: Path
