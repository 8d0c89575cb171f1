"""Imported calendars as rows: the address, how reading it went, and the busy times in place of those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.busy_times import Block

MOST: Final = 3
EVERY: Final = timedelta(hours=1)
LONGEST_WAIT: Final = timedelta(hours=24)
FORGOTTEN_AFTER: Final = timedelta(days=7)
"""Busy times of a calendar that could not be read for so long are no longer believed."""


@dataclass(frozen=True)
class Imported:
    """A calendar of a person. `reason` says why the last reading failed; `blocks` is how many busy times are kept."""

    calendar_id: UUID
    person_id: UUID
    url: str
    checked_at: datetime
    read_at: datetime
    failures: int
    reason: str | None
    blocks: int

    @property
    def host(self) -> str:
        """What a page shows of the address: the rest may be a secret."""
        return urlsplit(self.url.replace("webcal:", "https:", 1)).hostname or "adresse"


_SELECT = """
    select calendar_id, person_id, url, checked_at, read_at, failures, reason,
        (select count(*) from imported_busy b where b.calendar_id = c.calendar_id) as blocks
    from imported_calendars c
"""


async def add(connection: Connection, person_id: UUID, url: str, blocks: Sequence[Block], now: datetime) -> UUID:
    """Raises a 409 problem beyond three calendars. The same address again is read again."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"calendars {person_id}")
    count = await connection.fetchval("select count(*) from imported_calendars where person_id = $1 and url <> $2", person_id, url)
    if count >= MOST:
        raise Problem(409, "TOO_MANY", f"Vous suivez déjà {MOST} agendas", "Retirez-en un avant d’en ajouter un autre.")
    calendar_id: UUID = await connection.fetchval(
        """
        insert into imported_calendars (calendar_id, person_id, url, added_at, checked_at, read_at, next_at) values ($1, $2, $3, $4, $4, $4, $5)
        on conflict (person_id, url) do update set checked_at = excluded.checked_at, read_at = excluded.read_at, next_at = excluded.next_at,
            failures = 0, reason = null
        returning calendar_id
        """,
        uuid7(), person_id, url, now, now + EVERY,
    )  # fmt: skip
    await _replace(connection, calendar_id, blocks)
    return calendar_id


async def read(connection: Connection, calendar_id: UUID, blocks: Sequence[Block], now: datetime) -> None:
    """What was read takes the place of what was known."""
    updated = await connection.fetchval(
        """
        update imported_calendars set checked_at = $2, read_at = $2, next_at = $3, failures = 0, reason = null where calendar_id = $1
        returning true
        """,
        calendar_id, now, now + EVERY,
    )  # fmt: skip
    if updated:
        await _replace(connection, calendar_id, blocks)


async def failed(connection: Connection, calendar_id: UUID, reason: str, now: datetime) -> None:
    """Tried again after an hour, then two, four… a day at most. What was known is believed for a week."""
    row = await connection.fetchrow(
        "update imported_calendars set checked_at = $2, failures = failures + 1, reason = $3 where calendar_id = $1 returning failures, read_at",
        calendar_id, now, reason,
    )  # fmt: skip
    if row is None:
        return
    wait = min(LONGEST_WAIT, EVERY * 2 ** min(row["failures"] - 1, 10))
    await connection.execute("update imported_calendars set next_at = $2 where calendar_id = $1", calendar_id, now + wait)
    if now - row["read_at"] > FORGOTTEN_AFTER:
        await connection.execute("delete from imported_busy where calendar_id = $1", calendar_id)


async def due(connection: Connection, now: datetime) -> Imported | None:
    """One calendar to be read, claimed for ten minutes so that nobody else reads it at the same time."""
    row = await connection.fetchrow(
        """
        with claimed as (
            update imported_calendars set next_at = $1 + interval '10 minutes' where calendar_id = (
                select calendar_id from imported_calendars where next_at <= $1 order by next_at, calendar_id limit 1 for update skip locked)
            returning calendar_id
        )
        select c.calendar_id, c.person_id, c.url, c.checked_at, c.read_at, c.failures, c.reason, 0 as blocks
        from imported_calendars c join claimed using (calendar_id)
        """,
        now,
    )
    return Imported(**dict(row)) if row else None


async def of_person(pool: Pool, person_id: UUID) -> list[Imported]:
    rows = await pool.fetch(_SELECT + "where person_id = $1 order by added_at, calendar_id", person_id)
    return [Imported(**dict(row)) for row in rows]


async def remove(connection: Connection, person_id: UUID, calendar_id: UUID) -> None:
    """The address and everything read from it. Raises a 404 problem for another person's."""
    gone = await connection.fetchval(
        "delete from imported_calendars where person_id = $1 and calendar_id = $2 returning true", person_id, calendar_id
    )
    if not gone:
        raise Problem(404, "UNKNOWN_CALENDAR", "Cet agenda n’est pas dans votre liste")


async def _replace(connection: Connection, calendar_id: UUID, blocks: Sequence[Block]) -> None:
    await connection.execute("delete from imported_busy where calendar_id = $1", calendar_id)
    await connection.copy_records_to_table(
        "imported_busy", records=[(calendar_id, b.starts_at, b.ends_at, b.if_needed) for b in blocks],
        columns=("calendar_id", "starts_at", "ends_at", "if_needed"),
    )  # fmt: skip
