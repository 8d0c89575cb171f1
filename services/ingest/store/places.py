"""When a contract's place changes, its lines move with it and are announced again, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from kit import telemetry
from kit.postgres import Connection
from services.ingest.corrections import Move, SourcePeriod, Standing, Top
from services.ingest.store import announce


class Place(NamedTuple):
    contract_uid: UUID
    was: str
    department: str


async def move_lines(connection: Connection, places: Sequence[Place], at: datetime) -> int:
    """Lines that were in the contract's former department follow it; lines declared for another department stay. Returns how many moved.

    The contracts are locked by the caller: no filing is writing lines of theirs.
    """
    if not places:
        return 0
    columns = [place.contract_uid for place in places], [place.was for place in places], [place.department for place in places]
    await connection.execute(
        """
        select from source_periods where contract_uid = any($1::uuid[])
        order by contract_uid, period_start, period_months for no key update
        """,
        columns[0],
    )
    rows = await connection.fetch(
        """
        with moved as (
            update line_values v set department = p.department
            from unnest($1::uuid[], $2::text[], $3::text[]) p (contract_uid, was, department)
            where v.line_id in (select line_id from lines where contract_uid = p.contract_uid and rank > 0) and v.department = p.was
            returning v.line_id, v.number, v.filing_revision
        )
        update lines l set revision = l.revision + 1
        from moved m
        where l.line_id = m.line_id and l.number = m.number and l.filing_revision = m.filing_revision and l.announced
        returning l.line_id, l.revision, l.number, l.filing_revision, l.rank, l.contract_uid, l.period_start, l.period_months
        """,
        *columns,
    )
    moves = [moved_in_place(*row.values()) for row in rows]
    await announce.lines(connection, moves, announce.Cause(None, None, None, telemetry.current_traceparent(), at))
    return len(moves)


def moved_in_place(line_id: UUID, revision: int, number: str, filing_revision: int, rank: int, *where: object) -> Move:
    """The announcement of a line whose value stays on top and says something else now."""
    top = Top(number, filing_revision, rank, SourcePeriod(*where))  # type: ignore[arg-type]  # the last three columns, in order
    return Move(line_id, Standing(revision - 1, top, announced=True), Standing(revision, top, announced=True), "corrected")
