"""A filing's states and versions by HTTP, and who may read and change it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from schemas.deliveries import Channel, MessageSent
from tests.integration.filing_house import WHERE, counted_as, declared_by, handed_over, read_back
from tests.integration.ingest_house import House, body


async def test_states_from_received_to_withdrawn(here: House) -> None:
    contract = await here.contract()
    receipt = (await declared_by(here, body(contract, "A"))).json()
    number = receipt["number"]
    assert (await read_back(here, number)).json()["state"] == "received"
    here.clock.now += timedelta(seconds=1)
    await handed_over(here, counted_as(here, receipt))
    counted = (await read_back(here, number)).json()
    assert (counted["state"], counted["positions"], counted["moves"][0]["centihours_after"]) == ("counted", {"hours/3": 12}, 750)
    async with here.client() as client:
        corrected = await client.put(
            f"{WHERE}/{number}", json=body(contract, "A", hours="9.00", reason="UNIT_ERROR"), headers={"If-Match": '"1"'}
        )
        assert (corrected.status_code, corrected.json()["revision"], corrected.headers["ETag"]) == (202, 2, '"2"')
        waiting = (await read_back(here, number)).json()
        assert (waiting["state"], waiting["revision"], waiting["trace_id"]) == ("received", 2, corrected.json()["trace_id"])
        await handed_over(here, counted_as(here, receipt))
        assert (await read_back(here, number)).json()["state"] == "received", "the counting of an earlier revision says nothing of this one"
        await handed_over(here, counted_as(here, corrected.json()))
        assert (await read_back(here, number)).json()["state"] == "corrected"
        gone = await client.request("DELETE", f"{WHERE}/{number}", json={"reason": "WRONG_CONTRACT"}, headers={"If-Match": '"2"'})
        assert gone.status_code == 202
    await handed_over(here, counted_as(here, gone.json()))
    assert (await read_back(here, number)).json()["state"] == "withdrawn"


async def test_a_filing_with_dead_lines_is_partly_counted(here: House) -> None:
    receipt = (await declared_by(here, body(await here.contract(), "A"))).json()
    await handed_over(here, counted_as(here, receipt, dead=1))
    assert (await read_back(here, receipt["number"])).json()["state"] == "partly_counted"


async def test_the_first_message_about_a_filing_is_the_third_step(here: House) -> None:
    receipt = (await declared_by(here, body(await here.contract(), "A"))).json()
    await handed_over(here, counted_as(here, receipt))
    channels: tuple[Channel, ...] = ("inbox", "mail")
    for channel in channels:
        here.clock.now += timedelta(seconds=30)
        await handed_over(here, MessageSent(
            recipient_id="p", delivery_id=uuid4(), channel=channel, kind="FILING", about=receipt["number"], department="93", sent_at=here.clock(),
        ))  # fmt: skip
    journey = (await read_back(here, receipt["number"])).json()["journey"]
    assert [(s["step"], s["service"]) for s in journey] == [("received", "ingest"), ("counted", "indicators"), ("told", "notify")]
    assert [s["trace_id"] for s in journey] == [receipt["trace_id"], "ab" * 16, "ab" * 16]


async def test_the_coordination_is_told_of_each_revision(here: House) -> None:
    """A correction has its own third step, and a late mail about the version before is not taken for it."""
    contract = await here.contract()
    receipt = (await declared_by(here, body(contract, "A"))).json()
    number = receipt["number"]

    async def told(revision: int) -> list[int]:
        await handed_over(here, MessageSent(
            recipient_id="p", delivery_id=uuid4(), channel="inbox", kind="FILING", about=number, department="93", revision=revision,
            sent_at=here.clock(),
        ))  # fmt: skip
        journey = (await read_back(here, number)).json()["journey"]
        return [step["revision"] for step in journey if step["step"] == "told"]

    await handed_over(here, counted_as(here, receipt))
    assert await told(1) == [1]
    async with here.client() as client:
        corrected = body(contract, "A", hours="9.00", reason="UNIT_ERROR")
        assert (await client.put(f"{WHERE}/{number}", json=corrected, headers={"If-Match": '"1"'})).status_code == 202
        assert await told(1) == [1]
        assert "en attente" in (await client.get(f"/declarer/{number}", headers={"Accept": "text/html"})).text
        assert await told(2) == [1, 2]
        here.clock.now += timedelta(minutes=11)
        assert "every 2s" not in (await client.get(f"/declarer/{number}", headers={"Accept": "text/html"})).text, "nobody watches for ever"


async def test_the_receipt_of_a_withdrawn_filing_says_that_it_is(here: House) -> None:
    receipt = (await declared_by(here, body(await here.contract(), "A"))).json()
    where = f"/declarer/recu/{receipt['number']}"
    async with here.client() as client:
        assert "Bien reçue le" in (await client.get(where)).text
        await client.request("DELETE", f"{WHERE}/{receipt['number']}", json={"reason": "WRONG_CONTRACT"}, headers={"If-Match": '"1"'})
        page = (await client.get(where)).text
    assert ("Bien reçue le" in page, "Retirée le" in page) == (False, True)


async def test_changes_need_the_version_they_start_from_and_a_reason(here: House) -> None:
    contract = await here.contract()
    number = (await declared_by(here, body(contract, "A"))).json()["number"]
    good = body(contract, "A", reason="TYPING_ERROR")
    async with here.client() as client:
        for method, content, headers, status in (
            ("PUT", good, {}, 428),
            ("PUT", good, {"If-Match": '"999"'}, 412),
            ("PUT", {**good, "reason": None}, {"If-Match": '"1"'}, 422),
            ("PUT", {**good, "reason": "BORED"}, {"If-Match": '"1"'}, 422),
            ("DELETE", {"reason": "TYPING_ERROR"}, {}, 428),
            ("DELETE", {"reason": "TYPING_ERROR"}, {"If-Match": '"2"'}, 412),
            ("DELETE", {"reason": "?"}, {"If-Match": '"1"'}, 422),
            ("PUT", good, {"If-Match": '"1"'}, 202),
            ("PUT", good, {"If-Match": '"1"'}, 412),
            ("DELETE", {"reason": "TYPING_ERROR"}, {"If-Match": '"2"'}, 202),
            ("DELETE", {"reason": "TYPING_ERROR"}, {"If-Match": '"3"'}, 412),
        ):
            answer = await client.request(method, f"{WHERE}/{number}", json=content, headers=headers)
            assert answer.status_code == status, (method, headers, answer.text)


async def test_who_may_read_and_change(here: House) -> None:
    contract = await here.contract()
    number = (await declared_by(here, body(contract, "A"))).json()["number"]
    seen = {
        who: (await read_back(here, number, who)).status_code
        for who in (None, "buyer", "company", "facilitator", "coordinator93", "coordinator77", "team", "operator")
    }
    assert seen == {
        None: 401,
        "buyer": 200,
        "company": 404,
        "facilitator": 404,
        "coordinator93": 200,
        "coordinator77": 404,
        "team": 200,
        "operator": 200,
    }
    for who, status in (("company", 404), ("team", 403), ("coordinator93", 403)):
        async with here.client(who) as client:
            answer = await client.request("DELETE", f"{WHERE}/{number}", json={"reason": "TYPING_ERROR"}, headers={"If-Match": '"1"'})
            assert answer.status_code == status, who
    assert (await read_back(here, "D-2026-999999")).status_code == 404
    assert (await read_back(here, "nonsense")).status_code == 404
