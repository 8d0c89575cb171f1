"""An Openmap edition from its first form to a seat, by HTTP on a real database."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.contracts import ContractDeclared, Procurement
from services.events.store import contracts
from tests.integration.events_house import House, house
from tests.reading import plain

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


async def test_buyers_of_the_trade_are_found_kept_and_invited_once(events: House) -> None:
    async with events.pool.acquire() as connection:
        for number, (cpv, ends_on) in enumerate([("77310000", date(2027, 9, 1)), ("45000000", date(2027, 9, 1)), ("77310000-6", None)]):
            part = Procurement(revision=1, decp_id=f"D{number}", cpv=cpv)
            said = ContractDeclared(
                contract_uid=UUID(int=number + 1), revision=2, number=f"2026-{number}", object="Entretien", buyer_siret=f"2175000{number}60001{number}",
                buyer_name=f"Ville fictive {number}", department="93", ends_on=ends_on, procurement=part,
            )  # fmt: skip
            await contracts.record(connection, said)
            await contracts.record(connection, said.model_copy(update={"revision": 1, "object": "une ancienne version"}))
    await published(events)
    async with events.client() as team, events.client("coordinator77") as coordinator:
        assert (await team.post(f"{BASE}/inviter/chercher")).status_code == 303
        page = (await team.get(f"{BASE}/inviter")).text
        assert "Ville fictive 0" in page
        assert "Ville fictive 1" not in page, "another trade"
        assert "(fin inconnue)" in page
        await team.post(f"{BASE}/inviter/chercher")
        assert "2\xa0propositions" in (await team.get(f"{BASE}/inviter")).text, "looking twice adds nothing"
        guest = re.findall(r'id="([0-9a-f-]{36})"', page)[0]
        bad = await team.post(f"{BASE}/inviter/{guest}", data={"state": "kept", "email": "nope"})
        assert bad.status_code == 422
        await team.post(f"{BASE}/inviter/{guest}", data={"state": "kept", "email": "achats@exemple.fr"})
        added = {"organisation": "Régie fictive", "email": "regie@exemple.fr"}
        assert (await coordinator.post(f"{BASE}/inviter/ajouter", data=added)).status_code == 303
        assert "Invité par le 77" in (await team.get(f"{BASE}/inviter")).text
        listed = await team.post(f"{BASE}/inviter/liste", files={"file": ("liste.csv", b"Structure;Courriel\nA;a@exemple.fr\nB;b")})
        assert listed.status_code == 422
        assert "Ligne 3" in listed.text
        assert (await coordinator.post(f"{BASE}/inviter/envoyer")).status_code == 403
        for _ in range(2):
            assert (await team.post(f"{BASE}/inviter/envoyer")).status_code == 303
    said_of_guests = [message for message in await events.announced() if message["invited"]]
    assert len(said_of_guests) == 1, "the second time there is nobody new"
    assert {guest["email"] for guest in said_of_guests[0]["invited"]} == {"achats@exemple.fr", "regie@exemple.fr"}
    assert said_of_guests[0]["sequence"] == 0


async def test_a_pitch_is_proposed_chosen_and_answered(events: House) -> None:
    await published(events, pitch_criteria="Références\nCapacité")
    form = {
        "name": "Zoé Fictive",
        "email": "zoe@exemple.fr",
        "organisation": "Régie",
        "role": "SIAE",
        "title": "Paysage",
        "about": "Nous taillons",
    }
    async with events.client(None) as anybody, events.client() as team:
        assert "Capacité" in (await anybody.get(f"{BASE}/pitchs/proposer")).text, "the applicant sees the criteria"
        refused = await anybody.post(f"{BASE}/pitchs/proposer", data=form)
        assert refused.status_code == 422
        assert "« Capacité » : répondez" in plain(refused.text)
        whole = {**form, "answers.0": "Trois chantiers", "answers.1": "Dix personnes"}
        own = (await anybody.post(f"{BASE}/pitchs/proposer", data=whole)).headers["location"]
        assert "Proposition reçue" in (await anybody.get(own)).text
        assert (await anybody.post(f"{BASE}/pitchs/proposer", data=whole)).status_code == 422
        pitch = own.split("/")[3]
        unreasoned = await team.post(f"{BASE}/pitchs/{pitch}", data={"state": "refused"})
        assert unreasoned.status_code == 422
        await team.post(f"{BASE}/pitchs/{pitch}", data={"state": "selected"})
        assert "Passage n° 1" in (await anybody.get(own)).text
        await anybody.post(f"{own}/retirer")
        assert "retirée" in (await anybody.get(own)).text
        assert (await anybody.get(f"{BASE}/pitchs")).status_code == 401


async def test_people_who_wish_for_each_other_meet_and_everybody_reads_the_own_sheet(events: House) -> None:
    meet = {"programme.1.kind": "RDV_BILATERAL", "programme.1.capacity": "50", "programme.1.travel_minutes": ""}
    await published(events, **meet)
    async with events.client(None) as anybody, events.client() as team:
        _, talks, _ = await sessions_of(anybody)
        who = [*(("BUYER", n) for n in range(3)), *(("SIAE", n) for n in range(3, 7)), ("NETWORK", 9)]
        owners = {}
        for role, number in who:
            answer = await anybody.post(f"{BASE}/inscription", data=someone(number, talks, role=role, organisation=f"Structure {number}"))
            owners[number] = answer.headers["location"]
        profile = {"sectors.ESPACES_VERTS": "oui", "departments.93": "oui", "hours": "1 200", "quarter": "2028-Q2", "about": "Entretien"}
        assert (await anybody.post(f"{owners[0]}/rencontres", data=profile)).status_code == 303
        bad = await anybody.post(f"{owners[0]}/rencontres", data={**profile, "hours": "beaucoup"})
        assert bad.status_code == 422
        page = (await anybody.get(f"{owners[0]}/rencontres")).text
        assert "Demander 10 min" in page
        assert "Structure 9" not in page
        assert "Structure 1" not in page, "buyers do not meet buyers"
        sixth = owners[6].split("/")[3]
        await anybody.post(f"{owners[0]}/rencontres/{sixth}", data={"wanted": "oui"})
        assert "demandée par l’acheteur" in (await anybody.get(f"{owners[0]}/rencontres")).text
        assert (await team.post(f"{BASE}/rencontres", data={"tables": "zéro"})).status_code == 422
        assert (await team.post(f"{BASE}/rencontres", data={"tables": "3"})).status_code == 303
        assert "meilleur planning possible" in (await team.get(f"{BASE}/rencontres")).text
        assert "Votre planning" in (await anybody.get(f"{owners[0]}/rencontres")).text
        sheets = (await team.get(f"{BASE}/rencontres/imprimer")).text
        assert sheets.count('class="sheet"') == 7
        edition = await events.pool.fetchval("select edition_id from openmap_editions")
        answer = await team.post(f"/api/v1/openmap/{edition}/matches", json={"tables": 3})
        assert answer.status_code == 201
        found = answer.json()
        assert found["optimal"]
        assert found["revision"] == 2
        assert len({(meeting["starts_at"], meeting["seeker"]) for meeting in found["meetings"]}) == len(found["meetings"]) == 12
        first = owners[0].split("/")[3]
        await team.post(f"{BASE}/rencontres/paire", data={"seeker": first, "structure": sixth, "decision": "ecarter"})
        apart = (await team.post(f"/api/v1/openmap/{edition}/matches", json={"tables": 3})).json()
        assert (first, sixth) not in {(meeting["seeker"], meeting["structure"]) for meeting in apart["meetings"]}
        assert (await anybody.post(f"/api/v1/openmap/{edition}/matches", json={"tables": 3})).status_code == 401


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
