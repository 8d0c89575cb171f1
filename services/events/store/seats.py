"""Seats as rows, decided under the session's lock: no seat twice, no gap in the waiting list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import asyncpg

from kit import outbox
from kit.errors import LineError
from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.meetings import RegistrationCancelled, RegistrationConfirmed, RegistrationPromoted, RegistrationWaitlisted
from services.events.rules import meetings as meeting_rules
from services.events.rules.meetings import PlannedSession
from services.events.rules.registrations import Applicant
from services.events.rules.seats import Seats, State, hold_until, state_of_newcomer, to_promote
from services.events.secret_links import SecretLinks


@dataclass(frozen=True)
class Seat:
    """A registration as it stands. `position` counts from 1 among those who wait."""

    registration_id: UUID
    session_id: UUID
    meeting_id: UUID
    revision: int
    state: State
    applicant: Applicant
    position: int | None
    offered_until: datetime | None
    registered_at: datetime


_SEAT = """
    select r.registration_id, r.session_id, s.meeting_id, r.revision, r.state, r.name, r.email, r.organisation, r.role, r.offered_until,
        r.registered_at,
        case when r.state = 'waitlisted'
             then row_number() over (partition by r.session_id, r.state order by r.place) end as position
    from registrations r join sessions s using (session_id)
"""
_ONE = f"with seat as ({_SEAT} where r.session_id = (select session_id from registrations where registration_id = $1))  -- the whole list\n\
    select * from seat where registration_id = $1"  # noqa: S608 - our own text


async def register(
    connection: Connection, meeting_id: UUID, session_id: UUID, applicant: Applicant, links: SecretLinks, *, now: datetime
) -> Seat:
    """A seat, or the end of the waiting list. Raises 404 for an unknown session, 409 when cancelled, begun, or registered already."""
    seats = await _under_lock(connection, meeting_id, session_id, now)
    registration_id, state = uuid7(), state_of_newcomer(seats)
    try:
        await connection.execute(
            """
            with drawn as (update sessions set next_place = next_place + 1 where session_id = $2 returning next_place - 1 as place)
            insert into registrations
                (registration_id, session_id, place, revision, state, name, email, organisation, role, registered_at, changed_at)
            select $1, $2, place, 1, $3, $4, $5, $6, $7, $8, $8 from drawn
            """,
            registration_id, session_id, state, applicant.name, applicant.email, applicant.organisation, applicant.role, now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Problem(
            409,
            "ALREADY_REGISTERED",
            "Cette adresse est déjà inscrite",
            "Le lien reçu par courriel permet de changer ou d’annuler l’inscription.",
        ) from None
    position = seats.waiting + 1 if state == "waitlisted" else None
    seat = Seat(registration_id, session_id, meeting_id, 1, state, applicant, position, None, now)
    about = _about(seat, links)
    if position is None:
        await outbox.add(connection, RegistrationConfirmed(**about, occurred_at=now))
    else:
        await outbox.add(connection, RegistrationWaitlisted(**about, occurred_at=now, position=position))
    return seat


async def give_up(connection: Connection, registration_id: UUID, links: SecretLinks, *, now: datetime, reason: str) -> Seat:
    """The registration ends; a freed seat is offered to the next. Giving up twice changes nothing."""
    seat = await get(connection, registration_id)
    starts_at = await _lock_session(connection, seat.meeting_id, seat.session_id)
    seat = await get(connection, registration_id)
    if seat.state == "cancelled":
        return seat
    ended = await _move(connection, seat, "cancelled", now, reason=reason)
    await outbox.add(connection, RegistrationCancelled(**_about(ended, links), occurred_at=now, reason=reason))
    await _promote(connection, seat.session_id, starts_at, links, now)
    return ended


async def accept(connection: Connection, registration_id: UUID, links: SecretLinks, *, now: datetime) -> Seat:
    """The offered seat is taken. Raises 409 when the offer is over; accepting twice changes nothing."""
    seat = await get(connection, registration_id)
    await _lock_session(connection, seat.meeting_id, seat.session_id)
    seat = await get(connection, registration_id)
    if seat.state == "confirmed":
        return seat
    if seat.state != "offered" or seat.offered_until is None or seat.offered_until <= now:
        raise Problem(409, "NO_OFFER", "Aucune place ne vous est réservée", "L’offre a expiré, ou la place n’est pas encore libre.")
    taken = await _move(connection, seat, "confirmed", now)
    await outbox.add(connection, RegistrationConfirmed(**_about(taken, links), occurred_at=now))
    return taken


async def expire(connection: Connection, links: SecretLinks, *, now: datetime) -> int:
    """Offers that nobody took go to the next; answers how many ended."""
    due = await connection.fetch(
        "select registration_id from registrations where state = 'offered' and offered_until <= $1 order by session_id, place", now
    )
    for row in due:
        await give_up(connection, row["registration_id"], links, now=now, reason="La place proposée n’a pas été confirmée à temps.")
    return len(due)


async def fill(connection: Connection, meeting_id: UUID, links: SecretLinks, *, now: datetime) -> None:
    """After a change of capacity: free seats are offered to those who wait."""
    for row in await connection.fetch("select session_id from sessions where meeting_id = $1 order by session_id", meeting_id):
        starts_at = await _lock_session(connection, meeting_id, row["session_id"])
        await _promote(connection, row["session_id"], starts_at, links, now)


async def room_for_all(connection: Connection, wanted: Sequence[PlannedSession]) -> None:
    """Raises a 409 problem that lists who has a seat, when a session is to have fewer seats than are taken: nobody is dropped."""
    for session in sorted(
        (found for found in wanted if found.session_id and found.capacity is not None), key=lambda found: str(found.session_id)
    ):
        await connection.execute("select from sessions where session_id = $1 for update", session.session_id)
        taken = await connection.fetch(
            "select name, organisation from registrations where session_id = $1 and state in ('confirmed', 'offered') order by place",
            session.session_id,
        )
        if session.capacity is not None and len(taken) > session.capacity:
            who = [LineError(column="sessions.capacity", code="SEATED", value=row["name"], message=row["organisation"]) for row in taken]
            raise Problem(
                409,
                "CAPACITY_BELOW_SEATS",
                f"{len(taken)} places sont déjà prises dans « {session.name} »",
                f"Vous demandez {session.capacity} places. Personne n’est retiré : annulez d’abord des inscriptions, ou gardez au moins "
                f"{len(taken)} places.",
                errors=who,
            )


async def end_all(connection: Connection, meeting_id: UUID, links: SecretLinks, *, now: datetime, reason: str) -> None:
    """The meeting was cancelled: every registration ends, nobody is offered anything."""
    for session in await connection.fetch(
        "select session_id from sessions where meeting_id = $1 order by session_id for update", meeting_id
    ):
        for seat in await of_session(connection, session["session_id"]):
            if seat.state != "cancelled":
                ended = await _move(connection, seat, "cancelled", now, reason=reason)
                await outbox.add(connection, RegistrationCancelled(**_about(ended, links), occurred_at=now, reason=reason))


async def get(connection: Connection | Pool, registration_id: UUID) -> Seat:
    """Raises a 404 problem for an unknown registration."""
    row = await connection.fetchrow(
        _ONE,
        registration_id,
    )
    if row is None:
        raise Problem(404, "UNKNOWN_REGISTRATION", "Cette inscription n’existe pas")
    return _seat(row)


async def of_session(connection: Connection | Pool, session_id: UUID) -> list[Seat]:
    """Every registration of a session in the order of arrival."""
    return [_seat(row) for row in await connection.fetch(_SEAT + " where r.session_id = $1 order by r.place", session_id)]


async def counts(pool: Pool, meeting_id: UUID) -> dict[UUID, tuple[int, int]]:
    """Session → (seats taken or held, people waiting)."""
    rows = await pool.fetch(
        """
        select session_id, count(*) filter (where state in ('confirmed', 'offered')) as taken,
            count(*) filter (where state = 'waitlisted') as waiting
        from registrations join sessions using (session_id) where meeting_id = $1 group by session_id
        """,
        meeting_id,
    )
    return {row["session_id"]: (row["taken"], row["waiting"]) for row in rows}


async def _lock_session(connection: Connection, meeting_id: UUID, session_id: UUID) -> datetime:
    """The session's lock, under which every seat is decided. Answers the instant at which the meeting begins: the deadline."""
    row = await connection.fetchrow(
        """
        select m.starts_at, m.zone from sessions s join meetings m using (meeting_id)
        where s.session_id = $1 and s.meeting_id = $2 and s.rank >= 0 for update of s
        """,
        session_id,
        meeting_id,
    )
    if row is None:
        raise Problem(404, "UNKNOWN_SESSION", "Cette séance n’existe pas", "Elle a peut-être été retirée du programme.")
    return meeting_rules.begins(row["starts_at"], row["zone"])


async def _under_lock(connection: Connection, meeting_id: UUID, session_id: UUID, now: datetime) -> Seats:
    """A newcomer's view of the session, under its lock. Raises 404, 409 when cancelled or begun."""
    row = await connection.fetchrow(
        """
        select m.starts_at, m.zone, m.state, s.capacity from sessions s join meetings m using (meeting_id)
        where s.session_id = $1 and s.meeting_id = $2 and s.rank >= 0 for update of s
        """,
        session_id,
        meeting_id,
    )
    if row is None:
        raise Problem(404, "UNKNOWN_SESSION", "Cette séance n’existe pas", "Elle a peut-être été retirée du programme.")
    if row["state"] == "cancelled":
        raise Problem(409, "CANCELLED", "La réunion est annulée")
    if now >= meeting_rules.begins(row["starts_at"], row["zone"]):
        raise Problem(409, "CLOSED", "Les inscriptions sont closes", "La réunion a commencé.")
    return await _seats(connection, session_id, row["capacity"])


async def _seats(connection: Connection, session_id: UUID, capacity: int | None) -> Seats:
    row = await connection.fetchrow(
        """
        select count(*) filter (where state in ('confirmed', 'offered')) as taken, count(*) filter (where state = 'waitlisted') as waiting
        from registrations where session_id = $1 and state <> 'cancelled'
        """,
        session_id,
    )
    return Seats(capacity, *row) if row else Seats(capacity, 0)


async def _promote(connection: Connection, session_id: UUID, deadline: datetime, links: SecretLinks, now: datetime) -> None:
    capacity = await connection.fetchval("select capacity from sessions where session_id = $1", session_id)
    free = to_promote(await _seats(connection, session_id, capacity), now, deadline)
    first = await connection.fetch(
        "select registration_id from registrations where session_id = $1 and state = 'waitlisted' order by place limit $2", session_id, free
    )
    until = hold_until(now, deadline)
    for row in first:
        offered = await _move(connection, await get(connection, row["registration_id"]), "offered", now, until=until)
        await outbox.add(connection, RegistrationPromoted(**_about(offered, links), occurred_at=now, offered_until=until))


async def _move(
    connection: Connection, seat: Seat, state: State, now: datetime, *, until: datetime | None = None, reason: str | None = None
) -> Seat:
    await connection.execute(
        """
        update registrations set state = $2, revision = revision + 1, offered_until = $3, reason = $4, changed_at = $5
        where registration_id = $1
        """,
        seat.registration_id, state, until, reason, now,
    )  # fmt: skip
    return await get(connection, seat.registration_id)


class About(TypedDict):
    """What every message about a registration says of it."""

    meeting_id: UUID
    session_id: UUID
    registration_id: UUID
    revision: int
    name: str
    email: str
    organisation: str
    role: str
    manage_path: str


def _about(seat: Seat, links: SecretLinks) -> About:
    who = seat.applicant
    return About(
        meeting_id=seat.meeting_id,
        session_id=seat.session_id,
        registration_id=seat.registration_id,
        revision=seat.revision,
        name=who.name,
        email=who.email,
        organisation=who.organisation,
        role=who.role,
        manage_path=links.path(seat.registration_id),
    )


def _seat(row: asyncpg.Record) -> Seat:
    applicant = Applicant(row["name"], row["email"], row["organisation"], row["role"])
    return Seat(
        row["registration_id"], row["session_id"], row["meeting_id"], row["revision"], row["state"], applicant, row["position"],
        row["offered_until"], row["registered_at"],
    )  # fmt: skip
