# ruff: noqa: F811  fixtures are taken by their name
"""An edition that will not be published, and what moved since a draft that will."""

from __future__ import annotations

from tests.integration.editions_house import FIRST, PLAN, House, begun, corrected_by_one, house  # noqa: F401  fixtures
from tests.reading import plain


async def test_a_mistaken_edition_is_given_up_with_its_reason_and_leaves_its_trace(begun: House) -> None:
    address, desk = f"/api/v1/editions/{FIRST}", f"/pilotage/editions/{FIRST}"
    await begun.done(f"{address}/review", {"deadline": "2026-12-14"})
    await begun.done(f"{address}/comments", {"department": "93", "text": "Rien ne va."}, 201, "coordinator93")
    assert (await begun.post(f"{address}/abandon", {"reason": "Non."}, "coordinator93")).status_code == 403
    nothing = await begun.send(f"{desk}/abandonner", {"reason": " "})
    assert nothing.status_code == 422
    assert "Dites pourquoi cette édition est abandonnée" in plain(nothing.text)
    assert (await begun.send(f"{desk}/abandonner", {"reason": "L’année est fausse."})).status_code == 303

    page = plain((await begun.get(desk, "team")).text)
    assert "Motif : L’année est fausse." in page
    assert "par Équipe du réseau" in page
    assert "Rien ne va." in page, "what was said stays"
    for button in ("Composer", "Valider l’édition", "Répondre", "Abandonner l’édition", "Changer l’échéance"):
        assert button not in page, button
    listed = plain((await begun.get("/pilotage/editions", "team")).text)
    assert "abandonnée" in listed
    assert "L’année est fausse." in listed
    for step, body in (
        ("draft", {}),
        ("review", {"deadline": "2026-12-15"}),
        ("validate", {"minutes": "Comité"}),
        ("publish", {}),
        ("abandon", {"reason": "x"}),
    ):
        refused = await begun.post(f"{address}/{step}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "ABANDONED"), step
    assert (await begun.client.put(address, json=PLAN, headers={"Authorization": "Bearer team"})).json()["code"] == "ABANDONED"
    for code in ("93", "94"):
        sheet = await begun.get(f"{desk}/relecture", f"coordinator{code}")
        assert sheet.status_code == 200
        assert "il n’y a plus rien à relire" in plain(sheet.text)
    assert (await begun.get(f"{desk}/documents/departements/93.pdf", "coordinator93")).status_code == 404
    told = await begun.pool.fetchval("select convert_from(value, 'UTF8') from outbox where type like '%EditionAbandoned%'")
    assert '"reason":"L’année est fausse."' in told
    assert (await begun.get(address)).status_code == 404, "nobody outside ever knew of it"
    assert (await begun.done("/api/v1/editions", PLAN, 201))["edition"] == "2026-2", "its number is not given again"


async def test_nobody_is_told_of_an_edition_that_nobody_was_asked_to_read(house: House) -> None:
    for number in ("2026-1", "2026-2"):
        assert (await house.done("/api/v1/editions", PLAN, 201))["edition"] == number, "the same plan again begins another edition"
        await house.done(f"/api/v1/editions/{number}/abandon", {"reason": "Préparée deux fois."})
        desk = plain((await house.get(f"/pilotage/editions/{number}", "team")).text)
        assert "Édition abandonnée" in desk
        assert "Relecture des coordinations" not in desk, "it said « pas encore ouverte » of a review that never will be"
    assert await house.pool.fetchval("select count(*) from outbox where type like '%EditionAbandoned%'") == 0


async def test_the_desk_says_what_moved_since_the_draft_that_will_be_published(begun: House) -> None:
    desk = f"/pilotage/editions/{FIRST}"
    assert "ont bougé" not in plain((await begun.get(desk, "team")).text)
    await begun.done(f"/api/v1/editions/{FIRST}/review", {"deadline": "2026-11-24"})
    begun.clock.now = begun.clock.now.replace(day=25)
    await begun.done(f"/api/v1/editions/{FIRST}/validate", {"minutes": "Comité"})
    before = await corrected_by_one(begun)
    page = plain((await begun.get(desk, "team")).text)
    assert "Des heures ont bougé depuis l’épreuve 1" in page
    replica = begun.runtime.state.pop("replica")
    without = await begun.get(desk, "team")
    assert (without.status_code, "ne dit pas ce qui a bougé" in plain(without.text)) == (200, True), "the desk is there without them"
    begun.runtime.state["replica"] = replica
    moved = page.split("composez une nouvelle épreuve.")[1].split("Seine-Saint-Denis : ")[1].split(" h aujourd’hui")[0]
    printed, now = (
        float(part.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", "."))
        for part in moved.split(" h dans l’épreuve, ")
    )
    assert round(printed - now, 2) == round((before - before // 10) / 100, 2)
    await begun.done(f"/api/v1/editions/{FIRST}/publish", {}, 201)
    shown = (await begun.get("/api/v1/indicators/I01?period=2025&department=93")).json()["cells"][0]["value"]
    assert float(shown) == printed, "what was signed off is what is published"
