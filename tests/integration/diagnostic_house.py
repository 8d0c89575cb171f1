"""The diagnostic form for tests: sent, and where it stands."""

from __future__ import annotations

import re

import httpx

from schemas.indicators import FiguresMoved
from services.events.store import figures
from tests.integration.events_house import House

FORM = "/diagnostic/2027/93"
API = "/api/v1/diagnostics/2027"


async def moved(events: House, **change: object) -> None:
    known = {"department": "93", "year": 2026, "centihours": 1_248_050, "persons": 51, "women": 20, "contracts": 14, "fte": "7.77"}
    async with events.pool.acquire() as connection, connection.transaction():
        await figures.record(connection, FiguresMoved.model_validate({**known, "occurred_at": events.clock(), **change}))


async def sent(events: House) -> None:
    async with events.client() as team:
        answer = await team.post(API, json={"answer_by": "2027-03-01"})
        assert answer.status_code == 201, answer.text


async def revision_of(client: httpx.AsyncClient, key: str) -> str:
    found = re.search(rf'name="r.{key}" value="(\d+)"', (await client.get(FORM)).text)
    assert found
    return found[1]
