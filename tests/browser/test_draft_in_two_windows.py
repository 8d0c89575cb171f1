"""One draft in two windows, and a form without network: nothing is written over, and what was not saved is said."""

from __future__ import annotations

from secrets import token_hex

import pytest
from playwright.async_api import Browser, Page, Route

from tests.browser.phone import opened
from tests.browser.test_declaring import contract_of, fits, given_up
from tests.fixtures.stack import Stack


async def hours(browser: Browser, stack: Stack, *, scripts: bool) -> Page:
    """A new draft of a group at its second step."""
    stack.wait_ready(120)
    given_up(stack)
    page = await opened(browser, stack, scripts=scripts)
    await page.goto(f"{stack.url}/declarer/nouvelle?q={contract_of(stack)}")
    await page.get_by_role("button", name="par groupe").first.click()
    await page.wait_for_url("**/marche")
    await page.get_by_role("button", name="Suivant").click()
    await page.wait_for_url("**/heures")
    return page


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_second_window_is_shown_both_versions_and_chooses(stack: Stack, browser: Browser, scripts: bool) -> None:
    first = await hours(browser, stack, scripts=scripts)
    second = await first.context.new_page()
    await second.goto(first.url)
    group = f"Lot {token_hex(3)}"
    for page, typed in ((first, "120"), (second, "210")):
        await page.locator("#lines-1-group").fill(group)
        await page.locator("#lines-1-hours-0").fill(typed)
        if scripts:
            await page.keyboard.press("Tab")
            await page.get_by_text("Enregistré à" if page is first else "Pas enregistré :").wait_for()
        else:
            await page.get_by_role("button", name="Enregistrer").click()
    if scripts:
        await fits(second, scripts=True)
        await second.get_by_role("button", name="Comparer et choisir").click()
    await second.get_by_role("heading", name="Deux versions de cette étape").wait_for()
    row = second.get_by_role("row").filter(has_text="Heures réalisées")
    assert await row.get_by_role("cell").all_inner_texts() == ["210", "120"]
    await fits(second, scripts=scripts)
    await second.get_by_role("button", name="Garder ce qui est écrit ici").click()
    await second.get_by_text("Enregistré à").wait_for()
    await first.reload()
    assert await first.locator("#lines-1-hours-0").input_value() == "210"


async def test_a_change_that_never_arrived_is_said_and_sent_when_the_network_is_back(stack: Stack, browser: Browser) -> None:
    page = await hours(browser, stack, scripts=True)
    await page.context.set_offline(True)
    await page.locator("#lines-1-hours-0").fill("77")
    await page.keyboard.press("Tab")
    await page.get_by_text("Non enregistré : pas de réponse du serveur.").wait_for()
    await fits(page, scripts=False)
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Enregistrer").click()
    await page.get_by_text("Enregistré à").wait_for()
    await page.reload()
    assert await page.locator("#lines-1-hours-0").input_value() == "77"


async def test_a_session_that_ended_while_typing_is_said_and_what_was_typed_is_saved_after_signing_in(
    stack: Stack, browser: Browser
) -> None:
    page = await hours(browser, stack, scripts=True)

    async def over(route: Route) -> None:
        await (route.fulfill(status=401, body="") if route.request.method == "POST" else route.continue_())

    await page.route("**/heures", over)
    await page.locator("#lines-1-hours-0").fill("88")
    await page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Se reconnecter dans un nouvel onglet")
    await link.wait_for()
    assert "Non enregistré : votre session est terminée." in await page.locator("#etat").inner_text()
    assert (await link.get_attribute("href"), await link.get_attribute("target")) == ("/connexion", "_blank")
    await fits(page, scripts=False)
    await page.unroute("**/heures")
    await page.evaluate("window.dispatchEvent(new Event('focus'))")  # back from the tab where one has signed in
    await page.get_by_text("Enregistré à").wait_for()
    await page.reload()
    assert await page.locator("#lines-1-hours-0").input_value() == "88"
