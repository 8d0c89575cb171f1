"""Governance in a browser: a meeting with agenda, decision and minutes, an action closed with its evidence, by keyboard and on a telephone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.obstacles import obstacles
from tests.browser.served_events import Served, served

API = "/api/v1/governance"


@pytest.fixture
async def events(events_database: str) -> AsyncIterator[Served]:
    async with served(events_database) as found:
        yield found


async def seeded(events: Served) -> tuple[str, str]:
    """(the meeting's page, the action's page)."""
    async with events.events.client() as team:
        for member in ({"department": "93", "role": "CHAIR"}, {"email": "camille@exemple.test", "name": "Camille Fictive"}):
            await team.post(f"{API}/bodies/ACHETEURS/members", json=member)
        body = {"title": "Collège des acheteurs", "starts_at": "2027-02-02T09:30", "ends_at": "2027-02-02T11:30", "place": "Salle fictive"}
        met = (await team.post(f"{API}/bodies/ACHETEURS/meetings", json=body)).json()
        span = {"title": "Feuille 2027", "starts_on": "2027-01-01", "ends_on": "2027-12-31", "meeting_id": met["id"]}
        roadmap = (await team.post(f"{API}/bodies/ACHETEURS/roadmaps", json=span)).json()
        action = {"title": "Réunir les bailleurs", "due": "2027-03-01", "department": "93", "roadmap_id": roadmap["id"]}
        given = (await team.post(f"{API}/actions", json=action)).json()
        await team.post(
            f"{API}/meetings/{met['id']}/decisions", json={"title": "Valider l’édition", "text": "À l’unanimité.", "release": "2026-3"}
        )
        await team.put(
            f"{API}/meetings/{met['id']}/minutes", json={"text": "Présents : tous.", "published": True}, headers={"If-Match": '"0"'}
        )
        stone = {"title": "Première édition", "due_on": "2027-02-15", "measure": "COVERAGE", "year": 2026, "minimum": 8}
        await team.post(f"{API}/milestones", json=stone)
        return str(met["page"]), str(given["page"])


@pytest.mark.parametrize("width", [320, 1280])
async def test_its_pages_have_no_obstacle(events: Served, browser: Browser, width: int) -> None:
    sitting, action = await seeded(events)
    page = await (await events.context(browser, "team", width=width)).new_page()
    for path in (
        "/gouvernance", "/gouvernance/ACHETEURS", sitting, "/gouvernance/actions", "/gouvernance/actions/nouvelle", action, f"{action}/modifier",
        "/gouvernance/jalons", "/gouvernance/jalons/nouveau",
    ):  # fmt: skip
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert await obstacles(page) == [], path
    await page.context.close()
    public = await (await events.context(browser, None, width=width, scripts=False)).new_page()
    for path in ("/gouvernance", "/gouvernance/ACHETEURS", sitting, "/gouvernance/jalons"):
        answer = await public.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert await public.locator("h1").count() == 1
    await public.context.close()


async def test_an_action_is_closed_by_keyboard_without_javascript(events: Served, browser: Browser) -> None:
    _, action = await seeded(events)
    page = await (await events.context(browser, "coordinator93", width=320, scripts=False)).new_page()
    await page.goto("/gouvernance/actions")
    await page.get_by_label("État").select_option("OPEN")
    await page.get_by_role("button", name="Filtrer").press("Enter")
    await page.get_by_role("link", name="Réunir les bailleurs").press("Enter")
    await page.wait_for_url(f"**{action}")
    await page.get_by_label("à faire").focus()
    await page.keyboard.press("ArrowDown")
    await page.get_by_role("button", name="Enregistrer").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Une action faite a une preuve")
    await page.get_by_label("Preuve, ou raison de l’abandon").focus()
    await page.keyboard.type("Réunion du 12 mars, 9 bailleurs")
    await page.get_by_role("button", name="Enregistrer").press("Enter")
    await expect(page.locator(".lead")).to_contain_text("faite")
    await page.context.close()
