"""A record as it is after years: a million lines in filings, rows set aside, sources that differ, months « à rapprocher », put there by COPY."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from pydantic import TypeAdapter

from bench.taking import Buyer, Taking
from schemas.hours import Person
from schemas.identifiers import uuid7
from schemas.periods import Period
from services.ingest.rules.declared import LineValue

LINES: Final = 1_000_000
IN_FILING: Final = 200
LONGEST: Final = 50_000
"""Lines of the largest filing, which has pages too."""
ASIDE: Final = 20
"""Rows set aside in each filing."""
BESIDE: Final = 0.05
"""Share of the lines that stand beside another source's."""
RECONCILED: Final = 5_000
_PIECE: Final = 20_000
_VALUE: Final = (
    "line_id", "number", "filing_revision", "accepted", "line", "contract_uid", "period_start", "period_months", "department", "centihours",
    "rank", "content", "person_local",
)  # fmt: skip
_LINE: Final = (
    "line_id",
    "revision",
    "contract_uid",
    "period_start",
    "period_months",
    "number",
    "filing_revision",
    "rank",
    "announced",
    "centihours",
    "person",
    "qpv",
)
_REVISION: Final = (
    "number", "revision", "accepted", "kind", "received_at", "declared_by", "door", "mode", "departments", "lines", "replaced", "parked",
    "announced", "sha256", "traceparent", "counted_at", "dead", "contracts", "reconciled",
)  # fmt: skip

_STEPS: Final = (("received", "ingest"), ("counted", "indicators"))
_TABLES: Final = ("filings", "filing_revisions", "filing_steps", "line_values", "lines", "parked_lines", "reconciliations")


async def fill(taking: Taking) -> dict[str, str]:
    """The numbers of an ordinary filing and of the longest, both of the first buyer."""
    connection = await asyncpg.connect(taking.place.dsn("ingest"), timeout=60)
    try:
        uids = {row["number"]: row["uid"] for row in await connection.fetch("select number, uid from contracts")}
        first = 500_000
        sizes = [LONGEST, *[IN_FILING] * ((LINES - LONGEST) // IN_FILING)]
        names = [f"D-2025-{first + place:06d}" for place in range(len(sizes))]
        owners = [taking.buyers[place % len(taking.buyers)] for place in range(len(sizes))]
        await _headers(connection, sizes, names, owners)
        rows = _rows(sizes, names, owners, uids)
        while piece := [row for _, row in zip(range(_PIECE), rows, strict=False)]:
            await connection.copy_records_to_table("line_values", records=[value for value, _ in piece], columns=_VALUE)
            await connection.copy_records_to_table("lines", records=[stand for _, stand in piece], columns=_LINE)
        await connection.execute(
            """
            insert into source_periods select distinct contract_uid, period_start, period_months, 2 from lines
            on conflict do nothing
            """
        )
        await _to_look_at(connection, names, taking.buyers)
    finally:
        await connection.close()
    await _analyse(taking)
    return {"longest": names[0], "usual": names[len(taking.buyers)]}


async def _analyse(taking: Taking) -> None:
    """What autovacuum does within a minute."""
    owner = await asyncpg.connect(taking.place.admin_dsn("ingest"))
    try:
        for table in _TABLES:
            await owner.execute(f"vacuum analyze {table}")
    finally:
        await owner.close()


async def _headers(connection: asyncpg.Connection, sizes: list[int], names: list[str], owners: list[Buyer]) -> None:
    received = [datetime.now(UTC) - timedelta(minutes=30 * place) for place in range(len(sizes))]
    filings = [(name, owner.organisation, 1, "counted", ["93"], at) for name, owner, at in zip(names, owners, received, strict=True)]
    columns = ("number", "declarant_id", "revision", "state", "departments", "received_at")
    await connection.copy_records_to_table("filings", records=filings, columns=columns)
    story = f"00-{'a' * 32}-{'b' * 16}-00"
    revisions = [
        (name, 1, -place, "received", at, "bench", "api", "all", [{"department": "93", "lines": size, "centihours": size * 750}], size, 0, ASIDE,
         size, None, story, at, 0, 10, True)
        for place, (name, size, at) in enumerate(zip(names, sizes, received, strict=True))
    ]  # fmt: skip
    await connection.set_type_codec("jsonb", encoder=_jsonb, decoder=bytes, schema="pg_catalog", format="binary")
    await connection.copy_records_to_table("filing_revisions", records=revisions, columns=_REVISION)
    steps = [(name, 1, step, step_by, at, "a" * 32) for name, at in zip(names, received, strict=True) for step, step_by in _STEPS]
    await connection.copy_records_to_table("filing_steps", records=steps)


async def _to_look_at(connection: asyncpg.Connection, names: list[str], buyers: list[Buyer]) -> None:
    """Rows set aside, and persons' months that several declarants declared."""
    content = {
        "contract": buyers[0].contracts[0],
        "period": "2025-03",
        "employer_name": "Chantiers Fictifs",
        "hours": "412",
        "worker_id": "A",
    }
    errors = [{"line": 1, "column": "hours", "code": "V08", "severity": "blocking", "value": "412", "message": "Ligne 1, « hours » : trop"}]
    aside = [(name, 1, line, 0, content, errors) for name in names for line in range(1, ASIDE + 1)]
    await connection.copy_records_to_table(
        "parked_lines", records=aside, columns=("number", "revision", "line", "part", "content", "errors")
    )
    now = datetime.now(UTC)
    parts = [
        {
            "declarant": str(buyer.organisation),
            "number": name,
            "line": 1,
            "contract": buyer.contracts[0],
            "department": "93",
            "centihours": 9000,
        }
        for buyer, name in zip(buyers[:2], names, strict=False)
    ]
    both = [(uuid4(), date(2024 + n % 2, 1 + n % 12, 1), ["V13"], 18_000, parts, ["93"], now) for n in range(RECONCILED)]
    columns = ("person_regional", "period_start", "codes", "centihours", "parts", "departments", "found_at")
    await connection.copy_records_to_table("reconciliations", records=both, columns=columns)


def _content(local: str, *, qpv: bool) -> str:
    """A value as it is stored."""
    person = Person(local=local, sex="F", birth="1990-04", residence="93048", public="BRSA", qpv=qpv)
    value = LineValue(
        line=1, line_id=uuid7(), contract_uid=uuid7(), period=Period.parse("2025-01"), department="93", centihours=750,
        employer_siret="12345678200010", modality="ETTI", work_contract="INTERIM_INSERTION", person=person,
    )  # fmt: skip
    return TypeAdapter(LineValue).dump_json(value).decode()


def _jsonb(value: Any) -> bytes:
    """COPY is binary: a version byte stands before the text."""
    return b"\x01" + json.dumps(value).encode()


def _rows(
    sizes: list[int], names: list[str], owners: list[Buyer], uids: dict[str, UUID]
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    pick = random.Random(7)
    persons = [UUID(int=pick.getrandbits(128)) for _ in range(500)]
    contents = [_content(person.hex, qpv=place % 3 == 0) for place, person in enumerate(persons)]
    for place, (size, name, owner) in enumerate(zip(sizes, names, owners, strict=True)):
        for number in range(1, size + 1):
            line_id, uid, who = uuid7(), uids[pick.choice(owner.contracts)], pick.randrange(len(persons))
            month = date(2024 + pick.randrange(2), 1 + pick.randrange(12), 1)
            value = (line_id, name, 1, -place, number, uid, month, 1, "93", 750, 2, contents[who], persons[who])
            yield value, (line_id, 1, uid, month, 1, name, 1, 2, pick.random() >= BESIDE, 750, persons[who], who % 3 == 0)
