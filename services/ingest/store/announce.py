"""Announces what moved: one message a line, in chunks, so that a filing of 50,000 lines does not keep other requests waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from kit import outbox, telemetry
from kit.postgres import Connection
from schemas.hours import HoursCorrected, HoursDeclared, HoursRetracted
from services.ingest.corrections import Move

CHUNK: Final = 500
SAMPLED_LINES: Final = 3
"""The first lines of a filing carry the sampled flag (engine section 8, rule 5); the others the same trace id without it."""

Content = Mapping[str, Any]
"""A line's value in the fields of HoursDeclared, `department` being the one that counts."""


class Cause(NamedTuple):
    """The filing's revision that moved the lines; without a number, nobody filed (a contract's place changed)."""

    number: str | None
    revision: int | None
    traceparent: str
    at: datetime


async def lines(connection: Connection, moves: Sequence[Move], cause: Cause, own: Mapping[UUID, Content]) -> None:
    """Add the moves to the outbox in their order, numbered 1..n. `own` holds the contents at hand; others are read from the stack."""
    sampled = telemetry.with_flag(cause.traceparent, sampled=True)
    unsampled = telemetry.with_flag(cause.traceparent, sampled=False)
    for start, chunk in _chunks(moves):
        contents = {**(await _from_stack(connection, chunk, own)), **own} if len(own) < len(moves) else own
        messages = [
            _message(move, contents.get(move.line_id), cause, number, len(moves)) for number, move in enumerate(chunk, start=start + 1)
        ]
        stories = [sampled if start + position < SAMPLED_LINES else unsampled for position in range(len(chunk))]
        await outbox.add_many(connection, messages, traceparents=stories)
        await asyncio.sleep(0)


def _message(move: Move, content: Content | None, cause: Cause, line_no: int, of: int) -> HoursDeclared | HoursRetracted:
    line = {
        "line_id": move.line_id,
        "revision": move.after.revision,
        "occurred_at": cause.at,
        "declaration_id": cause.number,
        "declaration_revision": cause.revision,
        "line_no": line_no if cause.number else None,
        "lines_in_revision": of if cause.number else None,
    }
    if move.kind == "retracted":
        place = move.before.top or move.after.top
        if place is None:
            raise AssertionError(f"{move.line_id} was announced without a value")
        return HoursRetracted.model_validate({**line, "contract_uid": place.where.contract_uid})
    kind = HoursDeclared if move.kind == "declared" else HoursCorrected
    if content is None:
        raise AssertionError(f"{move.line_id} has a top without a content")
    return kind.model_validate({**content, **line})


async def _from_stack(connection: Connection, moves: Sequence[Move], own: Mapping[UUID, Content]) -> dict[UUID, Content]:
    wanted = [(m.line_id, m.after.top) for m in moves if m.kind != "retracted" and m.after.top and m.line_id not in own]
    if not wanted:
        return {}
    rows = await connection.fetch(
        """
        select line_id, contract_uid, department, content
        from line_values join unnest($1::text[], $2::integer[], $3::uuid[]) w (number, filing_revision, line_id)
            using (number, filing_revision, line_id)
        """,
        [top.filing for _, top in wanted if top],
        [top.filing_revision for _, top in wanted if top],
        [line_id for line_id, _ in wanted],
    )
    return {
        row["line_id"]: {**json.loads(row["content"]), "contract_uid": row["contract_uid"], "department": row["department"]} for row in rows
    }


def _chunks(moves: Sequence[Move]) -> Iterator[tuple[int, Sequence[Move]]]:
    for start in range(0, len(moves), CHUNK):
        yield start, moves[start : start + CHUNK]
