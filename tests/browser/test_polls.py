"""Polls in a browser: the link without account, the organiser's heat table; axe, 320 px, by keyboard, without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.obstacles import obstacles
from tests.browser.served_events import Served, served
from tests.integration.polls_house import POLLS, QUESTION, answers, link_of

pytestmark = pytest.mark.browser


@pytest.fixture
async def events(events_database: str) -> AsyncIterator[Served]:
    async with served(events_database) as found:
        yield found


@pytest.fixture
async def poll(events: Served) -> dict[str, Any]:
    async with events.events.client() as team:
        made: dict[str, Any] = (await team.post(POLLS, json={**QUESTION, "words": "Merci de répondre\npour chaque date."})).json()
    async with events.events.client("coordinator93") as coordinator:
        assert (await coordinator.put(f"{POLLS}/{made['id']}/answer", json=answers(made, "YES", "NO"))).status_code == 200
        other = {"starts_at": "2027-02-05T09:00", "ends_at": "2027-02-05T11:00"}
        assert (await coordinator.post(f"{POLLS}/{made['id']}/proposals", json=other)).status_code == 201
    return made


@pytest.mark.parametrize("scripts", [True, False])
async def test_somebody_outside_answers_by_keyboard_on_a_telephone(
    events: Served, poll: dict[str, Any], browser: Browser, scripts: bool
) -> None:
    page = await (await events.context(browser, None, width=320, scripts=scripts)).new_page()
    link = await link_of(events.events)
    await page.goto(link)
    if scripts:
        assert await obstacles(page) == []
    first, second = (
        page.get_by_role("group").filter(has_text="29 janvier 2027"),
        page.get_by_role("group").filter(has_text="2 février 2027"),
    )
    await first.get_by_label("oui").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")  # a group of radio buttons is one stop
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")
    await expect(second.get_by_label("si nécessaire")).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.type("plutôt le matin")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("C’est enregistré")).to_be_visible()
    await expect(first.get_by_text("2 oui")).to_be_visible()
    await page.context.close()


async def test_the_organiser_reads_is_warned_and_chooses(events: Served, poll: dict[str, Any], browser: Browser) -> None:
    page = await (await events.context(browser, "team", scripts=True)).new_page()
    for path in ("/sondages", "/sondages/nouveau", f"/sondages/{poll['id']}/modifier", f"/sondages/{poll['id']}"):
        for width in (1280, 320):
            await page.set_viewport_size({"width": width, "height": 900})
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status == 200
            assert await page.locator("h1").count() == 1
            assert await obstacles(page) == [], path
    await page.get_by_role("button", name="Ajouter au sondage").click()
    await expect(page.get_by_role("row").filter(has_text="5 février 2027")).to_contain_text("3")
    await page.get_by_role("radio", name="2 février 2027").check()
    await page.get_by_role("button", name="Choisir cette date et inviter").click()
    await expect(page.get_by_text("Une personne dont la présence est requise a répondu non", exact=True)).to_be_visible()
    assert await obstacles(page) == []
    await page.get_by_label("Je sais qu’une personne").check()
    await page.get_by_role("button", name="Choisir cette date et inviter").click()
    await expect(page).to_have_url(f"{events.url}/agenda/" + page.url.rsplit("/", 1)[1])
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Recours aux ETT")
    await page.context.close()


async def test_a_poll_is_opened_without_javascript(events: Served, browser: Browser) -> None:
    page = await (await events.context(browser, "coordinator93", width=320, scripts=False)).new_page()
    await page.goto("/sondages/nouveau")
    await page.get_by_label("Titre").fill("Recours aux ETT")
    row = page.get_by_role("group", name="Date 1")
    await row.get_by_label("Jour").fill("2027-02-02")
    await row.get_by_label("De").fill("09:30")
    await row.get_by_label("À").fill("12:00")
    await page.get_by_role("button", name="Ajouter des lignes").click()
    await expect(page.get_by_role("group", name="Date 12")).to_be_visible()
    await page.get_by_label("93 Seine-Saint-Denis").select_option("consulté")
    await page.get_by_label("Réponses jusqu’au").fill("2027-01-20")
    await page.get_by_role("button", name="Ouvrir le sondage").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Recours aux ETT")
    await page.context.close()
