"""The in-app inbox: a department's items for whoever coordinates it today, the team's own for the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from kit.postgres import Pool
from services.notify.rules.routing import TEAM


@dataclass(frozen=True)
class Scope:
    """Whose items. An inbox belongs to the coordination, not to the person: a successor finds what is open."""

    departments: tuple[str, ...] = ()
    team: bool = False
    person: str | None = None
    """What was told to the person, whichever department it concerns."""


_VISIBLE = (
    f"channel = 'inbox' and ((recipient_id <> '{TEAM}' and department = any($1::text[])) or (recipient_id = '{TEAM}' and $2::bool)"
    " or recipient_id = {person})"
)


async def items(
    pool: Pool, scope: Scope, *, only_open: bool = False, about: str | None = None, after: UUID | None = None, limit: int = 50
) -> list[asyncpg.Record]:
    """Newest first. `after` is the last id of the page before."""
    return await pool.fetch(
        f"""
        select delivery_id, kind, about, department, created_at, title, done_at, done_by, recipient_id, recipient_name from deliveries
        where {_VISIBLE.format(person="$7")} and (not $3::bool or done_at is null) and ($4::text is null or about = $4)
            and ($5::uuid is null or (created_at, delivery_id) < (select created_at, delivery_id from deliveries where delivery_id = $5))
        order by created_at desc, delivery_id desc limit $6
        """,  # noqa: S608  constants
        list(scope.departments),
        scope.team,
        only_open,
        about,
        after,
        limit,
        scope.person,
    )


async def count_open(pool: Pool, scope: Scope) -> int:
    counting = f"select count(*) from deliveries where {_VISIBLE.format(person='$3')} and done_at is null"  # noqa: S608  constants
    return int(await pool.fetchval(counting, list(scope.departments), scope.team, scope.person))


async def mark(pool: Pool, scope: Scope, item_id: UUID, *, done: bool, by: str, now: datetime) -> asyncpg.Record | None:
    """Mark as done, or open again. None when there is no such item in this inbox."""
    return await pool.fetchrow(
        f"""
        update deliveries set done_at = case when $4::bool then coalesce(done_at, $5::timestamptz) end, done_by = case when $4::bool then $6::text end
        where delivery_id = $3 and {_VISIBLE.format(person="$7")}
        returning delivery_id, kind, about, department, created_at, title, done_at, done_by, recipient_id, recipient_name
        """,  # noqa: S608  constants
        list(scope.departments),
        scope.team,
        item_id,
        done,
        now,
        by,
        scope.person,
    )
