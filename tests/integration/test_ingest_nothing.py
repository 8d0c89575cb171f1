"""« Rien à déclarer » and the card of what is expected: one click, announced once, and hours speak louder."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from services.ingest.rules.coverage import last_quarter
from tests.integration.ingest_house import House, body
from tests.reading import plain
from tests.tables_of_hours import KNOWN

QUARTER = str(last_quarter(KNOWN.today))  # the house's day is the same: 20 November 2026


async def expected(client: httpx.AsyncClient, period: str = QUARTER) -> tuple[int, int, int]:
    found = (await client.get("/api/v1/declarations/expected", params={"period": period})).json()
    assert found["expected"] == sum(len(found[name]) for name in ("with_hours", "nothing", "unknown"))
    return len(found["with_hours"]), len(found["nothing"]), len(found["unknown"])


async def say(client: httpx.AsyncClient, *contracts: UUID, period: str = QUARTER) -> httpx.Response:
    return await client.post("/api/v1/declarations/nothing", json={"period": period, "contracts": [str(uid) for uid in contracts]})


async def hours(client: httpx.AsyncClient, contract: UUID, month: str = "2026-08") -> httpx.Response:
    filing = {**body(contract, "A"), "period": month}
    filing["lines"] = [{**line, "period": month} for line in filing["lines"]]
    return await client.post("/api/v1/declarations", json=filing, headers={"Idempotency-Key": str(uuid4())})


async def test_each_contract_is_with_hours_without_or_unknown(here: House) -> None:
    first, second, third = [await here.contract(number) for number in ("2026-001", "2026-002", "2026-003")]
    async with here.client() as client, here.client("company") as other:
        assert await expected(client) == (0, 0, 3)
        assert (await hours(client, first)).status_code == 202
        said = await say(client, second)
        assert (said.status_code, said.json()["period"]) == (202, QUARTER)
        assert await expected(client) == (1, 1, 1)
        assert (await say(client, second)).json()["number"] is None, "said before: nothing new"
        assert (await say(client, first)).status_code == 409
        assert (await say(other, third)).status_code == 422
        assert await expected(other) == (0, 0, 0)
        assert (await hours(client, second)).status_code == 202
        assert await expected(client) == (2, 0, 1), "hours speak louder"
    [message] = [found for found in await here.announced("declarations") if found["type"] == "NothingToDeclare"]
    assert (message["contracts"], message["departments"], message["declaration_id"]) == ([str(second)], ["93"], said.json()["number"])


@pytest.mark.parametrize("period", ["2026", "2026-S1", "tomorrow"])
async def test_a_period_that_is_no_quarter_is_refused(here: House, period: str) -> None:
    contract = await here.contract()
    async with here.client() as client:
        answer = await say(client, contract, period=period)
    assert (answer.status_code, answer.json()["errors"][0]["example"]) == (422, "2019-Q1")


async def test_the_card_says_it_in_one_click(here: House) -> None:
    first, second = await here.contract("2026-001"), await here.contract("2026-002")
    async with here.client() as client:
        page = await client.get("/declarer")
        assert "3e trimestre 2026 : 2 marchés attendus, 0 avec heures, 0 sans heures, 2 inconnus" in plain(page.text)
        clicked = await client.post("/declarer/rien", data={"period": QUARTER, "contract": str(first)})
        assert clicked.headers["location"] == "/declarer#attendu"
        assert "1 inconnu<" in (await client.get("/declarer")).text
        await client.post("/declarer/rien", data={"period": QUARTER, "contract": "tous"})
        assert "Tout est dit pour ce trimestre" in (await client.get("/declarer")).text
        await client.post("/declarer/rien", data={"period": QUARTER, "contract": str(uuid4())})
    said = {uid for message in await here.announced("declarations") for uid in message["contracts"]}
    assert said == {str(first), str(second)}
