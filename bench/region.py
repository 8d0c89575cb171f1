"""Ten years of a region in the database of indicators, made by DuckDB and loaded by COPY: what a measurement stands on."""

from __future__ import annotations

import hashlib
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import duckdb

from bench.ground import Ground
from bench.lines import Record, Stream
from kit.migrate import migrate
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.persons import EDUCATION, PRESCRIBERS
from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import PUBLICS
from schemas.vocabulary.work_contracts import WORK_CONTRACTS
from services.indicators import app

CONTRACTS: Final = 4_000
MONTHS: Final = 120
LAST: Final = "2026-10-01"
CORRECTED: Final = 0.12
"""Share of a stream's records that give a line of the base another value."""
_LOADING_S: Final = 1800
_COLUMNS: Final = (
    "line_id", "revision", "live", "contract_uid", "declarant_id", "employer", "period_start", "period_months", "department", "commune",
    "residence", "centihours", "modality", "work_contract", "work_starts", "sex", "birth", "qpv", "public", "education", "prescriber", "person",
    "person_local", "source",
)  # fmt: skip


def _one_of(codes: object, key: str) -> str:
    listed = list(codes)  # type: ignore[call-overload]
    return f"({listed!r})[1 + (hash({key}) % {len(listed)})::integer]"


def _lines(first: int, after: int, of: int) -> str:
    """Lines `first..after-1` of `of`, in the order of their months; a person works in one year, in about forty lines."""
    month = f"(i * {MONTHS} // {of})"
    person = f"md5('person' || ({month} // 12) || '/' || (hash(i + 61) % {of // 400 + 1}))"
    department = _one_of(DEPARTMENTS, f"hash(i + 3) % {CONTRACTS}")
    return f"""
        select md5('line' || i)::uuid, 1, true, md5('contract' || (hash(i + 3) % {CONTRACTS}))::uuid,
            md5('declarant' || (hash(i + 3) % {CONTRACTS} % 200))::uuid, (10000000000000 + hash(i + 7) % 4000)::varchar,
            (date '{LAST}' - to_months({MONTHS - 1}) + to_months({month}::integer))::date, 1, {department},
            {department} || lpad((1 + hash(i + 11) % 40)::varchar, 3, '0'), {_one_of(DEPARTMENTS, person)} || lpad((1 + hash({person}) % 40)::varchar, 3, '0'),
            100 + hash(i + 13) % 15000, {_one_of(MODALITIES, "i + 17")}, {_one_of(WORK_CONTRACTS, "i + 19")},
            (date '{LAST}' - to_months({MONTHS - 1}) + to_months({month}::integer // 12 * 12))::date,
            case when hash({person}) % 100 < 15 then 'F' else 'M' end, 1960 + hash({person}) % 45 || '-0' || (1 + hash({person}) % 9),
            hash({person}) % 3 = 0, {_one_of(PUBLICS, person)}, {_one_of(EDUCATION, person)}, {_one_of(PRESCRIBERS, person)},
            case when hash({person}) % 10 < 6 then {person} end, {person}, 'buyer'
        from range({first}, {after}) as r(i)
    """


_MAKE_CONTRACTS: Final = f"""
    insert into contracts (contract_uid, revision, number, object, buyer_siret, buyer_kind, buyer_id, department, starts_on, ends_on,
        notified_on, mechanisms, hours_committed, programme, sector, cpv, amount, has_clause)
    select md5('contract' || n)::uuid, 1, 'M-' || n, 'Marché fictif ' || n, lpad((20000000000000 + n % 200)::text, 14, '0'),
        (array['COMMUNE', 'BAILLEUR_SOCIAL', 'EPT'])[1 + n % 3], md5('declarant' || n % 200)::uuid,
        (array['75', '77', '78', '91', '92', '93', '94', '95'])[1 + n % 8], date '{LAST}' - n % 3600, date '{LAST}' - n % 3600 + 900,
        date '{LAST}' - n % 3600 - 60, array[(array['CONDITION_EXECUTION', 'RESERVE_IAE'])[1 + n % 2]], 500 + n % 4000,
        (array['ANRU_NPNRU', 'GPE', 'AUCUN'])[1 + n % 3], (array['BATIMENT', 'NETTOYAGE'])[1 + n % 2], '45000000', 100000 + n, true
    from generate_series(0, {CONTRACTS - 1}) as n
"""
_TOTALS: Final = """
    truncate totals;
    insert into totals (department, month, centihours, lines)
    select department, period_start, sum(centihours)::bigint, count(*) from facts where live and period_months = 1 group by 1, 2
"""


async def prepare(place: Ground) -> None:
    """The tables of indicators, and the contracts."""
    await migrate(place.dsn("indicators", "indicators_owner"), "indicators", Path(app.__file__).parent / "migrations")
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        await connection.execute(_MAKE_CONTRACTS)
    finally:
        await connection.close()


async def load(place: Ground, first: int, after: int, of: int) -> None:
    """Put lines `first..after-1` of `of` into facts by COPY, and the totals that go with everything there."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        file = Path(folder) / "facts.csv"
        with duckdb.connect(config={"threads": 2, "memory_limit": "2GB", "temp_directory": folder}) as made:
            made.execute(f"copy ({_lines(first, after, of)}) to '{file}' (header false)")
        connection = await asyncpg.connect(place.admin_dsn("indicators"))
        try:
            await connection.copy_to_table("facts", source=file, columns=_COLUMNS, format="csv", timeout=_LOADING_S)
            await connection.execute(_TOTALS, timeout=_LOADING_S)
            await connection.execute("vacuum analyze facts", timeout=_LOADING_S)
            await connection.execute("checkpoint", timeout=_LOADING_S)
        finally:
            await connection.close()


def filings(stream: Stream, records: int, base: int) -> Iterator[list[Record]]:
    """Filings of the stream, of whose first-time records some give a line of the base (`0..base-1`) its second value instead."""
    dice = random.Random(stream.seed)
    for filing in stream.filings_until(records):
        yield [_of_base(record, dice.randrange(base)) if dice.random() < CORRECTED else record for record in filing]


_IDENTITY: Final = re.compile(rb'"line_id":"[0-9a-f-]+","revision":1,')


def _of_base(record: Record, line: int) -> Record:
    identity = UUID(hashlib.md5(b"line%d" % line, usedforsecurity=False).hexdigest())
    return Record(record.key, record.ce_type, _IDENTITY.sub(b'"line_id":"%s","revision":2,' % str(identity).encode(), record.value))
