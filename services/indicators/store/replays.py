"""Facts rebuilt from ingest's record: put together beside those in use, compared with them line by line, then in their place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from services.indicators.store import changes
from services.indicators.store.staging import FACT_COLUMNS

_PATIENCE_S: Final = 600
_CLOCKS_DIFFER: Final = timedelta(minutes=1)
_COLUMNS: Final = ", ".join(FACT_COLUMNS)
_REPLACED: Final = ", ".join(f"{column} = excluded.{column}" for column in FACT_COLUMNS if column != "line_id")
_LOCK: Final = 0x72656275

_PUT: Final = f"""
    with put as (
        insert into facts_rebuilt as r ({_COLUMNS}) select {_COLUMNS} from pg_temp.staged order by line_id
        on conflict (line_id) do update set {_REPLACED} where excluded.revision > r.revision
        returning old.line_id is null as is_new
    )
    update replays set rebuilt = rebuilt + (select count(*) filter (where is_new) from put) where replay_id = $1
"""  # noqa: S608  the columns are named in staging.py
# Lines of the log since the replay was ordered may be newer than the record's page on which they stood, or not on it. When it was ordered
# is in its id (uuid7): what was applied before that, less what clocks may differ, the record knew. The log may be trimmed but for `begun`.
_MOVED_SINCE: Final = """
    select distinct id from changes c, unnest(c.ids) as id
    where c.topic not in ('contracts', 'nothing', 'parameters')
        and (c.at >= $2 or c.batch_no > coalesce(($1::jsonb ->> (c.topic || '/' || c.partition))::bigint, 0))
"""
_TAKE_NEWER: Final = f"""
    insert into facts_rebuilt as r ({_COLUMNS}) select {_COLUMNS} from facts where line_id = any($1::uuid[]) order by line_id
    on conflict (line_id) do update set {_REPLACED} where excluded.revision > r.revision
"""  # noqa: S608
_DIFFERENT: Final = """
    select coalesce(f.line_id, r.line_id) as line_id, f.line_id is null as is_missing, r.line_id is null as is_too_many
    from facts f full join facts_rebuilt r using (line_id)
    where row(f.*) is distinct from row(r.*)
"""
_STILL_DIFFERENT: Final = """
    select u.line_id, f.line_id is null as is_missing, r.line_id is null as is_too_many
    from unnest($1::uuid[]) as u (line_id) left join facts f using (line_id) left join facts_rebuilt r using (line_id)
    where row(f.*) is distinct from row(r.*)
"""
_AWAITED: Final = """
    select count(*) from facts_rebuilt r left join facts f using (line_id)
    where r.line_id = any($1::uuid[]) and (f.line_id is null or f.revision < r.revision)
"""
_TOTALS: Final = """
    delete from totals;
    delete from totals_longer;
    insert into totals (department, month, centihours, lines)
    select department, period_start, sum(centihours)::bigint, count(*) from facts where live and period_months = 1 group by 1, 2;
    insert into totals_longer (department, period_start, period_months, centihours, lines)
    select department, period_start, period_months, sum(centihours)::bigint, count(*) from facts where live and period_months > 1 group by 1, 2, 3
"""


@dataclass(frozen=True)
class Outcome:
    """What the comparison found: `missing` from the facts in use, `unexpected` in them, `different` in value; the lines after the switch."""

    lines: int
    missing: int
    unexpected: int
    different: int
    seconds: float

    @property
    def equal(self) -> bool:
        return not (self.missing or self.unexpected or self.different)


async def newest(connection: Connection, heard: Collection[UUID], now: datetime) -> UUID | None:
    """The replay to listen to, when it is among those heard of; a newer one supersedes the others and starts from nothing.

    Ids rise with time (uuid7). Whoever asks holds the lock until the commit: the six partitions take turns.
    """
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
    known = await connection.fetchrow("select replay_id, state from replays order by replay_id desc limit 1")
    latest = max(heard)
    if known is not None and latest <= known["replay_id"]:
        return latest if latest == known["replay_id"] and known["state"] == "running" else None
    await connection.execute("select empty_rebuilt()")
    await connection.execute("update replays set state = 'superseded', ended_at = $1 where state = 'running'", now)
    await connection.execute(
        """
        insert into replays (replay_id, begun, begun_at)
        select $1, coalesce(jsonb_object_agg(topic || '/' || partition, batch_no), '{}'), $2
        from (select topic, partition, max(batch_no) as batch_no from changes group by topic, partition) c
        """,
        latest,
        now,
    )
    return latest


def ordered_at(replay: UUID) -> datetime:
    """The instant in a uuid7."""
    return datetime.fromtimestamp((replay.int >> 80) / 1000, UTC)


async def put_staged(connection: Connection, replay: UUID) -> None:
    """Add the staged lines; a line that came before counts once."""
    await connection.execute(_PUT, replay)


async def announced(connection: Connection, replay: UUID, count: int) -> None:
    await connection.execute("update replays set announced = $2 where replay_id = $1", replay, count)


async def complete(connection: Connection) -> asyncpg.Record | None:
    """The replay whose lines have all come, if there is one."""
    return await connection.fetchrow(
        "select replay_id, begun::text, begun_at from replays where state = 'running' and rebuilt = announced order by replay_id desc limit 1"
    )


async def different(connection: Connection, replay: asyncpg.Record) -> list[UUID]:
    """Lines that differ as things are, those that moved since the replay began first brought up to date. Reads both tables whole."""
    await connection.execute(
        f"set local statement_timeout = '{_PATIENCE_S}s'; set local idle_in_transaction_session_timeout = '{_PATIENCE_S}s'"
    )
    await _bring_up_to_date(connection, replay)
    return [row["line_id"] for row in await connection.fetch(_DIFFERENT, timeout=_PATIENCE_S)]


async def awaited(connection: Connection, candidates: Collection[UUID]) -> int:
    """Of these lines, how many the record knows in a newer revision than the facts in use, or alone: they may still be under way."""
    return int(await connection.fetchval(_AWAITED, list(candidates), timeout=_PATIENCE_S))


async def switch(connection: Connection, replay: asyncpg.Record, candidates: Collection[UUID], now: datetime) -> Outcome:
    """Stop the appliers for a moment, look once more at what differed or moved, change the tables' places, and total anew.

    Only lines that moved since the comparison can differ in another way than found there: nothing is read whole in here but for totals.
    """
    await connection.execute(f"set local statement_timeout = '{_PATIENCE_S}s'; set local lock_timeout = '5s'")
    await connection.execute("select from offsets where reader = 'indicators' and topic = 'hours' order by partition for no key update")
    moved = await _bring_up_to_date(connection, replay)
    rows = await connection.fetch(_STILL_DIFFERENT, sorted({*candidates, *moved}), timeout=_PATIENCE_S)
    await connection.execute("select switch_facts()")
    await connection.execute(_TOTALS, timeout=_PATIENCE_S)
    await connection.execute("select empty_rebuilt()")
    if rows:
        await changes.note(connection, "replay", sorted(row["line_id"] for row in rows))
    missing, unexpected = sum(row["is_missing"] for row in rows), sum(row["is_too_many"] for row in rows)
    lines = await connection.fetchval(
        "select sum(lines)::bigint from (select lines from totals union all select lines from totals_longer) t"
    )
    seconds = (now - replay["begun_at"]).total_seconds()
    outcome = Outcome(int(lines or 0), missing, unexpected, len(rows) - missing - unexpected, round(seconds, 1))
    await connection.execute(
        "update replays set state = 'switched', ended_at = $2, outcome = $3 where replay_id = $1", replay["replay_id"], now, asdict(outcome)
    )
    return outcome


async def _bring_up_to_date(connection: Connection, replay: asyncpg.Record) -> list[UUID]:
    since = ordered_at(replay["replay_id"]) - _CLOCKS_DIFFER
    moved = [row["id"] for row in await connection.fetch(_MOVED_SINCE, replay["begun"], since, timeout=_PATIENCE_S)]
    await connection.execute(_TAKE_NEWER, moved, timeout=_PATIENCE_S)
    return moved
