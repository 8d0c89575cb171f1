"""notify in a browser: no page has an obstacle at 320 px, and inbox and webhooks are worked by keyboard without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from schemas.directory import OrganisationRecorded, PersonRecorded
from schemas.indicators import SilenceNoticed
from services.notify import schedule
from services.notify.store import webhooks
from tests.browser.obstacles import obstacles
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


async def letters_sent(site: Site) -> list[str]:
    """The secret pages that a letter of an invitation, of a silence and of a digest lead to."""
    house = site.house
    organisation, person = uuid4(), uuid4()
    await house.tell(
        OrganisationRecorded(organisation_id=organisation, siret="12345678200010", name="Bailleur fictif", kind="OPH", department="93")
    )
    await house.tell(
        PersonRecorded(
            person_id=person,
            first_name="Sonia",
            name="Fictive",
            email="sonia@exemple.test",
            organisation_id=organisation,
            roles=("declarant",),
        )
    )
    await house.tell(SilenceNoticed(department="93", organisation_id=organisation, since=date(2028, 7, 1), contracts=3))
    house.clock.now = datetime(2028, 10, 17, 8, tzinfo=UTC)
    async with house.pool.acquire() as connection, connection.transaction():
        await schedule.by_the_clock(connection, house.clock())
    answer = await house.pool.fetchval("select secret from deliveries where kind = 'MEETING_INVITATION' and channel = 'mail'")
    silence = await house.pool.fetchval("select secret from silences")
    return [f"/coordination/reponse/{answer}?r=non", f"/coordination/pas-moi/{silence}"]


@pytest.mark.parametrize("width", [320, 1280])
async def test_the_pages_that_letters_lead_to_have_no_obstacle(served: Served, browser: Browser, width: int) -> None:
    context = await browser.new_context(locale="fr-FR", viewport={"width": width, "height": 900}, base_url=served.url)
    page = await context.new_page()
    for path in await letters_sent(served.site):
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert await page.locator("h1").count() == 1
        assert await obstacles(page) == [], path
    await context.close()


async def test_somebody_else_is_named_by_keyboard_without_javascript(served: Served, browser: Browser) -> None:
    context = await browser.new_context(
        locale="fr-FR", viewport={"width": 320, "height": 900}, base_url=served.url, java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto((await letters_sent(served.site))[1])
    await page.get_by_role("textbox").first.fill("Camille Fictive, camille@exemple.test")
    await page.locator("main").get_by_role("button").press("Enter")
    await expect(page.locator("main")).to_contain_text("Merci")
    [item] = await served.site.house.rows("kind = 'CONTACT_CHANGED' and department = '93'")
    assert "Camille Fictive" in item["title"]
    await context.close()


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
