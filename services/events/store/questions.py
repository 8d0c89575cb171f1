"""Versions of the yearly questions as rows."""

from __future__ import annotations

import json
from datetime import datetime

from kit.postgres import Connection, Pool
from kit.preconditions import stale
from kit.problems import Problem
from services.events.rules.diagnostic import questions as rules
from services.events.rules.diagnostic.questions import Sections


async def of_version(connection: Connection | Pool, year: int, version: int) -> Sections:
    found = await connection.fetchval("select sections from diagnostic_questions where year = $1 and version = $2", year, version)
    return rules.from_json(found)


async def last(connection: Connection | Pool, year: int) -> tuple[int, Sections]:
    """The version that a form of this year would ask; 0 and an earlier year's questions (or the first ones) when nothing was written yet."""
    row = await connection.fetchrow(
        "select year, version, sections from diagnostic_questions where year <= $1 order by year desc, version desc limit 1", year
    )
    if row is None:
        return 0, rules.FIRST
    return (row["version"] if row["year"] == year else 0), rules.from_json(row["sections"])


async def write(connection: Connection, year: int, version: int, sections: Sections, *, by: str, now: datetime) -> int:
    """A new version after `version`. Raises 412 when another was written meanwhile, 409 once the form of the year is sent."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('diagnostic questions'), $1)", year)
    if await connection.fetchval("select exists (select from diagnostics where year = $1)", year):
        raise Problem(
            409, "ALREADY_SENT", f"Les questions de {year} sont déjà envoyées",
            f"Une fiche envoyée ne change plus de questions ; préparez celles de {year + 1}.",
        )  # fmt: skip
    present = await connection.fetchval("select coalesce(max(version), 0) from diagnostic_questions where year = $1", year)
    if present != version:
        raise stale(f"Vous partiez de la version {version} des questions, elles en sont à la version {present}.")
    await connection.execute(
        "insert into diagnostic_questions (year, version, sections, by, at) values ($1, $2, $3::text::jsonb, $4, $5)",
        year, version + 1, json.dumps(rules.as_json(sections)), by, now,
    )  # fmt: skip
    return version + 1
