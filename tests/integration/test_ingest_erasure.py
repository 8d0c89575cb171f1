"""A person who asks to be forgotten: hours stay, the person goes, from the record, from what is announced, and from files to come."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from services.ingest.store.erasure import refuse_from_now_on
from services.ingest.store.spool import forget_expired_at
from tests.integration.import_house import looked_at
from tests.integration.ingest_house import BUYER, COMPANY, FACILITATOR, House, body

IDENTITY = {"birth_name": "Dupont", "first_name": "Camille", "birth_date": "1990-04-12"}
ROUTE = "/api/v1/persons/erasure"


async def _send(here: House, *workers: str, who: str = "buyer", key: str = "k", **identity: str) -> str:
    uid = await here.pool.fetchval("select uid from contracts limit 1")
    sent = body(uid, *workers)
    sent["lines"] = [{**line, **identity} for line in sent["lines"]]
    async with here.client(who) as client:
        answer = await client.post("/api/v1/declarations", json=sent, headers={"Idempotency-Key": key})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["number"])


async def _persons_kept(here: House) -> int:
    return int(await here.pool.fetchval("select count(*) from line_values where (content::jsonb ->> 'person') is not null"))


async def test_hours_stay_and_the_person_goes_also_from_files_to_come(here: House) -> None:
    await here.contract()
    await _send(here, "A12", "B13")
    await _send(here, "A12", key="k2")
    async with here.client() as client:
        done = await client.post(ROUTE, json={"worker_id": "A12"})
        again = await client.post(ROUTE, json={"worker_id": "A12"})
    assert (done.status_code, done.json()) == (200, {"values": 2, "announced": 1, "parked": 0})
    assert again.json() == {"values": 0, "announced": 0, "parked": 0}
    last = (await here.announced())[-1]
    assert (last["type"], last["person"], last["centihours"], last["declaration_id"]) == ("HoursCorrected", None, 750, None)
    assert sorted((await here.held()).values()) == [750, 750]
    assert await _persons_kept(here) == 1
    await _send(here, "A12", "B13", key="k3")
    assert await _persons_kept(here) == 2, "B13 twice; A12 stays forgotten when the whole export comes again"
    assert (await here.announced())[-2]["person"] is None or (await here.announced())[-1]["person"] is None


async def test_by_identity_also_where_only_the_structures_identifier_is_known(here: House) -> None:
    await here.contract()
    await _send(here, "A12", **IDENTITY)
    await _send(here, "A12", key="k2")  # the same worker, without the identity
    async with here.client() as client:
        done = await client.post(ROUTE, json=IDENTITY)
    assert done.json()["values"] == 2
    assert await _persons_kept(here) == 0


async def test_the_team_erases_everywhere_and_a_declarant_at_home(here: House) -> None:
    await here.contract()
    await _send(here, "A12", **IDENTITY)
    async with here.client("facilitator") as other, here.client("team") as team:
        foreign = await other.post(ROUTE, json=IDENTITY)
        done = await team.post(ROUTE, json=IDENTITY)
        by_worker = await team.post(ROUTE, json={"worker_id": "A12"})
    assert foreign.json() == {"values": 0, "announced": 0, "parked": 0}
    assert done.json()["values"] == 1
    assert by_worker.status_code == 422


async def test_parked_rows_are_cleaned_too(here: House) -> None:
    await here.contract()
    uid = await here.pool.fetchval("select uid from contracts")
    sent = body(uid, "A12", "B13", mode="partial")
    sent["lines"][0]["hours"] = "-3"
    async with here.client() as client:
        answer = await client.post("/api/v1/declarations", json=sent, headers={"Idempotency-Key": "k"})
        done = await client.post(ROUTE, json={"worker_id": "A12"})
    assert (answer.json()["parked"], done.json()["parked"]) == (1, 1)
    content = await here.pool.fetchval("select content from parked_lines")
    assert "person_local" not in content
    assert "sex" not in content


async def test_nothing_is_left_to_reconcile_of_a_person_who_is_forgotten(here: House) -> None:
    """What two other declarants share is found again; what the person was in goes, also while the search is under way."""
    for number, buyer in (("2026-001", BUYER), ("2026-002", COMPANY), ("2026-003", FACILITATOR)):
        await here.contract(number, buyer=buyer)
    for who, number in (("buyer", "2026-001"), ("company", "2026-002"), ("facilitator", "2026-003")):
        sent = body(number, "A12")
        sent["lines"] = [{**line, **IDENTITY} for line in sent["lines"]]
        async with here.client(who) as client:
            answer = await client.post("/api/v1/declarations", json=sent, headers={"Idempotency-Key": who})
        assert answer.status_code == 202, answer.text
    parts = "select coalesce(sum(jsonb_array_length(parts)), 0) from reconciliations"
    await looked_at(here)
    assert await here.pool.fetchval(parts) == 3
    async with here.client() as client, here.client("team") as team:
        await client.post(ROUTE, json={"worker_id": "A12"})
        assert await here.pool.fetchval(parts) == 0
        await looked_at(here)
        assert await here.pool.fetchval(parts) == 2, "the other two still share the month"
        await here.pool.execute("update filing_revisions set reconciled = false")
        async with here.pool.acquire() as connection, connection.transaction():
            tokens = await connection.fetchval("select array_agg(distinct replace(person_regional::text, '-', '')) from line_values")
            await refuse_from_now_on(connection, [token for token in tokens if token], here.clock())
        await looked_at(here)
        assert await here.pool.fetchval(parts) == 0, "the digest alone is enough"
        await team.post(ROUTE, json=IDENTITY)
    await looked_at(here)
    assert await here.pool.fetchval("select count(*) from reconciliations") == 0


@pytest.mark.parametrize(
    "sent", [{}, None, [], {"birth_name": "Secretname"}, {**IDENTITY, "birth_date": "Secretday"}, {"nir": "Secretnumber"}]
)
async def test_a_bad_request_says_what_is_missing_and_repeats_nothing(here: House, sent: object, caplog: pytest.LogCaptureFixture) -> None:
    async with here.client() as client:
        answer = await client.post(ROUTE, content=json.dumps(sent).encode(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert "Secret" not in answer.text
    assert "Secret" not in caplog.text


async def test_others_may_not_erase(here: House) -> None:
    async with here.client(None) as nobody, here.client("coordinator93") as coordinator:
        assert (await nobody.post(ROUTE, json=IDENTITY)).status_code == 401
        assert (await coordinator.post(ROUTE, json=IDENTITY)).status_code == 403


async def test_a_waiting_file_is_gone_after_24_hours(here: House) -> None:
    spool = here.runtime.state["spool"]
    async with here.pool.acquire() as connection:
        number = await spool.put(connection, BUYER.id, "heures.csv", b"nom;heures", {}, here.clock())
        almost, over = here.clock() + timedelta(hours=24, seconds=-1), here.clock() + timedelta(hours=24)
        await forget_expired_at(connection, almost)
        assert await spool.get(connection, number, BUYER.id, almost) is not None
        assert await spool.get(connection, number, BUYER.id, over) is None, "even before it is deleted"
        await forget_expired_at(connection, over)
        assert await connection.fetchval("select count(*) from spooled_files") == 0
