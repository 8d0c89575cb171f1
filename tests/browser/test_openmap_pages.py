"""An Openmap in a browser: no obstacle on any of its pages, registration by keyboard on a telephone without scripts, sheets on paper."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.obstacles import obstacles
from tests.browser.served_events import Served, served
from tests.integration.openmap_house import BASE, published, sessions_of, someone

MEETINGS = {
    "programme.3.name": "Rencontres", "programme.3.kind": "RDV_BILATERAL", "programme.3.starts_at": "11:00", "programme.3.ends_at": "12:00",
    "programme.3.capacity": "40", "pitch_criteria": "Capacité\nRéférences",
}  # fmt: skip


@pytest.fixture
async def openmap(events_database: str) -> AsyncIterator[Served]:
    async with served(events_database) as found:
        await published(found.events, **MEETINGS)
        yield found


async def crowd(openmap: Served) -> list[str]:
    """Two buyers and three structures with a seat at the tables, five people at a visit of two seats; the paths of their own pages."""
    async with openmap.events.client(None) as anybody, openmap.events.client() as team:
        talk, visit, _, tables = await sessions_of(anybody)
        own = [
            (await anybody.post(f"{BASE}/inscription", data=someone(n, talk, tables, role="BUYER" if n < 2 else "SIAE"))).headers[
                "location"
            ]
            for n in range(5)
        ]
        for number in range(10, 15):
            await anybody.post(f"{BASE}/inscription", data=someone(number, visit))
        assert (await team.post(f"{BASE}/rencontres", data={"tables": "2"})).status_code == 303
    return own


@pytest.mark.parametrize("width", [320, 1280])
async def test_its_pages_have_no_obstacle(openmap: Served, browser: Browser, width: int) -> None:
    own = await crowd(openmap)
    pages = {
        None: ("/openmap", BASE, f"{BASE}/inscription", f"{BASE}/pitchs/proposer", own[0], f"{own[0]}/rencontres", f"{own[0]}/suites"),
        "team": (
            "/openmap/nouvelle", f"{BASE}/organisation", f"{BASE}/modifier", f"{BASE}/inviter", f"{BASE}/pitchs", f"{BASE}/rencontres",
            f"{BASE}/rencontres/imprimer", f"{BASE}/accueil", f"{BASE}/accueil/liste", f"{BASE}/suites", f"{BASE}/suites/contacts",
        ),
    }  # fmt: skip
    found: dict[str, list[str]] = {}
    for who, paths in pages.items():
        context = await openmap.context(browser, who, width=width)
        page = await context.new_page()
        for path in paths:
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert await page.locator("h1").count() == 1, path
            if said := await obstacles(page):
                found[path] = said
        await context.close()
    assert found == {}


async def fill(page: Page) -> None:
    await page.get_by_label("Prénom et nom").fill("Camille Fictive")
    await page.get_by_label("Adresse électronique").fill("camille@exemple.test")
    await page.get_by_label("Structure", exact=True).fill("Commune fictive")
    await page.get_by_label("Vous êtes").select_option("BUYER")


async def test_somebody_registers_by_keyboard_on_a_telephone_without_scripts(openmap: Served, browser: Browser) -> None:
    await crowd(openmap)
    page = await (await openmap.context(browser, None, width=320, scripts=False)).new_page()
    await page.goto(BASE)
    await page.get_by_role("link", name="S’inscrire").press("Enter")
    visit, workshop = page.get_by_label("10 h 15 – 11 h 00 Visite"), page.get_by_label("10 h 30 – 12 h 00 Atelier")
    await visit.press("Space")
    await workshop.press("Space")
    await fill(page)
    await page.get_by_role("button", name="M’inscrire").press("Enter")
    await expect(page.locator("main")).to_contain_text("Gardez l’une des deux")
    await expect(page.get_by_label("Prénom et nom")).to_have_value("Camille Fictive")
    await workshop.press("Space")
    await page.get_by_role("button", name="M’inscrire").press("Enter")
    await expect(page.locator("main")).to_contain_text("liste d’attente, n° 4")
    await page.get_by_role("button", name="Libérer ma place").first.press("Enter")
    await expect(page.locator("main")).not_to_contain_text("liste d’attente, n° 4")
    await page.context.close()


async def test_each_person_has_a_sheet_of_paper(openmap: Served, browser: Browser) -> None:
    await crowd(openmap)
    page = await (await openmap.context(browser, "team")).new_page()
    await page.goto(f"{BASE}/rencontres")
    await page.get_by_role("link", name="Imprimer les feuilles de route").click()
    await page.emulate_media(media="print")
    await expect(page.locator(".sheet")).to_have_count(5)
    assert await page.locator(".sheet").nth(1).evaluate("one => getComputedStyle(one).breakAfter") == "page"
    await page.context.close()
