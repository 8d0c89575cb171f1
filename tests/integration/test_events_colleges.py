"""Five colleges are placed into a window with the form, around those who have to be there; accepted, they are the bodies' meetings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.integration.coordinators import coordinator
from tests.integration.events_house import House
from tests.reading import plain

FIVE = ("ACHETEURS", "MAITRES_OUVRAGE", "ELUS", "COORDINATIONS", "PARTENAIRES")
TYPED = {
    "title": "Collèges de l’automne", "starts_on": "2027-09-24", "ends_on": "2027-10-12", "half.MORNING": "oui", "half.AFTERNOON": "oui",
    "per_week": "2", "animators": "Camille Fictive ; 75\nDriss Exemple ; 93", "rooms": "Paris, salle du réseau ; 75 ; 30 ; Ascenseur\nBobigny ; 93 ; 25",
    **{f"weekday.{day}": "oui" for day in range(5)}, **{f"body.{code}": "oui" for code in FIVE},
}  # fmt: skip


async def test_five_colleges_are_placed_around_their_chair_and_become_meetings_with_their_members(events: House) -> None:
    await coordinator(events, "Awa", "93")
    async with events.client() as team:
        await team.post("/api/v1/governance/bodies/ELUS/members", json={"department": "93", "role": "CHAIR"})
        await team.post(
            "/api/v1/governance/bodies/ELUS/members", json={"email": "elu@exemple.test", "name": "Élue Fictive", "organisation": "Commune"}
        )
        day = date(2027, 9, 24)
        while day <= date(2027, 10, 10):  # the chair is taken on every day but the last two
            await team.post(
                "/api/v1/meetings",
                json={
                    "kind": "GT_THEMATIQUE",
                    "title": "Prise",
                    "department": "93",
                    "place": "Bobigny",
                    "starts_at": f"{day}T09:00",
                    "ends_at": f"{day}T18:00",
                },
            )
            day += timedelta(days=1)
        form = await team.get("/ateliers/colleges")
        assert "Collège des prescripteurs" in form.text
        made = await team.post("/ateliers/colleges", data=TYPED)
        assert made.status_code == 303, made.text
        plan = (await team.get(made.headers["location"].replace("/ateliers/plans", "/api/v1/ateliers/plans"))).json()
        assert plan["status"] == "optimal", plan["blocking"]
        days = {p["atelier"]: date.fromisoformat(p["day"]) for p in plan["placements"]}
        assert set(days) == set(FIVE)
        assert all(date(2027, 9, 24) <= day <= date(2027, 10, 12) for day in days.values())
        assert days["ELUS"] >= date(2027, 10, 11), "its chair has meetings until then"
        assert (
            max(sum(day.isocalendar()[:2] == week for day in days.values()) for week in {d.isocalendar()[:2] for d in days.values()}) <= 2
        )
        accepted = await team.post(f"{made.headers['location']}/accepter", data={"revision": plan["revision"]})
        assert accepted.status_code == 303
        again = await team.post(f"/api/v1/ateliers/plans/{plan['id']}/accept")
        meeting = next(p["meeting"] for p in again.json()["placements"] if p["atelier"] == "ELUS")
        assert f"/gouvernance/reunions/{meeting}" in (await team.get("/gouvernance/ELUS")).text
        assert "Collège des élus" in (await team.get(f"/gouvernance/reunions/{meeting}")).text
    said = [message for message in await events.announced() if message["title"] == "Collège des élus"]
    assert said[-1]["page"] == f"/gouvernance/reunions/{meeting}"
    assert {who.get("department") or who.get("email") for who in said[-1]["invited"]} == {"93", "elu@exemple.test"}
    assert said[-1]["sessions"] == [], "members are invited, nobody asks for a seat"


async def test_what_blocks_a_college_is_named_and_a_window_in_the_past_is_refused(events: House) -> None:
    person = await coordinator(events, "Awa", "93")
    async with events.client() as team:
        await team.post("/api/v1/governance/bodies/ACHETEURS/members", json={"person_id": str(person), "role": "SECRETARY"})
        await team.post(
            "/api/v1/meetings",
            json={"kind": "COMITE", "title": "Déjà", "place": "Paris", "starts_at": "2027-09-24T09:00", "ends_at": "2027-09-24T18:00", "department": "93"},
        )  # fmt: skip
        one_day = {**TYPED, "ends_on": "2027-09-24", "body.ELUS": "", "body.COORDINATIONS": "", "body.PARTENAIRES": ""}
        made = await team.post("/ateliers/colleges", data=one_day)
        shown = (await team.get(made.headers["location"])).text
        assert "Rien ne convient" in shown
        assert "Awa Fictive n’est pas disponible (réunion déjà prévue)" in shown
        events.clock.now = datetime(2027, 12, 1, 9, tzinfo=UTC)
        late = await team.post("/ateliers/colleges", data={**TYPED, "rooms": "Paris ; 13"})
        assert late.status_code == 422
        assert "Ligne 1 : nom ; département" in plain(late.text)
        assert "Cette date est passée" in (await team.post("/ateliers/colleges", data=TYPED)).text
    async with events.client("coordinator93") as other:
        assert (await other.post("/ateliers/colleges", data=TYPED)).status_code == 403
