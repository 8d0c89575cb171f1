"""An Openmap edition by HTTP on a real database: announced, its guests, its pitches, and who meets whom."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from schemas.contracts import ContractDeclared, Procurement
from services.events.store import contracts
from tests.integration.events_house import House
from tests.integration.openmap_house import BASE, FORM, published, sessions_of, someone
from tests.reading import plain


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
