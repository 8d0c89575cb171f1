"""The door of an Openmap, or of an atelier, on telephones without network: every tick arrives once, the later one counts, nothing is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.obstacles import obstacles
from tests.browser.served_events import Served, served
from tests.integration.atelier_house import atelier
from tests.integration.openmap_house import BASE, published, sessions_of, someone
from tests.waiting import eventually

DOOR = f"{BASE}/accueil"


@pytest.fixture
async def openmap(events_database: str) -> AsyncIterator[Served]:
    async with served(events_database) as found:
        await published(found.events)
        async with found.events.client(None) as anybody:
            talk, *_ = await sessions_of(anybody)
            for number in range(4):
                assert (await anybody.post(f"{BASE}/inscription", data=someone(number, talk))).status_code == 303
        yield found


async def phone(site: Served, browser: Browser, door: str = DOOR, who: str = "team") -> tuple[BrowserContext, Page]:
    """A telephone at the door that has opened the list once, with its copy kept."""
    context = await site.context(browser, who, width=360)
    page = await context.new_page()
    await page.goto(door)
    await expect(page.locator("html")).to_have_attribute("data-hors-ligne", "prêt", timeout=20_000)
    return context, page


async def tick(page: Page, number: int, answer: str) -> None:
    row = page.get_by_role("row").filter(has_text=f"Personne {number}")
    await row.get_by_role("button", name=answer).click()
    await expect(row.get_by_role("button", name=answer)).to_have_attribute("aria-pressed", "true")


async def recorded(openmap: Served) -> dict[str, tuple[bool, int]]:
    """What counts in the database: present or not, and the revision, by name."""
    rows = await openmap.events.pool.fetch(
        "select r.name, a.present, a.revision from attendance a join registrations r using (registration_id)"
    )
    return {row["name"]: (row["present"], row["revision"]) for row in rows}


async def test_ticks_without_network_survive_a_reload_and_arrive_once(openmap: Served, browser: Browser) -> None:
    context, page = await phone(openmap, browser)
    await tick(page, 0, "Présent")
    await expect(page.get_by_role("status")).to_contain_text("Tous les pointages sont envoyés")
    await context.set_offline(True)
    await tick(page, 1, "Présent")
    await tick(page, 2, "Présent")
    await tick(page, 2, "Absent")
    await expect(page.get_by_role("status")).to_contain_text("2 pointages gardés sur cet appareil")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Accueil")
    await expect(page.get_by_role("status")).to_contain_text("2 pointages gardés")
    await expect(page.locator("#pointage-compte")).to_have_text("2")
    await page.get_by_label("Prénom et nom").fill("Zoé Fictive")
    await page.get_by_label("Adresse électronique").fill("zoe@exemple.test")
    await page.get_by_label("Structure", exact=True).fill("Régie fictive")
    await page.get_by_label("Rôle").select_option("SIAE")
    await page.get_by_label("Cette personne accepte d’être recontactée").check()
    await page.get_by_role("button", name="Ajouter").click()
    await expect(page.get_by_role("status")).to_contain_text("3 pointages gardés")
    await page.reload()
    await expect(page.locator("#venus")).to_contain_text("Zoé Fictive, Régie fictive")
    assert await recorded(openmap) == {"Personne 0": (True, 1)}, "nothing has left the phone"
    await context.set_offline(False)
    await expect(page.get_by_role("status")).to_contain_text("Tous les pointages sont envoyés", timeout=20_000)
    await page.reload()
    await expect(page.locator("#pointage-compte")).to_have_text("2")
    assert await recorded(openmap) == {"Personne 0": (True, 1), "Personne 1": (True, 1), "Personne 2": (False, 1)}
    assert await openmap.events.pool.fetchval("select array_agg(name) from walk_ins") == ["Zoé Fictive"]
    told = [message for message in await openmap.events.announced() if message["type"] == "AttendanceRecorded"]
    assert len(told) == 4, "each once"
    await context.close()


async def test_of_two_phones_the_later_tick_counts_and_both_show_it(openmap: Served, browser: Browser) -> None:
    (one, first), (two, second) = await phone(openmap, browser), await phone(openmap, browser)
    for context in (one, two):
        await context.set_offline(True)
    await tick(first, 0, "Absent")
    await tick(first, 1, "Présent")
    await tick(second, 0, "Présent")  # the person came in late: ticked after the first phone said absent
    await tick(second, 3, "Présent")
    await two.set_offline(False)  # the later tick arrives first
    await expect(second.get_by_role("status")).to_contain_text("Tous les pointages sont envoyés", timeout=20_000)
    await one.set_offline(False)
    await expect(first.get_by_role("status")).to_contain_text("Tous les pointages sont envoyés", timeout=20_000)
    await expect(first.locator("#pointage-compte")).to_have_text("3")
    await second.evaluate("dispatchEvent(new Event('online'))")
    await expect(second.locator("#pointage-compte")).to_have_text("3")
    assert await recorded(openmap) == {"Personne 0": (True, 1), "Personne 1": (True, 1), "Personne 3": (True, 1)}
    await one.close()
    await two.close()


async def test_a_session_that_has_ended_loses_no_tick(openmap: Served, browser: Browser) -> None:
    context, page = await phone(openmap, browser)
    await openmap.events.pool.execute("update registry_keys set revoked_at = '2027-01-01T00:00:00Z' where key_id = 'team'")
    async with openmap.events.client() as team:

        async def refused() -> Any:
            return (await team.get(DOOR)).status_code == 401

        assert await eventually(refused, 10)
    row = page.get_by_role("row").filter(has_text="Personne 1")
    await row.get_by_role("button", name="Présent").click()
    await expect(page.get_by_role("status")).to_contain_text("votre session est finie : reconnectez-vous, rien n’est perdu")
    kept = await page.evaluate("JSON.stringify(Object.entries(localStorage).filter(([key]) => key.startsWith('pointages')))")
    assert len(json.loads(json.loads(kept)[0][1])) == 1
    assert await recorded(openmap) == {}
    await context.close()


async def test_the_copy_can_be_erased_from_the_phone(openmap: Served, browser: Browser) -> None:
    context, page = await phone(openmap, browser)
    await page.get_by_role("button", name="Effacer de cet appareil").click()
    await expect(page.get_by_role("status")).to_contain_text("effacée de cet appareil")
    await page.wait_for_function("caches.keys().then((all) => all.length === 0)", timeout=10_000)
    await context.set_offline(True)
    with pytest.raises(Error, match="net::ERR_"):
        await page.reload()
    await context.close()


async def test_the_door_of_an_atelier_ticks_without_network_too(events_database: str, browser: Browser) -> None:
    async with served(events_database) as site:
        meeting, _ = await atelier(site.events, people=3)
        context, page = await phone(site, browser, f"{meeting}/accueil", "coordinator93")
        assert await obstacles(page) == []
        await context.set_offline(True)
        await tick(page, 1, "Présent")
        await tick(page, 2, "Absent")
        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("2 pointages gardés")
        assert await recorded(site) == {}
        await context.set_offline(False)
        await expect(page.get_by_role("status")).to_contain_text("Tous les pointages sont envoyés", timeout=20_000)
        assert await recorded(site) == {"Personne 1": (True, 1), "Personne 2": (False, 1)}
        await context.close()
