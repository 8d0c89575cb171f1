"""Take, confirm and give back a seat. The API and the pages call the same functions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from kit import idempotency
from kit.service import Runtime
from services.events.organising import links_of
from services.events.rate import Rate
from services.events.rules import registrations as rules
from services.events.rules.registrations import Applicant
from services.events.settings import OFFERS_CHECKED_EVERY_S
from services.events.store import seats
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
