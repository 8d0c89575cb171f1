"""What makes a meeting right, and what a change of it means for the calendars of those invited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from kit.errors import LineError, Refused
from schemas.meetings import Addressee
from schemas.vocabulary.network import MEETINGS, SESSIONS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS_NAME

LONGEST_TITLE = 200
FARTHEST = timedelta(days=3_660)
"""Ten years ahead: a later day is a typing error."""
MOST_SESSIONS = 30


@dataclass(frozen=True)
class PlannedSession:
    """A part of a meeting. Without an id it is new; without a capacity everybody fits in."""

    name: str
    kind: str
    capacity: int | None = None
    session_id: UUID | None = None
    starts_at: datetime | None = None
    """Local, like the meeting's; without hours of its own it lasts as long as the meeting."""
    ends_at: datetime | None = None
    place: str | None = None
    travel_minutes: int | None = None


@dataclass(frozen=True)
class Plan:
    """A meeting as its organiser wants it: local date and time, and the zone they are meant in."""

    kind: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    theme: str | None = None
    department: str | None = None
    access: str | None = None
    zone: str = PARIS_NAME
    sessions: tuple[PlannedSession, ...] = ()
    invited: tuple[Addressee, ...] = ()
    """Beside the holder of the department's mandate."""
    to_prepare: str | None = None
    answer_by: date | None = None
    contact: str | None = None
    host_siret: str | None = None
    place_to_confirm: bool = False
    save_the_date: bool = False
    page: str | None = None
    """The meeting's own page where it has a better one than `/agenda/<id>`."""


def keeping(before: Plan, wanted: Plan) -> Plan:
    """`wanted` as a plain form or a simple client sent it, with what these do not know (who is invited, hours of sessions…) as it was.

    Hours of sessions move with the meeting.
    """
    later = wanted.starts_at - before.starts_at
    was = {session.session_id: session for session in before.sessions}
    return replace(
        wanted,
        **{name: getattr(before, name) for name in _BESIDE_THE_FORM if getattr(wanted, name) in (None, (), False)},
        sessions=tuple(_session_keeping(was.get(session.session_id), session, later) for session in wanted.sessions),
    )


_BESIDE_THE_FORM = ("invited", "to_prepare", "answer_by", "contact", "host_siret", "place_to_confirm", "save_the_date", "page")


def _session_keeping(before: PlannedSession | None, wanted: PlannedSession, later: timedelta) -> PlannedSession:
    if before is None:
        return wanted
    return replace(
        wanted,
        starts_at=wanted.starts_at or (before.starts_at and before.starts_at + later),
        ends_at=wanted.ends_at or (before.ends_at and before.ends_at + later),
        place=wanted.place or before.place,
        travel_minutes=before.travel_minutes if wanted.travel_minutes is None else wanted.travel_minutes,
    )


def check(plan: Plan, today: date) -> None:
    """Raises Refused with everything that is wrong with the plan; `today` is the Europe/Paris date."""
    errors = [*_words(plan), *_times(plan, today), *_sessions(plan)]
    if errors:
        raise Refused(errors, code="MEETING_REFUSED", title="La réunion ne peut pas être enregistrée telle quelle")


def _words(plan: Plan) -> Iterator[LineError]:
    if not plan.title.strip() or len(plan.title) > LONGEST_TITLE:
        yield _error("title", plan.title, "TITLE", f"Donnez un titre de 1 à {LONGEST_TITLE} caractères.", "Recours aux ETT")
    if not plan.place.strip() or len(plan.place) > LONGEST_TITLE:
        yield _error("place", plan.place, "PLACE", f"Indiquez le lieu, en {LONGEST_TITLE} caractères au plus.", "Bobigny, salle 2")
    if plan.kind not in MEETINGS:
        yield _error(
            "kind", plan.kind, "UNKNOWN_CODE", f"Ce type de réunion n’existe pas ; choisissez parmi {', '.join(MEETINGS)}.", "ATELIER"
        )
    if plan.theme is not None and plan.theme not in THEMES:
        yield _error("theme", plan.theme, "UNKNOWN_CODE", f"Ce thème n’existe pas ; choisissez parmi {', '.join(THEMES)}.", "ETT")
    if plan.department is not None and plan.department not in DEPARTMENTS:
        yield _error("department", plan.department, "UNKNOWN_CODE", "Département attendu : 75, 77, 78 ou 91 à 95.", "93")


def _times(plan: Plan, today: date) -> Iterator[LineError]:
    if plan.zone != PARIS_NAME:
        yield _error("zone", plan.zone, "ZONE", "Les réunions du réseau sont à l’heure de Paris.", PARIS_NAME)
        return
    if plan.ends_at <= plan.starts_at:
        yield _error("ends_at", plan.ends_at, "INVERTED", "La réunion se termine avant de commencer.", "2027-01-29T12:00")
    elif (plan.ends_at - plan.starts_at).days >= 3:
        yield _error(
            "ends_at", plan.ends_at, "TOO_LONG", "Une réunion dure moins de trois jours ; vérifiez la date de fin.", "2027-01-29T12:00"
        )
    if plan.starts_at.date() < today:
        yield _error("starts_at", plan.starts_at, "IN_THE_PAST", "Cette date est passée.", "2027-01-29T09:30")
    elif plan.starts_at.date() > today + FARTHEST:
        yield _error("starts_at", plan.starts_at, "TOO_FAR", "Cette date est à plus de dix ans ; vérifiez l’année.", "2027-01-29T09:30")
    for column, moment in (("starts_at", plan.starts_at), ("ends_at", plan.ends_at)):
        if not exists(moment, plan.zone):
            yield _error(
                column, moment, "NO_SUCH_TIME", "Cette heure n’existe pas : on passe à l’heure d’été cette nuit-là.", "2027-03-28T09:30"
            )


def _sessions(plan: Plan) -> Iterator[LineError]:
    if len(plan.sessions) > MOST_SESSIONS:
        yield _error("sessions", len(plan.sessions), "TOO_MANY", f"{MOST_SESSIONS} séances au plus.", None)
    for number, session in enumerate(plan.sessions, start=1):
        if not session.name.strip() or len(session.name) > LONGEST_TITLE:
            yield _error("sessions.name", session.name, "TITLE", "Donnez un nom à la séance.", "Atelier", number)
        if session.kind not in SESSIONS:
            yield _error(
                "sessions.kind", session.kind, "UNKNOWN_CODE", f"Type de séance attendu : {', '.join(SESSIONS)}.", "ATELIER", number
            )
        yield from _session_times(plan, session, number)
        if session.capacity is not None and not 1 <= session.capacity <= 100_000:
            yield _error(
                "sessions.capacity", session.capacity, "CAPACITY", "Le nombre de places est un entier à partir de 1.", "25", number
            )


def _session_times(plan: Plan, session: PlannedSession, number: int) -> Iterator[LineError]:
    starts_at, ends_at = session.starts_at or plan.starts_at, session.ends_at or plan.ends_at
    if session.starts_at is None and session.ends_at is None:
        pass
    elif ends_at <= starts_at:
        yield _error("sessions.ends_at", ends_at, "INVERTED", "La séance se termine avant de commencer.", "10:15", number)
    elif starts_at < plan.starts_at or ends_at > plan.ends_at:
        message = f"« {session.name} » déborde des heures de la réunion ({plan.starts_at:%H:%M}–{plan.ends_at:%H:%M})."
        yield _error("sessions.starts_at", starts_at, "OUTSIDE", message, None, number)
    if session.travel_minutes is not None and not 0 <= session.travel_minutes <= 240:
        yield _error("sessions.travel_minutes", session.travel_minutes, "TRAVEL", "Un trajet compte de 0 à 240 minutes.", "15", number)


def _error(column: str, value: object, code: str, message: str, example: str | None, line: int | None = None) -> LineError:
    return LineError(line=line, column=column, code=code, severity="blocking", value=str(value), message=message, example=example)


def exists(local: datetime, zone: str) -> bool:
    """Whether a clock on the wall ever shows this time; at the change to summer time an hour is missing."""
    there = local.replace(tzinfo=ZoneInfo(zone))
    return there.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local


def begins(plan_starts_at: datetime, zone: str) -> datetime:
    """The instant at which a meeting begins."""
    return plan_starts_at.replace(tzinfo=ZoneInfo(zone))


def next_sequence(before: Plan, after: Plan, sequence: int) -> int:
    """iCalendar's SEQUENCE (RFC 5546 2.1.4): it rises when time, place or status change, so that calendars take the new version."""
    moved = (before.starts_at, before.ends_at, before.zone, before.place) != (after.starts_at, after.ends_at, after.zone, after.place)
    return sequence + 1 if moved or before.save_the_date != after.save_the_date else sequence
