# ruff: noqa: F811  fixtures are taken by their name
"""Scene 10 by the pages: seven departments of eight covered, a coordinator objects to a figure, its declarant corrects the filing, the edition is
signed off, published; a journalist opens the workbook, meets « s. » and cites it. Two services on databases of their own; what ingest announces is handed
to the reader of indicators here, by Kafka in tests/e2e/test_edition.py. (The operator's part needs the whole platform: tests/e2e/test_console.py.)"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import openpyxl
import pytest
from playwright.async_api import Browser, Page

from schemas.hours import HoursCorrected, HoursDeclared
from schemas.topics import type_name
from tests.browser.obstacles import obstacles, sticking_out
from tests.fixtures.browser import profile_of, serving
from tests.fixtures.hours_lines import apply, received
from tests.integration import ingest_house
from tests.integration.editions_house import House, house  # noqa: F401  fixtures
from tests.reading import plain

PATIENCE_MS = 120_000


MAY, LINES = "2025-05", 6
KINDS = {type_name(kind): kind for kind in (HoursDeclared, HoursCorrected)}


@dataclass
class Declarant:
    """A buyer of the 93 at the pages of ingest. `number`: its filing of May, ten times what it should be."""

    ingest: ingest_house.House
    site: str
    number: str
    told: int = 0

    async def counted(self, by: House) -> None:
        """Hand what ingest announced since to the reader of indicators, as Kafka does."""
        rows = await self.ingest.pool.fetch(
            "select seq, type, value from outbox where topic = 'hours' and seq > $1 order by seq", self.told
        )
        assert len(rows) == LINES
        self.told = rows[-1]["seq"]
        await apply(by.pool, self.told, [received(KINDS[row["type"]].model_validate_json(row["value"])) for row in rows])
        await by.counted_anew()

    async def corrects(self, browser: Browser) -> None:
        """On the page of the filing, its first lines; why is said."""
        page = await opened(browser, self.ingest.keys["buyer"])
        await page.goto(f"{self.site}/declarer/{self.number}/corriger")
        for line in range(1, LINES + 1):
            await page.get_by_label(f"Heures, ligne {line}", exact=True).fill("15")
        await page.get_by_label("Motif").select_option("UNIT_ERROR")
        await page.get_by_role("button", name="Corriger", exact=True).click()
        await page.wait_for_url("**/versions")
        await page.get_by_text("−810,00 h").wait_for()


@pytest.fixture
async def declarant(ingest_database: str) -> AsyncIterator[Declarant]:
    async with ingest_house.house(ingest_database) as ingest, serving(ingest.application) as url:
        contract = await ingest.contract()
        values = [ingest_house.value(contract, f"S-{line}", 150_00, month=MAY, line=line) for line in range(1, LINES + 1)]
        yield Declarant(ingest, url, (await ingest.file(values)).number)


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
async def test_a_first_edition_by_its_pages(site: str, house: House, browser: Browser, declarant: Declarant) -> None:
    await declarant.counted(house)
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
    await declarant.corrects(browser)
    await declarant.counted(house)
    await team.get_by_role("button", name="Composer une nouvelle épreuve").click()
    await team.get_by_text("Aucune publication depuis l’épreuve 2").wait_for()
    contested, printed = re.findall(r": ([\d ]+) h", plain(await team.locator("article.remark").inner_text()))
    assert int(contested.replace(" ", "")) - int(printed.replace(" ", "")) == 810, "what the declarant took back, to the hour"
    await team.get_by_label("Suite").select_option("CORRECTED")
    await team.get_by_label("Réponse").fill("Corrigé par le déclarant : un chiffre de trop en mai.")
    await team.get_by_role("button", name="Répondre").click()
    await team.get_by_text("remarque reçue, avec une réponse").wait_for()
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
        for link in await narrow.get_by_role("link", name=re.compile(r"^(PDF de la |Word, )fiche")).all():
            box = await link.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 320, "a sheet is in sight without moving the table"
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
