# ruff: noqa: F811  fixtures are taken by their name
"""Data sets in every form, and revisions from one release to the next."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

from python_calamine import CalamineWorkbook

from tests.integration.printed_house import NOW, SECRET, House, Told, cells, publish, signed_in
from tests.integration.printed_pages import empty, house  # noqa: F401  fixtures


async def test_revisions_say_what_changed_by_how_much_and_why(house: House) -> None:
    told = cells()
    place = ("I01", "2025", "department", "93", "")
    running = ("I01", "2026", "department", "93", "")
    before = told[place].value
    assert before is not None
    raised = f"{float(before) * 1.25:.2f}"
    changed = {
        place: Told(raised),
        ("I01", "2024", "sex", "F", ""): SECRET,
        running: Told("1.00"),
        ("I05", "2025", "", "", ""): Told("9", "ok", "2026-1"),
    }
    await house.later(changed)
    listed = (await house.client.get("/revisions")).text
    assert "+25,0" in listed
    assert "Seine-Saint-Denis" in listed
    file = list(csv.DictReader(io.StringIO((await house.client.get("/revisions/2026-2.csv")).text)))
    found = {(row["indicateur"], row["periode"], row["codes"]): row for row in file}
    assert found["I01", "2025", "93"]["avant"] == before
    assert found["I01", "2025", "93"]["apres"] == raised
    assert ("I01", "2026", "93") in found, "both releases end on the same day: the running year was revised, it did not grow"
    page = (await house.client.get("/revisions/2026-2")).text
    assert "Masqués depuis" in page
    assert "déclarations arrivées ou corrigées" in page, "without a note the page gives the usual reason"
    assert (await house.client.post("/revisions/2026-2/motif", data={"motif": "x"})).status_code == 401
    refused = await house.client.post("/revisions/2026-2/motif", data={"motif": "x"}, headers=signed_in("coordinator93"))
    assert refused.status_code == 403
    for bad in ("", "   ", "x" * 1_001):
        assert (await house.client.post("/revisions/2026-2/motif", data={"motif": bad}, headers=signed_in("team"))).status_code == 422
    why = "Un bailleur a corrigé <ses> heures du 3e trimestre."
    said = await house.client.post("/revisions/2026-2/motif", data={"motif": why}, headers=signed_in("team"))
    assert said.status_code == 303
    page = (await house.client.get("/revisions/2026-2", headers=signed_in("declarant"))).text
    assert "corrigé &lt;ses&gt; heures" in page
    assert (await house.client.post("/revisions/1999-1/motif", data={"motif": "x"}, headers=signed_in("team"))).status_code == 404


async def test_a_year_that_grew_is_not_a_revision(empty: House) -> None:
    await publish(empty.pool, "2026-1", cells(), until=NOW.date().replace(month=7, day=1))
    await publish(empty.pool, "2026-2", {**cells(), ("I01", "2026", "", "", ""): Told("9.00")}, at=NOW + timedelta(hours=1))
    page = (await empty.client.get("/revisions/2026-2")).text
    assert "L’année 2026, en cours" in page
    assert "Aucun chiffre publié n’a changé" in page


async def test_a_data_set_is_the_same_in_every_form_and_has_a_page(house: House) -> None:
    await house.later({("I05", "2025", "", "", ""): Told("12", "ok", "2026-1")})
    machine = list(csv.reader(io.StringIO((await house.client.get("/donnees/I05.csv")).text)))
    sheet_csv = (await house.client.get("/donnees/I05.excel.csv")).text
    assert sheet_csv.startswith("\ufeffpublication;")
    spreadsheet = list(csv.reader(io.StringIO(sheet_csv.removeprefix("\ufeff")), delimiter=";"))
    book = CalamineWorkbook.from_filelike(io.BytesIO((await house.client.get("/donnees/I05.xlsx")).content))
    assert book.sheet_names == ["Données", "Dictionnaire", "À lire"]
    rows = book.get_sheet_by_name("Données").to_python()
    printed = await house.pool.fetchval("select count(*) from published_cells where release = '2026-2' and indicator = 'I05'")
    assert len(machine) == len(spreadsheet) == len(rows) == printed + 1
    value = machine[0].index("valeur")
    for row, line in zip(rows[1:], machine[1:], strict=True):
        assert line[value] == ("" if row[value] == "" else f"{row[value]:.0f}")
    kept = next(line for line in machine if line[2:4] == ["2025", ""] and line[4] == "")
    assert kept[machine[0].index("statut")] == "non mis à jour"
    assert all("Ne pas additionner les personnes" in line[-1] for line in machine[1:])
    assert "Ne pas additionner" in str(book.get_sheet_by_name("À lire").to_python())
    page = (await house.client.get("/donnees/I05")).text
    for column in machine[0]:
        assert f"<code>{column}</code>" in page
    assert "non mis à jour" in (await house.client.get("/indicateurs/I05?period=2025&by=")).text


async def test_every_data_set_is_as_its_schema_says(house: House) -> None:
    await house.later({("I05", "2025", "", "", ""): Told("9", "ok", "2026-1")})
    described = (await house.client.get("/donnees/I01.schema.json")).json()
    fields = {one["name"]: one for one in described["fields"]}
    for name in ("I01", "I05", "I07", "I16"):
        rows = list(csv.DictReader(io.StringIO((await house.client.get(f"/donnees/{name}.csv")).text)))
        assert list(rows[0]) == list(fields)
        keys = [tuple(row[column] for column in described["primaryKey"]) for row in rows]
        assert len(keys) == len(set(keys)), name
        for row in rows:
            for column, value in row.items():
                rules = fields[column].get("constraints", {})
                assert value or not rules.get("required"), (name, column)
                assert not value or value in rules.get("enum", [value]), (name, column, value)
                assert not value or re.fullmatch(rules.get("pattern", ".*"), value, re.DOTALL), (name, column, value)
            assert not row["valeur"] or float(row["valeur"]) >= 0
            date.fromisoformat(row["arrete_au"])
