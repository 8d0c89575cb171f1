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

_SEATED = """
    select r.registration_id, r.session_id, s.rank, lower(r.email) as address, p.participant_id, p.needs,
        coalesce(p.name, r.name) as name, coalesce(p.organisation, r.organisation) as organisation, coalesce(p.role, r.role) as role
    from sessions s join registrations r on r.session_id = s.session_id and r.state = 'confirmed'
    left join participants p on p.meeting_id = s.meeting_id and lower(p.email) = lower(r.email)
    where s.meeting_id = $1
"""


@dataclass(frozen=True)
class Tick:
    """A tick on somebody's phone: all seats of the person at the meeting. `at` is the phone's clock."""

    participant_id: UUID
    present: bool
    at: datetime


@dataclass(frozen=True)
class Expected:
    """Somebody with at least one seat, and whether the person came (None: not ticked).

    `participant_id` is that of the participant, or of the first seat of somebody who registered for a single meeting.
    """

    participant_id: UUID
    name: str
    organisation: str
    role: str
    needs: str | None
    session_ids: tuple[UUID, ...]
    present: bool | None


@dataclass(frozen=True)
class Afterwards:
    """Where a person says what the meeting was worth, and finds its documents."""

    survey: str | None
    documents: str


PagesOf = Callable[[UUID | None, UUID | None], Afterwards]
"""Participant (None: registered for a single meeting) and seat (None: came without one) → what follows for the person."""


async def tick(connection: Connection, meeting_id: UUID, ticked: Tick, *, by: str, now: datetime, pages_of: PagesOf) -> bool:
    """The later tick counts; the same tick again, or an older one that arrives late, changes nothing. Answers whether it changed something.

    Raises a 404 problem for somebody without a seat at this meeting.
    """
    seats = await connection.fetch(
        f"""
        with seated as ({_SEATED})
        select registration_id, session_id, participant_id from seated
        where address in (select address from seated where $2 in (participant_id, registration_id)) order by registration_id
        """,  # noqa: S608 - our own text
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
            after = pages_of(seat["participant_id"], seat["registration_id"])
            message = AttendanceRecorded(
                meeting_id=meeting_id, session_id=seat["session_id"], registration_id=seat["registration_id"], revision=row["revision"],
                present=ticked.present, recorded_at=now, survey_page=after.survey, material_page=after.documents, occurred_at=now,
            )  # fmt: skip
            await outbox.add(connection, message)
    return changed


async def walk_in(
    connection: Connection, meeting_id: UUID, session_id: UUID, who: Applicant, *, by: str, now: datetime, pages_of: PagesOf
) -> None:
    """Somebody came without having registered. With an address the person is written to like everybody who came: thanks, and later what came
    of it. Who has a seat is ticked instead. Twice the same person changes nothing. Raises a 404 problem for a foreign session.
    """
    known = await connection.fetchval("select true from sessions where session_id = $1 and meeting_id = $2", session_id, meeting_id)
    if not known:
        raise Problem(404, "UNKNOWN_SESSION", "Cette séance n’existe pas")
    if who.email and (seat := await _seat_of(connection, meeting_id, who.email)):
        await tick(connection, meeting_id, Tick(seat, True, now), by=by, now=now, pages_of=pages_of)
        return
    participant_id = await _participant(connection, meeting_id, who, now) if who.email else None
    walk_in_id = await connection.fetchval(
        """
        insert into walk_ins (walk_in_id, meeting_id, session_id, name, email, organisation, role, recorded_at, by, participant_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning walk_in_id
        """,
        uuid7(), meeting_id, session_id, who.name, who.email or None, who.organisation, who.role, now, by, participant_id,
    )  # fmt: skip
    if walk_in_id is not None:
        after = pages_of(participant_id, None) if participant_id else None
        message = AttendanceRecorded(
            meeting_id=meeting_id, session_id=session_id, registration_id=walk_in_id, revision=1, present=True, recorded_at=now, name=who.name,
            email=who.email or None, survey_page=after.survey if after else None, material_page=after.documents if after else None,
            occurred_at=now,
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


async def _seat_of(connection: Connection, meeting_id: UUID, email: str) -> UUID | None:
    """A confirmed seat of this address."""
    found: UUID | None = await connection.fetchval(
        f"with seated as ({_SEATED}) select registration_id from seated where address = lower($2) order by registration_id limit 1",  # noqa: S608 - our own text
        meeting_id,
        email,
    )
    return found


async def expected(connection: Connection | Pool, meeting_id: UUID) -> list[Expected]:
    """Everybody with a confirmed seat, by name."""
    rows = await connection.fetch(
        f"""
        with seated as ({_SEATED}), people as (
            select coalesce(participant_id, (array_agg(registration_id order by registration_id))[1]) as participant_id,
                (array_agg(name order by registration_id))[1] as name, (array_agg(organisation order by registration_id))[1] as organisation,
                (array_agg(role order by registration_id))[1] as role, needs, array_agg(session_id order by rank) as session_ids,
                bool_or(present) as present
            from seated left join attendance using (registration_id) group by address, participant_id, needs
        )
        select * from people order by lower(name), participant_id
        """,  # noqa: S608 - our own text
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
