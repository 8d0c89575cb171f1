"""The agenda by month, the presence map, the letter and the calendars in a browser: no obstacle, no script refused, on a telephone and without scripts."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.obstacles import obstacles
from tests.browser.served_events import served

MEETING = {
    "kind": "ATELIER", "title": "Recours aux ETT", "theme": "ETT", "department": "93", "starts_at": "2027-01-29T09:30",
    "ends_at": "2027-01-29T12:00", "place": "Bobigny", "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": 25}],
}  # fmt: skip
PAGES = (
    "/agenda",
    "/agenda?vue=mois&mois=2027-01",
    "/agenda?vue=passees",
    "/presence",
    "/lettre-de-rentree",
    "/calendriers",
    "/ateliers/colleges",
)


@pytest.mark.parametrize("width", [320, 1280])
async def test_they_have_no_obstacle(events_database: str, browser: Browser, width: int) -> None:
    async with served(events_database) as events:
        async with events.events.client() as team:
            meeting = (await team.post("/api/v1/meetings", json=MEETING)).json()["id"]
        context = await events.context(browser, "team", width=width)
        page = await context.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        for path in (*PAGES, f"/agenda/{meeting}/documents", f"/agenda/{meeting}/inscrits", f"/agenda/{meeting}"):
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert await obstacles(page) == [], path
        assert refused == [], "the block of data is no script: the policy has nothing against it"
        assert await page.locator('script[type="application/ld+json"]').count() == 1
        await context.close()
        public = await (await events.context(browser, None, width=width, scripts=False)).new_page()
        await public.goto("/agenda")
        await public.get_by_label("Période").select_option("mois")
        await public.get_by_role("button", name="Filtrer").press("Enter")
        await expect(public.get_by_role("link", name="9 h 30 Recours aux ETT")).to_be_visible()
        await public.get_by_role("link", name="février 2027").press("Enter")
        await expect(public.locator("main")).to_contain_text("Aucune réunion ce mois-ci")
        await public.context.close()
