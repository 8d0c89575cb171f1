"""How long pages take where a million lines are stored: filings, lines and values put into the record's own tables by COPY."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
from pydantic import TypeAdapter

from bench.taking import Buyer, Taking, bearer
from schemas.hours import Person
from schemas.identifiers import uuid7
from schemas.periods import Period
from services.ingest.rules.declared import LineValue

LINES: Final = 1_000_000
IN_FILING: Final = 200
LONGEST: Final = 50_000
"""Lines of the largest filing, which has pages too."""
TURNS: Final = 20
_PIECE: Final = 20_000
_VALUE: Final = (
    "line_id", "number", "filing_revision", "accepted", "line", "contract_uid", "period_start", "period_months", "department", "centihours",
    "rank", "content",
)  # fmt: skip
_LINE: Final = ("line_id", "revision", "contract_uid", "period_start", "period_months", "number", "filing_revision", "rank", "announced")
_REVISION: Final = (
    "number", "revision", "accepted", "kind", "received_at", "declared_by", "door", "mode", "departments", "lines", "replaced", "parked",
    "announced", "sha256", "traceparent", "counted_at", "dead", "contracts",
)  # fmt: skip

_STEPS: Final = (("received", "ingest"), ("counted", "indicators"))


def measure(taking: Taking) -> dict[str, Any]:
    """Milliseconds of each page over many turns, in the order of the slowest, and the 99th percentile of all."""
    numbers = asyncio.run(_filled(taking))
    buyer = taking.buyers[0]
    with httpx.Client(base_url=taking.web.probe.removesuffix("/health/ready"), headers=bearer(buyer.key), timeout=30) as http:
        paths = _paths(buyer, numbers)
        for path in paths:
            http.get(path).raise_for_status()
        taken = {path: [_ms(http, path) for _ in range(TURNS)] for path in paths}
    slowest = {path: round(max(times), 1) for path, times in taken.items()}
    every = [each for times in taken.values() for each in times]
    p99 = round(statistics.quantiles(every, n=100, method="inclusive")[98], 1)
    return {"p99": p99, "lines": LINES, "slowest": dict(sorted(slowest.items(), key=lambda entry: -entry[1]))}


def _paths(buyer: Buyer, numbers: dict[str, str]) -> list[str]:
    return [
        "/declarer", f"/declarer/{numbers['usual']}", f"/declarer/{numbers['longest']}", f"/declarer/recu/{numbers['longest']}",
        f"/declarer/{numbers['usual']}/versions", f"/declarer/{numbers['usual']}/corriger", "/declarer/nouvelle", "/declarer/nouvelle?q=école",
        "/declarer/import", "/api/v1/declarations", f"/api/v1/declarations/{numbers['longest']}", f"/api/v1/contracts?q={buyer.contracts[0]}",
        "/api/v1/declarations/expected",
    ]  # fmt: skip


def _ms(http: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    http.get(path)
    return (time.perf_counter() - begun) * 1000


async def _filled(taking: Taking) -> dict[str, str]:
    """A million lines of the last two years, in filings of 200, one of 50,000; the numbers of an ordinary filing and of the longest."""
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
    finally:
        await connection.close()
    await _analyse(taking)
    return {"longest": names[0], "usual": names[len(taking.buyers)]}


async def _analyse(taking: Taking) -> None:
    """What autovacuum does within a minute."""
    owner = await asyncpg.connect(taking.place.admin_dsn("ingest"))
    try:
        await owner.execute("vacuum analyze")
    finally:
        await owner.close()


async def _headers(connection: asyncpg.Connection, sizes: list[int], names: list[str], owners: list[Buyer]) -> None:
    received = [datetime.now(UTC) - timedelta(minutes=30 * place) for place in range(len(sizes))]
    filings = [(name, owner.organisation, 1, "counted", ["93"], at) for name, owner, at in zip(names, owners, received, strict=True)]
    columns = ("number", "declarant_id", "revision", "state", "departments", "received_at")
    await connection.copy_records_to_table("filings", records=filings, columns=columns)
    story = f"00-{'a' * 32}-{'b' * 16}-00"
    revisions = [
        (name, 1, -place, "received", at, "bench", "api", "all", [{"department": "93", "lines": size, "centihours": size * 750}], size, 0, 0,
         size, None, story, at, 0, 10)
        for place, (name, size, at) in enumerate(zip(names, sizes, received, strict=True))
    ]  # fmt: skip
    await connection.set_type_codec("jsonb", encoder=_jsonb, decoder=bytes, schema="pg_catalog", format="binary")
    await connection.copy_records_to_table("filing_revisions", records=revisions, columns=_REVISION)
    steps = [(name, 1, step, step_by, at, "a" * 32) for name, at in zip(names, received, strict=True) for step, step_by in _STEPS]
    await connection.copy_records_to_table("filing_steps", records=steps)


def _content() -> str:
    """A value as it is stored."""
    person = Person(local="a" * 32, sex="F", birth="1990-04", residence="93048", public="BRSA")
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
    content = _content()
    for place, (size, name, owner) in enumerate(zip(sizes, names, owners, strict=True)):
        for number in range(1, size + 1):
            line_id, uid = uuid7(), uids[pick.choice(owner.contracts)]
            month = date(2024 + pick.randrange(2), 1 + pick.randrange(12), 1)
            value = (line_id, name, 1, -place, number, uid, month, 1, "93", 750, 2, content)
            yield value, (line_id, 1, uid, month, 1, name, 1, 2, True)
