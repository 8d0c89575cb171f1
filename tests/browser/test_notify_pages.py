"""notify in a browser: no page has an obstacle at 320 px, and inbox and webhooks are worked by keyboard without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from services.notify.store import webhooks
from tests.browser.served_events import obstacles
from tests.fixtures.browser import profile_of, serving
from tests.fixtures.databases import MakeDatabase
from tests.integration.notify_house import corrected, counted, declared, planned
from tests.integration.notify_site import Site, key, open_site


@dataclass
class Served:
    url: str
    site: Site

    async def page(self, browser: Browser, *, width: int, scripts: bool = True) -> Page:
        profile = await profile_of(browser, width=width, scripts=scripts, key=self.site.keys["anne"], site=self.url)
        return await profile.new_page()


@pytest.fixture
async def served(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Served]:
    """Anne coordinates 93, with filings, a meeting and a webhook that has been called."""
    async with open_site((await database("notify")).rows, tmp_path) as site:
        house = site.house
        person = await house.person("anne")
        await house.mandate(person, date(2028, 1, 1))
        site.keys["anne"] = await key(house, "coordinator", "93", person=person)
        async with house.pool.acquire() as connection:
            await webhooks.create(connection, str(person), [str(person)], "https://exemple.fr/macs", house.clock())
        for number in range(1, 7):
            await house.tell(declared(f"D-2028-00000{number}"))
            await house.tell(counted(f"D-2028-00000{number}"))
        await house.tell(corrected("D-2028-000001", 2, 200))
        await house.tell(counted("D-2028-000001", 2, before=100, after=200))
        await house.tell(planned())
        await house.pool.execute(
            "update webhook_calls set state = 'abandoned', settled_at = now(), body = '{}', status = 503, attempts = 10"
        )
        async with serving(site.application) as url:
            yield Served(url, site)


@pytest.mark.parametrize("width", [320, 1280])
async def test_its_pages_have_no_obstacle(served: Served, browser: Browser, width: int) -> None:
    hook = await served.site.house.pool.fetchval("select webhook_id from webhooks")
    page = await served.page(browser, width=width)
    for path in (
        "/coordination", "/coordination?vue=tout", "/coordination/passation", "/preferences", "/preferences/apercu", "/preferences/webhooks",
        f"/preferences/webhooks/{hook}",
    ):  # fmt: skip
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert await page.locator("h1").count() == 1
        assert await obstacles(page) == [], path
    await page.context.close()


async def test_the_inbox_is_worked_by_keyboard_without_javascript(served: Served, browser: Browser) -> None:
    page = await served.page(browser, width=320, scripts=False)
    await page.goto("/coordination")
    await page.get_by_role("button", name="Marquer comme traitées les 6 déclarations comptées").press("Enter")
    await expect(page.locator(".inbox > li")).to_have_count(2)
    await page.get_by_role("button", name="Suivre : Déclaration D-2028-000001 corrigée").press("Enter")
    await page.get_by_role("button", name="Traité : Déclaration D-2028-000001 corrigée").press("Enter")
    await page.get_by_role("link", name="Suivi (1)").press("Enter")
    await expect(page.locator(".inbox-title")).to_contain_text("D-2028-000001 corrigée")
    await page.context.close()


async def test_a_call_is_replayed_and_a_secret_renewed_without_javascript(served: Served, browser: Browser) -> None:
    page = await served.page(browser, width=320, scripts=False)
    await page.goto("/preferences")
    await page.get_by_role("link", name="Webhooks").press("Enter")
    await page.get_by_role("link", name="exemple.fr", exact=True).press("Enter")
    before = await page.get_by_text("abandonné", exact=True).count()
    await page.get_by_role("button", name="Rejouer").first.press("Enter")
    await expect(page.get_by_text("abandonné", exact=True)).to_have_count(before - 1)
    await page.get_by_role("button", name="Renouveler le secret").press("Enter")
    await expect(page.get_by_text("montré une seule fois")).to_be_visible()
    await page.context.close()
