"""Taking the next mail: its recipient is resolved now, its bytes are written once, and the claim says so before anything leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from schemas.meetings import Meeting
from services.notify.dispatch import meetings as meeting_dispatch
from services.notify.rules.routing import Person, Situation
from services.notify.rules.workdays import paris_day
from services.notify.sending.render import Absent, House, mail
from services.notify.store import deliveries, meetings, people, preferences
from services.notify.store.deliveries import message_id_of

LEASE: Final = timedelta(seconds=30)
"""Longer than any attempt (`client.LIMIT_S`): a row still « sending » after it belongs to a process that died, outcome unknown."""
PATIENCE: Final = timedelta(days=3)
NOT_YET: Final = timedelta(seconds=5)
_DUE: Final = """
    channel = 'mail' and ((state in ('waiting', 'unknown') and not_before <= $1) or (state = 'sending' and lease_until <= $1))
"""


@dataclass(frozen=True)
class Claimed:
    """A mail under way. `attempt` fences: a result counts only for the attempt that it belongs to."""

    delivery_id: UUID
    attempt: int
    recipient: str
    raw: bytes
    kind: str
    traceparent: str | None
    copy: bool


async def next_due(connection: Connection, now: datetime, limit: int) -> list[tuple[UUID, str, str]]:
    """Ids, kinds and subjects of mails that may leave: due, and first of their thread."""
    rows = await connection.fetch(
        f"""
        select delivery_id, kind, about from deliveries due where {_DUE} and not exists (
            select from deliveries earlier where earlier.thread = due.thread and earlier.ordinal < due.ordinal
                and earlier.state in ('waiting', 'sending', 'unknown'))
        order by not_before, ordinal limit $2
        """,  # noqa: S608  constants
        now,
        limit,
    )
    return [(row["delivery_id"], row["kind"], row["about"]) for row in rows]


async def claim(connection: Connection, due: tuple[UUID, str, str], house: House, now: datetime) -> Claimed | None:
    """Take one mail, in a transaction. None when somebody else has it, it was given up meanwhile, or its recipient is not known yet."""
    delivery_id, kind, about = due
    meeting, situation = await _meeting_of(connection, kind, about, now)
    row = await connection.fetchrow(
        f"select *, content::text as content_text from deliveries where delivery_id = $2 and {_DUE} for update skip locked",  # noqa: S608
        now,
        delivery_id,
    )
    if row is None:
        return None
    reason = _useless(row, now) or await _superseded(connection, row)
    if reason:
        await _give_up(connection, row, reason, now)
        return None
    person = await _recipient(connection, row, situation, now)
    if person is None or not person.email or (meeting is None and kind.startswith(("MEETING", "REGISTRATION"))):
        await _put_off(connection, delivery_id, now + NOT_YET)
        return None
    absence = None
    if not _keeps_a_calendar(row):
        person, absence = await _or_delegate(connection, person, now)
        quiet_until = (await preferences.quiet(connection, person.id)).until(now)
        if quiet_until is not None and (row["expires_at"] is None or quiet_until < row["expires_at"]):
            await _put_off(connection, delivery_id, quiet_until)
            return None
    return await _take(connection, row, person, meeting, absence, house, now)


async def _put_off(connection: Connection, delivery_id: UUID, until: datetime) -> None:
    await connection.execute("update deliveries set not_before = $2 where delivery_id = $1", delivery_id, until)


def _keeps_a_calendar(row: asyncpg.Record) -> bool:
    """What an agenda depends on leaves at any hour and to nobody else; so does what follows a first attempt."""
    return bool(row["method"] or row["copies"] or row["kind"].startswith(("MEETING", "REGISTRATION")))


async def _or_delegate(connection: Connection, person: Person, now: datetime) -> tuple[Person, Absent | None]:
    """Whoever reads in the person's place today."""
    absence = await preferences.delegate_of(connection, person.id, paris_day(now))
    instead = await people.person(connection, absence.delegate_id) if absence else None
    if absence is None or instead is None or not instead.email:
        return person, None
    return instead, Absent(person.id, person.full_name, absence.last_day)


def _useless(row: asyncpg.Record, now: datetime) -> str | None:
    """Too late to help anybody, or tried for too long. What waits for a mandate to be recorded has not been tried yet."""
    if row["expires_at"] is not None and row["expires_at"] <= now:
        return "too late to be of use"
    waits = row["by_mandate"] and not row["attempts"]
    return "too many tries" if not waits and now - (row["due_at"] or row["created_at"]) > PATIENCE else None


async def _superseded(connection: Connection, row: asyncpg.Record) -> str | None:
    """A later mail of the thread waits behind this one: no copy of what no longer holds, not even after an unknown outcome."""
    later = await connection.fetchval(
        "select exists (select from deliveries where thread = $1 and ordinal > $2 and state = 'waiting')", row["thread"], row["ordinal"]
    )
    return "superseded by a later mail to the same person" if later else None


async def _meeting_of(connection: Connection, kind: str, about: str, now: datetime) -> tuple[Meeting | None, Situation | None]:
    """The meeting under its row lock, its recipients resolved again: what no longer holds is given up before it is looked at."""
    if kind.startswith("MEETING"):
        found = await meeting_dispatch.reconsider(connection, UUID(about), now)
        return found or (None, None)
    if kind.startswith("REGISTRATION"):
        locked = await meetings.lock(connection, UUID(about))
        return (locked[0] if locked else None), None
    return None, None


async def _recipient(connection: Connection, row: asyncpg.Record, situation: Situation | None, now: datetime) -> Person | None:
    """Whom the row's mandate names now; who was told already, or registered with an address, stays."""
    stored = Person(row["recipient_id"], row["mandate_id"], None, row["recipient_name"], row["address"])
    if row["copies"] or row["kind"].startswith("REGISTRATION"):
        return stored
    if situation is not None:
        named = (invitee.person for invitee in (*situation.invited, *situation.preparing))
        current = next((person for person in named if person.id == row["recipient_id"]), None)
        return _at(current, stored) if current else stored
    if row["kind"] == "FILING_DIGEST" or not (row["by_mandate"] or row["mandate_day"]):
        return await people.person(connection, row["recipient_id"]) or stored
    day = row["mandate_day"] or paris_day(now)
    return await people.holder(connection, row["department"], day) or await people.holder(connection, row["department"], paris_day(now))


def _at(current: Person, stored: Person) -> Person:
    """The person by the current record, at the address where an earlier mail of the thread went."""
    return Person(current.id, current.mandate_id, current.first_name, current.name, stored.email or current.email)


async def _take(
    connection: Connection,
    row: asyncpg.Record,
    person: Person,
    meeting: Meeting | None,
    absence: Absent | None,
    house: House,
    now: datetime,
) -> Claimed | None:
    """The bytes of a first attempt; a copy is the same to the byte. `copies` rises before it leaves, since a crash would not tell."""
    try:
        raw: bytes = row["raw"] if row["copies"] else mail(row, person, meeting, house, now, absence)
    except (ValueError, LookupError, TypeError) as error:  # one mail that cannot be written must not hold up the others
        await _give_up(connection, row, f"unusable address or text: {type(error).__name__}: {error}"[:500], now)
        return None
    attempt = await connection.fetchval(
        """
        update deliveries set state = 'sending', attempts = attempts + 1, copies = copies + 1, raw = $2, message_id = $3, recipient_id = $4,
            recipient_name = $5, address = $6, mandate_id = $7, lease_until = $8, instead_of = coalesce($9, instead_of)
        where delivery_id = $1 returning attempts
        """,
        row["delivery_id"], raw, message_id_of(row["delivery_id"], house.sender), person.id, person.full_name, person.email,
        person.mandate_id or row["mandate_id"], now + LEASE, absence.person_id if absence else None,
    )  # fmt: skip
    return Claimed(row["delivery_id"], attempt, person.email or "", raw, row["kind"], row["traceparent"], copy=row["copies"] > 0)


async def _give_up(connection: Connection, row: asyncpg.Record, reason: str, now: datetime) -> None:
    await connection.execute("update deliveries set state = 'unknown' where delivery_id = $1 and state = 'sending'", row["delivery_id"])
    await deliveries.abandon(connection, row["delivery_id"], reason, now)
