"""Make an Openmap edition, announce its date, publish its programme: rules, rows and announcements in one transaction each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from services.events import access
from services.events.organising import links_of, today
from services.events.rules import editions as rules
from services.events.rules import meetings as meeting_rules
from services.events.rules.editions import Edition
from services.events.store import editions, meetings, seats
from services.events.store.editions import KeptEdition


async def plan(
    runtime: Runtime, caller: Caller, wanted: Edition, copied_from: UUID | None = None, diagnostic_id: UUID | None = None
) -> KeptEdition:
    """`diagnostic_id` is the form that the event comes from. Raises Refused for an edition that is not right."""
    rules.check(wanted, today(runtime))
    async with runtime.pool.acquire() as connection, connection.transaction():
        return await editions.plan(
            connection, wanted, by=caller.id, now=runtime.clock(), copied_from=copied_from, diagnostic_id=diagnostic_id
        )


async def change(runtime: Runtime, caller: Caller, edition_id: UUID, revision: int, wanted: Edition, reason: str | None) -> KeptEdition:
    """What stands in the calendar follows in the same transaction. Raises Refused, 409 for fewer seats than are taken, 412."""
    rules.check(wanted, today(runtime))
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await editions.change(connection, edition_id, revision, wanted)
        if kept.meeting_id is not None:
            await _follow(runtime, caller, connection, kept, kept.meeting_id, reason)
        kept = await editions.get(connection, edition_id)
    runtime.wake_relay()
    return kept


async def announce(runtime: Runtime, caller: Caller, edition_id: UUID) -> KeptEdition:
    """« Date à retenir »: the meeting stands in the calendar, without programme. Doing it twice changes nothing."""
    return await _stand(runtime, caller, edition_id, published=False, step="SAVE_THE_DATE")


async def publish(runtime: Runtime, caller: Caller, edition_id: UUID) -> KeptEdition:
    """The programme is published and registrations open. Raises a 409 problem without a programme."""
    return await _stand(runtime, caller, edition_id, published=True, step="PROGRAMME")


async def last_of(runtime: Runtime, caller: Caller, kind: str, day: date) -> tuple[Edition, UUID | None]:
    """What the next edition starts from: the last one, or the format that has stayed the same."""
    department = next(iter(sorted(caller.departments)), None) if kind == "EVENEMENT_DEPARTEMENTAL" else None
    last = await editions.last(runtime.pool, kind, department)
    if last is not None:
        return rules.successor(last.edition, day), last.edition_id
    return Edition(kind, "", "", day, "MORNING", "", department, programme=rules.first_programme("MORNING")), None


def organiser(caller: Caller, kept: KeptEdition | None = None) -> None:
    """The team makes Openmap editions, a coordinator the events of the own department. Raises 401 or 403."""
    caller.require("team", "coordinator")
    if kept is not None:
        access.organiser(caller, kept.edition.department)


async def _stand(runtime: Runtime, caller: Caller, edition_id: UUID, *, published: bool, step: str) -> KeptEdition:
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await editions.locked(connection, edition_id)
        if published and not kept.edition.programme:
            raise Problem(409, "NO_PROGRAMME", "Le programme est vide", "Ajoutez au moins une séance avant de le publier.")
        if kept.meeting_id is None:
            wanted = _standing(kept, published=published)
            meeting_rules.check(wanted, today(runtime))
            meeting = await meetings.plan(connection, wanted, by=caller.id, now=runtime.clock())
            await editions.becomes(connection, edition_id, meeting.meeting_id, [s.session_id for s in meeting.plan.sessions])
        elif published:
            await _follow(runtime, caller, connection, kept, kept.meeting_id, "Le programme est publié", published=True)
        await editions.tick(connection, edition_id, step, done=True, on=today(runtime), by=caller.name)
        kept = await editions.get(connection, edition_id)
    runtime.wake_relay()
    return kept


async def _follow(
    runtime: Runtime,
    caller: Caller,
    connection: Connection,
    kept: KeptEdition,
    meeting_id: UUID,
    reason: str | None,
    *,
    published: bool | None = None,
) -> None:
    """The meeting becomes what the edition says; sessions keep their ids, larger rooms are offered to those who wait."""
    before = await meetings.locked(connection, meeting_id)
    wanted = _standing(kept, published=not before.plan.save_the_date if published is None else published)
    meeting_rules.check(wanted, today(runtime))
    await seats.room_for_all(connection, wanted.sessions)
    now = runtime.clock()
    meeting = await meetings.change(connection, meeting_id, before.revision, wanted, by=caller.id, now=now, reason=reason)
    await editions.becomes(connection, kept.edition_id, meeting_id, [s.session_id for s in meeting.plan.sessions])
    await seats.fill(connection, meeting_id, links_of(runtime), now=now)


def _standing(kept: KeptEdition, *, published: bool) -> meeting_rules.Plan:
    return replace(rules.meeting_of(kept.edition, published=published), save_the_date=not published, page=kept.path)
