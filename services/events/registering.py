"""Take, confirm and give back a seat. The API and the pages call the same functions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from kit import idempotency
from kit.errors import LineError, Refused
from kit.service import Runtime
from services.events.organising import links_of
from services.events.rate import Rate
from services.events.rules import participants as participants_rules
from services.events.rules import registrations as rules
from services.events.rules.meetings import Plan
from services.events.rules.participants import Participation
from services.events.rules.programme import Timed, chosen_clashes
from services.events.rules.registrations import Applicant
from services.events.settings import OFFERS_CHECKED_EVERY_S
from services.events.store import participants, seats
from services.events.store.meetings import Kept
from services.events.store.participants import Participant
from services.events.store.seats import Seat

log = logging.getLogger(__name__)


async def register_once(
    runtime: Runtime,
    request: Request,
    meeting_id: UUID,
    session_id: UUID,
    applicant: Applicant,
    answer: Callable[[Seat], dict[str, Any]],
) -> Response:
    """A seat, or a place in the waiting list; the same key again gives the same one. Raises 400 without a key, 404, 409, 429, Refused."""
    rules.check(applicant)
    async with runtime.pool.acquire() as connection, connection.transaction():
        claim = await idempotency.begin(
            connection, scope="public", route=f"POST registrations {session_id}", key=idempotency.key_of(request), body=await request.body()
        )
        if claim.replay:
            return claim.replay.response()
        rate_of(runtime).admit(request)
        seat = await seats.register(connection, meeting_id, session_id, applicant, links_of(runtime), now=runtime.clock())
        given = await claim.keep(idempotency.Answer.of(201, answer(seat)))
    runtime.wake_relay()
    return given.response()


async def register(runtime: Runtime, request: Request, meeting_id: UUID, session_id: UUID, applicant: Applicant) -> Seat:
    """From the form: sent twice, the second meets « déjà inscrite »."""
    rules.check(applicant)
    rate_of(runtime).admit(request)
    async with runtime.pool.acquire() as connection, connection.transaction():
        seat = await seats.register(connection, meeting_id, session_id, applicant, links_of(runtime), now=runtime.clock())
    runtime.wake_relay()
    return seat


async def take_part(runtime: Runtime, request: Request, kept: Kept, who: Participation, session_ids: Sequence[UUID]) -> Participant:
    """A person and all seats at once, or nothing. Raises Refused for wrong fields and for sessions that clash, 404, 409, 429."""
    chosen = sorted(set(session_ids))
    errors = participants_rules.faults(who)
    errors += chosen_clashes([timed for timed in timed_sessions(kept.plan) if timed.session_id in set(chosen)])
    if not chosen:
        errors.append(LineError(column="sessions", code="MISSING", message="Choisissez au moins une séance."))
    if errors:
        raise Refused(errors, code="REGISTRATION_REFUSED", title="L’inscription est incomplète")
    rate_of(runtime).admit(request)
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        added = await participants.add(connection, kept.meeting_id, who, now=now)
        for session_id in chosen:  # in one order for everybody: two people never wait for each other
            await seats.register(connection, kept.meeting_id, session_id, who.applicant, links_of(runtime), now=now)
    runtime.wake_relay()
    return added


async def add_session(runtime: Runtime, kept: Kept, who: Participant, session_id: UUID) -> None:
    """One more session behind the own link. Raises Refused when it clashes with another that the person has."""
    mine = {held for held, _ in await participants.registrations_of(runtime.pool, who)}
    timed = [found for found in timed_sessions(kept.plan) if found.session_id in mine | {session_id}]
    if errors := list(chosen_clashes(timed)):
        raise Refused(errors, code="REGISTRATION_REFUSED", title="Ces séances se chevauchent")
    async with runtime.pool.acquire() as connection, connection.transaction():
        await seats.register(connection, kept.meeting_id, session_id, who.who.applicant, links_of(runtime), now=runtime.clock())
    runtime.wake_relay()


def timed_sessions(plan: Plan) -> list[Timed]:
    """The sessions of a meeting with their hours; one without hours of its own is open all the time and clashes with nothing."""
    return [
        Timed(session.session_id, session.name, session.starts_at, session.ends_at, session.travel_minutes or 0)
        for session in plan.sessions
        if session.session_id and session.starts_at and session.ends_at
    ]


async def give_up(runtime: Runtime, registration_id: UUID, reason: str) -> Seat:
    async with runtime.pool.acquire() as connection, connection.transaction():
        seat = await seats.give_up(connection, registration_id, links_of(runtime), now=runtime.clock(), reason=reason)
    runtime.wake_relay()
    return seat


async def accept(runtime: Runtime, registration_id: UUID) -> Seat:
    async with runtime.pool.acquire() as connection, connection.transaction():
        seat = await seats.accept(connection, registration_id, links_of(runtime), now=runtime.clock())
    runtime.wake_relay()
    return seat


async def pass_on_expired_offers(runtime: Runtime) -> None:
    """A long task: an offer that nobody took in time goes to the next of the list."""
    while True:
        async with runtime.pool.acquire() as connection, connection.transaction():
            ended = await seats.expire(connection, links_of(runtime), now=runtime.clock())
        if ended:
            log.info("offers expired", extra={"offers": ended})
            runtime.wake_relay()
        await asyncio.sleep(OFFERS_CHECKED_EVERY_S)


def rate_of(runtime: Runtime) -> Rate:
    rate: Rate = runtime.state["rate"]
    return rate
