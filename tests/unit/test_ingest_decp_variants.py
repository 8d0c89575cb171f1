"""Procurement data as producers of many years and departments hand them out: the same contract, read the same."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.ingest.decp.judging import Judged, judge
from services.ingest.decp.streams import UnreadableDecp, rows_of
from tests.tables_of_hours import workbook

FILES = Path(__file__).parents[1] / "files" / "decp"
BUYER, HOLDER, SECOND = "21350238800019", "12345678200010", "21930058900013"
V1: dict[str, Any] = {
    "id": "2019-045", "uid": f"{BUYER}2019-045", "_type": "Marché", "acheteur": {"id": BUYER, "nom": "Ville de Rennes"}, "nature": "Marché",
    "objet": "Rénovation de l’école", "codeCPV": "45000000", "procedure": "Procédure adaptée", "dureeMois": 24, "montant": 127000.5,
    "lieuExecution": {"code": "35238", "typeCode": "Code commune", "nom": "Rennes"}, "dateNotification": "2019-03-13",
    "datePublicationDonnees": "2019-03-20", "formePrix": "Ferme",
    "titulaires": [{"typeIdentifiant": "SIRET", "id": HOLDER, "denominationSociale": "Bâtir"}],
}  # fmt: skip
V2 = {
    **V1,
    "acheteur": {"id": BUYER},
    "titulaires": [{"titulaire": {"id": HOLDER, "typeIdentifiant": "SIRET"}}],
    "considerationsSociales": {"considerationSociale": ["Clause sociale", "Critère social"]},
}


def read(tmp_path: Path, content: bytes) -> list[Judged]:
    file = tmp_path / "decp"
    file.write_bytes(content)
    return [judge(row) for row in rows_of(file)]


def only(tmp_path: Path, value: object, encode: Callable[[str], bytes] = str.encode) -> Judged:
    [found] = read(tmp_path, encode(json.dumps(value, ensure_ascii=False)))
    return found


def says_the_same(found: Judged) -> None:
    assert found.part is not None, found
    said = found.part.procurement
    assert (found.buyer, found.decp_id, found.part.object) == (BUYER, "2019-045", "Rénovation de l’école")
    assert (said.amount, said.duration_months, said.cpv, str(said.notified_on)) == ("127000.5", 24, "45000000", "2019-03-13")
    assert [holder.siret for holder in said.holders] == [HOLDER]
    assert (found.part.department, found.in_region) == ("35", False)


@pytest.mark.parametrize(
    "value",
    [
        {"marches": [V1]}, {"marches": V1}, {"marche": [V1]}, {"marche": V1}, [V1], V1, [{"marche": V1}], {"marches": [{"marche": V1}]},
        [{"marche": [V1]}], {"marches": {"marche": [V1]}}, {"marches": {"marche": V1}}, {"marches": {"marche": [V1], "contrat-concession": []}},
        {"$schema": "…", "marches": [V1]}, {"total_count": 1, "results": [V1]}, {"nhits": 1, "records": [{"recordid": "x", "fields": V1}]},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None, "properties": V1}]}, {"marches": {"marche": [V2]}},
        {"marches": {"contrat-concession": [{**{k: v for k, v in V1.items() if k not in {"acheteur", "titulaires", "montant", "dateNotification"}},
            "autoriteConcedante": {"id": BUYER}, "concessionnaires": [{"concessionnaire": {"id": HOLDER, "typeIdentifiant": "SIRET"}}],
            "valeurGlobale": 127000.5, "dateSignature": "2019-03-13"}]}},
    ],
)  # fmt: skip
def test_wherever_the_contract_stands(tmp_path: Path, value: object) -> None:
    says_the_same(only(tmp_path, value))


@pytest.mark.parametrize(
    "change",
    [
        {"acheteur": [{"id": BUYER, "nom": "Ville"}]}, {"acheteur": BUYER}, {"acheteur": {"siret": BUYER}}, {"acheteur": {"acheteur": {"id": BUYER}}},
        {"acheteur": {"id": int(BUYER)}}, {"acheteur": None, "acheteur.id": BUYER}, {"acheteur": None, "acheteur_id": f"{BUYER}.0"},
        {"id": None}, {"montant": "127000.50"}, {"montant": "127 000,50 €"}, {"montant": "127.000,50"}, {"montant": "127000,5 HT"},
        {"dureeMois": "24"}, {"dureeMois": 24.0}, {"dureeMois": "24 mois"}, {"dateNotification": "2019-03-13+01:00"},
        {"dateNotification": "13/03/2019"}, {"dateNotification": "2019-03-12T23:00:00.000Z"}, {"dateNotification": "2019-03-13T00:00:00"},
        {"dateNotification": "20190313"}, {"dateNotification": "2019-03-13 00:00:00+01"}, {"codeCPV": "45000000-7"}, {"codeCPV": 45000000},
        {"codeCPV": "45000000 - Travaux"}, {"lieuExecution": {"code": 35238, "typeCode": "CODE COMMUNE"}}, {"lieuExecution": "35"},
        {"lieuExecution": [{"code": "35000", "typeCode": "Code postal"}]}, {"lieuExecution": {"lieuExecution": {"code": "35", "typeCode": "Code département"}}},
        {"titulaires": {"typeIdentifiant": "SIRET", "id": HOLDER}}, {"titulaires": {"titulaire": {"id": HOLDER}}}, {"titulaires": HOLDER},
        {"titulaires": {"titulaire": [{"typeIdentifiant": "SIRET", "id": int(HOLDER)}]}}, {"titulaires": [{"siret": HOLDER, "denominationSociale": "B"}]},
        {"titulaires": None, "titulaire_id_1": HOLDER, "titulaire_typeIdentifiant_1": "SIRET"}, {"titulaires": f'[{{"id": "{HOLDER}"}}]'},
        {"_id": {"$oid": "5f"}, "modifications": []}, {"modifications": [{}]}, {"modifications": None},
    ],
)  # fmt: skip
def test_however_a_field_is_written(tmp_path: Path, change: dict[str, Any]) -> None:
    says_the_same(only(tmp_path, {"marches": [{key: value for key, value in {**V1, **change}.items() if value is not None}]}))


TEXT = json.dumps({"marches": [V1, V1]}, ensure_ascii=False).replace("’", "'")


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode(), TEXT.encode("utf-16"), TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"), gzip.compress(TEXT.encode(), mtime=0), (json.dumps(V1) + "\n" + json.dumps(V1) + "\n").encode(),
        (json.dumps(V1) + json.dumps(V1)).encode(), f"{TEXT[:-2]},]}}".encode(), b"\n\n  " + TEXT.encode(),
    ],
    ids=["utf-8", "marked", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "gzip", "a line each", "one after the other", "comma", "blank"],
)  # fmt: skip
def test_in_any_packing_and_encoding(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path, content)
    assert [(row.decp_id, row.part and row.part.buyer_name) for row in found] == [("2019-045", "Ville de Rennes")] * 2
    assert all(row.part is not None and "École".casefold() in str(row.part.object).casefold() for row in found)


def test_an_archive_of_one_file_is_opened_and_of_two_refused(tmp_path: Path) -> None:
    one, two = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(one, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("decp.json", TEXT)
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.json", TEXT)
        archive.writestr("b.json", TEXT)
    assert len(read(tmp_path, one.getvalue())) == 2
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("decp.json", TEXT)
    other = bytearray(packed.getvalue())
    other[60:64] = b"\xff" * 4  # within what is packed: the library of this method has an error of its own
    for broken in (two.getvalue(), one.getvalue()[:150], gzip.compress(TEXT.encode())[:-20], bytes(other)):
        with pytest.raises(UnreadableDecp):
            read(tmp_path, broken)


def test_what_is_no_number_costs_its_field_and_not_the_file(tmp_path: Path) -> None:
    text = "[{}, {}, {}]".format(*(json.dumps({**V1, "montant": "@"}).replace('"@"', odd) for odd in ("NaN", "-Infinity", "9" * 5000)))
    found = read(tmp_path, text.encode())
    assert [(row.outcome, row.part and row.part.procurement.amount, row.part and row.part.procurement.flags) for row in found] == [
        ("imported", None, ("NO_AMOUNT",))
    ] * 3


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


@pytest.mark.parametrize(
    ("code", "kind", "department", "commune"),
    [
        ("77100", "Code postal", "77", None), ("77100", "Code commune", "77", "77100"), ("93100", "Code postal", "93", "93048"),
        ("93048", "Code commune", "93", "93048"), ("93048", "Code postal", "93", "93048"), ("93100", "Code commune", "93", "93048"),
        ("75000", "Code postal", "75", None), ("20000", "Code postal", "2A", None), ("20200", "Code postal", "2B", None), ("2A004", "Code commune", "2A", "2A004"),
        ("97411", "Code commune", "974", "97411"), ("974", "Code département", "974", None), ("93", "Code commune", "93", None), (1000, "Code postal", "01", None),
        (1, "Code département", "01", None), ("931", "Code arrondissement", "93", None), ("9301", "Code canton", "93", None), ("FR", "Code pays", None, None),
        ("11", "Code région", None, None), ("FR106", "Code NUTS", "93", None), ("77100", "", "77", None), ("93048", "", "93", "93048"), ("00", "", None, None),
    ],
)  # fmt: skip
def test_a_place_is_what_its_kind_says(tmp_path: Path, code: object, kind: str, department: str | None, commune: str | None) -> None:
    found = only(tmp_path, {"marches": [{**V1, "lieuExecution": {"code": code, "typeCode": kind}}]})
    assert found.part is not None
    assert (found.part.department, found.part.commune) == (department, commune)
    assert found.in_region is (kind == "Code région" or department in {"75", "77", "93"})


def test_xml_says_what_json_says(tmp_path: Path) -> None:
    row = (
        f"<marche><id>2019-045</id><acheteur><id>{BUYER}</id></acheteur><objet>Rénovation de l’école</objet><codeCPV>45000000-7</codeCPV>"
        f"<lieuExecution><code>35238</code><typeCode>Code commune</typeCode></lieuExecution><dureeMois>24</dureeMois><montant>127000.5</montant>"
        f"<dateNotification>2019-03-13</dateNotification><titulaires><titulaire><id>{HOLDER}</id></titulaire></titulaires>"
        "<considerationsSociales><considerationSociale>Clause sociale</considerationSociale></considerationsSociales>"
        "<modifications><modification><id>1</id><montant>150000</montant></modification></modifications></marche>"
    )
    [found] = read(tmp_path, f'<?xml version="1.0" encoding="UTF-8"?><marches>{row}</marches>'.encode())
    assert found.part is not None
    said = found.part.procurement
    assert (said.amount, said.initial and said.initial.amount, said.social) == ("150000", "127000.5", ("Clause sociale",))
    for bad in (f"<marches>{row}", "<a/>", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><marches/>', "<marches>" + "<a>" * 100):
        with pytest.raises(UnreadableDecp):
            read(tmp_path, bad.encode())


def test_the_official_examples() -> None:
    found = [
        judge(row)
        for name in ("Marche.xml", "Contrat-concession-modification.xml", "mar-avec-modifications.json")
        for row in rows_of(FILES / name)
    ]
    assert [(row.buyer, row.decp_id) for row in found if row.decp_id == "TEST2022"] == [("21750001630040", "TEST2022")] * 2
    last = found[-1].part
    assert last is not None
    assert last.procurement.initial is not None
    assert [holder.siret for holder in last.procurement.initial.holders] == [None, "81223113200026"]
    assert [amendment.number for amendment in last.procurement.amendments] == [1]


def test_a_table_names_the_buyer_alone_below_a_line_of_its_own(tmp_path: Path) -> None:
    text = f"sep=;\nid;acheteur;objet;montant;dureeMois;codeCPV;dateNotification;lieuExecution.code;titulaires\n2019-045;{BUYER};Rénovation de l’école;127000,5;24;45000000;2019-03-13;35;{HOLDER}\n"
    [found] = read(tmp_path, text.encode())
    says_the_same(found)


def test_a_file_that_breaks_off_says_where(tmp_path: Path) -> None:
    for text in ('{"marches": [' + json.dumps(V1) + ', {"id": "A", ', '[{"id": "x" "y"}]', '{"marches": [1, 2'):
        with pytest.raises(UnreadableDecp, match="après"):
            read(tmp_path, text.encode())


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


@pytest.mark.parametrize(
    ("written", "amount"), [("250.000", None), ("250,000", None), ("250000.000", "250000"), ("0.500", "0.5"), ("1.250.000", "1250000")]
)
def test_thousands_or_decimals_are_not_guessed(tmp_path: Path, written: str, amount: str | None) -> None:
    found = only(tmp_path, {"marches": [{**V1, "montant": written}]})
    assert found.part is not None
    assert (found.part.procurement.amount, "NO_AMOUNT" in found.part.procurement.flags) == (amount, amount is None)


def test_a_number_with_three_decimals_is_a_number(tmp_path: Path) -> None:
    [found] = read(tmp_path, json.dumps({"marches": [{**V1, "montant": 0}]}).replace('"montant": 0', '"montant": 250.000').encode())
    assert found.part is not None
    assert found.part.procurement.amount == "250"


@pytest.mark.parametrize("sign", [", ", ";", " / ", "|"])
def test_considerations_joined_by_any_sign(tmp_path: Path, sign: str) -> None:
    found = only(tmp_path, {"marches": [{**V1, "considerationsSociales": f"Clause sociale{sign}Critère social"}]})
    assert found.part is not None
    assert found.part.procurement.social == ("Clause sociale", "Critère social")


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


def test_contracts_named_by_their_number_are_each_read(tmp_path: Path) -> None:
    keyed = {"marches": {"a": V1, "b": {**V1, "id": "2019-046", "uid": None}}}
    found = read(tmp_path, json.dumps(keyed).encode())
    assert [(one.decp_id, one.reason) for one in found] == [("2019-045", None), ("2019-046", None)]
    says_the_same(only(tmp_path, {"hits": {"total": 1, "hits": [{"_id": "x", "_source": V1}]}}))
    says_the_same(only(tmp_path, {"marches": [{**V1, "titulaires": [V1["titulaires"]]}]}))


@pytest.mark.parametrize(
    ("place", "department"),
    [
        ({"code": "093", "typeCode": "Code département"}, "93"), ({"code": "075"}, "75"), ({"code": "093", "typeCode": "Code arrondissement"}, "09"),
        ({"code": "974"}, "974"), ({"nom": "Seine-Saint-Denis"}, "93"), ({"code": "PARIS"}, "75"), ({"nom": "Saint-Denis"}, None),
        ({"code": "11", "typeCode": "Code région", "nom": "Paris"}, None),
        ({"code": "93, 94"}, None), ({"code": "78/93", "typeCode": "Code département"}, None), ({"code": "92 - Hauts-de-Seine"}, "92"),
        ({"code": "20", "typeCode": "Code département"}, None),
    ],
)  # fmt: skip
def test_a_department_with_a_zero_too_many_or_by_its_name(tmp_path: Path, place: dict[str, str], department: str | None) -> None:
    found = only(tmp_path, {"marches": [{**V1, "lieuExecution": place}]})
    assert found.part is not None
    assert found.part.department == department


@pytest.mark.parametrize("written", ["2019-3-13", "2019/3/13", 1552435200000, "1552435200000"])
def test_days_as_databases_write_them(tmp_path: Path, written: object) -> None:
    found = only(tmp_path, {"marches": [{**V1, "dateNotification": written}]})
    assert found.part is not None
    assert (str(found.part.procurement.notified_on), found.outcome) == ("2019-03-13", "repaired")
