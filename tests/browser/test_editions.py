"""Scene 10 by the pages: the team composes, a coordinator objects to a figure, it is explained, signed off, published, read and cited."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from axe_core_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.fixtures.databases import MakeDatabase
from tests.integration.editions_house import House, a_house

PATIENCE_MS = 120_000


@pytest.fixture
async def house(database: MakeDatabase) -> AsyncIterator[House]:
    async with a_house(await database("indicators")) as found:
        yield found


@pytest.fixture
async def site(house: House) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(house.asgi, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  uvicorn says it no other way
            await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


async def opened(browser: Browser, who: str | None = None, width: int = 1280) -> Page:
    headers = {"Authorization": f"Bearer {who}"} if who else {}
    context = await browser.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": width, "height": 900}, extra_http_headers=headers
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


async def no_obstacle(page: Page) -> None:
    """Axe finds nothing, there is one h1, and nothing scrolls sideways."""
    violations = (await Axe().run(page))["violations"]
    assert {rule["id"]: rule["nodes"][0]["html"][:160] for rule in violations} == {}, page.url
    await fits(page)


async def fits(page: Page) -> None:
    assert await page.locator("h1").count() == 1
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, page.url


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
    await team.get_by_label("Suite").select_option("EXPLAINED")
    await team.get_by_label("Réponse").fill("La ligne est exacte : deux équipes en mai.")
    await team.get_by_role("button", name="Répondre").click()
    await team.get_by_text("toutes avec une réponse").wait_for()
    house.clock.now = house.clock.now.replace(month=12, day=15)
    await team.get_by_label("Relevé de décisions").fill("https://exemple.fr/releve-2026-12-15.pdf")
    await team.get_by_role("button", name="Valider l’édition").click()
    await team.get_by_role("button", name="Publier l’édition").click()
    await team.get_by_role("link", name="la page publique").click()
    await _everybody_reads(site, browser)


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
