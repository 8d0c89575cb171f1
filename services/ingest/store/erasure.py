"""Unlinks a person from the record: hours stay, who worked them is forgotten, now and in every file to come (design 10)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from kit import telemetry
from kit.postgres import Connection
from services.ingest.rules.lines import LineValue
from services.ingest.store import announce
from services.ingest.store.patience import be_patient
from services.ingest.store.periods import columns_of, period_of
from services.ingest.store.places import moved_in_place

TOKENS: Final = ("person_local", "person_regional")
"""Members of a parked row that stand for its person."""
SAID_OF_A_PERSON: Final = (
    *TOKENS, "sex", "birth", "residence", "qpv", "public", "other_publics", "education", "unemployment", "prescriber", "exit",
    "work_contract_reference",
)  # fmt: skip


@dataclass(frozen=True)
class Erased:
    """Values that no longer name the person, lines announced again, parked rows cleaned."""

    values: int
    announced: int
    parked: int


async def refuse_from_now_on(connection: Connection, tokens: Iterable[str], at: datetime) -> None:
    """Remember the tokens' digests, in a transaction of its own: it waits for the filings on their way, and those after it read it."""
    await be_patient(connection)
    await connection.execute("lock table erased_persons in access exclusive mode")
    await connection.execute(
        "insert into erased_persons (digest, erased_at) select unnest($1::bytea[]), $2 on conflict do nothing",
        [digest_of(token) for token in tokens],
        at,
    )


async def tokens_beside(connection: Connection, regional: str, declarant: UUID | None) -> set[str]:
    """The local tokens under which the declarants of this regional token know the person. `declarant` narrows to one; None is everybody."""
    await be_patient(connection)
    rows = await _naming(connection, [regional], declarant)
    return {str(person["local"]) for row in rows if (person := json.loads(row["content"]).get("person"))}


async def unlink(connection: Connection, tokens: Sequence[str], declarant: UUID | None, at: datetime) -> Erased:
    """Take the person out of every value that names it, whether it counts or not, and out of parked rows; announce what counts again."""
    await be_patient(connection)
    rows = await _naming(connection, tokens, declarant)
    await _lock(connection, rows)
    await _write(connection, rows)
    moves = await connection.fetch(
        """
        update lines l set revision = l.revision + 1
        from unnest($1::uuid[], $2::text[], $3::integer[]) e (line_id, number, filing_revision)
        where l.line_id = e.line_id and l.number = e.number and l.filing_revision = e.filing_revision and l.announced
        returning l.line_id, l.revision, l.number, l.filing_revision, l.rank, l.contract_uid, l.period_start, l.period_months
        """,
        *_names(rows),
    )
    cause = announce.Cause(None, None, None, telemetry.current_traceparent(), at)
    await announce.lines(connection, [moved_in_place(*row.values()) for row in moves], cause)
    await _reconcile_again(connection, {*tokens, *_regional_in(rows)}, declarant)
    return Erased(len(rows), len(moves), await _clean_parked(connection, tokens, declarant))


async def drop_erased(connection: Connection, values: Iterable[LineValue]) -> None:
    """Values of persons who asked to be forgotten count without them. Call in the transaction that stores the values."""
    if not await connection.fetchval("select exists (select from erased_persons)"):
        return
    by_digest: dict[bytes, list[LineValue]] = {}
    for value in values:
        if value.person:
            for token in filter(None, (value.person.local, value.person.regional)):
                by_digest.setdefault(digest_of(token), []).append(value)
    rows = await connection.fetch("select digest from erased_persons where digest = any($1::bytea[])", list(by_digest))
    for row in rows:
        for value in by_digest[row["digest"]]:
            value.person = None
            value.work_contract_reference = None


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def _naming(connection: Connection, tokens: Sequence[str], declarant: UUID | None) -> list[asyncpg.Record]:
    """The values that hold one of the tokens. There is no index on them: whoever counts persons must not find one here quickly."""
    return await connection.fetch(
        """
        select v.line_id, v.number, v.filing_revision, v.contract_uid, v.period_start, v.period_months, v.content
        from line_values v join filings f using (number)
        where v.content like any ($1::text[]) and ($2::uuid is null or f.declarant_id = $2)
        order by v.line_id, v.number, v.filing_revision
        """,
        [f'%"{token}"%' for token in tokens],
        declarant,
        timeout=60,
    )


async def _lock(connection: Connection, rows: Sequence[asyncpg.Record]) -> None:
    """Periods, then lines, each in sorted order, like filings."""
    await connection.execute(
        """
        select from source_periods
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
        order by contract_uid, period_start, period_months for no key update
        """,
        *columns_of(sorted({period_of(row) for row in rows})),
    )
    ids = sorted({row["line_id"] for row in rows})
    await connection.execute("select from lines where line_id = any($1::uuid[]) order by line_id for no key update", ids)


async def _write(connection: Connection, rows: Sequence[asyncpg.Record]) -> None:
    contents = [json.dumps({**json.loads(row["content"]), "person": None, "work_contract_reference": None}) for row in rows]
    await connection.execute(
        """
        update line_values v set content = e.content, person_local = null, person_regional = null
        from unnest($1::uuid[], $2::text[], $3::integer[], $4::text[]) e (line_id, number, filing_revision, content)
        where (v.number, v.filing_revision, v.line_id) = (e.number, e.filing_revision, e.line_id)
        """,
        *_names(rows),
        contents,
    )
    await connection.execute(
        """
        update lines l set person = null, qpv = false from unnest($1::uuid[], $2::text[], $3::integer[]) e (line_id, number, filing_revision)
        where l.line_id = e.line_id and l.number = e.number and l.filing_revision = e.filing_revision
        """,
        *_names(rows),
    )


def _names(rows: Sequence[asyncpg.Record]) -> tuple[list[Any], list[Any], list[Any]]:
    return [row["line_id"] for row in rows], [row["number"] for row in rows], [row["filing_revision"] for row in rows]


def _regional_in(rows: Sequence[asyncpg.Record]) -> set[str]:
    """Regional tokens beside the local ones by which the values were found."""
    persons = [json.loads(row["content"]).get("person") or {} for row in rows]
    return {person["regional"] for person in persons if person.get("regional")}


async def _reconcile_again(connection: Connection, tokens: Iterable[str], declarant: UUID | None) -> None:
    """Months « à rapprocher » of the person go. Those that other declarants still share are found again from their filings."""
    await connection.execute(
        """
        with gone as (
            delete from reconciliations r where r.person_regional in (
                select u.token::uuid from unnest($1::text[]) u (token) where u.token ~ '^[0-9a-f]{32}$')
            and ($2::uuid is null or r.parts @> jsonb_build_array(jsonb_build_object('declarant', $2::uuid)))
            returning r.parts
        )
        update filing_revisions set reconciled = false where (number, revision) in (
            select f.number, f.revision from gone cross join lateral jsonb_array_elements(gone.parts) p
            join filings f on f.number = p ->> 'number' where f.declarant_id is distinct from $2 and $2::uuid is not null)
        """,
        list(tokens),
        declarant,
    )


async def _clean_parked(connection: Connection, tokens: Sequence[str], declarant: UUID | None) -> int:
    done: str = await connection.execute(
        """
        update parked_lines p set content = p.content - $3::text[] from filings f
        where f.number = p.number and (p.content ->> 'person_local' = any($1::text[]) or p.content ->> 'person_regional' = any($1::text[])) and ($2::uuid is null or f.declarant_id = $2)
        """,
        list(tokens),
        declarant,
        list(SAID_OF_A_PERSON),
    )
    return int(done.rpartition(" ")[2])
