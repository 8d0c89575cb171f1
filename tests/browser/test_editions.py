# ruff: noqa: F811  fixtures are taken by their name
"""Scene 10 by the pages: seven departments of eight covered, a coordinator objects to a figure, it is corrected, signed off, published; a journalist
opens the workbook, meets « s. » and cites it. (The operator's part needs the whole platform: tests/e2e/test_console.py.)"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator

import openpyxl
import pytest
from playwright.async_api import Browser, Page

from tests.browser.obstacles import obstacles, sticking_out
from tests.fixtures.browser import profile_of, serving
from tests.integration.editions_house import House, corrected_by_one, house  # noqa: F401  fixtures
from tests.reading import plain

PATIENCE_MS = 120_000


@pytest.fixture
async def site(house: House) -> AsyncIterator[str]:
    async with serving(house.asgi) as url:
        yield url


async def opened(browser: Browser, who: str | None = None, width: int = 1280) -> Page:
    page = await (await profile_of(browser, width=width, key=who)).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


async def no_obstacle(page: Page) -> None:
    """One h1, and nothing in the way."""
    assert await page.locator("h1").count() == 1
    assert await obstacles(page) == [], page.url


async def fits(page: Page) -> None:
    assert await page.locator("h1").count() == 1
    assert await sticking_out(page) == []


@pytest.mark.timeout(300)
async def test_a_first_edition_by_its_pages(site: str, house: House, browser: Browser) -> None:
    team = await opened(browser, "team")
    await team.goto(f"{site}/pilotage/editions")
    await no_obstacle(team)
    await team.get_by_label("Édition définitive").check()
    await team.get_by_label("Ce que cette édition ne dit pas").fill("Les heures de stage n’y sont pas.")
    await team.get_by_role("button", name="Préparer l’édition").click()
    await team.get_by_role("button", name="Composer la première épreuve").click()
    await team.get_by_text("Aucune publication depuis l’épreuve 1").wait_for()
    await team.get_by_label("Dernier jour pour répondre").fill("2026-12-14")
    await team.get_by_role("button", name="Ouvrir la relecture").click()
    await team.get_by_role("button", name="Changer l’échéance").wait_for()
    await no_obstacle(team)

    await _a_coordinator_objects(site, browser)
    await team.goto(f"{site}/pilotage/editions/2026-1")
    await corrected_by_one(house)
    await team.get_by_role("button", name="Composer une nouvelle épreuve").click()
    await team.get_by_text("Aucune publication depuis l’épreuve 2").wait_for()
    await team.get_by_label("Suite").select_option("CORRECTED")
    await team.get_by_label("Réponse").fill("Corrigé par le déclarant : un chiffre de trop en mai.")
    await team.get_by_role("button", name="Répondre").click()
    await team.get_by_text("toutes avec une réponse").wait_for()
    await _the_coordinator_reads_again(site, browser)
    assert "7 départements couverts sur 8" in plain(await (await _again(team)).locator(".checks").inner_text())
    house.clock.now = house.clock.now.replace(month=12, day=15)
    await team.get_by_label("Relevé de décisions").fill("https://exemple.fr/releve-2026-12-15.pdf")
    await team.get_by_role("button", name="Valider l’édition").click()
    await team.get_by_role("button", name="Publier l’édition").click()
    await team.get_by_role("link", name="la page publique").click()
    await _everybody_reads(site, browser)
    await _a_journalist_opens_the_workbook(site, browser)


async def _again(page: Page) -> Page:
    await page.reload()
    return page


async def _the_coordinator_reads_again(site: str, browser: Browser) -> None:
    reader = await opened(browser, "coordinator93")
    await reader.goto(f"{site}/pilotage/editions/2026-1/relecture")
    await reader.get_by_text("Corrigé par le déclarant").wait_for()
    await reader.get_by_role("button", name="J’ai relu, sans réserve").click()
    await reader.get_by_text("relue, sans réserve").first.wait_for()


async def _a_journalist_opens_the_workbook(site: str, browser: Browser) -> None:
    """From the table to the workbook: « s. » is there and explained, and the citation in it leads back to these very figures."""
    page = await opened(browser)
    await page.goto(f"{site}/indicateurs/I05?period=2025&by=department,public")
    masked = await page.locator("td abbr.secret").count()
    assert masked
    async with page.expect_download() as download:
        await page.get_by_role("link", name="XLSX", exact=True).click()
    book = openpyxl.load_workbook(io.BytesIO((await (await download.value).path()).read_bytes()))
    cells = [str(cell.value) for row in book["Données"] for cell in row]
    assert cells.count("s.") == masked
    words = {str(row[0].value): str(row[1].value) for name in ("Métadonnées", "Méthode") for row in book[name] if row[0].value}
    assert "s. = donnée masquée" in words["Mentions"]
    assert "Ne pas additionner les personnes" in words["Mentions"]
    cited = words["À citer"]
    assert cited.startswith("MACS, observatoire des clauses sociales en Île-de-France")
    assert "définitif" in cited
    await page.goto(site + "/indicateurs/" + cited.split("/indicateurs/")[1])
    assert await page.locator("td abbr.secret").count() == masked


async def _a_coordinator_objects(site: str, browser: Browser) -> None:
    reader = await opened(browser, "coordinator93", width=320)
    await reader.goto(f"{site}/pilotage/editions/2026-1")
    assert reader.url.endswith("/relecture")
    await no_obstacle(reader)
    await reader.get_by_role("link", name=re.compile("commenter", re.IGNORECASE)).first.click()
    await reader.get_by_label("Votre remarque").fill("Une ligne de mai est dix fois trop grande.")
    await reader.get_by_role("button", name="Envoyer la remarque").click()
    await reader.get_by_text("En attente d’une réponse de l’équipe").wait_for()
    await reader.get_by_role("button", name="J’ai relu, sans réserve").click()
    await reader.get_by_text("attend sa réponse").first.wait_for()


async def _everybody_reads(site: str, browser: Browser) -> None:
    narrow, page = await opened(browser, width=320), await opened(browser)
    for path in ("/editions", "/editions/2026-1", "/editions/2026-1/etudes/femmes", "/etudes"):
        await narrow.goto(site + path)
        await fits(narrow)
        await page.goto(site + path)
        await no_obstacle(page)
    await page.goto(f"{site}/editions/2026-1")
    pictures = await page.locator(".edition-charts img").all()
    assert len(pictures) == 2
    for picture in pictures:
        await picture.scroll_into_view_if_needed()
        await picture.evaluate("image => image.decode()")
    assert "édition 2026-1 du 15\u00a0décembre 2026" in await page.locator(".cite").inner_text()
    assert "Seine-Saint-Denis" in await page.locator("#fiches ~ .table").inner_text()
