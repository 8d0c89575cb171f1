"""A plan of ateliers from the question to the invitations: over HTTP, on a real PostgreSQL, the solver in a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit import registry
from tests.fixtures.databases import MakeDatabase
from tests.integration.events_house import House, house, mandate
from tests.reading import plain

PLANS = "/api/v1/ateliers/plans"
QUESTION: dict[str, Any] = {
    "title": "Ateliers de janvier",
    "starts_on": "2027-01-11",
    "ends_on": "2027-02-19",
    "themes": ["ETT", "BAILLEURS"],
    "departments": ["93", "94"],
    "expected": 20,
    "animators": [{"id": "a1", "name": "Camille Fictive", "base": "75"}, {"id": "a2", "name": "Dominique Exemple", "base": "93"}],
    "rooms": [
        {"id": "r93", "name": "Bobigny, salle 2", "department": "93", "capacity": 25},
        {"id": "r94", "name": "Créteil", "department": "94"},
    ],
    "conditions": {"weekdays": [1, 3], "spacing_days": 14},
}


@pytest.fixture
async def events(database: MakeDatabase) -> AsyncIterator[House]:
    async with house((await database("events")).rows) as made:
        async with made.pool.acquire() as connection:
            for department in ("93", "94"):
                await registry.record(connection, mandate(department))
        yield made


async def proposed(events: House, **changes: Any) -> dict[str, Any]:
    async with events.client() as client:
        answer = await client.post(PLANS, json={**QUESTION, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_plan_is_proposed_accepted_once_and_its_changes_are_announced(events: House) -> None:
    plan = await proposed(events)
    assert (plan["status"], len(plan["placements"]), plan["gap"], plan["state"]) == ("optimal", 4, 0.0, "proposed")
    assert {date.fromisoformat(p["day"]).weekday() for p in plan["placements"]} <= {1, 3}
    assert not [p for p in plan["placements"] if "2027-02-06" <= p["day"] <= "2027-02-21"], "school holidays of zone C"
    where = f"{PLANS}/{plan['id']}"
    async with events.client() as client:
        first = (await client.post(f"{where}/accept")).json()
        second = (await client.post(f"{where}/accept")).json()
        assert [p["meeting"] for p in first["placements"]] == [p["meeting"] for p in second["placements"]]
        assert first["revision"] == second["revision"], "accepting again changes nothing"
        assert Counter(m["type"] for m in await events.announced()) == {"MeetingPlanned": 4}
        told = first["placements"][0]
        refused = await client.post(
            f"{where}/pins", json={"atelier": told["atelier"], "day": "2027-01-12"}, headers={"If-Match": f'"{first["revision"]}"'}
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "ANNOUNCED")
        meeting = (await client.get(f"/api/v1/meetings/{told['meeting']}")).json()
        assert (meeting["place"], meeting["starts_at"][11:]) in {
            (room, hour) for room in ("Bobigny, salle 2", "Créteil") for hour in ("09:30", "14:00")
        }


async def test_who_leaves_after_the_announcement_is_replaced_and_dates_stay(events: House) -> None:
    plan = await proposed(events, conditions={"weekdays": [1, 3], "spacing_days": 14, "per_week": 1})
    async with events.client() as client:
        accepted = (await client.post(f"{PLANS}/{plan['id']}/accept")).json()
        page = await client.post(
            f"/ateliers/plans/{plan['id']}/recalculer", data={"revision": accepted["revision"], "gone": "a1", "gone_on": "2027-01-11"}
        )
        assert page.status_code == 303, page.text
        after = (await client.get(f"{PLANS}/{plan['id']}")).json()
        assert {p["animator"] for p in after["placements"]} == {"a2"}
        assert [(p["atelier"], p["day"], p["half"]) for p in after["placements"]] == [
            (p["atelier"], p["day"], p["half"]) for p in accepted["placements"]
        ]
        assert (after["changes"]["announced"], after["changes"]["moved"]) == (0, 0)
        await client.post(f"{PLANS}/{plan['id']}/accept")
    kinds = Counter(m["type"] for m in await events.announced())
    assert kinds["MeetingPlanned"] == 4
    assert kinds["MeetingMoved"] == after["changes"]["animators"], "only those whose animator changed are told, by a detail"


async def test_a_pin_moves_little_and_needs_the_present_revision(events: House) -> None:
    plan = await proposed(events)
    where, wanted = f"{PLANS}/{plan['id']}", {"atelier": "ETT-93", "day": "2027-02-02", "half": "AFTERNOON"}
    async with events.client() as client:
        assert (await client.post(f"{where}/pins", json=wanted)).status_code == 428
        assert (await client.post(f"{where}/pins", json=wanted, headers={"If-Match": '"9"'})).status_code == 412
        pinned = (await client.post(f"{where}/pins", json=wanted, headers={"If-Match": '"1"'})).json()
        placed = next(p for p in pinned["placements"] if p["atelier"] == "ETT-93")
        assert (placed["day"], placed["half"], placed["pinned"]) == ("2027-02-02", "AFTERNOON", True)
        assert pinned["changes"]["proven"]
        assert (await client.delete(f"{where}/pins/ETT-93", headers={"If-Match": '"2"'})).status_code == 200
        assert (await client.delete(f"{where}/pins/ETT-93", headers={"If-Match": '"3"'})).status_code == 404


async def test_what_blocks_is_said_and_the_plan_cannot_be_accepted(events: House) -> None:
    plan = await proposed(events, conditions={"weekdays": [1, 3], "spacing_days": 42})
    assert plan["status"] == "infeasible"
    assert plan["blocking"]["minimal"]
    assert "au moins 6 semaines entre deux réunions du 93" in plan["blocking"]["conditions"]
    async with events.client() as client:
        refused = await client.post(f"{PLANS}/{plan['id']}/accept")
        assert (refused.status_code, refused.json()["code"], refused.headers["content-type"]) == (
            409,
            "NO_PLAN",
            "application/problem+json",
        )
        shown = await client.get(f"/ateliers/plans/{plan['id']}")
        assert "Rien ne convient" in shown.text
        assert "il suffit d’en lever une" in shown.text


async def test_why_not_says_the_holidays_and_what_a_possible_week_costs(events: House) -> None:
    plan = await proposed(events)
    async with events.client("coordinator93") as client:
        shut = (await client.get(f"{PLANS}/{plan['id']}/why-not", params={"atelier": "ETT-93", "week": "2027-W06"})).json()
        assert (shut["possible"], shut["reasons"][0][:17]) == (False, "Vacances d'hiver ")
        weeks = [
            (await client.get(f"{PLANS}/{plan['id']}/why-not", params={"atelier": "ETT-93", "week": f"2027-W0{n}"})).json() for n in (3, 4)
        ]
        assert any(week["possible"] and week["moves"] is not None for week in weeks)
        assert (await client.get(f"{PLANS}/{plan['id']}/why-not", params={"atelier": "ETT-93", "week": "2027-W60"})).status_code == 422
        assert (await client.get(f"/ateliers/plans/{plan['id']}?atelier=ETT-93&semaine=2027-W06")).text.count("Vacances d&#39;hiver") >= 2


async def test_a_vacancy_blocks_until_a_mandate_is_recorded(events: House) -> None:
    rooms = [*QUESTION["rooms"], {"id": "r77", "name": "Melun", "department": "77", "capacity": 25}]
    plan = await proposed(events, departments=["93", "77"], rooms=rooms)
    assert [text for text in plan["blocking"]["conditions"] if "vacante" in text] == ["la coordination du 77 est vacante ce jour-là"]
    async with events.pool.acquire() as connection:
        await registry.record(connection, mandate("77"))
    async with events.client() as client:
        again = await client.post(f"{PLANS}/{plan['id']}/solve", headers={"If-Match": '"1"'})
        assert (again.json()["status"], again.json()["blocking"]) == ("optimal", None)


async def test_everything_wrong_with_a_question_is_said_at_once(events: House) -> None:
    async with events.client() as client:
        wrong = {**QUESTION, "title": " ", "ends_on": "2026-01-01", "starts_on": "2026-02-01", "themes": ["FETE"], "animators": []}
        refused = await client.post(PLANS, json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "PLAN_REFUSED")
        found = {error["column"] for error in refused.json()["errors"]}
        assert found == {"title", "ends_on", "starts_on", "animators", "ateliers.theme"}
        assert (await client.get(f"{PLANS}/{uuid4()}")).status_code == 404
    for who, status in (("coordinator93", 403), ("declarant", 403), (None, 401)):
        async with events.client(who) as client:
            assert (await client.post(PLANS, json=QUESTION)).status_code == status


async def test_a_person_asks_for_a_plan_with_the_form(events: House) -> None:
    typed = {
        "title": "Semestre", "kind": "ATELIER", "starts_on": "2027-01-11", "ends_on": "2027-02-19", "theme.ETT": "oui", "department.93": "oui",
        "weekday.1": "oui", "half.MORNING": "oui", "spacing": "3", "expected": "20", "animators": "Camille Fictive ; 93 ; ETT",
        "rooms": "Bobigny ; 93 ; 25 ; Tram T1",
    }  # fmt: skip
    async with events.client() as client:
        assert (await client.get("/ateliers/nouveau")).status_code == 200
        wrong = await client.post("/ateliers/nouveau", data={**typed, "rooms": "Bobigny ; 13 ; beaucoup", "starts_on": "demain"})
        assert wrong.status_code == 422
        assert "Ligne 1 : nom ; département" in plain(wrong.text)
        made = await client.post("/ateliers/nouveau", data=typed)
        assert made.status_code == 303, made.text
        for view in ("semaine", "mois", "tableau"):
            shown = await client.get(made.headers["location"], params={"vue": view})
            assert shown.status_code == 200
            assert "optimum prouvé" in shown.text
        listed = await client.get("/ateliers")
        assert "Semestre" in listed.text
        assert UUID(made.headers["location"].rsplit("/", 1)[-1])
    async with events.client(None) as client:
        assert "Semestre" not in (await client.get("/ateliers")).text
