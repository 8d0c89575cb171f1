"""The fifteen defects of real files: `./macs check` offline, the page and the interface say the same, and give the same annotated workbook."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from cli.check import check
from tests.integration.import_house import upload, where
from tests.integration.ingest_house import House, house
from tests.integration.verdicts import on_the_page
from tests.tables_of_hours import BLOCKS, CUMUL, csv, workbook

_HEADER: Final = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées")
_ROW: Final = ("2026-001", "2026-03", "A1", "X", "7,5")


def _sheet(*rows: Sequence[Any]) -> bytes:
    return workbook(("Suivi", rows))


DEFECTS: Final[dict[str, bytes]] = {
    "1 titles above, header on two lines": _sheet(
        ["Suivi des clauses sociales"], [], ["N° marché", "Employeur", "Bénéficiaire", "", "Période", "Heures réalisées"],
        ["", "", "Matricule", "Sexe", "", ""], ["2026-001", "X", "A1", "F", "2026-03", 7.5], ["2026-001", "X", "A2", "Z", "2026-03", 412],
    ),
    "2 totals": _sheet(_HEADER, _ROW, ("Sous-total", "", "", "", "7,5"), ("", "", "TOTAL GÉNÉRAL", "", "7,5")),
    "3 a contract written once": BLOCKS,
    "4 cumulated hours": CUMUL,
    "5 months in columns": _sheet(
        ["N° marché", "Employeur", "Matricule", "01/2026", "02/2026", "Total"], ["2026-001", "X", "A1", 10, "-3", 7], ["2026-001", "X", "A2", 0, 500, 500]
    ),
    "6 a damaged SIRET": _sheet((*_HEADER, "SIRET"), (*_ROW, "2,175E+13"), ("2026-001", "2026-03", "A2", "", "7", "1234567820001")),
    "7 hours in every writing": _sheet(
        _HEADER, *(("2026-001", "2026-03", f"A{place}", "X", cell) for place, cell in enumerate([timedelta(hours=151, minutes=40), "7h30", "7h75", "151,67 h"]))
    ),
    "8 months as dates, text, American order": _sheet(
        _HEADER, *(("2026-001", cell, "A1", "X", 1) for cell in [datetime(2026, 2, 1), "janv-26", "2026-03", "04/13/2026"])
    ),
    "9 one person in several ways": csv(
        ("N° marché", "Mois", "Matricule", "Nom de naissance", "Prénom", "Date de naissance", "Employeur", "Heures réalisées"),
        ("2026-001", "2026-01", "A1", "DUPONT", "Zoé", "02/03/1990", "X", "120"), ("2026-001", "2026-01", "A2", "Dupont ", "ZOE", "1990-03-02", "X", "120"),
    ),
    "10 two things in one cell": csv((*_HEADER, "Type de contrat"), (*_ROW, "CDDI/ETTI"), (*_ROW[:2], "A2", "X", "1", "CDDI")),
    "16 minutes": _sheet((*_HEADER[:4], "Durée (minutes)"), (*_ROW[:4], 9100), (*_ROW[:2], "A2", "X", 24_720), (*_ROW[:2], "A3", "X", -450)),
    "11 sexes": csv((*_HEADER, "Sexe"), (*_ROW, "Mme"), (*_ROW[:2], "A2", "X", "1", "2"), (*_ROW[:2], "A3", "X", "1", "?!")),
    "12 a sheet a lot": workbook(
        ("Lot 1", [_HEADER, _ROW]), ("Lot 2", [_HEADER, ("2026-002", "2026-03", "A2", "X", "-8")]), ("2025", [_HEADER, _ROW]), hidden=["2025"]
    ),
    "13 committed hours on each line": csv((*_HEADER, "Heures prévues"), (*_ROW, "1200"), (*_ROW[:2], "A2", "X", "-1", "1200")),
    "14 errors and blanks": _sheet(_HEADER, *(("2026-001", "2026-03", f"A{place}", "X", cell) for place, cell in enumerate(["#REF!", "-", "NC", "?", "", 7]))),
    "15 old terms, names in comments": csv(
        (*_HEADER, "ZUS", "Critère", "Prescripteur", "Commentaire", "Téléphone"), (*_ROW, "oui", "RSA", "Pôle emploi", "voir Mme Fictive", "0600000000"),
        (*_ROW[:2], "A2", "X", "1", "oui", "inconnu", "", "", ""),
    ),
}  # fmt: skip


@pytest.fixture
async def here(ingest_database: str) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        await found.contract("2026-001")
        await found.contract("2026-002")
        yield found


def offline(path: Path) -> tuple[list[dict[str, Any]], bytes | None]:
    """What `./macs check FICHIER --json --annotate SORTIE.xlsx` says and writes."""
    app, out = typer.Typer(), path.with_suffix(".annotated")
    app.command()(check)
    done = CliRunner().invoke(app, [str(path), "--json", "--annotate", str(out)])
    assert done.exit_code in {0, 1}, done.output
    errors: list[dict[str, Any]] = json.loads(done.stdout)["errors"]
    return errors, out.read_bytes() if out.exists() else None


def cells(data: bytes) -> dict[tuple[str, str], tuple[object, object, object]]:
    """Value, comment and colour of each cell."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        (sheet.title, cell.coordinate): (cell.value, cell.comment and cell.comment.text, cell.fill.fgColor.rgb)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
    }


async def test_each_defect_has_one_verdict_at_every_door(here: House, tmp_path: Path) -> None:
    """What the doors know more than the offline check are contracts; these are known, and nothing is said of them."""
    assert len(DEFECTS) == 16
    refused = written = 0
    async with here.client() as client:
        for name, data in DEFECTS.items():
            path = tmp_path / ("f.xlsx" if data.startswith(b"PK") else "f.csv")
            path.write_bytes(data)
            said, workbook_offline = offline(path)
            page = await upload(client, data, path.name)
            counted = Counter((error["code"], error["severity"]) for error in said)
            assert {(code, severity) for _, code, severity in on_the_page(page.text)} == set(counted), name
            if workbook_offline is not None:
                there = await client.get(f"{where(page)}/annote.xlsx")
                assert cells(there.content) == cells(workbook_offline), name
                written += 1
            if any(error["severity"] == "blocking" for error in said):
                answer = await client.post("/api/v1/imports", data={"type": "hours"}, files={"file": (path.name, data)})
                assert answer.status_code == 422, name
                key = json.dumps
                assert sorted(map(key, answer.json()["errors"])) == sorted(map(key, said)), name
                refused += 1
            path.with_suffix(".annotated").unlink(missing_ok=True)
    assert refused >= 9
    assert written >= 14, "every file that can be read comes back annotated"
