"""An Openmap edition for tests: the form that makes it, its page, somebody who comes."""

from __future__ import annotations

import re

import httpx

from tests.integration.events_house import House

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
