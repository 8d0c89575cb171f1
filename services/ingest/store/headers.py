"""A filing's revision without its lines: the row, the first step of its journey, and the message on `declarations`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit import outbox, telemetry
from kit.postgres import Connection
from schemas.declarations import Declaration, DeclarationCorrected, DeclarationReceived, DeclarationWithdrawn, DepartmentHours
from schemas.zones import PARIS
from services.ingest.rules.coverage import complete_by
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
    earlier: list[str] = []
    if header.revision > 1:
        earlier = await connection.fetchval("select departments from filings where number = $1", header.drawn.number)
    departments = _departments(header, earlier)
    await _write(connection, [(header, departments)])
    await outbox.add(connection, _message(header, departments), traceparent=header.cause.traceparent)


async def record_first(connection: Connection, headers: Sequence[Header]) -> list[Declaration]:
    """Write the first revisions of several filings; their messages, for the caller to announce."""
    said = [(header, _departments(header, ())) for header in headers]
    await _write(connection, said)
    return [_message(header, departments) for header, departments in said]


async def _write(connection: Connection, said: Sequence[tuple[Header, tuple[DepartmentHours, ...]]]) -> None:
    rows = [_row_of(header, departments) for header, departments in said]
    await connection.execute(
        """
        with revision as (
            insert into filing_revisions (number, revision, accepted, kind, received_at, reason, declared_by, door, mode, period,
                departments, lines, replaced, parked, announced, sha256, traceparent, counted_at, dead, contracts,
                ended, acting_id, reconciled)
            select number, revision, accepted, kind, received_at, reason, declared_by, door, mode, period,
                departments::jsonb, lines, replaced, parked, announced, sha256, traceparent, counted_at,
                case when counted_at is not null then 0 end, contracts, ended, acting_id, reconciled
            from unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::integer[], $13::integer[], $14::integer[], $15::integer[], $16::text[],
                $17::text[], $18::timestamptz[], $19::integer[], $21::integer[], $22::uuid[], $23::boolean[])
                r (number, revision, accepted, kind, received_at, reason, declared_by, door, mode, period, departments, lines, replaced,
                    parked, announced, sha256, traceparent, counted_at, contracts, ended, acting_id, reconciled)
        ), counted as (
            update filings f set state = case when r.revision = 1 then 'counted' else 'corrected' end
            from unnest($1::text[], $2::integer[], $18::timestamptz[]) r (number, revision, counted_at)
            where f.number = r.number and f.state = 'received' and r.counted_at is not null
        )
        insert into filing_steps (number, revision, step, service, at, trace_id)
        select r.number, r.revision, step, 'ingest', r.received_at, r.trace_id
        from unnest($1::text[], $2::integer[], $5::timestamptz[], $18::timestamptz[], $20::text[])
            r (number, revision, received_at, counted_at, trace_id),
            unnest(case when r.counted_at is null then array['received'] else array['received', 'counted'] end) step
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


def _row_of(header: Header, departments: tuple[DepartmentHours, ...]) -> tuple[object, ...]:
    """A new filing that names nobody as others would has nothing to be reconciled with theirs (V13)."""
    filing, at = header.filing, header.cause.at
    return (
        header.drawn.number, header.revision, header.drawn.accepted, header.kind, at, filing.reason, filing.declared_by, filing.door,
        filing.mode, str(filing.period) if filing.period else None, json.dumps([d.model_dump() for d in departments]), len(filing.values),
        header.replaced, len(filing.parked), header.announced, filing.sha256, header.cause.traceparent,
        None if header.announced else at, len({value.contract_uid for value in filing.values}),
        telemetry.trace_id_of(header.cause.traceparent), len(filing.ended), filing.declarant.acting,
        header.revision == 1 and not any(value.person and value.person.regional for value in filing.values),
    )  # fmt: skip


def _departments(header: Header, earlier: Iterable[str]) -> tuple[DepartmentHours, ...]:
    """What the revision says of each department; nothing (0 lines) of those that only an earlier revision named."""
    lines: dict[str, int] = defaultdict(int)
    centihours: dict[str, int] = defaultdict(int)
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
        "acting_id": filing.declarant.acting,
        "period": filing.period,
        "departments": departments,
        "lines": len(filing.values),
        "replaced": header.replaced,
        "parked": len(filing.parked),
        "complete_by": complete_by(header.cause.at.astimezone(PARIS).date()) if filing.parked else None,
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
