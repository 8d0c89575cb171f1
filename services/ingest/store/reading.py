"""A filing as it stands, with its journey; and lists of filings, newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from kit import telemetry
from kit.postgres import Connection
from services.ingest.access import Scope
from services.ingest.store import cursors

SEARCHED_LINES: Final = 2_000
"""A list of 25 filings stays quick whatever became of their lines."""


_STANDING: Final = """
    select true from line_values v cross join lateral (
        select from lines l where l.line_id = v.line_id and l.number is not distinct from v.number and {} offset 0
    ) own where v.number = f.number and v.filing_revision = f.revision limit 1
"""
"""Whether a line of the filing stands. Line by line, by its key: for one row PostgreSQL would rather go through all lines for the filing's number."""


_WAITING: Final = """case when f.state = 'withdrawn' then 0 else (
    select count(*) from parked_lines p where p.number = r.number and p.revision = r.revision and p.ended_at is null
) end as waiting"""
"""How many of the rows that a revision set aside still wait; of a filing that was withdrawn none does."""


@dataclass(frozen=True)
class Filters:
    state: str | None = None
    department: str | None = None
    period: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""
    cursor: str | None = None
    limit: int = 50


async def filing(connection: Connection, number: str) -> dict[str, Any] | None:
    """The filing's present revision, every step of its journey, and its earlier revisions. None for a number that nobody has."""
    row = await connection.fetchrow(
        f"""
        select f.number, f.declarant_id, f.state, f.departments as all_departments, r.revision, r.received_at, r.reason, r.declared_by,
            r.door, r.mode, r.period, r.departments::text, r.lines, r.replaced, r.parked, {_WAITING}, r.announced, r.sha256, r.traceparent,
            r.counted_at, r.dead, r.moves::text, r.positions::text, o.name as declarant_name, a.name as acting_name
        from filings f join filing_revisions r using (number, revision)
        left join registry_organisations o on o.organisation_id = f.declarant_id
        left join registry_organisations a on a.organisation_id = r.acting_id
        where f.number = $1
        """,  # noqa: S608  a constant
        number,
    )
    if row is None:
        return None
    steps = await connection.fetch(
        """
        select step, service, at, trace_id, revision from filing_steps where number = $1
        order by revision, array_position(array['received', 'counted', 'told'], step)
        """,
        number,
    )
    revisions = await connection.fetch(
        "select revision, kind, received_at, reason, lines, counted_at from filing_revisions where number = $1 order by revision", number
    )
    return {
        **_shown(row),
        "declarant_id": row["declarant_id"],
        "acting": row["acting_name"],
        "all_departments": row["all_departments"],
        "dead": row["dead"] or 0,
        "moves": json.loads(row["moves"] or "[]"),
        "positions": json.loads(row["positions"] or "{}"),
        "journey": [dict(step) for step in steps],
        "revisions": [dict(revision) for revision in revisions],
    }


async def filings(connection: Connection, scope: Scope, filters: Filters) -> tuple[list[dict[str, Any]], str | None]:
    """The filings that the scope covers, newest first, and the cursor of the next page."""
    before = cursors.read(filters.cursor, datetime.fromisoformat, str) if filters.cursor else (None, None)
    rows = await connection.fetch(
        f"""
        select f.number, f.declarant_id, f.state, r.revision, r.received_at, f.received_at as first_received_at, r.reason, r.declared_by,
            r.door, r.mode, r.period, r.departments::text, r.lines, r.replaced, r.parked, {_WAITING}, r.announced, r.sha256, r.traceparent,
            r.counted_at, o.name as declarant_name
        from filings f join filing_revisions r using (number, revision)
        left join registry_organisations o on o.organisation_id = f.declarant_id
        where ($1 or f.declarant_id = $2 or f.departments && $3::text[])
            and ($4::text is null or f.state = $4)
            and ($5::text is null or $5 = any(f.departments))
            and ($6::text is null or r.period = $6)
            and ($7::timestamptz is null or f.received_at >= $7)
            and ($8::timestamptz is null or f.received_at < $8)
            and ($9::timestamptz is null or (f.received_at, f.number) < ($9, $10::text))
            and ($12::text[] is null or f.departments && $12)
        order by f.received_at desc, f.number desc limit $11
        """,  # noqa: S608  a constant
        scope.everything,
        scope.organisation,
        list(scope.departments),
        filters.state,
        filters.department,
        filters.period,
        filters.since,
        filters.until,
        *before,
        filters.limit + 1,
        sorted(scope.within) if scope.within is not None else None,
    )
    items = [_shown(row) for row in rows[: filters.limit]]
    last = rows[len(items) - 1] if items else None
    more = len(rows) > filters.limit and last is not None
    return items, cursors.write(last["first_received_at"].isoformat(), last["number"]) if more and last else None


@dataclass(frozen=True)
class Share:
    """Some of a filing's lines, and their hours."""

    lines: int
    centihours: int


@dataclass(frozen=True)
class Today:
    """What became of a filing's lines since: they count, stand beside another source (« rapprochement »), or a later filing has them."""

    counting: Share
    beside: Share
    replaced: Share

    @property
    def whole(self) -> bool:
        return not (self.beside.lines or self.replaced.lines)


async def today(connection: Connection, number: str) -> Today:
    """Another source may have become the reference since the filing was counted, which tells nobody here: the lines themselves are asked."""
    return (await today_of(connection, [number])).get(number, Today(Share(0, 0), Share(0, 0), Share(0, 0)))


async def today_of(connection: Connection, numbers: Sequence[str]) -> dict[str, Today]:
    """The same of the present revisions of several filings; none of one without lines."""
    rows = await connection.fetch(
        """
        select number, count(*) filter (where own and announced), coalesce(sum(centihours) filter (where own and announced), 0)::bigint,
            count(*) filter (where own and not announced), coalesce(sum(centihours) filter (where own and not announced), 0)::bigint,
            count(*) filter (where not own), coalesce(sum(centihours) filter (where not own), 0)::bigint
        from (
            select v.number, v.centihours, l.announced, l.number is not distinct from v.number as own
            from filings f join line_values v on v.number = f.number and v.filing_revision = f.revision left join lines l using (line_id)
            where f.number = any($1::text[])
        ) said group by number
        """,
        list(numbers),
    )
    return {number: Today(Share(*said[:2]), Share(*said[2:4]), Share(*said[4:])) for number, *said in rows}


async def counting_no_more(connection: Connection, numbers: Sequence[str]) -> dict[str, bool]:
    """Of these filings those that were counted and no line of which counts today; True where another source counts instead (« rapprochement »),
    False where later filings have every line. The first line that counts ends the search; a filing of very many lines is not searched."""
    rows = await connection.fetch(
        f"""
        select f.number, ({_STANDING.format("true")}) is true as beside
        from filings f join filing_revisions r using (number, revision)
        where f.number = any($1::text[]) and r.counted_at is not null and r.lines between 1 and $2 and ({_STANDING.format("l.announced")}) is null
        """,  # noqa: S608  constants
        list(numbers),
        SEARCHED_LINES,
    )
    return {row["number"]: row["beside"] for row in rows}


async def current(connection: Connection, number: str) -> tuple[UUID, list[str], int] | None:
    """Whose filing it is, which departments it names, and its revision."""
    row = await connection.fetchrow("select declarant_id, departments, revision from filings where number = $1", number)
    return (row["declarant_id"], row["departments"], row["revision"]) if row else None


def _shown(row: asyncpg.Record | Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        "revision": row["revision"],
        "state": row["state"],
        "received_at": row["received_at"],
        "declarant": {"id": row["declarant_id"], "name": row["declarant_name"]},
        "declared_by": row["declared_by"],
        "door": row["door"],
        "mode": row["mode"],
        "reason": row["reason"],
        "period": row["period"],
        "departments": json.loads(row["departments"]),
        "lines": row["lines"],
        "replaced": row["replaced"],
        "parked": row["parked"],
        "waiting": row["waiting"],
        "announced": row["announced"],
        "sha256": row["sha256"],
        "counted_at": row["counted_at"],
        "trace_id": telemetry.trace_id_of(row["traceparent"]),
        "links": links(row["number"]),
    }


def links(number: str) -> dict[str, str]:
    return {"self": f"/api/v1/declarations/{number}", "page": f"/declarer/{number}", "receipt": f"/declarer/recu/{number}"}
