"""The day of an Openmap edition and after: who came, what it was worth, what came of it."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.integration.events_house import House
from tests.integration.openmap_house import BASE, published, sessions_of, someone


async def test_ticks_of_several_phones_arrive_in_any_order_and_the_later_one_counts(events: House, seed: int) -> None:
    await published(events)
    drawn = random.Random(seed)
    async with events.client(None) as anybody, events.client() as team:
        talk, _, workshop = await sessions_of(anybody)
        owners = [
            (await anybody.post(f"{BASE}/inscription", data=someone(n, talk, workshop, needs="Fauteuil"))).headers["location"]
            for n in range(6)
        ]
        people = [owner.split("/")[3] for owner in owners]
        ticks = [
            {"participant": person, "present": drawn.random() < 0.5, "at": f"2027-01-04T08:{minute:02d}:00+00:00"}
            for person in people
            for minute in range(8)
        ]
        last = {str(tick["participant"]): bool(tick["present"]) for tick in ticks}
        drawn.shuffle(ticks)
        for at in range(0, len(ticks), 7):
            for _ in range(2):  # each parcel arrives twice
                answer = await team.post(f"{BASE}/accueil/pointages", json={"ticks": ticks[at : at + 7]})
                assert answer.status_code == 200, answer.text
        assert answer.json() == {"present": sum(last.values()), "expected": 6, "unknown": [], "people": last}, f"seed {seed}"
        stranger = {"participant": str(UUID(int=5)), "present": True, "at": "2027-01-04T08:00:00Z"}
        assert (await team.post(f"{BASE}/accueil/pointages", json={"ticks": [stranger]})).json()["unknown"] == [str(UUID(int=5))]
        ahead = {"participant": people[0], "present": True, "at": "2037-01-04T08:00:00Z"}
        await team.post(f"{BASE}/accueil/pointages", json={"ticks": [ahead]})
        events.clock.now += timedelta(minutes=1)
        await team.post(f"{BASE}/accueil/pointage", data={"participant": people[0], "present": "non"})
        page = (await team.get(f"{BASE}/accueil")).text
        assert "Fauteuil" in page
        assert (await team.get(f"{BASE}/accueil/liste")).text.count('<tr><th scope="row">Personne') == 6
        walk_in = {"name": "Zoé Fictive", "email": "zoe@exemple.fr", "organisation": "Régie", "role": "SIAE", "agrees": "oui"}
        for _ in range(2):
            assert (await team.post(f"{BASE}/accueil/sans-inscription", data=walk_in)).status_code == 303
        assert (await anybody.get(f"{BASE}/accueil")).status_code == 401
    told = [message for message in await events.announced() if message["type"] == "AttendanceRecorded"]
    final: dict[str, Any] = {}
    for message in told:
        assert message["revision"] == final.get(message["registration_id"], {"revision": 0})["revision"] + 1
        final[message["registration_id"]] = message
    assert sum(message["email"] == "zoe@exemple.fr" for message in told) == 1
    assert sum(message["present"] for message in final.values()) == 1 + 2 * sum(
        present for person, present in last.items() if person != people[0]
    )


async def test_after_the_day_people_say_what_it_was_worth_and_what_came_of_it(events: House) -> None:
    await published(events)
    async with events.client(None) as anybody, events.client() as team:
        talk, *_ = await sessions_of(anybody)
        shares, keeps = [
            (await anybody.post(f"{BASE}/inscription", data=someone(n, talk, **more))).headers["location"]
            for n, more in enumerate(({"shares_contact": "oui"}, {}))
        ]
        assert "C’est pour après" in (await anybody.get(f"{shares}/suites")).text
        events.clock.now = datetime(2027, 5, 21, 9, tzinfo=UTC)
        bad = await anybody.post(f"{shares}/suites/enquete", data={"useful": "9", "contacts": "-1"})
        assert bad.status_code == 422
        assert (
            await anybody.post(f"{shares}/suites/enquete", data={"useful": "4", "contacts": "3", "comment": "Merci"})
        ).status_code == 303
        await anybody.post(f"{shares}/suites/enquete", data={"useful": "5", "contacts": "3"})
        await anybody.post(f"{keeps}/suites/resultats", data={"kind": "SOUS_TRAITANCE", "hours": "1 200", "about": "Lot paysage"})
        await team.post(f"{BASE}/suites/compte-rendu", data={"text": "Un beau jour.", "published": "oui"})
        assert "Un beau jour." in (await anybody.get(f"{keeps}/suites")).text
        meeting = await events.pool.fetchval("select meeting_id from openmap_editions")
        slides = {"file": ("Diapositives.pdf", b"%PDF-1.7 fictif")}
        added = await team.post(f"/agenda/{meeting}/documents/fichiers", data={"file_audience": "PARTICIPANTS"}, files=slides)
        assert added.status_code == 303
        path = re.findall(rf'href="({keeps}/fichiers/[^"]+)"', (await anybody.get(f"{keeps}/suites")).text)[0]
        assert (await anybody.get(path)).content == b"%PDF-1.7 fictif"
        assert "Diapositives" not in (await anybody.get(BASE)).text
        assert (await team.post(f"{BASE}/accueil/pointage", data={"participant": keeps.split("/")[3], "present": "oui"})).status_code == 303
        told = next(message for message in await events.announced() if message["type"] == "AttendanceRecorded")
        assert told["material_page"] == f"{keeps}/suites#documents", "the letter of thanks leads there"
        page = (await team.get(f"{BASE}/suites")).text
        assert "Lot paysage" in page
        assert "16\xa0novembre 2027" in page, "180 days"
        sheet = (await team.get(f"{BASE}/suites/contacts")).text
        assert "p0@exemple.test" in sheet
        assert "p1@exemple.test" not in sheet, "no consent"
        assert "p0@exemple.test" in (await anybody.get(f"{shares}/suites")).text
        assert "p0@exemple.test" not in (await anybody.get(f"{keeps}/suites")).text
