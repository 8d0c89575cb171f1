# ruff: noqa: F811  fixtures are taken by their name
"""An edition from its plan to its publication, with a coordinator who objects (scene 10), and what nobody may do."""

from __future__ import annotations

import io
import json

import asyncpg
import openpyxl
import pytest

from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.tasks import review_reminded
from tests.integration.editions_house import FIRST, PLAN, SILENT, House, begun, corrected_by_one, house, planned  # noqa: F401  fixtures
from tests.reading import plain


async def test_a_first_edition_is_objected_to_corrected_and_published(begun: House) -> None:
    number = FIRST
    address = f"/api/v1/editions/{number}"
    assert number == "2026-1"
    assert (await begun.get(address)).status_code == 404
    await begun.done(f"{address}/review", {"deadline": "2026-12-14"})
    said = await begun.pool.fetchval("select convert_from(value, 'UTF8') from outbox where type like '%EditionReviewOpened%'")
    assert '"deadline":"2026-12-14"' in said
    assert '"path":"/pilotage/editions/2026-1/relecture"' in said

    # One coordinator objects to a figure: a line of May was typed with one digit too many.
    figure = "I01/2025/department/93"
    printed = (await begun.done(f"{address}/comments", {"department": "93", "figure": figure, "kind": "OBJECTION", "text": "Une ligne de mai est dix fois trop grande."}, 201, "coordinator93"))  # fmt: skip
    assert printed["printed"].endswith("h")
    early = await begun.post(f"{address}/agreements", {"department": "93"}, "coordinator93")
    assert (early.status_code, early.json()["code"]) == (409, "OPEN_COMMENTS")
    for code in DEPARTMENTS:
        if code != "93":
            await begun.done(f"{address}/agreements", {"department": code}, who=f"coordinator{code}")
    refused = await begun.post(f"{address}/validate", {"minutes": "Comité du 15 décembre"})
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_READY")
    assert {error["code"] for error in refused.json()["errors"]} == {"ANSWERS", "REVIEW"}

    await _corrected(begun, address, printed["id"])
    await begun.done(f"{address}/agreements", {"department": "93"}, who="coordinator93")
    await _signed_and_published(begun, address)
    shown = (await begun.get("/api/v1/indicators/I01?period=2025&department=93")).json()
    assert shown["release"] == "2026-1"
    assert printed["printed"] != shown["cells"][0]["value"]
    answers = plain((await begun.get(f"/pilotage/editions/{number}/relecture", "coordinator93")).text)
    assert "Une ligne de mai est dix fois trop grande." in answers
    assert "Corrigé par le déclarant." in answers, "what was answered is still there to be read"
    assert (await begun.get(f"/pilotage/editions/{number}/relecture", "coordinator94")).status_code == 303, (
        "who said nothing reads the edition"
    )
    await _a_journalist_reads(begun)


async def _a_journalist_reads(house: House) -> None:
    """The workbook says itself what « s. » is, that persons are not added, and how it is cited."""
    page = (await house.get("/editions/2026-1")).text
    address = "/indicateurs/I01.xlsx?period=2025&by=department&release=2026-1"
    assert address.replace("&", "&amp;") in page
    answer = await house.get("/indicateurs/I05.xlsx?period=2025&by=department,public&release=2026-1")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert "s." in [cell.value for row in book["Données"] for cell in row]
    for words in ("Ne pas additionner les personnes", "définitif", "2026-1", "Licence Ouverte"):
        assert any(words.lower() in cell.lower() for cell in cells), words
    assert any("jamais zéro" in cell for cell in cells)
    assert "2026-11-23" in cells  # the day on which the edition's data were closed, as its page says
    assert any(cell.startswith("MACS, observatoire des clauses sociales") for cell in cells)


async def _corrected(house: House, address: str, comment: str) -> None:
    """« Corrigé » needs a draft that shows the correction; the other coordinations need not read again."""
    answer = f"{address}/comments/{comment}/answer"
    soon = await house.post(answer, {"outcome": "CORRECTED", "text": "Corrigé par le déclarant."})
    assert (soon.status_code, soon.json()["errors"][0]["code"]) == (422, "NO_NEWER_DRAFT")
    said = await corrected_by_one(house)
    second = await house.done(f"{address}/draft", {}, 201)
    assert (second["draft"], second["state"]) == (2, "review")
    await house.done(answer, {"outcome": "CORRECTED", "text": "Corrigé par le déclarant."})
    await _back_again_and_corrected_anew(house, address, answer, said)
    body = (await house.get(address, "coordinator93")).json()
    positions = {entry["department"]: entry["position"] for entry in body["coordinations"]}
    assert positions["93"] == "ANSWERED"
    assert {positions[code] for code in DEPARTMENTS if code != "93"} == {"AGREED"}  # their sheets did not change


async def _back_again_and_corrected_anew(house: House, address: str, answer: str, said: int) -> None:
    """The declarant takes the correction back: « Corrigé » is not true of the next draft, is asked again, and nothing is signed off meanwhile."""
    number = address.rpartition("/")[2]
    await corrected_by_one(house, said)
    third = await house.done(f"{address}/draft", {}, 201)
    asked = next(check for check in third["checks"] if check["code"] == "ANSWERS")
    assert not asked["good"]
    assert "ne confirme plus la réponse : 1" in plain(asked["said"])
    body = (await house.get(address, "coordinator93")).json()
    assert [(one["outcome"], one["answered_draft"], one["reopened_draft"]) for one in body["comments"]] == [("CORRECTED", 2, 3)]
    assert {"department": "93", "position": "COMMENTED"} in body["coordinations"]
    for page, who in ((f"/pilotage/editions/{number}", "team"), (f"/pilotage/editions/{number}/relecture", "coordinator93")):
        assert "à reprendre" in (await house.get(page, who)).text
    refused = await house.post(f"{address}/validate", {"minutes": "Comité du 15 décembre."})
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_READY")
    assert "ANSWERS" in {error["code"] for error in refused.json()["errors"]}
    untrue = await house.post(answer, {"outcome": "CORRECTED", "text": "Corrigé."})
    assert (untrue.status_code, untrue.json()["errors"][0]["code"]) == (422, "SAME_FIGURE")
    await corrected_by_one(house)
    await house.done(f"{address}/draft", {}, 201)
    again = await house.done(answer, {"outcome": "CORRECTED", "text": "Corrigé par le déclarant."})
    assert (again["answered_draft"], again["reopened_draft"]) == (4, None)


async def _signed_and_published(house: House, address: str) -> None:
    without = await house.post(f"{address}/validate", {"minutes": " "})
    assert (without.status_code, without.json()["code"]) == (422, "MINUTES")
    early = await house.post(f"{address}/publish", {})
    assert (early.status_code, early.json()["code"]) == (409, "NOT_VALIDATED")
    await house.done(f"{address}/validate", {"minutes": "Comité du 15 décembre, https://exemple.fr/releve.pdf"})
    issued = await house.done(f"{address}/publish", {}, 201)
    assert issued["release"] == "2026-1"
    assert issued["recovered"] == 0
    assert any(plain(check["said"]).startswith("7 départements couverts sur 8") for check in issued["checks"])
    assert issued["coverage"][SILENT] == "25.00"
    again = await house.post(f"{address}/publish", {})
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_PUBLISHED")

    public = (await house.get(address)).json()
    assert public["citation"].startswith(
        "MACS, observatoire des clauses sociales en Île-de-France, « Panorama 2025 », édition 2026-1 du 23"
    )
    assert (await house.get("/api/v1/editions")).json()["items"][0]["edition"] == "2026-1"
    told = await house.pool.fetchval("select convert_from(value, 'UTF8') from outbox where type like '%EditionPublished%'")
    assert '"edition":"2026-1"' in told
    assert '"final":true' in told


async def test_a_draft_is_seen_by_nobody_outside_and_speaks_to_its_own_department_only(begun: House) -> None:
    number = FIRST
    address = f"/api/v1/editions/{number}"
    assert (await begun.get("/api/v1/editions")).json() == {"items": []}
    assert (await begun.get(address, "declarant")).status_code == 404
    assert (await begun.get("/api/v1/indicators/I01?period=2025")).json()["code"] == "NOT_PUBLISHED"
    reader = await asyncpg.connect(begun.database.public)
    for table in ("editions", "edition_drafts", "draft_cells", "drafts.published_cells", "edition_comments"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch(f"select * from {table} limit 1")
    await reader.close()
    before = await begun.post(f"{address}/comments", {"department": "93", "text": "Trop tôt."}, "coordinator93")
    assert (before.status_code, before.json()["code"]) == (409, "NOT_IN_REVIEW")
    past = await begun.post(f"{address}/review", {"deadline": "2026-11-23"})
    assert (past.status_code, past.json()["code"]) == (422, "DEADLINE")
    await begun.done(f"{address}/review", {"deadline": "2026-12-14"})
    foreign = await begun.post(f"{address}/comments", {"department": "94", "text": "Ce n’est pas le mien."}, "coordinator93")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "FOREIGN_SCOPE")
    other = await begun.post(f"{address}/comments", {"department": "93", "figure": "I01/2025/department/94", "text": "?"}, "coordinator93")
    assert (other.status_code, other.json()["code"]) == (422, "UNKNOWN_FIGURE")
    for path, who in (("/draft", "coordinator93"), ("/validate", "coordinator93"), ("/publish", "declarant"), ("/agreements", "team")):
        assert (await begun.post(address + path, {"minutes": "x", "department": "93"} if path != "/draft" else {}, who)).status_code in {
            403,
            422,
        }
    await begun.done(f"{address}/comments", {"department": "93", "text": "Merci de préciser."}, 201, "coordinator93")
    assert [one["department"] for one in (await begun.get(address, "coordinator94")).json()["comments"]] == []
    assert len((await begun.get(address, "coordinator93")).json()["comments"]) == 1
    begun.clock.now = begun.clock.now.replace(month=12, day=15)
    late = await begun.post(f"{address}/agreements", {"department": "94"}, "coordinator94")
    assert (late.status_code, late.json()["code"]) == (409, "REVIEW_CLOSED")


async def test_a_word_on_a_draft_that_was_replaced_meanwhile_is_asked_again(begun: House) -> None:
    """Two windows: the coordination reads one draft while the team composes the next. Nobody signs off a sheet that they did not see."""
    address, page = f"/api/v1/editions/{FIRST}", f"/pilotage/editions/{FIRST}/relecture"
    await begun.done(f"{address}/review", {"deadline": "2026-12-14"})
    assert (await begun.get(page, "coordinator93")).text.count('name="epreuve" value="1"') == 2
    await corrected_by_one(begun)
    await begun.done(f"{address}/draft", {}, 201)
    unseen = await begun.post(f"{address}/agreements", {"department": "93", "draft": 1}, "coordinator93")
    assert (unseen.status_code, unseen.json()["code"]) == (409, "NEWER_DRAFT")
    said = {"figure": "I01/2025/department/93", "kind": "OBJECTION", "text": "Trop haut en mai.", "epreuve": "1"}
    for step, fields in (("relu", {"epreuve": "1"}), ("remarques", said)):
        answer = await begun.send(f"{page}/93/{step}", fields, "coordinator93")
        assert (answer.status_code, "Une nouvelle épreuve vient d’être composée" in answer.text) == (409, True), step
        assert 'name="epreuve" value="2"' in answer.text
    assert ">Trop haut en mai.</textarea>" in answer.text, "what was typed is not lost"
    body = (await begun.get(address, "coordinator93")).json()
    assert (body["comments"], next(one for one in body["coordinations"] if one["department"] == "93")["position"]) == ([], "SEEN")
    await begun.done(f"{address}/agreements", {"department": "94", "draft": 1}, who="coordinator94")  # whose sheet is the same in both
    await begun.done(f"{address}/agreements", {"department": "93", "draft": 2}, who="coordinator93")


async def test_only_coordinations_that_have_not_answered_are_reminded_once_three_days_before(begun: House) -> None:
    number = FIRST
    address = f"/api/v1/editions/{number}"
    await begun.done(f"{address}/review", {"deadline": "2026-12-14"})
    await begun.done(f"{address}/agreements", {"department": "94"}, who="coordinator94")
    await begun.done(f"{address}/comments", {"department": "93", "text": "Merci de préciser."}, 201, "coordinator93")

    async def reminded(day: int, hour: int) -> int:
        begun.clock.now = begun.clock.now.replace(month=12, day=day, hour=hour, minute=0)
        return await review_reminded.look(begun.runtime)

    assert [await reminded(*moment) for moment in ((10, 12), (11, 6), (11, 7), (11, 8), (12, 9))] == [0, 0, 1, 0, 0], "8:00 in Paris"
    rows = await begun.pool.fetch(
        "select convert_from(value, 'UTF8') as value from outbox where type like '%EditionReviewOpened%' order by seq"
    )
    asked, again = [json.loads(row["value"]) for row in rows]
    assert not asked["reminder"]
    assert again["reminder"]
    assert again["departments"] == [code for code in DEPARTMENTS if code not in {"93", "94"}], "not who agreed, not who waits for an answer"
    await begun.done(f"{address}/review", {"deadline": "2026-12-18"})
    assert await reminded(15, 9) == 1, "another deadline"


async def test_a_correction_by_few_is_not_answered_as_corrected(house: House) -> None:
    """The figure was printed by a release: a line corrected since speaks of one person, so the next draft goes on printing it."""
    await house.done("/api/v1/pilotage/releases", {}, 201)
    number = await planned(house)
    address, figure = f"/api/v1/editions/{number}", "I01/2025/department/93"
    await house.done(f"{address}/review", {"deadline": "2026-12-14"})
    said = {"department": "93", "figure": figure, "kind": "OBJECTION", "text": "Une ligne de mai est dix fois trop grande."}
    made = await house.done(f"{address}/comments", said, 201, "coordinator93")
    await corrected_by_one(house)
    await house.done(f"{address}/draft", {}, 201)
    desk = (await house.get(f"/pilotage/editions/{number}", "team")).text
    assert plain(f"L’épreuve 2 imprime : {made['printed']} *") in plain(desk)
    assert 'value="NOT_UPDATED"' in desk
    assert 'value="CORRECTED"' not in desk, "the team is not offered what the draft does not say"
    answer = f"{address}/comments/{made['id']}/answer"
    refused = await house.post(answer, {"outcome": "CORRECTED", "text": "Corrigé par le déclarant."})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "SAME_FIGURE")
    told = await house.done(answer, {"outcome": "NOT_UPDATED", "text": "Corrigé par le déclarant ; une seule personne."})
    assert told["outcome"] == "NOT_UPDATED"
    sheet = (await house.get(f"/pilotage/editions/{number}/relecture", "coordinator93")).text
    assert "Corrigé dans les déclarations" in sheet


@pytest.mark.long
async def test_a_snapshot_after_the_draft_asks_for_another_draft(begun: House) -> None:
    number = FIRST
    address = f"/api/v1/editions/{number}"
    await begun.done(f"{address}/review", {"deadline": "2026-11-24"})
    begun.clock.now = begun.clock.now.replace(day=25)  # nobody answered, and the deadline is over
    await begun.done(f"{address}/validate", {"minutes": "Comité"})
    await begun.done("/api/v1/pilotage/releases", {}, 201)
    stale = await begun.post(f"{address}/publish", {})
    assert (stale.status_code, stale.json()["code"]) == (409, "STALE_DRAFT")
    made = await begun.done(f"{address}/draft", {}, 201)
    assert (made["draft"], made["state"]) == (2, "review")
    await begun.done(f"{address}/validate", {"minutes": "Comité"})
    assert (await begun.done(f"{address}/publish", {}, 201))["release"] == "2026-2"
    assert (await begun.pool.fetchval("select count(*) from draft_cells")) == 0


async def test_a_department_that_would_be_hidden_stops_the_validation(house: House) -> None:
    await house.pool.execute("update facts set employer = '00000000000001' where department = '77'")
    await house.counted_anew()
    number = await planned(house)
    address = f"/api/v1/editions/{number}"
    await house.done(f"{address}/review", {"deadline": "2026-11-24"})
    house.clock.now = house.clock.now.replace(day=25)
    refused = await house.post(f"{address}/validate", {"minutes": "Comité"})
    assert refused.status_code == 409
    assert [error["code"] for error in refused.json()["errors"]] == ["TOTALS"]
    assert "Seine-et-Marne" in refused.json()["errors"][0]["message"]


async def test_the_plan_is_changed_on_its_page_until_it_is_signed_off_and_two_clicks_are_one(begun: House) -> None:
    desk, address = f"/pilotage/editions/{FIRST}", f"/api/v1/editions/{FIRST}"
    plan = {
        "title": "Panorama 2025",
        "year": "2025",
        "minimum_coverage": "6",
        "least_share": "50",
        "says_not": "Rien du stage.",
        "final": "oui",
    }
    assert (await begun.send(f"{desk}/plan", plan)).status_code == 303
    assert ((await begun.get(address, "team")).json()["minimum_coverage"], (await begun.get(address, "team")).json()["draft"]) == (6, 1)
    wrong = await begun.send(f"{desk}/plan", {**plan, "least_share": "0"})
    assert (wrong.status_code, "« Part des structures attendues » : un nombre entier entre 1 et 100" in plain(wrong.text)) == (422, True)
    other = await begun.send(f"{desk}/plan", {**plan, "year": "2024"})
    assert (other.status_code, "L’année ne change plus après la première épreuve" in other.text) == (409, True)
    assert (await begun.send(f"{desk}/plan", plan, "coordinator93")).status_code == 403

    again = await begun.send(f"{desk}/epreuve", {"epreuve": "0"})  # the first click had composed the draft by then
    assert (again.status_code, "C’est l’épreuve 1 ; rien d’autre n’a été composé." in plain(again.text)) == (409, True)
    twice = [str((await begun.done("/api/v1/editions", {**PLAN, "title": "Bilan"}, 201))["edition"]) for _ in range(2)]
    assert twice == ["2026-2", "2026-2"]
    await begun.done(f"{address}/review", {"deadline": "2026-12-14"})
    said = {"department": "93", "kind": "QUESTION", "text": "D’où vient ce chiffre ?"}
    assert len({(await begun.done(f"{address}/comments", said, 201, "coordinator93"))["id"] for _ in range(2)}) == 1


async def test_mistakes_are_named(house: House) -> None:
    wrong = await house.post("/api/v1/editions", {**PLAN, "year": 2027, "title": " ", "minimum_coverage": 9})
    assert {error["column"] for error in wrong.json()["errors"]} == {"year", "title", "minimum_coverage"}
    assert (await house.post("/api/v1/editions", PLAN, None)).status_code == 401
    assert (await house.post("/api/v1/editions/2026-9/publish", {})).status_code == 404
    number = str((await house.done("/api/v1/editions", {**PLAN, "year": 2020}, 201))["edition"])
    empty = await house.post(f"/api/v1/editions/{number}/draft", {})
    assert (empty.status_code, empty.json()["detail"]) == (409, "Aucune donnée ne porte sur 2020.")
    none = await house.post(f"/api/v1/editions/{number}/review", {"deadline": "2026-12-14"})
    assert (none.status_code, none.json()["code"]) == (409, "NO_DRAFT")
    assert (await house.done("/api/v1/editions", PLAN, 201))["edition"] == "2026-2"


async def test_the_attacker_stops_a_draft(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    number = str((await house.done("/api/v1/editions", PLAN, 201))["edition"])
    monkeypatch.setenv("MACS_TEST_BREAK", "secondary")
    broken = await house.post(f"/api/v1/editions/{number}/draft", {})
    assert (broken.status_code, broken.json()["code"]) == (409, "NOT_PUBLISHED")
    assert "attaque" in broken.json()["detail"]
    assert await house.pool.fetchval("select draft from editions") == 0
