"""Rows set aside on a real database: completed where they stand, made ready by what became known, dropped for a reason, seen by nobody else."""

from __future__ import annotations

import json
import re

import httpx

from tests.integration.import_house import HEADER, upload, where
from tests.integration.ingest_house import House
from tests.reading import words
from tests.tables_of_hours import csv

ROWS = (
    ("2026-001", "2026-03", "A", "X", "7"),
    ("2026-001", "2026-03", "B", "X", "sept"),
    ("2026-777", "2026-03", "C", "X", "9"),
)
MENDED = (ROWS[0], ("2026-001", "2026-03", "B", "X", "8,5"), ROWS[2])


async def set_aside(here: House, *rows: tuple[str, ...]) -> str:
    """Send the good rows, keep the others aside; the filing's number."""
    async with here.client() as client:
        sent = await client.post(where(await upload(client, csv(HEADER, *rows))), data={"action": "send", "mode": "partial"})
    assert sent.status_code == 303, words(sent)
    return sent.headers["location"].rpartition("/")[2]


def typed_fields(page: httpx.Response) -> dict[str, str]:
    """What the page's form would send as it stands."""
    inputs = dict(re.findall(r'<input id="[^"]+" name="(v:[^"]+)" type="text" value="([^"]*)"', page.text))
    chosen = re.findall(r'<select id="[^"]+" name="(v:[^"]+)">(.*?)</select>', page.text, re.DOTALL)
    return inputs | {name: (re.findall(r'value="([^"]*)" selected', options) or [""])[0] for name, options in chosen}


async def type_hours(client: httpx.AsyncClient, row: str, hours: str) -> None:
    """Write hours into one of the rows, and send the page."""
    form = typed_fields(await client.get("/declarer/a-completer")) | {f"v:{row}:hours": hours}
    await client.post("/declarer/a-completer", data={**form, "action": "send"})


async def test_rows_are_completed_where_they_stand_and_the_mended_file_counts_nothing_twice(here: House) -> None:
    await here.contract()
    number = await set_aside(here, *ROWS)
    async with here.client() as client:
        assert "2 lignes sont à compléter" in words(await client.get("/declarer"))
        assert f"/declarer/a-completer?declaration={number}" in (await client.get(f"/declarer/recu/{number}")).text
        page = await client.get("/declarer/a-completer")
        assert words(page).count("À compléter") == 2
        form = typed_fields(page)
        form[f"v:{number}.1.3.0:hours"] = "8,5"
        after = await client.post("/declarer/a-completer", data={**form, "action": "send"}, follow_redirects=True)
        assert "Lignes envoyées" in words(after)
        assert "1 ligne mise de côté attend" in words(after)
        assert sorted((await here.held()).values()) == [700, 850]
        await client.post(where(await upload(client, csv(HEADER, *MENDED))), data={"action": "send", "mode": "partial"})
        assert sorted((await here.held()).values()) == [700, 850]
    row = await here.pool.fetchrow("select completed_in, ended_by from parked_lines where number = $1 and line = 3", number)
    assert row is not None
    assert row["completed_in"].startswith("D-2026-")


async def test_what_still_waits_is_told_beside_what_was_set_aside(here: House) -> None:
    """The receipt went on saying that both rows remained, and the interface knew of no others."""
    await here.contract()
    number = await set_aside(here, *ROWS)
    async with here.client() as client:
        await type_hours(client, f"{number}.1.3.0", "8,5")
        said = (await client.get(f"/api/v1/declarations/{number}")).json()
        assert (said["parked"], said["waiting"]) == (2, 1)
        listed = (await client.get("/api/v1/declarations")).json()["items"]
        assert {item["number"]: (item["parked"], item["waiting"]) for item in listed}[number] == (2, 1)
        receipt = words(await client.get(f"/declarer/recu/{number}"))
        assert "1 ligne reste à compléter avant le" in receipt
        assert "Lignes mises de côté : 2, dont 1 encore, à compléter avant le" in receipt
        revision = said["revision"]
        await client.post(f"/declarer/{number}/retirer", data={"reason": "LATE_HOURS", "revision": str(revision)})
        withdrawn = (await client.get(f"/api/v1/declarations/{number}")).json()
        assert (withdrawn["state"], withdrawn["waiting"]) == ("withdrawn", 0)
        assert "Lignes mises de côté" not in words(await client.get(f"/declarer/recu/{number}"))


async def test_persons_of_whom_only_tokens_are_left_stay_apart(here: House) -> None:
    """Their rows look alike once the identifiers are gone: they are still two persons, and no line declared twice."""
    await here.contract()
    await set_aside(here, ROWS[0], ("2026-777", "2026-03", "B", "X", "8"), ("2026-777", "2026-03", "C", "X", "9"))
    await here.contract("2026-777")
    async with here.client() as client:
        page = await client.get("/declarer/a-completer")
        assert words(page).count("Prête") == 2
        await client.post("/declarer/a-completer", data={**typed_fields(page), "action": "send"})
    assert sorted((await here.held()).values()) == [700, 800, 900]
    persons = await here.pool.fetch("select content::jsonb->'person'->>'local' as local from line_values")
    assert len({row["local"] for row in persons}) == 3


async def test_a_row_becomes_ready_when_its_contract_is_known_and_what_was_typed_stays(here: House) -> None:
    await here.contract()
    number = await set_aside(here, *ROWS)
    async with here.client() as client:
        await type_hours(client, f"{number}.1.4.0", "11")
        await here.contract("2026-777")
        page = await client.get(f"/declarer/a-completer?declaration={number}")
        assert "Prête" in words(page)
        await client.post("/declarer/a-completer", data={**typed_fields(page), "declaration": number, "action": "send"})
        left = await client.get("/declarer/a-completer")
    assert sorted((await here.held()).values()) == [700, 1100]
    assert words(left).count("À compléter") == 1


async def test_a_row_is_dropped_only_for_a_reason_and_only_by_its_owner(here: House) -> None:
    await here.contract()
    number = await set_aside(here, *ROWS)
    place = f"{number}.1.3.0"
    async with here.client("company") as other:
        assert "Rien à compléter" in words(await other.get("/declarer/a-completer"))
        taken = await other.post("/declarer/a-completer", data={"drop": place, f"reason:{place}": "DUPLICATE"})
        assert taken.status_code == 404
    async with here.client() as client:
        form = typed_fields(await client.get("/declarer/a-completer")) | {f"v:{number}.1.4.0:hours": "12"}
        refused = await client.post("/declarer/a-completer", data={**form, "drop": place})
        assert refused.status_code == 422
        assert "Choisissez d’abord la raison" in words(refused)
        done = await client.post("/declarer/a-completer", data={**form, "drop": place, f"reason:{place}": "DUPLICATE"})
        again = await client.post("/declarer/a-completer", data={"drop": place, f"reason:{place}": "DUPLICATE"})
        assert (done.status_code, again.status_code) == (303, 404)
        everything = await client.post("/declarer/a-completer", data={"drop": "all", "declaration": number, "reason": "SENT_SINCE"})
        assert everything.status_code == 303
        assert "Rien à compléter" in words(await client.get("/declarer/a-completer"))
    rows = await here.pool.fetch("select line, dropped_for, content ->> 'hours' as hours from parked_lines order by line")
    assert [tuple(row) for row in rows] == [(3, "DUPLICATE", "sept"), (4, "SENT_SINCE", "12")]
    assert list((await here.held()).values()) == [700]


async def test_hours_after_the_end_ask_for_the_new_end_and_are_read_again(here: House) -> None:
    uid = await here.contract()
    await here.pool.execute("update contracts set ends_on = '2025-01-31' where uid = $1", uid)
    number = await set_aside(here, ("2026-001", "2025-01", "A", "X", "7"), ("2026-001", "2026-03", "B", "X", "8"))
    async with here.client() as client:
        page = await client.get("/declarer/a-completer")
        link = re.search(r'href="(/declarer/prolonger\?[^"]+)"', page.text)
        assert link, words(page)
        asked = await client.get(link[1].replace("&amp;", "&"))
        assert "31 janvier 2025" in words(asked).replace("\u00a0", " ").replace("\u202f", " ")
        fields = {"marche": str(uid), "retour": "/declarer/a-completer"}
        early = await client.post("/declarer/prolonger", data={**fields, "ends_on": "31/12/2024"})
        assert early.status_code == 422
        outside = await client.post("/declarer/prolonger", data={**fields, "retour": "//ailleurs.test/", "ends_on": "30/06/2027"})
        assert outside.headers["location"] == "/declarer"
        assert "Prête" in words(await client.get("/declarer/a-completer"))
    async with here.client("coordinator93") as nobody:
        assert (await nobody.post("/declarer/prolonger", data={**fields, "ends_on": "30/06/2028"})).status_code == 403
    assert (await here.announced("contracts"))[-1]["ends_on"] == "2027-06-30"
    assert number


async def test_a_correction_keeps_what_is_still_to_be_completed(here: House) -> None:
    await here.contract()
    number = await set_aside(here, *ROWS)
    async with here.client() as client:
        form = await client.get(f"/declarer/{number}/corriger")
        hours = dict.fromkeys(re.findall(r'name="(hours\.[0-9a-f-]{36})"', form.text), "6")
        done = await client.post(f"/declarer/{number}/corriger", data={**hours, "reason": "TYPING_ERROR", "revision": "1"})
        assert done.status_code == 303, words(done)
        assert "2 lignes mises de côté attendent" in words(await client.get("/declarer/a-completer"))


async def test_a_name_typed_into_a_free_text_is_not_kept(here: House) -> None:
    await here.contract()
    number = await set_aside(here, *ROWS)
    async with here.client() as client:
        form = typed_fields(await client.get("/declarer/a-completer"))
        form[f"v:{number}.1.3.0:job"] = "maçon, tél. 06 12 34 56 78"
        await client.post("/declarer/a-completer", data={**form, "action": "send"})
        kept = json.loads(await here.pool.fetchval("select content::text from parked_lines where number = $1 and line = 3", number))
    assert "job" not in kept
    assert kept["person_local"]


async def test_the_page_of_an_import_takes_the_proposed_value_and_the_cumul_in_one_click(here: House) -> None:
    await here.contract()
    header = (*HEADER, "Modalité", "Type de contrat")
    data = csv(header, ("2026-001", "2026-03", "A", "X", "7", "ETTI", "CDD"), ("2026-001", "2026-03", "B", "X", "150", "", ""),
                ("2026-001", "2026-04", "B", "X", "300", "", ""))  # fmt: skip
    async with here.client() as client:
        place = where(await upload(client, data))
        await client.post(place, data={"action": "apply", "hours_are": "period"})
        page = await client.get(place)
        proposed = re.search(r'name="propose" value="(2:work_contract:[A-Z_]+)"', page.text)
        assert proposed, words(page)
        assert 'value="cumulated"' in page.text
        await client.post(place, data={"propose": proposed[1]})
        assert "V12" not in words(await client.get(place))
        await client.post(place, data={"action": "cumulated"})
        assert "V08" not in words(await client.get(place))


async def test_of_a_forgotten_person_a_row_set_aside_keeps_nothing(here: House) -> None:
    await here.contract()
    await set_aside(here, *ROWS)
    async with here.client() as client:
        done = await client.post("/api/v1/persons/erasure", json={"worker_id": "B"})
        assert (done.status_code, done.json()["parked"]) == (200, 1)
    again = await set_aside(here, ("2026-001", "2026-04", "Z", "X", "7"), ("2026-001", "2026-04", "B", "X", "août"))
    content = json.loads(await here.pool.fetchval("select content::text from parked_lines where number = $1", again))
    assert "person_local" not in content
    assert content["hours"] == "août"


async def test_an_identity_alone_becomes_a_token_that_the_completed_row_has(here: House) -> None:
    await here.contract()
    header = ("N° marché", "Mois", "Nom de naissance", "Prénom", "Date de naissance", "Employeur", "Heures réalisées")
    rows = (
        ("2026-001", "2026-03", "Fictive", "Ana", "1990-04-02", "X", "7"),
        ("2026-001", "2026-04", "Fictive", "Ana", "1990-04-02", "X", "dix"),
    )
    async with here.client() as client:
        await client.post(where(await upload(client, csv(header, *rows))), data={"action": "send", "mode": "partial"})
        page = await client.get("/declarer/a-completer")
        assert "Fictive" not in page.text
        form = {name: "10" if name.endswith(":hours") else value for name, value in typed_fields(page).items()}
        await client.post("/declarer/a-completer", data={**form, "action": "send"})
    first, second = await here.announced()
    assert first["person"] == second["person"]
    assert first["person"]["regional"]
    assert "Fictive" not in json.dumps([dict(row) for row in await here.pool.fetch("select content::text, errors::text from parked_lines")])
