"""Procurement data in tables: texts and workbooks under the titles of many producers, each row accounted for."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from services.ingest.decp.streams import UnreadableDecp
from tests.tables_of_hours import workbook
from tests.unit.decp_contract import BUYER, FILES, HOLDER, SECOND, V1, read, says_the_same


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    "names",
    [
        ("id", "acheteur_id", "acheteur_nom", "titulaire_id", "titulaire_nom", "lieuExecution_code", "lieuExecution_typeCode"),
        ("id", "acheteur.id", "acheteur.nom", "titulaires.0.id", "titulaires.0.denominationSociale", "lieuExecution.code", "lieuExecution.typeCode"),
        ("idMarche", "idAcheteur", "nomAcheteur", "siretEtablissement", "denominationSocialeEtablissement", "lieuExecutionCode", "lieuExecutionTypeCode"),
        ("ID", "Acheteur ID", "Acheteur Nom", "titulaire_id_1", "titulaire_denominationSociale_1", "LIEUEXECUTION_CODE", "lieuexecution_typecode"),
    ],
)  # fmt: skip
def test_tables_of_many_years(tmp_path: Path, names: tuple[str, ...], delimiter: str, encoding: str) -> None:
    titles = [
        *names,
        "objet",
        "codeCPV",
        "montant",
        "dureeMois",
        "dateNotification",
        "datePublicationDonnees",
        "considerationsSociales",
        "autre",
    ]
    cells = ["2019-045", BUYER, "Ville de Rennes", HOLDER, "Bâtir", "35238", "Code commune", "Rénovation de l’école", "45000000-7", "127000,50",
             "24.0", "2019-03-13", "NA", "Clause sociale, Critère social", "…"]  # fmt: skip
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([titles, cells, ["" for _ in cells]])
    [found] = read(tmp_path, text.getvalue().encode(encoding))
    says_the_same(found)
    assert found.part is not None
    assert found.part.procurement.social == ("Clause sociale", "Critère social")


def test_a_table_names_the_buyer_alone_below_a_line_of_its_own(tmp_path: Path) -> None:
    text = f"sep=;\nid;acheteur;objet;montant;dureeMois;codeCPV;dateNotification;lieuExecution.code;titulaires\n2019-045;{BUYER};Rénovation de l’école;127000,5;24;45000000;2019-03-13;35;{HOLDER}\n"
    [found] = read(tmp_path, text.encode())
    says_the_same(found)


TABLE = "id;acheteur_id;objet;codeCPV;montant;dureeMois;dateNotification;titulaire_id_1\n"


def reasons(tmp_path: Path, table: str) -> list[tuple[str, str | None]]:
    return [(found.decp_id, found.reason) for found in read(tmp_path, (TABLE + table).encode())]


def test_a_row_whose_cells_slipped_is_set_aside_and_not_read_under_other_titles(tmp_path: Path) -> None:
    slipped = (
        f"2019-1;{BUYER};Murs;sols;45000000;127000;24;2019-03-13;{HOLDER}\n2019-2;{BUYER};Toits;45000000;127000;24;2019-03-13;{HOLDER};;\n"
    )
    assert reasons(tmp_path, slipped) == [("", "ROW_CELLS"), ("2019-2", None)]


def test_the_last_row_of_a_table_that_breaks_off_is_set_aside(tmp_path: Path) -> None:
    whole = f"2019-1;{BUYER};Murs;45000000;127000;24;2019-03-13;{HOLDER}\n"
    assert reasons(tmp_path, f"{whole}2019-2;{BUYER};Toits;45000000;1270") == [("2019-1", None), ("", "ROW_CUT")]
    assert reasons(tmp_path, whole.rstrip("\n")) == [("2019-1", None)], "whole, without a line's end"
    short = f"2019-1;{BUYER};Murs;45000000;127000;24\n2019-2;{BUYER};Toits;45000000;1270"
    assert [reason for _, reason in reasons(tmp_path, short)] == [None, None], "blank cells at the end left out, as all over this table"


def test_rows_inside_an_open_quotation_are_counted_and_said(tmp_path: Path) -> None:
    rest = f"45000000;127000;24;2019-03-13;{HOLDER}"
    table = (
        f'2019-1;{BUYER};"Murs;{rest}\n2019-2;{BUYER};Toits;{rest}\n2019-3;{BUYER};Sols";{rest}\n2019-4;{BUYER};"Sur\ndeux lignes";{rest}\n'
    )
    assert reasons(tmp_path, table) == [("", "ROW_QUOTE")] * 3 + [("2019-4", None)]


TITLES = ("id", "acheteur.id", "acheteur.nom", "objet", "codeCPV", "montant", "dateNotification", "lieuExecution.code", "lieuExecution.typeCode", "dureeMois",
          "titulaires.0.id", "titulaires.0.typeIdentifiant", "titulaires.0.denominationSociale")  # fmt: skip
CELLS = (
    "2019-045",
    int(BUYER),
    "Ville de Rennes",
    "Rénovation de l’école",
    45000000,
    127000.5,
    "2019-03-13",
    35238,
    "Code commune",
    24,
    int(HOLDER),
    "SIRET",
    "Bâtir",
)


def test_a_workbook_is_read_sheet_by_sheet_like_a_text(tmp_path: Path) -> None:
    """Numbers that a spreadsheet made of codes, a notice before, a second year on a sheet of its own; each row accounted for."""
    data = workbook(
        ("Lisez-moi", [["Données essentielles"]]), ("2019", [["Export du profil d’acheteur"], list(TITLES), list(CELLS), [*CELLS, "de trop"]]),
        ("2020", [list(TITLES), ["2020-001", *CELLS[1:]], ["", "", "Total", "", "", 127000.5]]),
    )  # fmt: skip
    found = read(tmp_path, data)
    assert [(one.position, one.decp_id, one.reason) for one in found] == [
        (1, "2019-045", None), (2, "", "ROW_CELLS"), (3, "2020-001", None), (4, "", "MISSING_ID"),
    ]  # fmt: skip
    says_the_same(found[0])


def test_an_opendocument_workbook_is_opened_too_and_one_without_titles_says_so(tmp_path: Path) -> None:
    ods = (FILES.parent / "formats" / "heures.ods").read_bytes()
    with pytest.raises(UnreadableDecp, match="acheteur_id"):
        read(tmp_path, ods)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ods)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            for before, after in (
                ("N° marché", "id"),
                ("SIRET employeur", "acheteur.id"),
                ("Modalité", "nature"),
                ("12345678200010", BUYER),
            ):
                data = data.replace(before.encode(), after.encode())
            target.writestr(entry, data)
    assert {(one.buyer, one.decp_id, one.reason) for one in read(tmp_path, buffer.getvalue())} >= {(BUYER, "2026-001", None)}


def test_a_broken_workbook_is_refused_with_its_reason(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(UnreadableDecp, match="abîmé"):
        read(tmp_path, buffer.getvalue())


def test_the_buyers_number_before_the_contracts_is_taken_off_where_the_row_says_both(tmp_path: Path) -> None:
    """A merged file calls the two together `id`: the same contract from its own producer would be another one."""
    [found] = read(tmp_path, f"id;identifiantMarche;idAcheteur;objetMarche\n{BUYER}2019-045;2019-045;{BUYER};X\n".encode())
    assert (found.buyer, found.decp_id) == (BUYER, "2019-045")
    [alone] = read(tmp_path, f"id;idAcheteur;objetMarche\n{BUYER}2019-045;{BUYER};X\n".encode())
    assert alone.decp_id == f"{BUYER}2019-045", "alone it is not guessed at"


def test_a_buyer_by_name_beside_its_number_and_holders_in_numbered_columns(tmp_path: Path) -> None:
    """« Acheteur » was taken for the number: every row of such a table was set aside."""
    titles = "Identifiant du marché;Acheteur;SIRET acheteur;Objet;Titulaire 1;SIRET titulaire 1;Titulaire 2;SIRET titulaire 2;Département d’exécution"
    [found] = read(tmp_path, f"{titles}\n2019-045;Ville de Rennes;{BUYER};X;Bâtir;{HOLDER};Autre;{SECOND};35\n".encode())
    assert found.part is not None
    assert (found.buyer, found.part.buyer_name, found.part.department) == (BUYER, "Ville de Rennes", "35")
    assert [(holder.siret, holder.name) for holder in found.part.procurement.holders] == [(HOLDER, "Bâtir"), (SECOND, "Autre")]
    [ministry] = read(tmp_path, f"id;acheteur.id;idTitulaires_1;denominationSociale_1\nA;{BUYER};{HOLDER};Bâtir\n".encode())
    assert ministry.part is not None
    assert [holder.name for holder in ministry.part.procurement.holders] == ["Bâtir"]


@pytest.mark.parametrize("title", ["titulaires", "titulaire_id"])
@pytest.mark.parametrize("sign", [", ", "|", " / "])
def test_several_holders_numbers_in_one_cell(tmp_path: Path, title: str, sign: str) -> None:
    [found] = read(tmp_path, f"id;acheteur_id;{title}\nA;{BUYER};{HOLDER}{sign}{SECOND}\n".encode())
    assert found.part is not None
    assert [holder.siret for holder in found.part.procurement.holders] == [HOLDER, SECOND]


def test_a_number_that_a_column_of_numbers_made_decimal_is_the_number(tmp_path: Path) -> None:
    rows = read(tmp_path, f"id;acheteur_id\n20190045.0;{BUYER}\n2019-1.0;{BUYER}\n".encode())
    assert [row.decp_id for row in rows] == ["20190045", "2019-1.0"]
    [as_text] = read(tmp_path, json.dumps({"marches": [{**V1, "id": "7.0"}]}).encode())
    assert as_text.decp_id == "7.0", "a text is as it was written"


def test_titles_in_plain_french(tmp_path: Path) -> None:
    titles = ("Identifiant acheteur", "Nom acheteur", "Identifiant du marché", "Objet du marché", "CPV principal", "Lieu d'exécution (code)", "Type code lieu d'exécution",
              "Durée (mois)", "Date de notification", "Montant attribué (HT)", "Titulaire - identifiant", "Titulaire - dénomination sociale")  # fmt: skip
    cells = (
        BUYER,
        "Ville de Rennes",
        "2019-045",
        "Rénovation de l’école",
        "45000000-7",
        "35238",
        "Code commune",
        "24",
        "13/03/2019",
        "127 000,50 €",
        HOLDER,
        "Bâtir",
    )
    [found] = read(tmp_path, f"{';'.join(titles)}\n{';'.join(cells)}\n".encode())
    says_the_same(found)
