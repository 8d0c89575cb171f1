"""Rows set aside by their author's choice, until they are completed. They hold tokens in place of identity."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import LineError
from kit.postgres import Connection


@dataclass(frozen=True)
class ParkedLine:
    """One row that was not good enough, and why. `content` has no names, no birth date, no worker id."""

    line: int
    content: Mapping[str, Any]
    errors: Sequence[LineError]


async def park(connection: Connection, number: str, revision: int, rows: Sequence[ParkedLine]) -> None:
    if not rows:
        return
    await connection.execute(
        """
        insert into parked_lines (number, revision, line, part, content, errors)
        select $1, $2, line, row_number() over (partition by line order by place) - 1, content::jsonb, errors::jsonb
        from unnest($3::integer[], $4::text[], $5::text[]) with ordinality r (line, content, errors, place)
        """,
        number,
        revision,
        [row.line for row in rows],
        [json.dumps(dict(row.content), default=str, ensure_ascii=False) for row in rows],
        [json.dumps([error.model_dump() for error in row.errors], ensure_ascii=False) for row in rows],
    )


async def parked_of(connection: Connection, number: str, revision: int) -> list[ParkedLine]:
    rows = await connection.fetch(
        "select line, content::text, errors::text from parked_lines where number = $1 and revision = $2 order by line, part",
        number,
        revision,
    )
    return [
        ParkedLine(row["line"], json.loads(row["content"]), [LineError(**error) for error in json.loads(row["errors"])]) for row in rows
    ]
