"""A filing's revision without its lines: the row, the first step of its journey, and the message on `declarations`."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit import outbox, telemetry
from kit.postgres import Connection
from schemas.declarations import Declaration, DeclarationCorrected, DeclarationReceived, DeclarationWithdrawn, DepartmentHours
from services.ingest.store.announce import Cause
from services.ingest.store.numbers import Drawn

if TYPE_CHECKING:
    from services.ingest.store.filings import Filing


@dataclass(frozen=True)
class Header:
    filing: Filing
    drawn: Drawn
    revision: int
    cause: Cause
    replaced: int
    announced: int

    @property
    def kind(self) -> str:
        if self.revision == 1:
            return "received"
        return "corrected" if self.filing.values else "withdrawn"


async def record(connection: Connection, header: Header) -> None:
    """Write the revision and announce it. A revision that moves no line is counted at once: nothing remains to be done."""
    departments = await _departments(connection, header)
    filing, at = header.filing, header.cause.at
    counted_at = None if header.announced else at
    await connection.execute(
        """
        with revision as (
            insert into filing_revisions (number, revision, accepted, kind, received_at, reason, declared_by, door, mode, period,
                departments, lines, replaced, parked, announced, sha256, traceparent, counted_at,
                dead, contracts, ended)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12, $13, $14, $15, $16, $17, $18,
                case when $18::timestamptz is not null then 0 end, $20, $21)
        ), counted as (
            update filings set state = case when $2 = 1 then 'counted' else 'corrected' end
            where number = $1 and state = 'received' and $18 is not null
        )
        insert into filing_steps (number, revision, step, service, at, trace_id)
        select $1, $2, step, 'ingest', $5, $19
        from unnest(case when $18 is null then array['received'] else array['received', 'counted'] end) step
        """,
        header.drawn.number, header.revision, header.drawn.accepted, header.kind, at, filing.reason, filing.declared_by, filing.door,
        filing.mode, str(filing.period) if filing.period else None, json.dumps([d.model_dump() for d in departments]),
        len(filing.values), header.replaced, len(filing.parked), header.announced, filing.sha256, header.cause.traceparent, counted_at,
        telemetry.trace_id_of(header.cause.traceparent), len({value.contract_uid for value in filing.values}), len(filing.ended),
    )  # fmt: skip
    await outbox.add(connection, _message(header, departments), traceparent=header.cause.traceparent)


async def _departments(connection: Connection, header: Header) -> tuple[DepartmentHours, ...]:
    """What the revision says of each department; nothing (0 lines) of those that only an earlier revision named."""
    lines: dict[str, int] = defaultdict(int)
    centihours: dict[str, int] = defaultdict(int)
    if header.revision > 1:
        earlier = await connection.fetchval("select departments from filings where number = $1", header.drawn.number)
        lines.update(dict.fromkeys(earlier, 0))
    for value in header.filing.values:
        lines[value.department] += 1
        centihours[value.department] += value.centihours
    return tuple(DepartmentHours(department=d, lines=n, centihours=centihours[d]) for d, n in sorted(lines.items()))


def _message(header: Header, departments: tuple[DepartmentHours, ...]) -> Declaration:
    filing = header.filing
    said = {
        "occurred_at": header.cause.at,
        "declaration_id": header.drawn.number,
        "revision": header.revision,
        "declarant_id": filing.declarant.id,
        "declared_by": filing.declared_by,
        "period": filing.period,
        "departments": departments,
        "lines": len(filing.values),
        "replaced": header.replaced,
        "parked": len(filing.parked),
        "lines_announced": header.announced,
        "centihours": sum(value.centihours for value in filing.values),
        "contracts": len({value.contract_uid for value in filing.values}),
        "ended": len(filing.ended),
        "sha256": filing.sha256,
        "door": filing.door,
    }
    if header.kind == "received":
        return DeclarationReceived.model_validate(said)
    kind = DeclarationCorrected if header.kind == "corrected" else DeclarationWithdrawn
    return kind.model_validate({**said, "reason": filing.reason})
