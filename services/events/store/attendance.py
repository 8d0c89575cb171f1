"""Who came: ticks at the door, in any order and any number of times; somebody who had not registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import outbox
from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.meetings import AttendanceRecorded
from services.events.rules.registrations import Applicant


@dataclass(frozen=True)
class Tick:
    """A tick on somebody's phone: all seats of the person at the meeting. `at` is the phone's clock."""

    participant_id: UUID
    present: bool
    at: datetime


@dataclass(frozen=True)
class Expected:
    """A participant with at least one seat, and whether the person came (None: not ticked)."""

    participant_id: UUID
    name: str
    organisation: str
    role: str
    needs: str | None
    session_ids: tuple[UUID, ...]
    present: bool | None


PageOf = Callable[[UUID], str]
"""Participant → the person's own page of what follows."""


async def tick(connection: Connection, meeting_id: UUID, ticked: Tick, *, by: str, now: datetime, page_of: PageOf) -> bool:
    """The later tick counts; the same tick again, or an older one that arrives late, changes nothing. Answers whether it changed something.

    Raises a 404 problem for somebody without a seat at this meeting.
    """
    seats = await connection.fetch(
        """
        select r.registration_id, r.session_id from participants p
        join sessions s using (meeting_id)
        join registrations r on r.session_id = s.session_id and lower(r.email) = lower(p.email) and r.state = 'confirmed'
        where p.meeting_id = $1 and p.participant_id = $2 order by r.registration_id
        """,
        meeting_id,
        ticked.participant_id,
    )
    if not seats:
        raise Problem(404, "UNKNOWN_PARTICIPANT", "Cette personne n’a pas de place à cette réunion")
    changed = False
    for seat in seats:
        row = await connection.fetchrow(
            """
            insert into attendance as a (registration_id, present, at, revision, recorded_at, by) values ($1, $2, $3, 1, $4, $5)
            on conflict (registration_id) do update set present = excluded.present, at = excluded.at,
                revision = a.revision + (excluded.present <> a.present)::int, recorded_at = excluded.recorded_at, by = excluded.by
            where excluded.at > a.at
            returning new.revision, old.present is distinct from new.present as changed
            """,
            seat["registration_id"], ticked.present, ticked.at, now, by,
        )  # fmt: skip
        if row is not None and row["changed"]:
            changed = True
            own = page_of(ticked.participant_id)
            message = AttendanceRecorded(
                meeting_id=meeting_id, session_id=seat["session_id"], registration_id=seat["registration_id"], revision=row["revision"],
                present=ticked.present, recorded_at=now, survey_page=own, material_page=f"{own}#documents", occurred_at=now,
            )  # fmt: skip
            await outbox.add(connection, message)
    return changed


async def walk_in(
    connection: Connection, meeting_id: UUID, session_id: UUID, who: Applicant, *, by: str, now: datetime, page_of: PageOf
) -> None:
    """Somebody came without having registered. With an address the person is written to like everybody who came: thanks, and later what came
    of it. Who has a seat is ticked instead. Twice the same person changes nothing. Raises a 404 problem for a foreign session.
    """
    known = await connection.fetchval("select true from sessions where session_id = $1 and meeting_id = $2", session_id, meeting_id)
    if not known:
        raise Problem(404, "UNKNOWN_SESSION", "Cette séance n’existe pas")
    participant_id = await _participant(connection, meeting_id, who, now) if who.email else None
    if participant_id and await _has_seat(connection, meeting_id, participant_id):
        await tick(connection, meeting_id, Tick(participant_id, True, now), by=by, now=now, page_of=page_of)
        return
    walk_in_id = await connection.fetchval(
        """
        insert into walk_ins (walk_in_id, meeting_id, session_id, name, email, organisation, role, recorded_at, by, participant_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning walk_in_id
        """,
        uuid7(), meeting_id, session_id, who.name, who.email or None, who.organisation, who.role, now, by, participant_id,
    )  # fmt: skip
    if walk_in_id is not None:
        own = page_of(participant_id) if participant_id else None
        message = AttendanceRecorded(
            meeting_id=meeting_id, session_id=session_id, registration_id=walk_in_id, revision=1, present=True, recorded_at=now, name=who.name,
            email=who.email or None, survey_page=own, material_page=f"{own}#documents" if own else None, occurred_at=now,
        )  # fmt: skip
        await outbox.add(connection, message)


async def _participant(connection: Connection, meeting_id: UUID, who: Applicant, now: datetime) -> UUID:
    """The person's own page; the one that the address has already, where it takes part."""
    participant_id: UUID = await connection.fetchval(
        """
        insert into participants as p (participant_id, meeting_id, name, email, organisation, role, shares_contact, registered_at)
        values ($1, $2, $3, $4, $5, $6, false, $7)
        on conflict (meeting_id, lower(email)) do update set email = p.email returning participant_id
        """,
        uuid7(), meeting_id, who.name, who.email, who.organisation, who.role, now,
    )  # fmt: skip
    return participant_id


async def _has_seat(connection: Connection, meeting_id: UUID, participant_id: UUID) -> bool:
    return any(one.participant_id == participant_id for one in await expected(connection, meeting_id))


async def expected(connection: Connection | Pool, meeting_id: UUID) -> list[Expected]:
    """Everybody with a confirmed seat, by name."""
    rows = await connection.fetch(
        """
        select p.participant_id, p.name, p.organisation, p.role, p.needs, array_agg(r.session_id order by s.rank) as session_ids,
            bool_or(a.present) as present
        from participants p
        join sessions s using (meeting_id)
        join registrations r on r.session_id = s.session_id and lower(r.email) = lower(p.email) and r.state = 'confirmed'
        left join attendance a using (registration_id)
        where p.meeting_id = $1 group by p.participant_id order by lower(p.name), p.participant_id
        """,
        meeting_id,
    )
    return [Expected(**{**dict(row), "session_ids": tuple(row["session_ids"])}) for row in rows]


async def walk_ins(connection: Connection | Pool, meeting_id: UUID) -> list[Applicant]:
    rows = await connection.fetch(
        """
        select distinct on (coalesce(lower(email), lower(name))) name, coalesce(email, '') as email, organisation, role
        from walk_ins where meeting_id = $1 order by coalesce(lower(email), lower(name))
        """,
        meeting_id,
    )
    return [Applicant(**dict(row)) for row in rows]
