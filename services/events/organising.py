"""Plan, move and cancel a meeting: rules, rows and announcement in one transaction. The API and the pages call the same functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from kit import idempotency
from kit.identity import Caller
from kit.service import Runtime
from schemas.zones import PARIS
from services.events.rules import meetings as rules
from services.events.rules.meetings import Plan
from services.events.secret_links import SecretLinks
from services.events.store import meetings, seats
from services.events.store.meetings import Kept


async def plan(runtime: Runtime, caller: Caller, wanted: Plan) -> Kept:
    """Raises Refused for a plan that is not right."""
    rules.check(wanted, today(runtime))
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await meetings.plan(connection, wanted, by=caller.id, now=runtime.clock())
    runtime.wake_relay()
    return kept


async def plan_once(
    runtime: Runtime, caller: Caller, request: Request, wanted: Plan, key: str | None, answer: Callable[[Kept], dict[str, Any]]
) -> Response:
    """The same, sent again under one Idempotency-Key: one meeting. Without a key every request is its own."""
    rules.check(wanted, today(runtime))
    async with runtime.pool.acquire() as connection, connection.transaction():
        claim = None
        if key is not None:
            claim = await idempotency.begin(
                connection, scope=caller.id, route="POST meetings", key=idempotency.key_of(request), body=await request.body()
            )
            if claim.replay:
                return claim.replay.response()
        kept = await meetings.plan(connection, wanted, by=caller.id, now=runtime.clock())
        given = idempotency.Answer.of(201, answer(kept), {"Location": f"/api/v1/meetings/{kept.meeting_id}", "ETag": f'"{kept.revision}"'})
        if claim is not None:
            await claim.keep(given)
    runtime.wake_relay()
    return given.response()


async def change(runtime: Runtime, caller: Caller, meeting_id: UUID, revision: int, wanted: Plan, reason: str | None) -> Kept:
    """Raises Refused, 404, 409 when cancelled, 412 when somebody changed it meanwhile, 409 for fewer seats than are taken.

    Larger rooms are offered to those who wait.
    """
    rules.check(wanted, today(runtime))
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        await meetings.locked(connection, meeting_id, revision)
        await seats.room_for_all(connection, wanted.sessions)
        kept = await meetings.change(connection, meeting_id, revision, wanted, by=caller.id, now=now, reason=reason)
        await seats.fill(connection, meeting_id, links_of(runtime), now=now)
    runtime.wake_relay()
    return kept


async def cancel(runtime: Runtime, caller: Caller, meeting_id: UUID, revision: int, reason: str) -> Kept:
    """The meeting and every registration of it end together."""
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await meetings.cancel(connection, meeting_id, revision, by=caller.id, now=now, reason=reason)
        await seats.end_all(connection, meeting_id, links_of(runtime), now=now, reason=f"La réunion est annulée : {reason}")
    runtime.wake_relay()
    return kept


def today(runtime: Runtime) -> date:
    return runtime.clock().astimezone(PARIS).date()


def links_of(runtime: Runtime) -> SecretLinks:
    links: SecretLinks = runtime.state["links"]
    return links
