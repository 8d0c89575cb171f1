"""Supports, minutes and the attendance sheet of an atelier by HTTP on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from tests.integration.events_house import House, house
from tests.integration.test_events_colleges import coordinator

MEETING = {
    "kind": "ATELIER", "title": "Recours aux ETT", "theme": "ETT", "department": "93", "starts_at": "2027-01-29T09:30",
    "ends_at": "2027-01-29T12:00", "place": "Bobigny", "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": 25}],
}  # fmt: skip


@pytest.fixture
async def events(events_database: str) -> AsyncIterator[House]:
    async with house(events_database) as found:
        yield found


async def test_supports_and_minutes_are_internal_until_published(events: House) -> None:
    async with events.client("coordinator93") as own, events.client("coordinator77") as other, events.client(None) as anybody:
        meeting = (await own.post("/api/v1/meetings", json=MEETING)).json()["id"]
        page, where = f"/agenda/{meeting}", f"/agenda/{meeting}/documents"
        assert (await other.get(where)).status_code == 403
        assert (await anybody.get(where)).status_code == 401
        for wrong in ("javascript:alert(1)", "http://exemple.test/a", "https://", "https://exemple.test/a b"):
            refused = await own.post(f"{where}/supports", data={"title": "Diapositives", "url": wrong})
            assert refused.status_code == 422, wrong
            assert "commence par https://" in refused.text
        slides = {"title": "Diapositives <b>", "url": "https://exemple.test/d.pdf", "link_published": "oui"}
        assert (await own.post(f"{where}/supports", data=slides)).status_code == 303
        await own.post(f"{where}/supports", data={"title": "Notes", "url": "https://exemple.test/n.odt"})
        first = {"revision": "0", "text": "Présents : 12.", "published": ""}
        assert (await own.post(f"{where}/compte-rendu", data=first)).status_code == 303
        assert "Diapositives &lt;b&gt;" in (await anybody.get(page)).text
        for hidden in ("Notes", "Présents : 12."):
            assert hidden not in (await anybody.get(page)).text
            assert hidden in (await own.get(page)).text
        overtaken = await own.post(f"{where}/compte-rendu", data={"revision": "0", "text": "Présents : 13.", "published": "oui"})
        assert overtaken.status_code == 412
        assert "Présents : 12." in overtaken.text
        assert "Présents : 13.</textarea>" in overtaken.text
        await own.post(f"{where}/compte-rendu", data={"revision": "1", "text": "Présents : 13.", "published": "oui"})
        assert "Présents : 13." in (await anybody.get(page)).text
        assert (await own.post(f"{where}/compte-rendu", data={"revision": "2", "text": " "})).status_code == 422
        link = (await events.pool.fetchval("select link_id from meeting_links where title = 'Diapositives <b>'")) or ""
        assert (await other.post(f"{where}/supports/{link}/retirer")).status_code == 403
        assert (await own.post(f"{where}/supports/{link}/retirer")).status_code == 303
        assert (await own.post(f"{where}/supports/{link}/retirer")).status_code == 404
        assert "d.pdf" not in (await anybody.get(page)).text


async def test_the_attendance_sheet_names_who_holds_the_mandate_on_that_day(events: House) -> None:
    await coordinator(events, "Awa", "93")
    async with events.pool.acquire() as connection:
        await connection.execute("update registry_mandates set ends_on = $1", date(2027, 1, 15))
    await coordinator(events, "Bruno", "93")
    async with events.pool.acquire() as connection:
        await connection.execute("update registry_mandates set starts_on = $1 where ends_on is null", date(2027, 1, 15))
    async with events.client() as team:
        meeting = (await team.post("/api/v1/meetings", json=MEETING)).json()["id"]
        sheet = (await team.get(f"/agenda/{meeting}/inscrits")).text
        assert "Bruno Fictive" in sheet
        assert "Awa Fictive" not in sheet
        vacant = (await team.post("/api/v1/meetings", json={**MEETING, "department": "78"})).json()["id"]
        assert "Coordination vacante" in (await team.get(f"/agenda/{vacant}/inscrits")).text
