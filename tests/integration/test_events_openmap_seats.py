"""Seats of an Openmap edition: one form for all of them, clashes, waiting lists, fewer than are taken."""

from __future__ import annotations

import re
from collections import Counter

from tests.integration.events_house import House
from tests.integration.openmap_house import BASE, FORM, published, sessions_of, someone
from tests.reading import plain


async def test_one_form_takes_all_seats_and_refuses_a_clash(events: House) -> None:
    await published(events)
    async with events.client(None) as anybody:
        talk, visit, workshop = await sessions_of(anybody)
        refused = await anybody.post(f"{BASE}/inscription", data=someone(1, talk, visit, workshop))
        assert refused.status_code == 422
        assert "« Visite » et « Atelier » ont lieu en même temps" in plain(refused.text)
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


async def test_a_session_moved_into_a_clash_is_shown_to_who_has_both_and_nobody_loses_a_seat(events: House) -> None:
    await published(events)
    async with events.client(None) as anybody, events.client() as team:
        talk, _, workshop = await sessions_of(anybody)
        own = (await anybody.post(f"{BASE}/inscription", data=someone(1, talk, workshop))).headers["location"]
        assert "Des séances se chevauchent" not in (await anybody.get(own)).text
        form = (await team.get(f"{BASE}/modifier")).text
        ids = dict(re.findall(r'name="(programme\.\d\.session_id|revision)" value="([^"]+)"', form))
        moved = {**FORM, **ids, "programme.2.starts_at": "09:30", "programme.2.ends_at": "11:00"}
        assert (await team.post(f"{BASE}/modifier", data=moved)).status_code == 303
        assert (await team.post(f"{BASE}/publier")).status_code == 303
        page = (await anybody.get(own)).text
        assert "Des séances se chevauchent" in page
        assert page.count("place confirmée") == 2


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
