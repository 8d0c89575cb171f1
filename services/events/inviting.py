"""« Qui inviter »: look for reasons in contracts and earlier editions, let coordinations add, send the invitations once."""

from __future__ import annotations

from dataclasses import replace

from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from schemas.meetings import Addressee
from services.events.rules import guests as rules
from services.events.rules.guests import Guest
from services.events.store import contracts, editions, guests, meetings
from services.events.store.editions import KeptEdition


async def look(runtime: Runtime, caller: Caller, kept: KeptEdition) -> int:
    """Propose buyers with contracts of the trade and structures of earlier editions; answers how many are new."""
    edition = kept.edition
    async with runtime.pool.acquire() as connection, connection.transaction():
        found = rules.buyers(await contracts.of_trade(connection, edition.cpv, edition.sectors, edition.department), edition.day)
        found += await guests.earlier_structures(connection, kept.edition_id, edition.sectors)
        return await guests.propose(connection, kept.edition_id, found, by=caller.name, now=runtime.clock())


async def add(runtime: Runtime, caller: Caller, kept: KeptEdition, guest: Guest) -> None:
    """A coordinator's or the team's own addition, « invité par le 94 »; kept at once."""
    department = next(iter(sorted(caller.departments)), None)
    source = "TEAM" if caller.has("team") or department is None else "COORDINATION"
    said = replace(guest, source=source, department=department, reason=guest.reason or _by(department))
    async with runtime.pool.acquire() as connection, connection.transaction():
        await guests.propose(connection, kept.edition_id, [said], by=caller.name, now=runtime.clock(), state="kept")


async def send(runtime: Runtime, caller: Caller, kept: KeptEdition) -> int:
    """The meeting's invited become everybody kept with an address; who was invited before is not written to again. Raises 409."""
    if kept.meeting_id is None:
        raise Problem(
            409, "NOT_ANNOUNCED", "La date n’est pas encore annoncée", "Annoncez la date ou publiez le programme avant d’inviter."
        )
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        before = await meetings.locked(connection, kept.meeting_id)
        invited = tuple(_addressee(guest) for guest in await guests.invite(connection, kept.edition_id, now=now))
        new = len(set(invited) - set(before.plan.invited))
        if new:
            wanted = replace(before.plan, invited=invited)
            await meetings.change(connection, kept.meeting_id, before.revision, wanted, by=caller.id, now=now, reason=None)
            await editions.tick(connection, kept.edition_id, "INVITE", done=True, on=now.date(), by=caller.name)
    runtime.wake_relay()
    return new


def _addressee(guest: Guest) -> Addressee:
    return Addressee(email=guest.email, name=guest.name, organisation=guest.organisation, required=False)


def _by(department: str | None) -> str:
    return f"Invité par le {department}" if department else "Ajout de l’équipe"
