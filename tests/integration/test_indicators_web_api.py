# ruff: noqa: F811  fixtures are taken by their name
"""The interface of indicators by HTTP: who may ask what, positions and parameters."""

from __future__ import annotations

import asyncio
from decimal import ROUND_HALF_UP, Decimal

import httpx

from kit.postgres import Pool
from kit.service import Runtime
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.replica.follow import catch_up
from services.indicators.replica.task import follow
from tests.integration.facts_house import ORGANISATION, calling, client, facts_drawn, hours_of, pool, runtime, tables  # noqa: F401  fixtures


async def test_each_caller_sees_what_is_theirs(client: httpx.AsyncClient) -> None:
    lines, address = facts_drawn(), "/api/v1/pilotage/indicators/I01?period=2025"
    assert (await client.get(address)).status_code == 401
    assert (await client.get(address, headers=calling("stranger"))).status_code == 403
    team = await client.get(address, headers=calling("team"))
    assert team.json()["cells"] == [{"value": str(hours_of(lines, 2025)), "status": "ok"}]
    assert team.json()["unit"] == "h"
    assert team.headers["cache-control"] == "private, no-store"
    own = await client.get(address, headers=calling("declarant"))
    assert own.json()["cells"][0]["value"] == str(hours_of(lines, 2025, organisation=ORGANISATION))
    department = await client.get(address, headers=calling("coordinator93"))
    assert department.json()["cells"][0]["value"] == str(hours_of(lines, 2025, "93"))
    foreign = await client.get(f"{address}&department=94", headers=calling("coordinator93"))
    assert (foreign.status_code, foreign.json()["code"]) == (403, "FOREIGN_SCOPE")
    assert foreign.headers["content-type"] == "application/problem+json"
    assert (await client.get(f"{address}&department=93", headers=calling("coordinator93"))).status_code == 200
    eight = (await client.get(f"{address}&by=department", headers=calling("team"))).json()["cells"]
    assert {cell["department"]: Decimal(cell["value"]) for cell in eight} == {code: hours_of(lines, 2025, code) for code in DEPARTMENTS}


async def test_a_position_is_waited_for_and_lateness_is_said(client: httpx.AsyncClient, runtime: Runtime) -> None:
    address, line = "/api/v1/pilotage/indicators/I01?period=2025", facts_drawn()[0]
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("update facts set centihours = centihours + 100, period_start = '2025-02-01' where line_id = $1", line[0])
        await connection.execute("insert into offsets values ('indicators', 'hours', 1, 1, 1)")
        await connection.execute("insert into changes (topic, partition, batch_no, ids) values ('hours', 1, 1, $1)", [line[0]])
    late = await client.get(address, headers=calling("team", Macs_Position="hours/1=1"))
    assert late.json()["late"] is True
    assert late.headers["macs-position"] == late.json()["position"] == ""
    following = asyncio.create_task(follow(runtime))
    try:
        async with asyncio.timeout(20):  # a busy machine: the request itself waits half a second at most
            while "late" in (fresh := (await client.get(address, headers=calling("team", Macs_Position="hours/1=1"))).json()):
                pass
        assert fresh["position"] == "hours/1=1"
        assert Decimal(fresh["cells"][0]["value"]) > Decimal(late.json()["cells"][0]["value"])
        assert (await client.get(address, headers=calling("team", Macs_Position="hours"))).status_code == 422
    finally:
        following.cancel()


async def test_a_foreign_place_is_refused_and_kept(client: httpx.AsyncClient, pool: Pool) -> None:
    address = "/api/v1/pilotage/indicators/I01?period=2025"
    for place in ("department=94", "commune=94028", "ept=200057966"):
        foreign = await client.get(f"{address}&{place}", headers=calling("coordinator93"))
        assert (foreign.status_code, foreign.json()["code"]) == (403, "FOREIGN_SCOPE"), place
    for place in ("department=93", "commune=93048", "ept=200057875"):
        assert (await client.get(f"{address}&{place}", headers=calling("coordinator93"))).status_code == 200, place
    kept = await pool.fetch("select caller, action, about from audit order by id")
    assert [tuple(row) for row in kept] == [
        ("c", "foreign_scope", "I01: 94"), ("c", "foreign_scope", "I01: 94028"), ("c", "foreign_scope", "I01: 200057966"),
    ]  # fmt: skip


async def test_a_parameter_holds_from_its_day(client: httpx.AsyncClient, runtime: Runtime) -> None:
    order = {"name": "full_time_hours", "value": "1600", "valid_from": "2026-01-01", "source": "Essai"}
    assert (await client.post("/api/v1/pilotage/parameters", json=order, headers=calling("coordinator93"))).status_code == 403
    assert (await client.post("/api/v1/pilotage/parameters", json={**order, "name": "pi"}, headers=calling("team"))).status_code == 422
    assert (await client.post("/api/v1/pilotage/parameters", json=order, headers=calling("team"))).status_code == 201
    assert await catch_up(runtime.pool, runtime.state["replica"])
    found = (await client.get("/api/v1/pilotage/indicators/I18?period=2025..2026", headers=calling("team"))).json()
    assert found["divisor"] == {"2025": 1607, "2026": 1600}
    expected = [
        str((hours_of(facts_drawn(), year) / divisor).quantize(Decimal("0.01"), ROUND_HALF_UP))
        for year, divisor in ((2025, 1607), (2026, 1600))
    ]
    assert [cell["value"] for cell in found["cells"]] == expected
    whole = (await client.get("/api/v1/pilotage/indicators/I18?period=2025..2026&by=year", headers=calling("team"))).json()
    assert whole["divisor"] == {"2025": 1607, "2026": 1600}
    later = {**order, "value": "1500", "valid_from": "2026-07-01"}
    assert (await client.post("/api/v1/pilotage/parameters", json=later, headers=calling("team"))).status_code == 201
    assert await catch_up(runtime.pool, runtime.state["replica"])
    split = (await client.get("/api/v1/pilotage/indicators/I18?period=2026&by=quarter", headers=calling("team"))).json()
    alone = (await client.get("/api/v1/pilotage/indicators/I18?period=2026-Q1..2026-Q4", headers=calling("team"))).json()
    assert split["divisor"] == alone["divisor"] == {"2026-Q1": 1600, "2026-Q2": 1600, "2026-Q3": 1500, "2026-Q4": 1500}
    assert [cell["value"] for cell in split["cells"]] == [cell["value"] for cell in alone["cells"]]
    listed = (await client.get("/api/v1/pilotage/parameters", headers=calling("coordinator93"))).json()["items"]
    assert ("full_time_hours", "1600", "2026-01-01") in {(one["name"], one["value"], one["valid_from"]) for one in listed}


async def test_what_nobody_collects_says_so(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/pilotage/indicators/I30?period=2025", headers=calling("team"))).json()
    assert found["cells"] == [{"value": None, "status": "nc"}]
    assert "non collectée" in found["reason"]
