"""Scenes 2 to 4 and the form in a browser, at 320 px, with and without JavaScript, nothing for axe to say."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.async_api import Browser, FilePayload, Page

from tests.browser.obstacles import obstacles
from tests.browser.phone import opened
from tests.fixtures.stack import Stack
from tests.tables_of_hours import workbook
from tests.waiting import eventually, finally_

HEADER = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées")


def contract_of(stack: Stack) -> str:
    with stack.client("declarant") as client:
        found = finally_(lambda: client.get("/api/v1/contracts", params={"department": "93"}).json()["items"][0], 60)
    return str(found["number"])


def given_up(stack: Stack) -> None:
    """No draft is open that another test has begun: it would be taken up, or shown before another."""
    with stack.client("declarant") as client:
        for draft in set(re.findall(r"/declarer/nouvelle/([0-9a-f-]{36})/heures", client.get("/declarer/nouvelle").text)):
            assert client.post(f"/declarer/nouvelle/{draft}/abandon").status_code == 303


async def fits(page: Page, *, scripts: bool) -> None:
    """Nothing sticks out at 320 px; folded parts are looked at too."""
    assert await page.locator("body").evaluate("body => body.getBoundingClientRect().width") <= 320
    assert await page.locator("main").evaluate("main => main.scrollWidth") <= 320
    if scripts:
        assert await obstacles(page) == []


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_form_is_filled_in_four_steps_and_a_wrong_figure_is_put_right(stack: Stack, browser: Browser, scripts: bool) -> None:
    """Scene 4: 12 505 instead of 1 250,5; said while typing, and corrected after sending."""
    stack.wait_ready(120)
    given_up(stack)
    page = await opened(browser, stack, scripts=scripts)
    await page.goto(f"{stack.url}/declarer/nouvelle?q={contract_of(stack)}")
    await fits(page, scripts=scripts)
    await page.get_by_role("button", name="par groupe").first.click()
    await page.wait_for_url("**/marche")
    await fits(page, scripts=scripts)
    await page.get_by_role("button", name="Suivant").click()
    await page.wait_for_url("**/heures")
    group = f"Lot {token_hex(3)}"
    for name, typed in (
        ("group", group),
        ("employer_name", "Chantiers Fictifs"),
        ("hours-0", "12505"),
        ("persons-0", "12"),
        ("women-0", "4"),
        ("men-0", "9"),
    ):
        await page.locator(f"#lines-1-{name}").fill(typed)
    if scripts:
        await page.keyboard.press("Tab")
        await page.get_by_text("femmes + hommes = 13 pour 12 personnes").first.wait_for()
        await page.get_by_text("Enregistré à").wait_for()
    else:
        await page.get_by_role("button", name="Suivant").click()
        await page.get_by_role("heading", name="Il reste des points à corriger").wait_for()
    await fits(page, scripts=scripts)
    await page.locator("#lines-1-women-0").fill("3")
    await page.locator("#lines-1-women-0").press("Enter")  # saves: the keyboard alone is enough
    await page.get_by_text("1 ligne prête").wait_for()
    await page.get_by_role("button", name="Suivant").click()
    await page.wait_for_url("**/complements")
    await fits(page, scripts=scripts)
    await page.get_by_role("button", name="Suivant").click()
    await page.wait_for_url("**/recapitulatif")
    await fits(page, scripts=scripts)
    await page.get_by_role("button", name="Envoyer la déclaration").click()
    await page.wait_for_url("**/declarer/recu/**")
    number = page.url.rsplit("/", 1)[1]
    await page.goto(f"{stack.url}/declarer/{number}/corriger")
    await page.get_by_label("Heures, ligne 1").fill("1 250,5")
    await page.get_by_label("Motif").select_option("UNIT_ERROR")
    await page.get_by_role("button", name="Corriger", exact=True).click()
    await page.wait_for_url("**/versions")
    await page.get_by_role("cell", name="modifiée").wait_for()
    await fits(page, scripts=scripts)


@pytest.mark.parametrize("scripts", [True, False])
async def test_an_export_that_repeats_the_last_one_shows_what_it_changes(
    stack: Stack, browser: Browser, tmp_path: Path, scripts: bool
) -> None:
    """Scene 2."""
    stack.wait_ready(120)
    number, mark, year = contract_of(stack), token_hex(3), datetime.now(UTC).year - 1
    rows = [[number, f"{year}-{month:02d}", f"{mark}-{n}", "Chantiers Fictifs", 50 + month] for n in range(4) for month in (1, 4)]
    before, after = tmp_path / "t2.xlsx", tmp_path / "t3.xlsx"
    before.write_bytes(workbook(("Heures", [list(HEADER), *rows])))
    changed = [[*row[:4], 12] if row[2] == f"{mark}-0" else row for row in rows if row[2] != f"{mark}-3"]
    after.write_bytes(workbook(("Heures", [list(HEADER), *changed, [number, f"{year}-07", f"{mark}-0", "Chantiers Fictifs", 60]])))
    page = await opened(browser, stack, scripts=scripts)
    for file, button in ((before, "Vérifier et envoyer si tout est bon"), (after, "Vérifier seulement")):
        await page.goto(f"{stack.url}/declarer/import")
        await page.set_input_files("#file", file)
        await page.get_by_role("button", name=button).click()
        await page.wait_for_load_state()
    await page.get_by_text("Il reprend 6 lignes déjà déclarées").wait_for()
    await page.get_by_role("link", name="Voir les différences").click()
    await page.get_by_text("2 ont changé").first.wait_for()
    await fits(page, scripts=scripts)
    await page.get_by_label("Les garder : elles restent comptées").check()
    await page.get_by_role("button", name="Ce fichier remplace nos déclarations").click()
    await page.get_by_text("Ce fichier remplace nos déclarations de").wait_for()
    await page.get_by_role("button", name="Envoyer 7 lignes").click()
    await page.wait_for_url("**/declarer/recu/**")
    sent = page.url.rsplit("/", 1)[1]

    def counted() -> bool:
        return bool(stack.client("declarant").get(f"/api/v1/declarations/{sent}").json().get("state") == "counted")

    assert await eventually(counted, 30, pace_s=0.2)


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_contract_that_nobody_has_told_of_is_added_after_what_is_missing_was_said(
    stack: Stack, browser: Browser, scripts: bool
) -> None:
    stack.wait_ready(120)
    page = await opened(browser, stack, scripts=scripts)
    number = f"Z2026-{token_hex(3)}"  # the last of the list: other tests take its first
    await page.goto(f"{stack.url}/declarer/nouveau-marche?q={number}")
    await fits(page, scripts=scripts)
    await page.get_by_label("Objet").fill("Gros œuvre de l’école fictive")
    await page.get_by_role("button", name="Ajouter et déclarer ses heures").click()
    await page.get_by_role("heading", name="Il reste des points à corriger").wait_for()
    await fits(page, scripts=scripts)
    await page.get_by_label("Département où il s’exécute").select_option("93")
    await page.get_by_label("Début").fill("05/01/2026")
    await page.get_by_label("Début").press("Enter")
    await page.wait_for_url("**/marche")
    await page.get_by_role("heading", name=f"Marché {number}").wait_for()


def an_operation(stack: Stack, mark: str) -> tuple[str, str]:
    """A contract of the declarant with its operation, and 50 hours of a group declared for it; the contract's number and the month."""
    number, month = f"Z2026-{mark}", f"{datetime.now(UTC).year - 1}-03"
    contract = {
        "number": number, "object": "Rénovation d’une école fictive", "department": "93", "starts_on": f"{datetime.now(UTC).year - 2}-01-05",
        "clause": {"hours_committed": 1200, "operation": f"Îlot {mark}"},
    }  # fmt: skip
    line = {"contract": number, "period": month, "hours": "50", "employer_name": "Espaces Fictifs", "group": "Lot 2", "persons": "3"}
    with stack.client("declarant") as client:
        client.post("/api/v1/contracts", json=contract).raise_for_status()
        client.post("/api/v1/declarations", json={"lines": [line]}, headers={"Idempotency-Key": mark}).raise_for_status()
    return number, month


@pytest.mark.parametrize("scripts", [True, False])
async def test_what_the_facilitator_declares_too_stands_beside_and_the_total_stays(stack: Stack, browser: Browser, scripts: bool) -> None:
    """Scene 3."""
    stack.wait_ready(120)
    mark = token_hex(3)
    number, month = an_operation(stack, mark)
    page = await opened(browser, stack, scripts=scripts, who="facilitator")
    await page.goto(f"{stack.url}/declarer/import")
    row = f"N° marché;Mois;Employeur;Groupe;Nombre de personnes;Heures réalisées\n{number};{month};Espaces Fictifs;Lot 2;3;50\n"
    file = FilePayload(name=f"suivi-{mark}.csv", mimeType="text/csv", buffer=row.encode())
    await page.set_input_files("#file", file)
    await page.get_by_role("button", name="Vérifier et envoyer si tout est bon").click()
    await page.wait_for_url("**/declarer/recu/**")
    for who in ("facilitator", "declarant"):
        page = await opened(browser, stack, scripts=scripts, who=who)
        await page.goto(f"{stack.url}/declarer/rapprochements")
        card = page.locator("section.card").filter(has_text=f"Marché {number}")
        await card.get_by_text("Compte", exact=True).wait_for()
        assert await card.get_by_text("À côté", exact=True).count() == 1
        assert await card.get_by_role("cell", name="aucun").count() == 1, "both say the same"
        await fits(page, scripts=scripts)
    await page.goto(f"{stack.url}/declarer/bilan/operation?nom=Îlot {mark}")
    text = await page.locator("main").inner_text()
    assert "50,00" in text
    assert "100,00" not in text, "nothing counts twice"
    await fits(page, scripts=scripts)


async def test_every_page_of_declarations_is_accessible_and_fits_a_telephone(stack: Stack, browser: Browser) -> None:
    """Those that need no state of their own."""
    stack.wait_ready(120)
    page = await opened(browser, stack, scripts=True)
    for place in ("/declarer", "/declarer/rapprochements", "/declarer/bilan", "/declarer/calculette?amount=1000000", "/declarer/qui-voit"):
        await page.goto(f"{stack.url}{place}")
        await fits(page, scripts=True)


async def focused(page: Page) -> str:
    """`tag#id.class` of what has the focus."""
    found = await page.evaluate("(({tagName, id, className}) => `${tagName}#${id}.${className}`)(document.activeElement)")
    return str(found)


async def at(page: Page, selector: str) -> None:
    """Tab until it has the focus, which is seen: a line around it, inside the window."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.locator(selector).evaluate("one => one === document.activeElement"):
            break
    else:
        raise AssertionError(f"the Tab key never reaches {selector}")
    style = (
        "one => [getComputedStyle(one).outlineStyle, one.getBoundingClientRect().bottom > 0, one.getBoundingClientRect().top < innerHeight]"
    )
    assert await page.locator(selector).evaluate(style) == ["solid", True, True]


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_keyboard_alone_declares_and_lands_on_what_is_wrong(stack: Stack, browser: Browser, scripts: bool) -> None:
    stack.wait_ready(120)
    given_up(stack)
    page = await opened(browser, stack, scripts=scripts)
    await page.goto(f"{stack.url}/declarer/nouvelle")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert (await focused(page)).startswith("MAIN#contenu"), "the first key leads past the navigation"
    await at(page, "#q")
    await page.keyboard.type(contract_of(stack))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**?q=*")
    await at(page, "button[value=group] >> nth=0")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/marche")
    await at(page, "button[value=next]")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/heures")
    await at(page, "#lines-1-persons-0")
    await page.keyboard.type("douze")
    await at(page, "button[value=next]")
    await page.keyboard.press("Enter")
    await page.locator(".summary").wait_for()
    assert await focused(page) == "DIV#.summary"
    links = await page.locator(".summary a").evaluate_all("all => all.map(one => [one.hash, !!document.getElementById(one.hash.slice(1))])")
    assert links
    assert all(there for _, there in links), links
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert "#" + (await focused(page)).split("#")[1].split(".")[0] == links[0][0], "the sentence leads to its field"


async def test_what_a_file_has_wrong_leads_to_the_choice_of_keeping_it_aside(stack: Stack, browser: Browser) -> None:
    stack.wait_ready(120)
    page = await opened(browser, stack, scripts=False)
    await page.goto(f"{stack.url}/declarer/import")
    number, month = contract_of(stack), f"{datetime.now(UTC).year - 1}-03"
    text = "\n".join(
        [";".join(HEADER), *(f"{number};{month};{token_hex(3)};Chantiers Fictifs;{hours}" for hours in (50, 60, 70, "beaucoup"))]
    )
    await page.set_input_files("#file", FilePayload(name=f"{token_hex(3)}.csv", mimeType="text/csv", buffer=text.encode()))
    await page.get_by_role("button", name="Vérifier et envoyer si tout est bon").click()
    await page.get_by_role("heading", name="Rien n’a été envoyé").wait_for()
    assert await focused(page) == "DIV#.summary"
    await page.get_by_role("link", name="garder de côté").click()
    assert await focused(page) == "INPUT#mode."


async def test_a_receipt_on_paper_has_what_the_screen_folds_and_nothing_to_click(stack: Stack, browser: Browser) -> None:
    stack.wait_ready(120)
    an_operation(stack, token_hex(3))
    with stack.client("declarant") as client:
        number = client.get("/api/v1/declarations", params={"limit": 1}).json()["items"][0]["number"]
    page = await opened(browser, stack, scripts=True)
    await page.goto(f"{stack.url}/declarer/{number}")
    await page.emulate_media(media="print")
    folded = await page.locator("summary:has-text('Détails techniques') + *").bounding_box()
    assert folded
    assert folded["height"] > 0
    for gone in ("summary:has-text('Retirer')", "button", "nav", "h2:has-text('Corriger')"):
        assert await page.locator(gone).filter(visible=True).count() == 0, gone
    await page.emulate_media(media="screen", forced_colors="active")
    mark, ground = [
        await page.locator(one).evaluate(f"one => getComputedStyle(one).{what}")
        for one, what in ((".brand-mark", "stroke"), ("body", "backgroundColor"))
    ]
    assert mark != ground, "the mark is seen in forced colours"
