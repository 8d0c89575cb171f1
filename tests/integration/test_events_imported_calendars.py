"""A person's calendar from its address to the planner: a real server, a real database; only busy times are kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit import api_keys, registry
from schemas.directory import ApiKeyRecorded
from services.events import importing
from services.events.store import calendars
from tests.calendars_written import calendar, event
from tests.fixtures.databases import MakeDatabase
from tests.integration.events_house import House, house, mandate
from tests.serving import Server, says, serving

WHERE = "/calendriers/mes-agendas"
PERSON = uuid4()
BUSY = calendar(
    event("DTSTART;TZID=Europe/Paris:20270202T100000", "DTEND;TZID=Europe/Paris:20270202T103000"),
    event("DTSTART;TZID=Europe/Paris:20270202T160000", "DTEND;TZID=Europe/Paris:20270202T180000").replace("UID:1", "UID:2"),
    event("DTSTART;TZID=Europe/Paris:20270204T121500", "DTEND;TZID=Europe/Paris:20270204T134500").replace("UID:1", "UID:3"),
    event("DTSTART;TZID=Europe/Paris:20270204T140000", "DTEND;TZID=Europe/Paris:20270204T150000", "STATUS:TENTATIVE").replace(
        "UID:1", "UID:4"
    ),
)
QUESTION: dict[str, Any] = {
    "title": "Atelier de février", "starts_on": "2027-02-02", "ends_on": "2027-02-05", "themes": ["ETT"], "departments": ["93"],
    "animators": [{"id": "a1", "name": "Camille Fictive"}], "rooms": [{"id": "r93", "name": "Bobigny", "department": "93"}],
    "conditions": {"weekdays": [1, 3]},
}  # fmt: skip


@pytest.fixture
async def events(database: MakeDatabase) -> AsyncIterator[House]:
    async with house((await database("events")).rows) as made:
        made.keys["holder"] = api_keys.new("holder")
        key = ApiKeyRecorded(
            key_id="holder",
            sha256=api_keys.sha256_of(made.keys["holder"]),
            name="holder",
            roles=("coordinator",),
            departments=("93",),
            person_id=PERSON,
        )
        async with made.pool.acquire() as connection:
            await registry.record(connection, mandate("93", PERSON))
            await registry.record(connection, key)
        yield made


def reached(events: House, server: Server, **changes: Any) -> None:
    events.runtime.state["fetcher"] = replace(server.fetcher(), seconds=importing.SECONDS, **changes)


async def test_busy_times_are_kept_without_a_word_and_the_planner_avoids_them(events: House) -> None:
    async with serving(says("200 OK\r\nContent-Type: text/calendar", BUSY)) as server, events.client("holder") as client:
        reached(events, server)
        added = await client.post(WHERE, data={"url": server.url})
        assert added.status_code == 303, added.text
        shown = (await client.get(WHERE)).text
        assert re.search(r"\b4\s+périodes occupées", shown)
        assert str(server.port) not in shown, "the address is shown to nobody"
        assert (await client.post(WHERE, data={"url": server.url})).status_code == 303, "the same again is read again"
        assert (await client.get(WHERE)).text.count('class="card"') == 1
    rows = await events.pool.fetch("select * from imported_busy")
    assert {column for row in rows for column in dict(row)} == {"calendar_id", "starts_at", "ends_at", "if_needed"}
    async with events.client() as client:
        plan = (await client.post("/api/v1/ateliers/plans", json=QUESTION)).json()
        assert [(p["day"], p["half"]) for p in plan["placements"]] == [("2027-02-04", "MORNING")], "lunch is no obstacle to a morning"
        blocked = await client.post(
            f"/api/v1/ateliers/plans/{plan['id']}/pins", json={"atelier": "ETT-93", "day": "2027-02-02"}, headers={"If-Match": '"1"'}
        )
        assert any("agenda importé" in text for text in blocked.json()["blocking"]["conditions"]), blocked.text
    async with events.client("holder") as client:
        mine = await calendars.of_person(events.pool, PERSON)
        assert (await client.post(f"{WHERE}/{mine[0].calendar_id}/retirer")).status_code == 303
        assert (await client.post(f"{WHERE}/{mine[0].calendar_id}/retirer")).status_code == 404
    assert await events.pool.fetchval("select count(*) from imported_busy") == 0


async def test_an_address_that_gives_no_calendar_is_refused_with_the_reason_and_nothing_is_kept(events: House) -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _server: Server) -> None:
        await reader.read()

    endless = calendar(event("DTSTART:19700101T000000", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"))
    for answer, said in (
        (says("200 OK\r\nContent-Type: text/html; charset=utf-8", b"<html>"), "pas à un agenda"),
        (says("200 OK", b"PK\x03\x04"), "n’est pas un agenda"),
        (says("302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/"), "pas acceptée"),
        (says("200 OK", endless), "trop nombreuses"),
        (hang, "n’a pas répondu"),
    ):
        async with serving(answer) as server, events.client("holder") as client:
            reached(events, server)
            if answer is hang:
                reached_in = replace(importing.fetcher_of(events.runtime), seconds=1.0)
                events.runtime.state["fetcher"] = reached_in
            async with asyncio.timeout(12):
                refused = await client.post(WHERE, data={"url": server.url})
            assert refused.status_code == 422
            assert said in refused.text, refused.text
    assert await events.pool.fetchval("select count(*) from imported_calendars") == 0
    async with events.client("holder") as client:
        del events.runtime.state["fetcher"]
        for url in ("http://127.0.0.1/a.ics", "file:///etc/passwd", "http://[::1]/"):
            assert (await client.post(WHERE, data={"url": url})).status_code == 422
    async with events.client("team") as client:
        assert (await client.get(WHERE)).status_code == 403, "a key without a person has no calendar"
    async with events.client(None) as client:
        assert (await client.get(WHERE)).status_code == 401


async def test_a_calendar_that_fails_later_keeps_what_was_known_for_a_week_and_says_why(events: House) -> None:
    async with serving(says("200 OK\r\nContent-Type: text/calendar", BUSY)) as server:
        reached(events, server)
        await importing.add(events.runtime, PERSON, server.url)
        assert await importing.refresh(events.runtime) == 0, "not due yet"
        events.clock.now += timedelta(hours=1, seconds=1)
        assert await importing.refresh(events.runtime) == 1
    async with serving(says("503 Busy")) as gone:
        events.runtime.state["fetcher"] = replace(gone.fetcher(), ports=frozenset({server.port, gone.port}))
        await events.pool.execute("update imported_calendars set url = $1", gone.url)
        for hours in (1, 2, 4):
            events.clock.now += timedelta(hours=hours, seconds=1)
            assert await importing.refresh(events.runtime) == 1
            assert await importing.refresh(events.runtime) == 0, "later each time"
        kept = (await calendars.of_person(events.pool, PERSON))[0]
        assert (kept.failures, kept.blocks) == (3, 4)
        assert "503" in (kept.reason or "")
        events.clock.now += timedelta(days=8)
        await importing.refresh(events.runtime)
        assert (await calendars.of_person(events.pool, PERSON))[0].blocks == 0


async def test_three_calendars_are_enough(events: House) -> None:
    async with serving(says("200 OK", BUSY)) as server, events.client("holder") as client:
        reached(events, server)
        answers = [(await client.post(WHERE, data={"url": f"{server.url}?{number}"})).status_code for number in range(4)]
        assert answers == [303, 303, 303, 409]
        assert isinstance((await calendars.of_person(events.pool, PERSON))[0].calendar_id, UUID)
