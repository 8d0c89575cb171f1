"""The public pages in a real browser: readable on a telephone, without JavaScript, by a screen reader, from one origin only."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Browser, Page

from tests.browser.obstacles import obstacles, sticking_out
from tests.fixtures.browser import profile_of
from tests.fixtures.stack import Stack
from tests.waiting import eventually

PAGES = (
    "/", "/departements/93", "/indicateurs/I05", "/indicateurs/I01?by=public", "/comparer", "/donnees", "/integrer", "/methode", "/annuaire", "/agenda", "/connexion", "/accessibilite", "/boite-locale",
)  # fmt: skip


async def opened(browser: Browser, url: str, *, width: int, scripts: bool) -> tuple[Page, list[str]]:
    """The page, and everything that it asked for."""
    page = await (await profile_of(browser, width=width, scripts=scripts)).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def answers() -> bool:
        return httpx.get(url, timeout=10, trust_env=False).status_code == 200

    await eventually(answers, 60, pace_s=0.5)  # a part that another test killed may still be coming back
    answer = await page.goto(url)
    assert answer is not None
    assert answer.status == 200
    return page, asked


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_reads_on_a_telephone_without_javascript(stack: Stack, browser: Browser, path: str) -> None:
    page, _ = await opened(browser, stack.url + path, width=320, scripts=False)
    assert await page.locator("html").get_attribute("lang") == "fr"
    assert await page.locator("h1").count() == 1
    assert "fictives" in (await page.locator("body").inner_text())
    box = await page.locator("body").bounding_box()
    assert box is not None
    assert box["width"] <= 320
    await page.context.close()


@pytest.mark.parametrize("path", ["/", "/departements/93", "/comparer", "/annuaire/93"])
async def test_letters_of_twice_the_size_stay_in_a_narrow_window(stack: Stack, browser: Browser, path: str) -> None:
    """WCAG 1.4.4 on a telephone: the reader's own size of letters, doubled."""
    page, _ = await opened(browser, stack.url + path, width=320, scripts=True)
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await sticking_out(page) == []
    await page.context.close()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_no_obstacle_and_stays_on_its_origin(stack: Stack, browser: Browser, path: str) -> None:
    page, asked = await opened(browser, stack.url + path, width=1280, scripts=True)
    assert asked
    assert {url for url in asked if not url.startswith((stack.url, "data:"))} == set()
    assert await obstacles(page) == []
    await page.context.close()
