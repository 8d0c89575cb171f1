"""How often a person wants which mails. The invitation is mandatory and not asked."""

from __future__ import annotations

from typing import Final, Literal, cast

from kit.postgres import Connection

Subject = Literal["FILINGS", "CORRECTIONS", "PREPARATION"]
Frequency = Literal["immediate", "daily", "never"]
DEFAULTS: Final[dict[Subject, Frequency]] = {"FILINGS": "daily", "CORRECTIONS": "immediate", "PREPARATION": "immediate"}


async def frequency(connection: Connection, person_id: str, subject: Subject) -> Frequency:
    found = await connection.fetchval("select frequency from preferences where person_id = $1 and subject = $2", person_id, subject)
    return cast("Frequency", found) if found else DEFAULTS[subject]


async def all_of(connection: Connection, person_id: str) -> dict[Subject, Frequency]:
    rows = await connection.fetch("select subject, frequency from preferences where person_id = $1", person_id)
    return {**DEFAULTS, **{row["subject"]: row["frequency"] for row in rows if row["subject"] in DEFAULTS}}


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
