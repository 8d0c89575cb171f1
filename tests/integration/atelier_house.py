"""An atelier for tests: two sessions and people with seats."""

from __future__ import annotations

from typing import Any

from tests.integration.events_house import House

MEETING: dict[str, Any] = {
    "kind": "ATELIER", "title": "Recours aux ETT", "theme": "ETT", "department": "93", "starts_at": "2027-01-29T09:30",
    "ends_at": "2027-01-29T12:00", "place": "Bobigny, salle 2",
    "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": 4}, {"name": "Visite", "kind": "VISITE", "capacity": 4}],
}  # fmt: skip


async def atelier(events: House, people: int) -> tuple[str, list[str]]:
    """The page of a meeting for which so many have a seat, the first of them in both sessions; and the first seat of each."""
    async with events.client() as team, events.client(None) as anybody:
        made = (await team.post("/api/v1/meetings", json=MEETING)).json()
        first: list[str] = []
        for number in range(people):
            for session in made["sessions"][: 2 if number == 0 else 1]:
                where = f"/api/v1/meetings/{made['id']}/sessions/{session['id']}/registrations"
                who = {"name": f"Personne {number}", "email": f"P{number}@exemple.test", "organisation": "Commune fictive"}
                answer = await anybody.post(where, json=who, headers={"Idempotency-Key": f"{session['id']}-{number}"})
                assert answer.status_code == 201, answer.text
                first += [answer.json()["id"]] * (session is made["sessions"][0])
    return f"/agenda/{made['id']}", first
