"""The versions of a filing, line by line: to correct the present one, to compare two, to bring an earlier one back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from kit.postgres import Connection
from services.ingest.rules.declared import LineValue

_CONTENT: Final = TypeAdapter(LineValue)


async def values_of(connection: Connection, number: str, revision: int) -> list[LineValue]:
    """The lines of a version as they were taken in, in the order of the file."""
    rows = await connection.fetch(
        "select content from line_values where number = $1 and filing_revision = $2 order by line, line_id", number, revision
    )
    return [_CONTENT.validate_json(row["content"]) for row in rows]


async def contract_numbers(connection: Connection, values: list[LineValue]) -> dict[UUID, str]:
    rows = await connection.fetch(
        "select uid, number from contracts where uid = any($1::uuid[])", list({value.contract_uid for value in values})
    )
    return {row["uid"]: row["number"] for row in rows}


async def counted_elsewhere(connection: Connection, number: str, revision: int) -> dict[UUID, tuple[str, int] | None]:
    """The lines of a version that another filing says since: its number and centi-hours; None where one has ended the line."""
    rows = await connection.fetch(
        """
        select v.line_id, l.number, l.centihours from line_values v join lines l using (line_id)
        where v.number = $1 and v.filing_revision = $2 and l.number is distinct from v.number
        """,
        number,
        revision,
    )
    return {row["line_id"]: (row["number"], row["centihours"]) if row["number"] else None for row in rows}


async def moves_of(connection: Connection, number: str, first: int, second: int) -> list[dict[str, Any]]:
    """What changed from one version to another: lines added, gone, or with other hours. `before` and `after` are centi-hours or None."""
    rows = await connection.fetch(
        """
        with earlier as (select * from line_values where number = $1 and filing_revision = $2),
            later as (select * from line_values where number = $1 and filing_revision = $3)
        select coalesce(l.line, e.line) as line, e.centihours as before, l.centihours as after, coalesce(l.department, e.department) as department,
            coalesce(l.content, e.content) as content, e.content as earlier, l.content as later, c.number as contract,
            (e.content::jsonb - 'line') is distinct from (l.content::jsonb - 'line') as differs
        from earlier e full join later l using (line_id) join contracts c on c.uid = coalesce(l.contract_uid, e.contract_uid)
        order by 1
        """,
        number,
        first,
        second,
    )
    return [dict(row) for row in rows]
