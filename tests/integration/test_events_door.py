"""The door of a single meeting: who registered without a participant's page is ticked as at an Openmap's, and told where the documents are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.integration.atelier_house import MEETING, atelier
from tests.integration.events_house import House
from tests.integration.openmap_house import published


async def told(events: House) -> list[dict[str, Any]]:
    return [message for message in await events.announced() if message["type"] == "AttendanceRecorded"]


async def test_the_meetings_page_leads_those_who_organise_it_to_its_door(events: House) -> None:
    meeting, _ = await atelier(events, 1)
    for who, status in (("team", 200), ("coordinator93", 200), ("coordinator77", 403), ("declarant", 403), (None, 401)):
        async with events.client(who) as client:
            linked = f'href="{meeting}/accueil"' in (await client.get(meeting)).text
            assert linked == (status == 200), who
            assert (await client.get(f"{meeting}/accueil")).status_code == status, who
            assert (await client.post(f"{meeting}/accueil/pointages", json={"ticks": []})).status_code == status, who
    async with events.client() as team:
        assert (await team.get(f"/agenda/{UUID(int=7)}/accueil")).status_code == 404
        worker = await team.get("/agenda/hors-ligne.js")
        assert worker.headers["content-type"].startswith("text/javascript")
        bare = (await team.post("/api/v1/meetings", json={**MEETING, "sessions": []})).json()
        assert "accueil" not in (await team.get(f"/agenda/{bare['id']}")).text.split("<main")[1].split("</main>")[0]
        assert (await team.get(f"/agenda/{bare['id']}/accueil")).status_code == 409


async def test_an_edition_keeps_its_own_door(events: House) -> None:
    await published(events)
    async with events.client() as team:
        [edition] = (await team.get("/api/v1/meetings")).json()["items"]
        page = await team.get(f"/agenda/{edition['id']}")
        assert 'href="/openmap/1-metiers-du-paysage/accueil"' in page.text
        other = await team.get(f"/agenda/{edition['id']}/accueil")
        assert other.status_code == 409
        assert "/openmap/1-metiers-du-paysage/accueil" in other.text


async def test_ticks_count_for_every_seat_of_a_person_and_lead_to_the_documents(events: House) -> None:
    meeting, people = await atelier(events, 3)
    door = f"{meeting}/accueil"
    async with events.client("coordinator93") as client:
        page = (await client.get(door)).text
        assert [f'id="p-{person}"' in page for person in people] == [True] * 3
        assert f'href="{meeting}/inscrits"' in page, "the printed sheet"
        ticks = [{"participant": person, "present": person != people[2], "at": "2027-01-04T08:00:00Z"} for person in people]
        for _ in range(2):
            answer = await client.post(f"{door}/pointages", json={"ticks": ticks})
            assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "present": 2, "expected": 3, "unknown": [], "people": dict(zip(people, (True, True, False), strict=True)),
        }  # fmt: skip
        stranger = {"participant": str(UUID(int=5)), "present": True, "at": "2027-01-04T08:00:00Z"}
        assert (await client.post(f"{door}/pointages", json={"ticks": [stranger]})).json()["unknown"] == [stranger["participant"]]
    messages = await told(events)
    assert len(messages) == 4, "two seats of the first, one of the others, each once"
    assert {message["survey_page"] for message in messages} == {None}
    own = next(message["material_page"] for message in messages if message["registration_id"] == people[1])
    async with events.client(None) as anybody:
        assert "Recours aux ETT" in (await anybody.get(own)).text, "the page of the seat"


async def test_who_came_without_a_seat_is_kept_and_who_has_one_is_ticked(events: House) -> None:
    meeting, people = await atelier(events, 2)
    door = f"{meeting}/accueil"
    newcomer = {"name": "Zoé Fictive", "organisation": "Régie fictive", "role": "SIAE"}
    async with events.client() as team:
        seated = {"name": "Personne 1", "email": "p1@exemple.test", "organisation": "Commune fictive", "role": "BUYER", "agrees": "oui"}
        for form in (newcomer, newcomer, seated):
            assert (await team.post(f"{door}/sans-inscription", data=form)).status_code == 303
        refused = await team.post(f"{door}/sans-inscription", data={**newcomer, "email": "zoe@exemple.test"})
        assert refused.status_code == 422
        assert "Cochez son accord" in refused.text
        agreed = {**newcomer, "name": "Ali Fictif", "email": "ali@exemple.test", "agrees": "oui"}
        assert (await team.post(f"{door}/sans-inscription", data=agreed)).status_code == 303
        page = (await team.get(door)).text
        assert "2 venues sans inscription" in page.replace("\u00a0", " ")
        assert (await team.post(f"{door}/pointages", json={"ticks": []})).json()["people"] == {people[1]: True}
    pages = {message["name"]: message["material_page"] for message in await told(events)}
    assert pages == {"Zoé Fictive": None, None: pages[None], "Ali Fictif": f"{meeting}#supports"}
