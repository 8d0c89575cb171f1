"""Several new filings in one transaction: what each would have asked of the database alone is asked once for all of them.

Only filings whose lines nobody declared before, from sources that change no reference: every other one goes its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import outbox, telemetry
from kit.errors import Refused
from kit.postgres import Connection
from services.ingest.corrections import Move, SourcePeriod, Top, settle_all
from services.ingest.store import announce, headers, lines, periods, values
from services.ingest.store.erasure import drop_erased
from services.ingest.store.filings import Filing, Receipt
from services.ingest.store.numbers import Drawn, draw_many
from services.ingest.store.parked import park
from services.ingest.store.periods import Raced


@dataclass(frozen=True)
class Arrived:
    """A filing that passed the checks, with the story that it belongs to."""

    filing: Filing
    traceparent: str


@dataclass(frozen=True)
class _Standing:
    arrived: Arrived
    drawn: Drawn
    own: dict[UUID, Top]


async def accept_together(connection: Connection, arrived: Sequence[Arrived], at: datetime) -> list[Receipt | Refused | None]:
    """Take the filings in, one outcome each in their order: its receipt, its refusal, or None for one that has to be taken alone.

    Raises Raced when another transaction came between: then none of them is taken.
    """
    outcomes: list[Receipt | Refused | None] = [None] * len(arrived)
    contracts = await values.lock_contracts(connection, {value.contract_uid for one in arrived for value in one.filing.values})
    ranks = {}
    for place, one in enumerate(arrived):
        try:
            ranks[place] = values.ranks_in(one.filing, contracts)
        except Refused as refused:
            outcomes[place] = refused
    places = await _new_alone(connection, arrived, list(ranks))
    if not places:
        return outcomes
    drawn = await draw_many(connection, at, len(places))
    await _open(connection, [arrived[place] for place in places], drawn, at)
    await drop_erased(connection, [value for place in places for value in arrived[place].filing.values])
    standing = [
        _Standing(arrived[place], number, values.tops_of(arrived[place].filing, number, 1, ranks[place]))
        for place, number in zip(places, drawn, strict=True)
    ]
    for place, receipt in zip(places, await _take(connection, standing, at), strict=True):
        outcomes[place] = receipt
    return outcomes


async def _new_alone(connection: Connection, arrived: Sequence[Arrived], places: Sequence[int]) -> list[int]:
    """Those whose lines neither the record nor an earlier one of them knows."""
    ids = {place: [value.line_id for value in arrived[place].filing.values] for place in places}
    seen = await lines.known_of(connection, [line_id for place in places for line_id in ids[place]])
    found = []
    for place in places:
        if seen.isdisjoint(ids[place]):
            found.append(place)
        seen.update(ids[place])
    return found


async def _open(connection: Connection, arrived: Sequence[Arrived], drawn: Sequence[Drawn], at: datetime) -> None:
    await connection.execute(
        """
        insert into filings (number, declarant_id, revision, state, departments, received_at)
        select number, declarant, 1, 'received', string_to_array(departments, ','), $4
        from unnest($1::text[], $2::uuid[], $3::text[]) f (number, declarant, departments)
        """,
        [one.number for one in drawn],
        [one.filing.declarant.id for one in arrived],
        [",".join(sorted({value.department for value in one.filing.values})) for one in arrived],
        at,
    )


async def _take(connection: Connection, standing: Sequence[_Standing], at: datetime) -> list[Receipt]:
    await values.write(connection, [(one.arrived.filing, one.drawn, one.own) for one in standing])
    for one in standing:
        await park(connection, one.drawn.number, 1, one.arrived.filing.parked)
    best: dict[SourcePeriod, int] = {}
    for one in standing:
        for top in one.own.values():
            best[top.where] = max(best.get(top.where, 0), top.rank)
    held = await periods.hold_together(connection, best)
    fresh = await lines.insert_fresh(connection, [one.drawn.number for one in standing], 1)
    if len(fresh) != sum(len(one.own) for one in standing):
        raise Raced("another filing declared one of the lines")
    moves = [[move for move in settle_all({}, one.own, held) if move.kind] for one in standing]
    return await _say(connection, standing, moves, at)


async def _say(connection: Connection, standing: Sequence[_Standing], moves: Sequence[Sequence[Move]], at: datetime) -> list[Receipt]:
    causes = [_cause(one, at) for one in standing]
    heads = [
        headers.Header(one.arrived.filing, one.drawn, 1, cause, 0, len(moved))
        for one, cause, moved in zip(standing, causes, moves, strict=True)
    ]
    received = await headers.record_first(connection, heads)
    rows = [outbox.row_of(message, cause.traceparent) for message, cause in zip(received, causes, strict=True)]
    for one, cause, moved in zip(standing, causes, moves, strict=True):
        rows += announce.own_lines(moved, cause, one.arrived.filing.values)
    await outbox.add_rows(connection, rows)
    return [_receipt(head) for head in heads]


def _cause(one: _Standing, at: datetime) -> announce.Cause:
    traceparent = telemetry.with_flag(one.arrived.traceparent, sampled=True)
    return announce.Cause(one.drawn.number, 1, one.arrived.filing.declarant.id, traceparent, at)


def _receipt(head: headers.Header) -> Receipt:
    filing = head.filing
    return Receipt(
        number=head.drawn.number,
        revision=1,
        received_at=head.cause.at,
        lines=len(filing.values),
        replaced=0,
        parked=len(filing.parked),
        sha256=filing.sha256,
        trace_id=telemetry.trace_id_of(head.cause.traceparent),
        announced=head.announced,
    )
