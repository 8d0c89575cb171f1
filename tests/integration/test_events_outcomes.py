"""Half a year after an event those who came are asked what came of it, once; the retro-planning says when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.events import outcomes
from tests.integration.events_house import House
from tests.integration.openmap_house import BASE, published, sessions_of, someone


async def asked(events: House) -> list[dict[str, Any]]:
    return [message for message in await events.announced() if message["type"] == "OutcomesAsked"]


async def participants(events: House, count: int) -> list[str]:
    async with events.client(None) as anybody:
        talk, *_ = await sessions_of(anybody)
        return [(await anybody.post(f"{BASE}/inscription", data=someone(n, talk))).headers["location"] for n in range(count)]


async def test_who_came_is_asked_once_on_the_day_of_the_step(events: House) -> None:
    await published(events)
    own = await participants(events, 4)
    async with events.client() as team, events.client(None) as anybody:
        events.clock.now = datetime(2027, 5, 20, 7, tzinfo=UTC)
        for number, present in enumerate(("oui", "non", "oui", "oui")):
            await team.post(f"{BASE}/accueil/pointage", data={"participant": own[number].split("/")[3], "present": present})
        events.clock.now = datetime(2027, 6, 1, 9, tzinfo=UTC)
        await anybody.post(f"{own[3]}/suites/resultats", data={"kind": "EMBAUCHE", "hours": "300"})
        events.clock.now = datetime(2027, 11, 15, 21, tzinfo=UTC)
        assert await outcomes.ask_once(events.runtime) == 0, "the 179th day"
        events.clock.now = datetime(2027, 11, 15, 23, 30, tzinfo=UTC)  # past midnight in Paris
        assert "sans rien faire, le 16\u00a0novembre 2027" in (await team.get(f"{BASE}/suites")).text
        assert await outcomes.ask_once(events.runtime) == 2, "not who stayed away, nor who has said it already"
        assert await outcomes.ask_once(events.runtime) == 0
        said = await asked(events)
        assert {message["email"] for message in said} == {"p0@exemple.test", "p2@exemple.test"}
        page = await anybody.get(said[0]["page"])
        assert page.status_code == 200
        assert "Depuis cette rencontre" in page.text
        assert "Demandé par courriel le 16\u00a0novembre 2027" in (await team.get(f"{BASE}/suites")).text


async def test_nobody_ticked_means_everybody_and_a_step_done_by_hand_means_nobody(events: House) -> None:
    await published(events)
    await participants(events, 2)
    events.clock.now = datetime(2027, 11, 20, 9, tzinfo=UTC)
    await events.pool.execute("update openmap_steps set done_on = '2027-11-16' where step = 'OUTCOMES'")
    assert await outcomes.ask_once(events.runtime) == 0
    await events.pool.execute("update openmap_steps set done_on = null where step = 'OUTCOMES'")
    events.clock.now = datetime(2028, 6, 1, 9, tzinfo=UTC)
    assert await outcomes.ask_once(events.runtime) == 0, "long forgotten: the step stays late in the retro-planning"
    events.clock.now = datetime(2027, 11, 20, 9, tzinfo=UTC)
    assert await outcomes.ask_once(events.runtime) == 2


async def test_who_came_without_registering_is_asked_when_an_address_was_given_for_it(events: House) -> None:
    await published(events)
    own = await participants(events, 2)
    async with events.client() as team, events.client(None) as anybody:
        events.clock.now = datetime(2027, 5, 20, 7, tzinfo=UTC)
        door = f"{BASE}/accueil/sans-inscription"
        agreed = {"name": "Zoé Fictive", "email": "zoe@exemple.test", "organisation": "Régie fictive", "role": "SIAE", "agrees": "oui"}
        for wrong, said in (({**agreed, "agrees": ""}, "Cochez son accord"), ({**agreed, "email": ""}, "à quelle adresse")):
            refused = await team.post(door, data=wrong)
            assert refused.status_code == 422
            assert said in refused.text
        silent = {"name": "Ali Fictif", "organisation": "Association fictive", "role": "NETWORK"}
        seated = {**agreed, "name": "Personne 1", "email": "P1@exemple.test"}
        for _ in range(2):
            for who in (agreed, silent, seated):
                assert (await team.post(door, data=who)).status_code == 303
        page = (await team.get(f"{BASE}/accueil")).text
        assert "2\u00a0venues sans inscription" in page, "who has a seat is ticked in the list"
        assert await events.pool.fetchval("select count(*) from attendance where present") == 1
        recorded = {message["name"]: message for message in await events.announced() if message["type"] == "AttendanceRecorded"}
        assert recorded["Ali Fictif"]["email"] is None
        mine = recorded["Zoé Fictive"]["survey_page"]
        assert recorded["Zoé Fictive"]["material_page"] == f"{mine}#documents"
        assert (await anybody.post(f"{mine}/enquete", data={"useful": "5"})).status_code == 303
        events.clock.now = datetime(2027, 11, 16, 9, tzinfo=UTC)
        assert await outcomes.ask_once(events.runtime) == 2
        said_to = {message["email"]: message["page"] for message in await asked(events)}
        assert said_to == {"zoe@exemple.test": mine, "p1@exemple.test": f"{own[1]}/suites"}
        assert (await anybody.post(f"{mine}/resultats", data={"kind": "EMBAUCHE", "hours": "120"})).status_code == 303
        assert "Régie fictive" in (await team.get(f"{BASE}/suites")).text


async def test_a_cancelled_event_has_no_outcomes(events: House) -> None:
    await published(events)
    await participants(events, 1)
    async with events.client() as team:
        meeting = (await team.get("/api/v1/agenda.ics")).text.split("UID:")[1].split("@")[0]
        kept = await team.get(f"/api/v1/meetings/{meeting}")
        gone = await team.request(
            "DELETE", f"/api/v1/meetings/{meeting}", json={"reason": "Grève"}, headers={"If-Match": kept.headers["etag"]}
        )
        assert gone.status_code in {200, 204}, gone.text
    events.clock.now = datetime(2027, 11, 20, 9, tzinfo=UTC)
    assert await outcomes.ask_once(events.runtime) == 0
