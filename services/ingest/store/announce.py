"""Announces what moved: one message a line, in chunks, so that a filing of 50,000 lines does not keep other requests waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from kit import outbox, telemetry
from kit.postgres import Connection
from schemas.hours import HoursCorrected, HoursDeclared, HoursRetracted
from schemas.identifiers import uuid7
from services.ingest.corrections import Move, Rank, Top, settle_all
from services.ingest.rules.lines import LineValue
from services.ingest.sources import SOURCES

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
        messages, stories = _said(self.moves, slice(start, stop), self._cause, self._at_hand, {})
        return [outbox.row_of(message, story) for message, story in zip(messages, stories, strict=True)]


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
        messages, stories = _said(moves, chunk, cause, at_hand, stack)
        await outbox.add_many(connection, messages, traceparents=stories)
        await asyncio.sleep(0)


def own_lines(moves: Sequence[Move], cause: Cause, own: Iterable[LineValue]) -> tuple[list[HoursDeclared | HoursRetracted], list[str]]:
    """The messages of moves that all show the filing's own values, and their stories."""
    return _said(moves, slice(0, len(moves)), cause, {value.line_id: value for value in own}, {})


def _said(
    moves: Sequence[Move], part: slice, cause: Cause, own: Mapping[UUID, LineValue], stack: Mapping[UUID, asyncpg.Record]
) -> tuple[list[HoursDeclared | HoursRetracted], list[str]]:
    """Messages and stories of a part of the moves."""
    sampled = telemetry.with_flag(cause.traceparent, sampled=True)
    unsampled = telemetry.with_flag(cause.traceparent, sampled=False)
    numbered = list(enumerate(moves[part], start=part.start))
    messages = [_message(move, cause, own, stack, _line(move, cause, place + 1, len(moves))) for place, move in numbered]
    return messages, [sampled if place < SAMPLED_LINES else unsampled for place, _ in numbered]


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


def _message(
    move: Move, cause: Cause, own: Mapping[UUID, LineValue], stack: Mapping[UUID, asyncpg.Record], line: dict[str, Any]
) -> HoursDeclared | HoursRetracted:
    if move.kind == "retracted":
        return HoursRetracted.model_validate({**line, "contract_uid": _place(move).where.contract_uid})
    kind = HoursDeclared if move.kind == "declared" else HoursCorrected
    source = SOURCES[Rank(_place(move).rank)]
    row = stack.get(move.line_id)
    if row is not None:
        said = {"contract_uid": row["contract_uid"], "declarant_id": row["declarant_id"], "department": row["department"], "source": source}
        return kind.model_validate({**json.loads(row["content"]), **said, **line})
    said = dict(zip(_VALUE_FIELDS, _VALUES(own[move.line_id]), strict=True))
    # what the rules made is of the right types: checking it again would be a quarter of a small filing's work
    return _BLANK[kind].model_copy(update={**said, **line, "id": uuid7(), "declarant_id": cause.declarant_id, "source": source})


def _blank(kind: type[HoursDeclared]) -> HoursDeclared:
    """A message with its defaults in the order of its fields: a copy of it with a line's values costs three fifths of one made anew."""
    values: dict[str, Any] = {name: None if field.is_required() else field.get_default() for name, field in kind.model_fields.items()}
    return kind.model_construct(None, **values)


_BLANK: Final = {kind: _blank(kind) for kind in (HoursDeclared, HoursCorrected)}
_VALUE_FIELDS: Final = tuple(sorted(LineValue.__dataclass_fields__.keys() & HoursDeclared.model_fields.keys() - {"line_id"}))
_VALUES: Final = attrgetter(*_VALUE_FIELDS)


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
