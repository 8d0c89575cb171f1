"""How often a person wants which mails, in which hours none, and who reads in the person's place. The invitation is mandatory and not asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from kit.postgres import Connection
from services.notify.rules.subjects import CHOICES, Frequency, Quiet, Subject


@dataclass(frozen=True)
class Absence:
    """From the first to the last day, both included, `delegate` reads and is written to instead."""

    delegate_id: str
    starts_on: date | None
    last_day: date


async def frequency(connection: Connection, person_id: str, subject: Subject) -> Frequency:
    return await chosen(connection, person_id, subject) or CHOICES[subject].default


async def chosen(connection: Connection, person_id: str, subject: Subject) -> Frequency | None:
    """What the person has chosen; None for somebody who has not."""
    found = await connection.fetchval("select frequency from preferences where person_id = $1 and subject = $2", person_id, subject)
    return cast("Frequency", found) if found else None


async def all_of(connection: Connection, person_id: str) -> dict[Subject, Frequency]:
    rows = await connection.fetch("select subject, frequency from preferences where person_id = $1", person_id)
    defaults = {subject: choice.default for subject, choice in CHOICES.items()}
    return {**defaults, **{row["subject"]: row["frequency"] for row in rows if row["subject"] in CHOICES}}


async def choose(connection: Connection, person_id: str, subject: Subject, wanted: Frequency) -> None:
    await connection.execute(
        """
        insert into preferences (person_id, subject, frequency) values ($1, $2, $3)
        on conflict (person_id, subject) do update set frequency = excluded.frequency
        """,
        person_id,
        subject,
        wanted,
    )


async def stop_digests(connection: Connection, person_id: str) -> None:
    """Whatever the person has in a digest stays in the tool only from now on."""
    for subject, chosen in (await all_of(connection, person_id)).items():
        if chosen in {"daily", "weekly"}:
            await choose(connection, person_id, subject, "never")


async def quiet(connection: Connection, person_id: str) -> Quiet:
    row = await connection.fetchrow("select quiet_from, quiet_to, quiet_weekends from habits where person_id = $1", person_id)
    return Quiet(row["quiet_from"], row["quiet_to"], row["quiet_weekends"]) if row else Quiet()


async def set_quiet(connection: Connection, person_id: str, wanted: Quiet) -> None:
    await connection.execute(
        """
        insert into habits (person_id, quiet_from, quiet_to, quiet_weekends) values ($1, $2, $3, $4)
        on conflict (person_id) do update set quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
            quiet_weekends = excluded.quiet_weekends
        """,
        person_id,
        wanted.start,
        wanted.end,
        wanted.weekends,
    )


async def absence(connection: Connection, person_id: str) -> Absence | None:
    """The absence that is noted, whether it has begun or is over."""
    row = await connection.fetchrow(
        "select delegate_id, absent_from, absent_until from habits where person_id = $1 and delegate_id is not null", person_id
    )
    return Absence(row["delegate_id"], row["absent_from"], row["absent_until"]) if row else None


async def set_absence(connection: Connection, person_id: str, wanted: Absence | None) -> None:
    await connection.execute(
        """
        insert into habits (person_id, delegate_id, absent_from, absent_until) values ($1, $2, $3, $4)
        on conflict (person_id) do update set delegate_id = excluded.delegate_id, absent_from = excluded.absent_from,
            absent_until = excluded.absent_until
        """,
        person_id,
        wanted.delegate_id if wanted else None,
        wanted.starts_on if wanted else None,
        wanted.last_day if wanted else None,
    )


async def delegate_of(connection: Connection, person_id: str, day: date) -> Absence | None:
    """The absence that the day lies in."""
    found = await absence(connection, person_id)
    inside = found is not None and (found.starts_on is None or found.starts_on <= day) and day <= found.last_day
    return found if inside else None


async def absent_for(connection: Connection, delegate_id: str, day: date) -> list[str]:
    """The people in whose place somebody reads on that day."""
    rows = await connection.fetch(
        """
        select person_id from habits where delegate_id = $1 and (absent_from is null or absent_from <= $2) and absent_until >= $2 order by 1
        """,
        delegate_id,
        day,
    )
    return [row["person_id"] for row in rows]


async def departments_held(connection: Connection, people: Iterable[str], day: date) -> set[str]:
    """The departments that these people coordinate on that day."""
    rows = await connection.fetch(
        """
        select distinct department from registry_mandates
        where person_id::text = any($1) and starts_on <= $2 and (ends_on is null or ends_on > $2)
        """,
        list(people),
        day,
    )
    return {row["department"] for row in rows}
