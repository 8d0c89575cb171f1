"""The observatory's public pages in a real browser over invented releases: on a telephone without JavaScript, by keyboard, by a screen reader."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from services.indicators.catalogue import themes
from tests.browser.obstacles import obstacles, sticking_out
from tests.fixtures.browser import profile_of, serving
from tests.fixtures.databases import MakeDatabase
from tests.fixtures.profile import Profile
from tests.integration.printed_house import face, two_releases

SHORT = ("/", "/indicateurs/I01?by=department,modality", "/themes/femmes", "/departements/93", "/comparer?d=93&d=94", "/revisions",
         "/donnees/I05", "/recherche?q=saint", "/territoires/200057875")  # fmt: skip
LONG = (*SHORT, "/?periode=2025-Q2&carte=I05", "/indicateurs", "/indicateurs/I05", "/indicateurs/I07?by=public", "/themes",
        *(f"/themes/{slug}" for slug in themes.BY_SLUG if slug != "femmes"), "/departements", "/departements/75?periode=2026", "/revisions/2026-2",
        "/donnees", "/territoires", "/recherche", "/methode", "/integrer", "/integrer/I01?by=public", "/themes/licornes")  # fmt: skip


@pytest.fixture
async def site(database: MakeDatabase) -> AsyncIterator[str]:
    """The public face on a port, over two releases; the address."""
    async with face(database, two_releases) as house, serving(house.asgi) as url:
        yield url


async def _page(browser: Browser, *, width: int, scripts: bool = True) -> Page:
    return await (await profile_of(browser, width=width, scripts=scripts)).new_page()


async def test_pages_read_on_a_telephone_without_javascript(site: str, browser: Browser, profile: Profile) -> None:
    page = await _page(browser, width=320, scripts=False)
    probe = await _page(browser, width=320)
    for path in LONG[: profile.pick("public pages at 320 px", short=len(SHORT), long=len(LONG))]:
        await page.goto(site + path)
        assert await page.locator("html").get_attribute("lang") == "fr", path
        assert await page.locator("h1").count() == 1, path
        assert "fictives" in await page.locator("body").inner_text(), path
        await probe.goto(site + path)
        assert await sticking_out(probe) == []


async def test_a_wide_table_shows_figures_on_a_telephone_and_keeps_its_names(site: str, browser: Browser) -> None:
    page = await _page(browser, width=320, scripts=False)
    await page.goto(site + "/indicateurs/I05?from=2024-Q1&to=2026-Q3&by=department")
    row = page.locator(".view-in tbody tr").first
    box = await row.locator("td").nth(1).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 320, "two figures of each row are seen before one scrolls"
    last = row.locator("td").last
    await last.scroll_into_view_if_needed()
    name, figure = await row.locator("th").bounding_box(), await last.bounding_box()
    assert name is not None
    assert figure is not None
    assert 0 <= name["x"] < 20, "the name stays beside its figures"
    assert name["x"] + name["width"] <= figure["x"] + 1


async def test_pages_have_no_obstacle_for_a_screen_reader_and_ask_nobody_else(site: str, browser: Browser, profile: Profile) -> None:
    page = await _page(browser, width=1280)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found: list[str] = []
    for path in LONG[: profile.pick("public pages by axe", short=len(SHORT), long=len(LONG))]:
        await page.goto(site + path, wait_until="load")
        found += [f"{path} {said}" for said in await obstacles(page)]
    assert found == []
    assert {url for url in asked if not url.startswith((site, "data:"))} == set()


async def test_everything_is_reached_by_keyboard(site: str, browser: Browser) -> None:
    page = await _page(browser, width=1280)
    await page.goto(site + "/")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "#contenu"
    await page.keyboard.press("Enter")
    reached: list[str] = []
    for _ in range(160):
        await page.keyboard.press("Tab")
        focus = "document.activeElement"
        here = await page.evaluate(f"{focus}.getAttribute('href') || {focus}.id || {focus}.getAttribute('aria-label') || {focus}.tagName")
        seen = await page.evaluate(
            f"(() => {{const s = getComputedStyle({focus}), p = {focus}.querySelector('path'); "
            f"return s.outlineStyle !== 'none' || (p && getComputedStyle(p).strokeWidth !== '1.6px')}})()"
        )
        assert seen, f"{here} has the focus and does not show it"
        reached.append(here)
        if here == "BODY":
            break
    wanted = [
        "q",
        *(f"/departements/{code}?periode=2025" for code in ("75", "77", "78", "91", "92", "93", "94", "95")),
        "/themes",
        "/revisions",
    ]
    assert [target for target in wanted if target not in reached] == []


async def test_a_search_and_a_period_are_chosen_without_javascript(site: str, browser: Browser) -> None:
    page = await _page(browser, width=900, scripts=False)
    await page.goto(site + "/")
    await page.get_by_label("Chercher une commune").fill("Bobigny")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Seine-Saint-Denis").first.click()
    assert await page.locator("h1").inner_text() == "Seine-Saint-Denis (93)"
    await page.get_by_role("link", name="T3").click()
    assert "3e trimestre 2025" in (await page.locator("main").inner_text()).replace("\u00a0", " ")
    assert page.url.endswith("periode=2025-Q3")
