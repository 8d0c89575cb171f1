"""An Openmap edition from its first form to a seat, by HTTP on a real database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.events_house import House, house

FORM = {
    "kind": "OPENMAP", "title": "Openmap ESS : les métiers du paysage", "trade": "Métiers du paysage", "day": "2027-05-20",
    "half": "MORNING", "place": "Ferme urbaine fictive", "cpv": "7731", "sectors.ESPACES_VERTS": "oui", "pitch_until": "2027-04-01",
    "programme.0.name": "Table ronde", "programme.0.kind": "TABLE_RONDE", "programme.0.starts_at": "09:00", "programme.0.ends_at": "10:00",
    "programme.1.name": "Visite", "programme.1.kind": "VISITE", "programme.1.starts_at": "10:15", "programme.1.ends_at": "11:00",
    "programme.1.capacity": "2", "programme.1.place": "Sortie n° 2", "programme.1.travel_minutes": "15",
    "programme.2.name": "Atelier", "programme.2.kind": "ATELIER", "programme.2.starts_at": "10:30", "programme.2.ends_at": "12:00",
    "programme.2.capacity": "25",
}  # fmt: skip
BASE = "/openmap/1-metiers-du-paysage"


@pytest.fixture
async def events(events_database: str) -> AsyncIterator[House]:
    async with house(events_database) as found:
        yield found


async def published(events: House, **change: str) -> None:
    async with events.client() as team:
        answer = await team.post("/openmap/nouvelle", data={**FORM, **change})
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == f"{BASE}/organisation"
        assert (await team.post(f"{BASE}/publier")).status_code == 303


async def sessions_of(client: httpx.AsyncClient) -> list[str]:
    return re.findall(r'name="session\.([0-9a-f-]+)"', (await client.get(f"{BASE}/inscription")).text)


def someone(number: int, *sessions: str, **more: str) -> dict[str, str]:
    return {
        "name": f"Personne {number}", "email": f"p{number}@exemple.test", "organisation": "Commune fictive", "role": "BUYER",
        **{f"session.{session}": "oui" for session in sessions}, **more,
    }  # fmt: skip


async def test_the_date_stands_before_the_programme_and_the_next_edition_is_a_copy(events: House) -> None:
    async with events.client() as team, events.client(None) as anybody:
        assert (await team.post("/openmap/nouvelle", data=FORM)).status_code == 303
        assert (await anybody.get(BASE)).status_code == 404, "nothing is announced before it is asked"
        assert (await team.post(f"{BASE}/annoncer")).status_code == 303
        page = await anybody.get("/openmap/1")
        assert page.status_code == 301
        page = await anybody.get(BASE)
        assert "Date à retenir" in page.text
        assert "Table ronde" not in page.text
        await team.post(f"{BASE}/publier")
        assert "Table ronde" in (await anybody.get(BASE)).text
        copied = (await team.get("/openmap/nouvelle")).text
        assert "Repris de l’édition précédente" in copied
        assert 'value="Table ronde"' in copied
        assert "Métiers du paysage" not in copied
    said = await events.announced()
    assert [message["type"] for message in said] == ["MeetingPlanned", "MeetingMoved"]
    assert [message["save_the_date"] for message in said] == [True, False]
    assert said[1]["page"] == BASE
    assert said[1]["sessions"][1]["travel_minutes"] == 15


async def test_one_form_takes_all_seats_and_refuses_a_clash(events: House) -> None:
    await published(events)
    async with events.client(None) as anybody:
        talk, visit, workshop = await sessions_of(anybody)
        refused = await anybody.post(f"{BASE}/inscription", data=someone(1, talk, visit, workshop))
        assert refused.status_code == 422
        assert "« Visite » et « Atelier » ont lieu en même temps" in refused.text
        assert "Personne 1" in refused.text, "what was typed is still there"
        refused = await anybody.post(f"{BASE}/inscription", data=someone(1, siret="123"))
        assert "SIRET" in refused.text
        assert "Choisissez au moins une séance" in refused.text
        taken = await anybody.post(f"{BASE}/inscription", data=someone(1, talk, workshop, shares_contact="oui", needs="Fauteuil"))
        assert taken.status_code == 303
        own = taken.headers["location"]
        page = await anybody.get(own)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "private, no-store"
        assert "place confirmée" in page.text
        again = await anybody.post(f"{BASE}/inscription", data=someone(1, talk))
        assert again.status_code == 422
        assert "déjà inscrite" in again.text
        clash = await anybody.post(f"{own}/seances/{visit}")
        assert clash.status_code == 422
        assert "n’a pas été ajoutée" in clash.text
        assert (await anybody.get(own[:-3] + "abc")).status_code == 404
    assert Counter(message["type"] for message in await events.announced())["RegistrationConfirmed"] == 2


async def test_a_full_visit_makes_people_wait_and_a_freed_seat_goes_to_the_first(events: House) -> None:
    await published(events)
    async with events.client(None) as anybody:
        _, visit, _ = await sessions_of(anybody)
        owners = [(await anybody.post(f"{BASE}/inscription", data=someone(n, visit))).headers["location"] for n in range(4)]
        assert "liste d’attente, n° 2" in (await anybody.get(owners[3])).text
        first = re.findall(r"/places/([0-9a-f-]+)/annuler", (await anybody.get(owners[0])).text)[0]
        assert (await anybody.post(f"{owners[1]}/places/{first}/annuler")).status_code == 404, "somebody else's seat"
        await anybody.post(f"{owners[0]}/places/{first}/annuler")
        page = (await anybody.get(owners[2])).text
        assert "une place vous attend" in page
        offered = re.findall(r"/places/([0-9a-f-]+)/confirmer", page)[0]
        await anybody.post(f"{owners[2]}/places/{offered}/confirmer")
        assert "place confirmée" in (await anybody.get(owners[2])).text
        assert "liste d’attente, n° 1" in (await anybody.get(owners[3])).text


async def test_fewer_seats_than_are_taken_is_refused_with_the_list_and_nobody_is_dropped(events: House) -> None:
    await published(events)
    async with events.client(None) as anybody, events.client() as team:
        _, visit, workshop = await sessions_of(anybody)
        for number in range(3):
            await anybody.post(f"{BASE}/inscription", data=someone(number, workshop))
        form = (await team.get(f"{BASE}/modifier")).text
        ids = dict(re.findall(r'name="(programme\.\d\.session_id)" value="([0-9a-f-]+)"', form))
        revision = re.findall(r'name="revision" value="(\d+)"', form)[0]
        lower = {**FORM, **ids, "revision": revision, "programme.2.capacity": "1"}
        refused = await team.post(f"{BASE}/modifier", data=lower)
        assert refused.status_code == 422
        assert "3 places sont déjà prises" in refused.text
        meeting_id = (await events.announced())[0]["meeting_id"]
        meeting = (await team.get(f"/api/v1/meetings/{meeting_id}")).json()
        body = {**meeting, "sessions": [{**session, "capacity": 1} for session in meeting["sessions"]]}
        refused = await team.put(f"/api/v1/meetings/{meeting_id}", json=body, headers={"If-Match": f'"{meeting["revision"]}"'})
        assert refused.status_code == 409
        assert {error["value"] for error in refused.json()["errors"]} == {"Personne 0", "Personne 1", "Personne 2"}
        moved = await team.post(f"{BASE}/modifier", data={**FORM, **ids, "revision": revision, "programme.2.starts_at": "09:30"})
        assert moved.status_code == 303, "moved into a clash for some: they are told on their page"
        both = await anybody.post(f"{BASE}/inscription", data=someone(9, visit))
        assert both.status_code == 303
    states = await events.pool.fetch("select state from registrations")
    assert Counter(row["state"] for row in states) == {"confirmed": 4}


async def test_only_the_team_makes_an_openmap_and_a_coordinator_the_own_departments_event(events: House) -> None:
    async with events.client("coordinator93") as coordinator, events.client("declarant") as declarant:
        assert (await declarant.get("/openmap/nouvelle")).status_code == 403
        assert (await coordinator.post("/openmap/nouvelle", data=FORM)).status_code == 403
        own = {**FORM, "kind": "EVENEMENT_DEPARTEMENTAL", "department": "93"}
        made = await coordinator.post("/openmap/nouvelle", data=own)
        assert made.status_code == 303, made.text
        base = made.headers["location"].removesuffix("/organisation")
        assert (await coordinator.post(f"{base}/etapes/TRADE", data={"done": "oui"})).status_code == 303
        assert "fait" in (await coordinator.get(f"{base}/organisation")).text
    async with events.client("coordinator77") as stranger:
        assert (await stranger.get(f"{base}/organisation")).status_code == 403
    async with events.client(None) as anybody:
        assert (await anybody.get("/openmap/nouvelle")).status_code == 401
