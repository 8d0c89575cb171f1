"""Scene 1 in a browser: a landlord drops a cumulative export with months in columns, answers three questions, and it is counted.

With and without JavaScript; nothing for axe to say; at 320 px nothing sticks out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.async_api import Browser

from tests.browser.obstacles import obstacles
from tests.browser.phone import opened
from tests.fixtures.stack import Stack
from tests.tables_of_hours import workbook
from tests.waiting import eventually, finally_

MONTHS = ("Janv.", "Févr.", "Mars")
PERSONS = 69


def export(stack: Stack, folder: Path) -> Path:
    """A file whose titles nobody sent before: a known layout would not be asked about."""
    with stack.client("declarant") as client:
        contract = finally_(lambda: client.get("/api/v1/contracts", params={"department": "93"}).json()["items"][0], 60)
    year = datetime.now(UTC).year - 1  # a whole year that is past
    mark = token_hex(3)
    rows: list[list[object]] = [
        [f"Suivi des clauses sociales {year}"],
        [],
        ["N° marché", "Employeur", "Matricule", "Statut", *MONTHS, "Total", f"Note {mark}"],
        *([contract["number"] if n == 0 else "", "Chantiers Fictifs" if n == 0 else "", f"{mark}-{n}", "En cours", 80, 160, 240.5, 480.5] for n in range(PERSONS)),
        ["Total", "", "", "", 80 * PERSONS, 160 * PERSONS, 240.5 * PERSONS, ""],
    ]  # fmt: skip
    file = folder / "suivi.xlsx"
    file.write_bytes(workbook(("Heures", rows)))
    return file


@pytest.mark.parametrize("scripts", [True, False])
async def test_three_questions_and_207_lines_are_counted(stack: Stack, browser: Browser, tmp_path: Path, scripts: bool) -> None:
    stack.wait_ready(120)
    file = export(stack, tmp_path)
    page = await opened(browser, stack, scripts=scripts)
    await page.goto(f"{stack.url}/declarer/import")
    await page.set_input_files("#file", file)
    await page.get_by_role("button", name="Vérifier seulement").click()
    await page.get_by_role("heading", name="3 questions").wait_for()
    if scripts:
        assert await obstacles(page) == []
    assert await page.locator("body").evaluate("body => body.getBoundingClientRect().width") <= 320
    await page.get_by_label("cumulées depuis le début du marché").check()
    await page.get_by_label("oui, recopier le marché vers le bas").check()
    await page.get_by_role("button", name="Répondre et relire").click()
    await page.get_by_text("Rien de bloquant").wait_for()
    await page.get_by_role("button", name="Envoyer 207 lignes").click()
    await page.wait_for_url("**/declarer/recu/**")
    number = page.url.rsplit("/", 1)[1]

    def state() -> dict[str, object] | None:
        found: dict[str, object] = stack.client("declarant").get(f"/api/v1/declarations/{number}").json()
        return found if found.get("state") == "counted" else None

    found = await eventually(state, 30, pace_s=0.2)
    assert found is not None
    assert found["lines"] == 207
