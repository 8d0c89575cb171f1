"""The in-app inbox: a department's items for whoever coordinates it today, the team's own for the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from kit.postgres import Pool
from services.notify.rules.routing import TEAM

View = Literal["open", "later", "followed", "all"]
"""À traiter, plus tard, suivi, tout."""


@dataclass(frozen=True)
class Scope:
    """Whose items. An inbox belongs to the coordination, not to the person: a successor finds what is open."""

    departments: tuple[str, ...] = ()
    team: bool = False
    people: tuple[str, ...] = ()
    """What was told to these people, whichever department it concerns: the reader, and those in whose place the reader reads."""


_VISIBLE: Final = (
    f"channel = 'inbox' and ((recipient_id <> '{TEAM}' and department = any($1::text[])) or (recipient_id = '{TEAM}' and $2::bool)"
    " or recipient_id = any($3::text[]))"
)
_IN_VIEW: Final[dict[str, str]] = {
    "open": "done_at is null and (later_until is null or later_until <= $4)",
    "later": "done_at is null and later_until > $4",
    "followed": "followed and $4::date is not null",
    "all": "$4::date is not null",
}
_COUNTED: Final = "kind = 'FILING_COUNTED' and done_at is null"
_COLUMNS: Final = (
    "delivery_id, kind, about, department, created_at, title, done_at, done_by, recipient_id, recipient_name, later_until, followed, page"
)


async def items(
    pool: Pool,
    scope: Scope,
    *,
    view: View = "all",
    today: date = date.min,
    about: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[asyncpg.Record]:
    """Newest first. `after` is the last id of the page before; `today` decides what « plus tard » has brought back."""
    return await pool.fetch(
        f"""
        select {_COLUMNS} from deliveries
        where {_VISIBLE} and {_IN_VIEW[view]} and ($5::text is null or about = $5)
            and ($6::uuid is null or (created_at, delivery_id) < (select created_at, delivery_id from deliveries where delivery_id = $6))
        order by created_at desc, delivery_id desc limit $7
        """,  # noqa: S608  constants
        *_of(scope),
        today,
        about,
        after,
        limit,
    )


async def counts(pool: Pool, scope: Scope, today: date) -> dict[View, int]:
    """How many items each view holds, « tout » left out."""
    row = await pool.fetchrow(
        f"""
        select count(*) filter (where {_IN_VIEW["open"]}) as open, count(*) filter (where {_IN_VIEW["later"]}) as later,
            count(*) filter (where {_IN_VIEW["followed"]}) as followed
        from deliveries where {_VISIBLE} and (done_at is null or followed)
        """,  # noqa: S608  constants
        *_of(scope),
        today,
    )
    return {"open": row["open"], "later": row["later"], "followed": row["followed"]} if row else {}


async def mark(pool: Pool, scope: Scope, item_id: UUID, *, done: bool, by: str, now: datetime) -> asyncpg.Record | None:
    """Mark as done, or open again. None when there is no such item in this inbox."""
    return await pool.fetchrow(
        f"""
        update deliveries set done_at = case when $5::bool then coalesce(done_at, $6::timestamptz) end, done_by = case when $5::bool then $7::text end,
            later_until = null
        where delivery_id = $4 and {_VISIBLE} returning {_COLUMNS}
        """,  # noqa: S608  constants
        *_of(scope),
        item_id,
        done,
        now,
        by,
    )


async def counted_ones(pool: Pool, scope: Scope) -> int:
    """How many filings that were counted without more wait to be looked at."""
    return int(await pool.fetchval(f"select count(*) from deliveries where {_COUNTED} and {_VISIBLE}", *_of(scope)))  # noqa: S608  constants


async def mark_counted_ones(pool: Pool, scope: Scope, *, by: str, now: datetime) -> None:
    """All of them as done, in one step; corrections and withdrawals stay."""
    await pool.execute(
        f"update deliveries set done_at = $4, done_by = $5, later_until = null where {_COUNTED} and {_VISIBLE}",  # noqa: S608  constants
        *_of(scope),
        now,
        by,
    )


async def put_off(pool: Pool, scope: Scope, item_id: UUID, until: date | None) -> asyncpg.Record | None:
    """« Plus tard »: out of sight until that day. None when there is no such item in this inbox."""
    return await pool.fetchrow(
        f"update deliveries set later_until = $5 where delivery_id = $4 and {_VISIBLE} returning {_COLUMNS}",  # noqa: S608  constants
        *_of(scope),
        item_id,
        until,
    )


async def follow(pool: Pool, scope: Scope, item_id: UUID, *, followed: bool) -> asyncpg.Record | None:
    """« Suivi »: kept in sight, done or not. None when there is no such item in this inbox."""
    return await pool.fetchrow(
        f"update deliveries set followed = $5 where delivery_id = $4 and {_VISIBLE} returning {_COLUMNS}",  # noqa: S608  constants
        *_of(scope),
        item_id,
        followed,
    )


def _of(scope: Scope) -> tuple[list[str], bool, list[str]]:
    return list(scope.departments), scope.team, list(scope.people)
