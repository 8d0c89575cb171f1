"""Milestones of the observatory as rows, and every move of their day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.preconditions import stale
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.governance.milestones import Milestone


@dataclass(frozen=True)
class Move:
    """A day that changed, and why."""

    at: datetime
    from_on: date
    to_on: date
    reason: str
    by_name: str


_SELECT = """
    select m.milestone_id, m.revision, m.title, m.planned_on, m.due_on, m.measure, m.year, m.minimum, m.figure, m.unit, m.release,
        coalesce(m.done_on, (r.published_at at time zone 'Europe/Paris')::date) as done_on
    from milestones m left join releases r using (release)
"""


async def listed(connection: Connection | Pool) -> list[Milestone]:
    """By their present day; one whose edition is published is done on the day of the publication."""
    return [Milestone(**dict(row)) for row in await connection.fetch(_SELECT + "order by m.due_on, m.milestone_id")]


async def get(connection: Connection | Pool, milestone_id: UUID) -> Milestone:
    """Raises a 404 problem."""
    row = await connection.fetchrow(_SELECT + "where m.milestone_id = $1", milestone_id)
    if row is None:
        raise Problem(404, "UNKNOWN_MILESTONE", "Ce jalon n’existe pas")
    return Milestone(**dict(row))


async def add(connection: Connection, wanted: Milestone) -> UUID:
    milestone_id = uuid7()
    await connection.execute(
        """
        insert into milestones (milestone_id, revision, title, planned_on, due_on, done_on, measure, year, minimum, figure, unit, release)
        values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        milestone_id, wanted.title, wanted.planned_on, wanted.due_on, wanted.done_on, wanted.measure, wanted.year, wanted.minimum,
        wanted.figure, wanted.unit, wanted.release,
    )  # fmt: skip
    return milestone_id


async def change(
    connection: Connection, milestone_id: UUID, revision: int, wanted: Milestone, reason: str, *, by_name: str, now: datetime
) -> None:
    """The first plan's day stays; another present day is remembered with its reason. Raises 404, 412."""
    await connection.execute("select from milestones where milestone_id = $1 for update", milestone_id)
    before = await get(connection, milestone_id)
    if before.revision != revision:
        raise stale(f"Vous partiez de la version {revision} du jalon, il en est à la version {before.revision}.")
    await connection.execute(
        """
        update milestones set revision = revision + 1, title = $2, due_on = $3, done_on = $4, measure = $5, year = $6, minimum = $7,
            figure = $8, unit = $9, release = $10
        where milestone_id = $1
        """,
        milestone_id, wanted.title, wanted.due_on, wanted.done_on, wanted.measure, wanted.year, wanted.minimum, wanted.figure, wanted.unit,
        wanted.release,
    )  # fmt: skip
    if wanted.due_on != before.due_on:
        await connection.execute(
            "insert into milestone_moves (milestone_id, at, from_on, to_on, reason, by_name) values ($1, $2, $3, $4, $5, $6)",
            milestone_id, now, before.due_on, wanted.due_on, reason, by_name,
        )  # fmt: skip


async def moves(connection: Connection | Pool) -> dict[UUID, list[Move]]:
    """The moves of every milestone in their order."""
    rows = await connection.fetch("select milestone_id, at, from_on, to_on, reason, by_name from milestone_moves order by at")
    found: dict[UUID, list[Move]] = {}
    for row in rows:
        found.setdefault(row["milestone_id"], []).append(Move(row["at"], row["from_on"], row["to_on"], row["reason"], row["by_name"]))
    return found
