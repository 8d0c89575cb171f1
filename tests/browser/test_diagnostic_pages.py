"""The diagnostic form in a browser: saved while one writes, two people at once, without JavaScript, on a telephone, by keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.obstacles import obstacles
from tests.browser.served_events import Served, served

FORM = "/diagnostic/2027/93"
WAIT = 15_000


@pytest.fixture
async def events(events_database: str) -> AsyncIterator[Served]:
    async with served(events_database) as found:
        async with found.events.client() as team:
            assert (await team.post("/api/v1/diagnostics/2027", json={"answer_by": "2027-03-01"})).status_code == 201
        yield found


async def opened(events: Served, browser: Browser, who: str, path: str, *, width: int = 1280, scripts: bool = True) -> Page:
    page = await (await events.context(browser, who, width=width, scripts=scripts)).new_page()
    answer = await page.goto(path)
    assert answer is not None
    assert answer.status == 200
    return page


async def test_two_people_write_at_once_and_nothing_is_lost(events: Served, browser: Browser) -> None:
    first = await opened(events, browser, "coordinator93", FORM)
    second = await opened(events, browser, "team", FORM)
    await first.get_by_label("Acheteurs actifs").press_sequentially("Commune fictive", delay=15)
    beside = first.locator("#etat-acheteurs_actifs")
    await expect(beside).to_contain_text("enregistré à", timeout=WAIT)
    await first.get_by_label("Acheteurs actifs").press_sequentially("\nEPT fictif", delay=15)  # goes on writing: no conflict with oneself
    await first.get_by_label("Bailleurs sociaux actifs").click()
    await expect(first.locator("input[name='r.acheteurs_actifs']")).to_have_value("2", timeout=WAIT)
    await second.get_by_label("Acheteurs actifs").fill("Département fictif")
    await second.get_by_label("Bailleurs sociaux actifs").click()
    clash = second.locator("#etat-acheteurs_actifs")
    await expect(clash).to_contain_text("Rien n’est perdu", timeout=WAIT)
    await expect(clash).to_contain_text("EPT fictif")
    assert await obstacles(second) == []
    await clash.get_by_role("button", name="Garder les deux").click()
    await expect(second.get_by_label("Acheteurs actifs")).to_have_value("Commune fictive\nEPT fictif\nDépartement fictif", timeout=WAIT)
    await second.get_by_label("Facilitateurs (ETP)").fill("beaucoup")
    await second.keyboard.press("Tab")
    await expect(second.locator("#etat-etp_facilitateurs")).to_contain_text("Un nombre est attendu", timeout=WAIT)
    await second.get_by_label("Mobilité").check()
    await expect(second.locator("#etat-difficultes")).to_contain_text("enregistré", timeout=WAIT)
    for page in (first, second):
        await page.context.close()


async def test_without_a_network_the_text_stays_and_one_is_told(events: Served, browser: Browser) -> None:
    page = await opened(events, browser, "coordinator93", FORM)
    await page.context.set_offline(True)
    await page.get_by_label("Acheteurs actifs").fill("Commune fictive")
    await page.keyboard.press("Tab")
    await expect(page.locator("#etat-acheteurs_actifs")).to_contain_text("Non enregistré", timeout=WAIT)
    await expect(page.get_by_label("Acheteurs actifs")).to_have_value("Commune fictive")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_label("Acheteurs actifs")).to_have_value("Commune fictive", timeout=WAIT)
    await expect(page.locator("#etat-acheteurs_actifs")).to_contain_text("enregistré à", timeout=WAIT)
    await page.context.close()


async def test_by_keyboard_without_javascript_on_a_telephone(events: Served, browser: Browser) -> None:
    page = await opened(events, browser, "coordinator93", FORM, width=320, scripts=False)
    other = await opened(events, browser, "team", FORM, width=320, scripts=False)
    await other.get_by_label("Acheteurs actifs").fill("D’abord")
    await other.get_by_role("button", name="Enregistrer", exact=True).press("Enter")
    await page.get_by_label("Acheteurs actifs").fill("Ensuite")
    await page.get_by_label("Acheteurs actifs").press("Tab")
    await page.keyboard.type("Bailleur fictif")
    await page.get_by_role("button", name="Enregistrer", exact=True).press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Deux réponses à la même question")
    await page.get_by_label("La vôtre").focus()
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Enregistrer ces choix").press("Enter")
    await expect(page.get_by_label("Acheteurs actifs")).to_have_value("Ensuite")
    await expect(page.get_by_label("Bailleurs sociaux actifs")).to_have_value("Bailleur fictif")
    await page.get_by_role("button", name="Relire et transmettre").press("Enter")
    await page.get_by_role("button", name="Transmettre à l’équipe").press("Enter")
    await expect(page.locator("main")).to_contain_text("transmise")
    for one in (page, other):
        await one.context.close()


@pytest.mark.parametrize("width", [320, 1280])
async def test_its_pages_have_no_obstacle(events: Served, browser: Browser, width: int) -> None:
    page = await opened(events, browser, "team", "/diagnostic", width=width)
    for path in (
        "/diagnostic",
        "/diagnostic/2027",
        FORM,
        f"{FORM}/transmettre",
        "/diagnostic/2028/questions",
        "/diagnostic/2027/questions",
    ):
        await page.goto(path)
        assert await obstacles(page) == [], path
    await page.context.close()
