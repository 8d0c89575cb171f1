"""Governance by HTTP on a real database: members, meetings, minutes, decisions, actions, milestones."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx

from kit import registry
from schemas.directory import PersonRecorded
from schemas.indicators import EditionPublished, FiguresMoved
from services.events import acting
from services.events.store import figures
from tests.integration.events_house import House
from tests.reading import plain

API = "/api/v1/governance"
MEETING = {
    "title": "Comité stratégique", "starts_at": "2027-02-02T09:30", "ends_at": "2027-02-02T11:30", "place": "Paris, salle fictive",
    "agenda": [{"title": "Feuilles de route", "kind": "DECISION", "minutes": 60}],
}  # fmt: skip


async def met(team: httpx.AsyncClient) -> str:
    answer = await team.post(f"{API}/bodies/STRATEGIQUE/meetings", json=MEETING)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_members_are_invited_and_a_change_of_them_changes_the_invitations(events: House) -> None:
    person = uuid4()
    async with events.pool.acquire() as connection:
        await registry.record(
            connection, PersonRecorded(person_id=person, first_name="Awa", name="Fictive", email="awa@exemple.test", roles=("team",))
        )
    async with events.client() as team, events.client(None) as anybody:
        for member in (
            {"person_id": str(person), "role": "CHAIR"},
            {"department": "93"},
            {"email": "c@exemple.test", "name": "Camille Fictive"},
        ):
            assert (await team.post(f"{API}/bodies/STRATEGIQUE/members", json=member)).status_code == 204
        twice = await team.post(f"{API}/bodies/STRATEGIQUE/members", json={"email": "C@exemple.test", "name": "Camille"})
        assert twice.status_code == 409
        meeting = await met(team)
        page = plain((await team.get("/gouvernance/STRATEGIQUE")).text)
        assert "Camille Fictive" in page
        assert "Awa Fictive" in page
        leaving = re.search(r'/membres/([0-9a-f-]+)/retirer"[^>]*><button[^>]*>Retirer<span[^>]*> : Camille', page)
        assert leaving
        assert (await team.post(f"/gouvernance/STRATEGIQUE/membres/{leaving[1]}/retirer")).status_code == 303
        public = (await anybody.get("/gouvernance/STRATEGIQUE")).text
        assert "Awa" not in public, "who sits there is the network's"
        assert "Comité stratégique" in public
        typed = {"title": "Collège", "starts_at": "2027-02-09T09:30", "ends_at": "2027-02-09T08:30", "place": "Ici"}
        wrong = await team.post("/gouvernance/ACHETEURS/reunions", data=typed)
        assert wrong.status_code == 422
        assert "se termine avant de commencer" in wrong.text
        assert (await team.post("/gouvernance/ACHETEURS/reunions", data={**typed, "ends_at": "2027-02-09T11:30"})).status_code == 303
        assert (await team.get("/gouvernance/RIEN")).status_code == 404
    said = await events.announced()
    assert said[0]["kind"] == "COMITE"
    assert said[1]["page"] == f"/gouvernance/reunions/{meeting}"
    assert [len(message["invited"]) for message in said[:3]] == [3, 3, 2]
    assert {message["sequence"] for message in said[:3]} == {0}, "nobody is asked to answer again"


async def test_minutes_have_versions_and_only_published_ones_are_everybodys(events: House) -> None:
    async with events.client() as team, events.client(None) as anybody, events.client("coordinator93") as coordinator:
        meeting = await met(team)
        at = f"{API}/meetings/{meeting}/minutes"
        assert (await team.put(at, json={"text": "Brouillon"}, headers={"If-Match": '"0"'})).status_code == 200
        assert (await team.put(at, json={"text": "Autre"}, headers={"If-Match": '"0"'})).status_code == 412
        assert (await coordinator.put(at, json={"text": "Autre"}, headers={"If-Match": '"1"'})).status_code == 403
        page = f"/gouvernance/reunions/{meeting}"
        assert "Brouillon" in (await coordinator.get(page)).text
        assert "Brouillon" not in (await anybody.get(page)).text
        clash = await team.post(f"{page}/compte-rendu", data={"revision": "0", "text": "Ma version <b>"})
        assert clash.status_code == 412
        assert "Brouillon" in clash.text
        assert "Ma version &lt;b&gt;" in clash.text
        assert (
            await team.post(f"{page}/compte-rendu", data={"revision": "1", "text": "Texte adopté", "published": "oui"})
        ).status_code == 303
        assert (await team.put(at, json={"text": "Reprise interne"}, headers={"If-Match": '"2"'})).status_code == 200
        public = (await anybody.get(page)).text
        assert "Texte adopté" in public
        assert "Reprise interne" not in public
        assert [version["revision"] for version in (await anybody.get(at)).json()["versions"]] == [2]
        assert (await team.put(at, json={"text": " "}, headers={"If-Match": '"3"'})).status_code == 422
        assert (await team.get(f"/gouvernance/reunions/{uuid4()}")).status_code == 404
        assert (await team.get("/gouvernance/reunions/rien")).status_code == 422


async def test_an_edition_its_decision_and_its_minutes_are_linked(events: House) -> None:
    async with events.pool.acquire() as connection:
        await figures.publish(connection, EditionPublished(release="2026-3", figures_until=date(2026, 9, 30), cells=9, hidden=1))
    async with events.client() as team, events.client(None) as anybody:
        meeting = await met(team)
        wrong = await team.post(f"{API}/meetings/{meeting}/decisions", json={"title": "", "outcome": "MAYBE"})
        assert {error["column"] for error in wrong.json()["errors"]} == {"title", "outcome"}
        made = await team.post(f"{API}/meetings/{meeting}/decisions", json={"title": "Valider l’édition", "release": "2026-3"})
        assert made.json()["number"] == "DEC-2027-001"
        assert (await anybody.get(f"{API}/decisions")).json()["items"] == [], "its minutes are not published"
        await team.put(f"{API}/meetings/{meeting}/minutes", json={"text": "Validée.", "published": True}, headers={"If-Match": '"0"'})
        assert (await anybody.get(f"{API}/decisions?release=2026-3")).json()["items"][0]["number"] == "DEC-2027-001"
        overview = (await anybody.get("/gouvernance")).text
        row = re.search(r"2026-3</a></th>.*?</tr>", overview, re.DOTALL)
        assert row
        assert "DEC-2027-001" in row[0]
        assert f"/gouvernance/reunions/{meeting}#compte-rendu" in row[0]
        second = await team.post(f"{API}/meetings/{meeting}/decisions", json={"title": "Autre", "outcome": "POSTPONED"})
        assert second.json()["number"] == "DEC-2027-002"
        action = await team.post(
            f"{API}/actions", json={"title": "Publier", "due": "2027-03-01", "college": "ACHETEURS", "decision_id": made.json()["id"]}
        )
        assert action.json()["source"] == "Décision DEC-2027-001"
        assert "Publier" in (await team.get(f"/gouvernance/reunions/{meeting}")).text
        assert "Publier" not in (await anybody.get(f"/gouvernance/reunions/{meeting}")).text


async def test_actions_are_told_when_given_due_late_and_done(events: House) -> None:
    async with events.client() as team, events.client("coordinator93") as coordinator, events.client("coordinator77") as other:
        roadmap = await team.post(
            f"{API}/bodies/ACHETEURS/roadmaps", json={"title": "Feuille 2027", "starts_on": "2027-01-01", "ends_on": "2027-12-31"}
        )
        assert roadmap.status_code == 201
        wanted = {"title": "Réunir les bailleurs", "due": "2027-01-27", "department": "93", "roadmap_id": roadmap.json()["id"]}
        given = await team.post(f"{API}/actions", json=wanted)
        assert given.headers["etag"] == '"1"'
        action = f"{API}/actions/{given.json()['id']}"
        assert (await coordinator.post(f"{API}/actions", json={**wanted, "department": "77"})).status_code == 403
        assert (await other.put(action, json=wanted, headers={"If-Match": '"1"'})).status_code == 403
        assert await acting.tell_due_once(events.runtime) == 0
        events.clock.now = datetime(2027, 1, 20, 8, tzinfo=UTC)
        assert await acting.tell_due_once(events.runtime) == 1
        assert await acting.tell_due_once(events.runtime) == 0
        events.clock.now = datetime(2027, 2, 1, 8, tzinfo=UTC)  # a Monday
        assert await acting.tell_due_once(events.runtime) == 1
        assert "en retard de 5" in (await coordinator.get("/gouvernance/actions?retard=oui")).text
        assert (await coordinator.get(f"{API}/actions?overdue=true")).json()["items"][0]["overdue"] is True
        assert (await other.get(f"{API}/actions")).json()["items"] == []
        page = f"/gouvernance/actions/{given.json()['id']}"
        without = await coordinator.post(page, data={"version": "1", "state": "DONE"})
        assert without.status_code == 422
        assert "Une action faite a une preuve" in without.text
        stale = await coordinator.post(page, data={"version": "9", "state": "DONE", "evidence": "Réunis"})
        assert stale.status_code == 412
        assert "Réunis" in stale.text
        assert (await coordinator.post(page, data={"version": "1", "state": "DONE", "evidence": "Réunis le 29 janvier"})).status_code == 303
        events.clock.now += timedelta(days=7)
        assert await acting.tell_due_once(events.runtime) == 0
        body = (await team.get("/gouvernance/ACHETEURS")).text
        assert "1 sur 1" in body.replace("\u00a0", " ")
        hostile = await team.post(
            "/gouvernance/actions/nouvelle", data={"title": "<img src=x onerror=alert(1)>", "due": "2027-06-01", "owner": "d:93"}
        )
        assert hostile.status_code == 303
        assert "<img src=x" not in (await team.get(hostile.headers["location"])).text
        for bad in ({"due": "demain"}, {"owner": "x:1"}, {"owner": "d:13"}):
            assert (
                await team.post("/gouvernance/actions/nouvelle", data={"title": "A", "due": "2027-06-01", "owner": "d:93", **bad})
            ).status_code == 422
        assert (
            await team.post("/gouvernance/actions/nouvelle", data={"title": "A", "due": "2027-06-01", "owner": "c:RIEN"})
        ).status_code == 404
    said = [message for message in await events.announced() if message["type"] == "ActionDue"][:4]
    assert [(message["revision"], message["overdue"], message["state"]) for message in said] == [
        (1, False, "OPEN"), (2, False, "OPEN"), (3, True, "OPEN"), (4, False, "DONE"),
    ]  # fmt: skip
    assert said[0]["roadmap"] == "Feuille 2027"
    assert said[0]["page"] == page


async def test_an_action_comes_from_a_diagnostic_with_its_link(events: House) -> None:
    async with events.client() as team, events.client("coordinator93") as coordinator, events.client("coordinator77") as other:
        await team.post("/api/v1/diagnostics/2027", json={"answer_by": "2027-03-01"})
        await coordinator.put(
            "/api/v1/diagnostics/2027/93/answers/actions_souhaitees",
            json={"value": "- Visiter une ferme\nFormer"},
            headers={"If-Match": '"0"'},
        )
        comparison = (await team.get("/diagnostic/2027?departement=93")).text
        link = re.search(r'href="(/gouvernance/actions/nouvelle\?diagnostic=[^"]+)"', comparison)
        assert link
        form = (await coordinator.get(link[1])).text
        assert 'value="Visiter une ferme"' in form
        assert (await other.get(link[1])).status_code == 403
        typed = {"title": "Visiter une ferme", "due": "2027-04-04", "owner": "d:93", "diagnostic": link[1].split("=")[1]}
        assert (await coordinator.post("/gouvernance/actions/nouvelle", data=typed)).status_code == 303
        assert (await other.post("/gouvernance/actions/nouvelle", data={**typed, "owner": "d:77"})).status_code == 403
        assert "Visiter une ferme</a>" in (await team.get("/diagnostic/2027?departement=93")).text
    said = [message for message in await events.announced() if message["type"] == "ActionDue"]
    assert said[0]["roadmap"] == "Diagnostic 2027, Seine-Saint-Denis"


async def test_milestones_slip_in_sight_and_are_at_risk_when_departments_are_missing(events: House) -> None:
    async with events.client() as team, events.client(None) as anybody, events.client("coordinator93") as coordinator:
        wanted = {
            "title": "Première édition",
            "due_on": "2027-03-15",
            "measure": "COVERAGE",
            "year": 2026,
            "minimum": 2,
            "release": "2026-4",
        }
        made = await team.post(f"{API}/milestones", json=wanted)
        assert made.status_code == 201, made.text
        at = f"{API}/milestones/{made.json()['id']}"
        assert (await coordinator.post(f"{API}/milestones", json=wanted)).status_code == 403
        assert (await team.post(f"{API}/milestones", json={**wanted, "minimum": 9})).status_code == 422
        async with events.pool.acquire() as connection:
            await figures.record(
                connection, FiguresMoved(department="93", year=2026, centihours=1, persons=1, women=0, contracts=1, fte="0")
            )
        assert (await anybody.get(f"{API}/milestones")).json()["items"][0] | {"id": "", "revision": 0} == {
            "id": "", "revision": 0, "title": "Première édition", "planned_on": "2027-03-15", "due_on": "2027-03-15", "done_on": None,
            "slip_days": 0, "state": "AT_RISK", "measured": 1, "minimum": 2, "release": "2026-4",
        }  # fmt: skip
        without = await team.put(at, json={**wanted, "due_on": "2027-04-30"}, headers={"If-Match": '"1"'})
        assert without.json()["errors"][0]["column"] == "reason"
        assert (
            await team.put(at, json={**wanted, "due_on": "2027-04-30", "reason": "Un département manque"}, headers={"If-Match": '"1"'})
        ).status_code == 204
        assert (await team.put(at, json={**wanted, "reason": "x"}, headers={"If-Match": '"1"'})).status_code == 412
        page = (await anybody.get("/gouvernance/jalons")).text
        assert "+ 46" in page
        assert "Un département manque" in page
        events.clock.now = datetime(2027, 2, 10, 8, tzinfo=UTC)
        assert "couverture insuffisante" in (await anybody.get("/gouvernance/jalons")).text
        async with events.pool.acquire() as connection:
            published = EditionPublished(
                release="2026-4", figures_until=date(2026, 12, 31), cells=9, hidden=1, occurred_at=datetime(2027, 4, 20, 8, tzinfo=UTC)
            )
            await figures.publish(connection, published)
        reached = (await anybody.get(f"{API}/milestones")).json()["items"][0]
        assert (reached["state"], reached["done_on"], reached["slip_days"]) == ("DONE", "2027-04-20", 36)
    assert Counter(message["type"] for message in await events.announced()) == Counter()
