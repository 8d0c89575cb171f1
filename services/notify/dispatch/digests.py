"""The morning's digest: one mail a coordinator about what was counted since the last one. Nothing is written when nothing happened."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit.postgres import Connection
from services.notify.rules import workdays
from services.notify.rules.routing import Person
from services.notify.rules.wording import PARIS
from services.notify.store import deliveries, people, preferences
from services.notify.store.deliveries import New

_LOCK = 0x6E6F7469  # two processes may look at the clock at the same moment


@dataclass
class _Parcel:
    person: Person
    items: list[dict[str, Any]] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)
    departments: set[str] = field(default_factory=set)


async def due(connection: Connection, now: datetime) -> int:
    """Write the digests of today, if it is a working day from 8:00 on. What came after 8:00 waits for the next. Returns the mails written."""
    day = workdays.digest_day(now)
    if day is None:
        return 0
    until = datetime.combine(day, workdays.DIGEST_AT, PARIS)
    return await _write(connection, day, until, f"digest:{day}", now)


async def ahead_of_time(connection: Connection, now: datetime) -> int:
    """The digest at once, whatever the hour: what the demonstration and a preview ask for."""
    return await _write(connection, workdays.paris_day(now), now, f"digest:{now.isoformat()}", now)


async def _write(connection: Connection, day: date, until: datetime, name: str, now: datetime) -> int:
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
    written = 0
    for parcel in await _parcels(connection, day, until):
        wanted = await preferences.frequency(connection, parcel.person.id, "FILINGS") != "never"
        if wanted and await deliveries.add(connection, _mail(parcel, day, name), now) is None:
            continue
        state = "taken" if wanted else "unwanted"
        await connection.execute("update deliveries set digest = $2 where delivery_id = any($1)", parcel.ids, state)
        written += wanted
    return written


async def _parcels(connection: Connection, day: date, until: datetime) -> list[_Parcel]:
    """What waits, by today's coordinator of each department; a vacancy's items go on waiting."""
    rows = await connection.fetch(
        """
        select delivery_id, kind, department, about, title, created_at, traceparent from deliveries
        where digest = 'pending' and created_at < $1 order by department, created_at, delivery_id
        """,
        until,
    )
    by_department: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_department[row["department"]].append(row)
    found: dict[str, _Parcel] = {}
    for department, waiting in by_department.items():
        person = await people.holder(connection, department, day)
        if person is None:
            continue
        parcel = found.setdefault(person.id, _Parcel(person))
        parcel.departments.add(department)
        parcel.ids += [row["delivery_id"] for row in waiting]
        parcel.items += [
            {"department": department, "about": row["about"], "title": row["title"], "at": row["created_at"].isoformat(),
             "traceparent": row["traceparent"], "kind": row["kind"]}
            for row in waiting
        ]  # fmt: skip
    return [found[key] for key in sorted(found)]


def _mail(parcel: _Parcel, day: date, name: str) -> New:
    person = parcel.person
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
        content={"items": parcel.items, "day": day.isoformat()},
        secret=secrets.token_urlsafe(24),
        traceparent=next((item["traceparent"] for item in parcel.items if len(parcel.items) == 1), None),
    )
