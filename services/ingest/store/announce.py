"""Announces what moved: one message a line, in chunks, so that a filing of 50,000 lines does not keep other requests waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from kit import outbox, telemetry
from kit.postgres import Connection
from schemas.hours import HoursCorrected, HoursDeclared, HoursRetracted, Source
from schemas.identifiers import uuid7, written_uid
from services.ingest.corrections import Move, Rank, Top, settle_all
from services.ingest.rules.lines import LineValue
from services.ingest.sources import SOURCES
from services.ingest.store.written import hours_of

T = TypeVar("T")

CHUNK: Final = 500
SHORT_TURN: Final = 100
"""Lines between two looks whether the database is ready."""
_PATIENCE_S: Final = 60.0
SAMPLED_LINES: Final = 3
"""The first lines of a filing carry the sampled flag (engine section 8, rule 5); the others the same trace id without it."""


class Cause(NamedTuple):
    """The filing's revision that moved the lines, and its declarant; without a number, nobody filed (a contract's place changed)."""

    number: str | None
    revision: int | None
    declarant_id: UUID | None
    traceparent: str
    at: datetime


class Ahead:
    """The announcement of lines that all show their filing's own values: written down when it is copied, or before, while the database is
    busy with the lines themselves."""

    def __init__(self, moves: Sequence[Move], cause: Cause, own: Iterable[LineValue]) -> None:
        self.moves = moves
        self._cause = cause
        self._at_hand = {value.line_id: value for value in own}
        self._rows: list[outbox.Row] = []

    @classmethod
    def of_new(cls, tops: Mapping[UUID, Top], cause: Cause, own: Iterable[LineValue]) -> Ahead:
        """As it is if nobody declared any of these lines before, and all of them count."""
        return cls(settle_all({}, tops, {top.where: top.rank for top in tops.values()}), cause, own)

    async def while_doing(self, work: Awaitable[T]) -> T:
        """What the work gives, with as much written down as it left time for."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done() and len(self._rows) < len(self.moves):
                self._rows += self._made(len(self._rows), len(self._rows) + SHORT_TURN)
                await asyncio.sleep(0)
        except BaseException:
            task.cancel()
            await asyncio.wait([task])  # the connection must be free for what the caller does with the error
            raise
        return await task

    async def rows(self) -> AsyncIterator[outbox.Row]:
        for row in self._rows:
            yield row
        for start in range(len(self._rows), len(self.moves), CHUNK):
            for row in self._made(start, start + CHUNK):
                yield row
            await asyncio.sleep(0)

    def _made(self, start: int, stop: int) -> list[outbox.Row]:
        return _rows(self.moves, slice(start, stop), self._cause, self._at_hand)


async def lines(
    connection: Connection, moves: Sequence[Move], cause: Cause, own: Iterable[LineValue] = (), ahead: Ahead | None = None
) -> None:
    """Add the moves to the outbox in their order, numbered 1..n. `own` are the filing's values; others are read from the stack. `ahead`: what
    was written down of these moves before."""
    if not any(_falls_back(move, cause) for move in moves):
        written = ahead if ahead is not None and ahead.moves is moves else Ahead(moves, cause, own)
        await outbox.copy(connection, written.rows(), within_s=_PATIENCE_S)
        return
    at_hand = {value.line_id: value for value in own}
    for start in range(0, len(moves), CHUNK):
        chunk = slice(start, start + CHUNK)
        stack = await _from_stack(connection, [move for move in moves[chunk] if _falls_back(move, cause)])
        await outbox.add_rows(connection, _said(moves, chunk, cause, at_hand, stack))
        await asyncio.sleep(0)


def own_lines(moves: Sequence[Move], cause: Cause, own: Iterable[LineValue]) -> list[outbox.Row]:
    """The announcement of moves that all show the filing's own values."""
    return _rows(moves, slice(0, len(moves)), cause, {value.line_id: value for value in own})


def _rows(moves: Sequence[Move], part: slice, cause: Cause, own: Mapping[UUID, LineValue]) -> list[outbox.Row]:
    """The announcement of a part of the moves, which all show the filing's own values."""
    sampled, unsampled = _stories(cause)
    of = len(moves)
    return [
        _row(move, cause, own, (place + 1, of), sampled if place < SAMPLED_LINES else unsampled)
        for place, move in enumerate(moves[part], start=part.start)
    ]


def _row(move: Move, cause: Cause, own: Mapping[UUID, LineValue], place: tuple[int, int], story: str) -> outbox.Row:
    line = _line(move, cause, *place)
    if move.kind == "retracted":
        return outbox.row_of(_retracted(move, line), story)
    value, identity = own[move.line_id], uuid7()
    kind, source = _kind_of(move)
    said = {"id": identity, "declarant_id": cause.declarant_id, "source": source, **line}
    written = outbox.Written(kind, identity, written_uid(value.contract_uid), cause.at, hours_of(kind, value, said))
    return outbox.row_written(written, story)


def _said(
    moves: Sequence[Move], part: slice, cause: Cause, own: Mapping[UUID, LineValue], stack: Mapping[UUID, asyncpg.Record]
) -> list[outbox.Row]:
    """The announcement of a part of the moves, of which some show values of other filings."""
    sampled, unsampled = _stories(cause)
    found = []
    for place, move in enumerate(moves[part], start=part.start):
        story = sampled if place < SAMPLED_LINES else unsampled
        row = stack.get(move.line_id)
        if row is None:
            found.append(_row(move, cause, own, (place + 1, len(moves)), story))
        else:
            found.append(outbox.row_of(_of_stack(move, row, _line(move, cause, place + 1, len(moves))), story))
    return found


def _stories(cause: Cause) -> tuple[str, str]:
    """The filing's story for its first lines, and for the others."""
    return telemetry.with_flag(cause.traceparent, sampled=True), telemetry.with_flag(cause.traceparent, sampled=False)


def _line(move: Move, cause: Cause, position: int, of: int) -> dict[str, Any]:
    filed = cause.number is not None
    return {
        "occurred_at": cause.at,
        "line_id": move.line_id,
        "revision": move.after.revision,
        "declaration_id": cause.number,
        "declaration_revision": cause.revision,
        "line_no": position if filed else None,
        "lines_in_revision": of if filed else None,
    }


def _falls_back(move: Move, cause: Cause) -> bool:
    """Whether the value that counts now is of another filing than the one that moved the line."""
    top = move.after.top
    return move.kind != "retracted" and top is not None and (top.filing, top.filing_revision) != (cause.number, cause.revision)


def _retracted(move: Move, line: dict[str, Any]) -> HoursRetracted:
    return HoursRetracted.model_validate({**line, "contract_uid": _place(move).where.contract_uid})


def _of_stack(move: Move, row: asyncpg.Record, line: dict[str, Any]) -> HoursDeclared:
    """A value of another filing, as it was kept."""
    kind, source = _kind_of(move)
    said = {"contract_uid": row["contract_uid"], "declarant_id": row["declarant_id"], "department": row["department"], "source": source}
    return kind.model_validate({**json.loads(row["content"]), **said, **line})


def _kind_of(move: Move) -> tuple[type[HoursDeclared], Source]:
    return HoursDeclared if move.kind == "declared" else HoursCorrected, SOURCES[Rank(_place(move).rank)]


def _place(move: Move) -> Top:
    """The value that counts now, else the one that counted before."""
    place = move.after.top or move.before.top
    if place is None:
        raise ValueError(f"{move.line_id} was announced without a value")
    return place


async def _from_stack(connection: Connection, moves: Sequence[Move]) -> dict[UUID, asyncpg.Record]:
    tops = [(move.line_id, top) for move in moves if (top := move.after.top)]
    if not tops:
        return {}
    rows = await connection.fetch(
        """
        select v.line_id, v.contract_uid, v.department, v.content, f.declarant_id
        from unnest($1::text[], $2::integer[], $3::uuid[]) w (number, filing_revision, line_id)
        join line_values v using (number, filing_revision, line_id) join filings f using (number)
        """,
        [top.filing for _, top in tops],
        [top.filing_revision for _, top in tops],
        [line_id for line_id, _ in tops],
    )
    return {row["line_id"]: row for row in rows}
