"""Committees and colleges: who sits, what they meet for and decide. Rules, rows and announcements in one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from schemas.zones import PARIS
from services.events.organising import today
from services.events.rules import meetings as meeting_rules
from services.events.rules.governance import sittings as rules
from services.events.rules.governance.sittings import Decision, Item, Member
from services.events.rules.meetings import Plan
from services.events.store import meetings
from services.events.store.governance import bodies, sittings
from services.events.store.meetings import Kept


async def add_member(runtime: Runtime, caller: Caller, code: str, member: Member) -> None:
    """From today on, and invited to the coming meetings. Raises Refused, 404, 409."""
    caller.require("team")
    rules.check_member(member)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await bodies.get(connection, code)
        await bodies.add(connection, code, member, today(runtime))
        await _invite_again(runtime, caller, connection, code)
    runtime.wake_relay()


async def remove_member(runtime: Runtime, caller: Caller, code: str, member_id: UUID) -> None:
    """From today on, and no longer invited to the coming meetings. Raises 404."""
    caller.require("team")
    async with runtime.pool.acquire() as connection, connection.transaction():
        await bodies.leave(connection, code, member_id, today(runtime))
        await _invite_again(runtime, caller, connection, code)
    runtime.wake_relay()


async def meet(runtime: Runtime, caller: Caller, code: str, wanted: Plan) -> Kept:
    """A meeting of the body: in everybody's calendar, its members invited. Raises Refused, 404."""
    caller.require("team")
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await plan(runtime, caller, connection, code, wanted)
    runtime.wake_relay()
    return kept


async def plan(runtime: Runtime, caller: Caller, connection: Connection, code: str, wanted: Plan) -> Kept:
    """The same in the caller's transaction, which wakes the relay afterwards."""
    body = await bodies.get(connection, code)
    members = [seat.member for seat in await bodies.seats(connection, code, today(runtime))]
    sitting = replace(wanted, kind=body.kind, invited=rules.invited(members))
    meeting_rules.check(sitting, today(runtime))
    kept = await meetings.plan(connection, sitting, by=caller.id, now=runtime.clock())
    await sittings.attach(connection, kept.meeting_id, code)
    page = f"/gouvernance/reunions/{kept.meeting_id}"
    return await meetings.change(
        connection, kept.meeting_id, kept.revision, replace(kept.plan, page=page), by=caller.id, now=runtime.clock(), reason=None
    )


async def attach(runtime: Runtime, caller: Caller, code: str, meeting_id: UUID) -> None:
    """A meeting that stands already (of an accepted plan) becomes the body's, and its members are invited. Raises 404, 409."""
    caller.require("team")
    async with runtime.pool.acquire() as connection, connection.transaction():
        await bodies.get(connection, code)
        await meetings.get(connection, meeting_id)
        await sittings.attach(connection, meeting_id, code)
        await _invite_again(runtime, caller, connection, code)
    runtime.wake_relay()


async def set_agenda(runtime: Runtime, caller: Caller, meeting_id: UUID, items: Sequence[Item]) -> None:
    """Raises Refused, 404."""
    caller.require("team")
    async with runtime.pool.acquire() as connection, connection.transaction():
        await sittings.body_of(connection, meeting_id)
        plan = (await meetings.get(connection, meeting_id)).plan
        rules.check_items(items, int((plan.ends_at - plan.starts_at).total_seconds() // 60))
        await sittings.set_items(connection, meeting_id, items)


async def write_minutes(runtime: Runtime, caller: Caller, meeting_id: UUID, revision: int, text: str, *, published: bool) -> int:
    """A new version of the minutes. Raises Refused, 404, 412."""
    caller.require("team")
    rules.check_minutes(text)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await sittings.body_of(connection, meeting_id)
        return await sittings.write_minutes(
            connection, meeting_id, revision, text, published=published, by=(caller.id, caller.name), now=runtime.clock()
        )


async def decide(runtime: Runtime, caller: Caller, meeting_id: UUID, decision: Decision) -> str:
    """A decision of the meeting's day; returns its number. Raises Refused, 404."""
    caller.require("team")
    rules.check_decision(decision)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await sittings.body_of(connection, meeting_id)
        day = (await meetings.get(connection, meeting_id)).plan.starts_at.date()
        return await sittings.decide(connection, meeting_id, decision, day, by=caller.id, now=runtime.clock())


def wall_clock(runtime: Runtime) -> datetime:
    """Now in Paris, as meetings write their times."""
    return runtime.clock().astimezone(PARIS).replace(tzinfo=None)


async def _invite_again(runtime: Runtime, caller: Caller, connection: Connection, code: str) -> None:
    """The coming meetings invite who sits there now; time and place stay, so nobody is asked to answer again."""
    members = [seat.member for seat in await bodies.seats(connection, code, today(runtime))]
    for meeting_id in await sittings.coming(connection, code, wall_clock(runtime)):
        before = await meetings.locked(connection, meeting_id)
        wanted = replace(before.plan, invited=rules.invited(members))
        await meetings.change(connection, meeting_id, before.revision, wanted, by=caller.id, now=runtime.clock(), reason=None)
