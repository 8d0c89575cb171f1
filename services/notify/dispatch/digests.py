"""The morning's digest: one mail a person about what happened since the last one. Nothing is written when nothing happened."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from schemas.zones import PARIS
from services.notify.rules import subjects, workdays
from services.notify.rules.routing import Person
from services.notify.rules.subjects import Frequency
from services.notify.store import deliveries, people, preferences
from services.notify.store.deliveries import New

_LOCK = 0x6E6F7469  # two processes may look at the clock at the same moment


@dataclass
class _Parcel:
    person: Person
    rows: list[asyncpg.Record] = field(default_factory=list)
    unwanted: list[UUID] = field(default_factory=list)

    @property
    def departments(self) -> set[str]:
        return {row["department"] for row in self.rows if row["department"]}


async def due(connection: Connection, now: datetime) -> int:
    """Write the digests of today, if it is a working day from 8:00 on: the daily ones, and on the first working day of a week the weekly ones.

    What came after 8:00 waits for the next. Returns the mails written.
    """
    day = workdays.digest_day(now)
    if day is None:
        return 0
    until = datetime.combine(day, workdays.DIGEST_AT, PARIS)
    return await _write(connection, day, until, f"digest:{day}", subjects.frequencies_due(day), now)


async def ahead_of_time(connection: Connection, now: datetime) -> int:
    """The digest at once, whatever the hour: what the demonstration and a preview ask for."""
    return await _write(connection, workdays.paris_day(now), now, f"digest:{now.isoformat()}", frozenset(("daily", "weekly")), now)


async def preview(connection: Connection, person_id: str, day: date, now: datetime) -> list[asyncpg.Record]:
    """What the person's next digest would hold if it left now. Nothing is written."""
    parcels = await _parcels(connection, day, now, frozenset(("daily", "weekly")))
    return next((parcel.rows for parcel in parcels if parcel.person.id == person_id), [])


async def _write(connection: Connection, day: date, until: datetime, name: str, frequencies: Collection[Frequency], now: datetime) -> int:
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
    written = 0
    for parcel in await _parcels(connection, day, until, frequencies):
        if parcel.unwanted:
            await connection.execute("update deliveries set digest = 'unwanted' where delivery_id = any($1)", parcel.unwanted)
        if not parcel.rows or await deliveries.add(connection, _mail(parcel, day, name), now) is None:
            continue
        await connection.execute(
            "update deliveries set digest = 'taken' where delivery_id = any($1)", [row["delivery_id"] for row in parcel.rows]
        )
        written += 1
    return written


async def _parcels(connection: Connection, day: date, until: datetime, frequencies: Collection[Frequency]) -> list[_Parcel]:
    """What waits, by today's coordinator of each department or by its own recipient; a vacancy's items go on waiting."""
    rows = await connection.fetch(
        """
        select delivery_id, kind, department, recipient_id, about, title, created_at, traceparent, subject from deliveries
        where digest = 'pending' and created_at < $1 order by department nulls last, created_at, delivery_id
        """,
        until,
    )
    holders: dict[str, Person | None] = {}
    found: dict[str, _Parcel] = {}
    wanted: dict[str, dict[subjects.Subject, Frequency]] = {}
    for row in rows:
        person = await _reader_of(connection, row, day, holders)
        if person is None:
            continue
        if person.id not in wanted:
            wanted[person.id] = await preferences.all_of(connection, person.id)
        parcel = found.setdefault(person.id, _Parcel(person))
        subject = row["subject"] or subjects.of_kind(row["kind"]) or "FILINGS"
        frequency = wanted[person.id][subject]
        if frequency == "never":
            parcel.unwanted.append(row["delivery_id"])
        elif frequency in frequencies or frequency == "immediate":  # chosen after the item came: it is not lost
            parcel.rows.append(row)
    return [found[key] for key in sorted(found)]


async def _reader_of(connection: Connection, row: asyncpg.Record, day: date, known: dict[str, Person | None]) -> Person | None:
    key = row["department"] or row["recipient_id"]
    if key not in known:
        known[key] = await people.holder(connection, key, day) if row["department"] else await people.person(connection, key)
    return known[key]


def _mail(parcel: _Parcel, day: date, name: str) -> New:
    person, rows = parcel.person, parcel.rows
    items: list[dict[str, Any]] = [
        {"department": row["department"], "about": row["about"], "title": row["title"], "at": row["created_at"].isoformat(),
         "traceparent": row["traceparent"], "kind": row["kind"]}
        for row in rows
    ]  # fmt: skip
    return New(
        dedupe=f"{name}:{person.id}",
        channel="mail",
        kind="FILING_DIGEST",
        about=f"digest:{day}",
        recipient_id=person.id,
        recipient_name=person.full_name,
        address=person.email,
        title=f"Résumé du {day.isoformat()}",
        department=min(parcel.departments) if len(parcel.departments) == 1 else None,
        mandate_id=person.mandate_id,
        mandate_day=day,
        content={"items": items, "day": day.isoformat()},
        secret=secrets.token_urlsafe(24),
        traceparent=rows[0]["traceparent"] if len(rows) == 1 else None,
    )
