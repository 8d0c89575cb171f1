"""Procurement data laid out flat: lists as columns, amendments beside the contract, tables as JSON, lists as programs print them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contracts import Procurement
from services.ingest.decp.judging import Judged, judge
from services.ingest.decp.pieces import Piece, together
from services.ingest.decp.source_row import of_object, of_table
from tests.unit.decp_contract import BUYER, HOLDER, SECOND, V1, V2, read, says_the_same

FLAT = {
    "id": "2019-045", "acheteur_id": BUYER, "objet": "Rénovation de l’école", "codeCPV": "45000000", "montant": "127000.5", "dureeMois": "24",
    "dateNotification": "2019-03-13", "lieuExecution_code": "35", "lieuExecution_typeCode": "Code département",
}  # fmt: skip
"""A contract as a row of a table, without its holders."""


def table(tmp_path: Path, *rows: dict[str, str]) -> list[Judged]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(title for row in rows for title in row)))
    writer.writeheader()
    writer.writerows(rows)
    return read(tmp_path, text.getvalue().encode())


def contract(rows: list[Judged]) -> Procurement:
    """What rows about one contract say together."""
    assert {row.decp_id for row in rows} == {"2019-045"}
    return together([Piece(row.piece or 0, row.order, row.changed_on, row.part) for row in rows if row.part]).procurement


BESIDE = {
    **FLAT, "titulaire_id_1": HOLDER, "titulaire_typeIdentifiant_1": "SIRET", "titulaire_id_2": "CDL", "titulaire_typeIdentifiant_2": "CDL",
    "considerationsSociales": "Clause sociale",
}  # fmt: skip
"""As the ministry's tables have it since 2022: the contract's own columns stay its terms at first."""
_TITLES = (
    "idModification", "montantModification", "dureeMoisModification", "idTitulaireModification", "typeIdentifiantTitulaireModification",
    "dateNotificationModificationModification", "datePublicationDonneesModificationModification",
)  # fmt: skip


def beside(*cells: str) -> Judged:
    return judge(of_table(1, {**BESIDE, **dict(zip(_TITLES, cells, strict=True))}))


@given(
    st.permutations(
        [
            beside("1", "150000", "CDL", "CDL", "CDL", "2020-01-10", "2020-01-12"),
            beside("2", "CDL", "30", SECOND, "SIRET", "2020-06-10", "2020-06-12"),
            beside("2", "CDL", "30", HOLDER, "SIRET", "2020-06-10", "2020-06-12"),
            beside("2", "CDL", "30", HOLDER, "SIRET", "2020-06-10", "2020-06-12"),
        ]
    )
)
def test_amendments_beside_the_contract_in_any_order(rows: list[Judged]) -> None:
    said = contract(rows)
    assert said.initial is not None
    assert (said.initial.amount, said.initial.duration_months, [h.siret for h in said.initial.holders]) == ("127000.5", 24, [HOLDER])
    assert (said.amount, said.duration_months, [holder.siret for holder in said.holders]) == ("150000", 30, sorted([HOLDER, SECOND]))
    assert [(a.number, str(a.notified_on), a.amount, a.duration_months) for a in said.amendments] == [
        (1, "2020-01-10", "150000", None),
        (2, "2020-06-10", None, 30),
    ]
    assert (said.social, said.flags) == (("Clause sociale",), ())


def test_amendments_beside_without_numbers_count_by_day_and_empty_ones_are_none() -> None:
    later, first = beside("", "3000", "", "", "", "2021-01-01", ""), beside("", "2000", "", "", "", "2020-01-01", "")
    assert contract([later, first]) == contract([first, later])
    assert [(a.number, a.amount) for a in contract([later, first]).amendments] == [(1, "2000"), (2, "3000")]
    untouched = contract([beside(*["CDL"] * 7)])
    assert (untouched.amount, untouched.initial, untouched.amendments) == ("127000.5", None, ())


def test_the_ministrys_table_of_2019_tells_the_new_holders_as_a_list() -> None:
    cells = {"booleanModification": "1", "objetModification": "Transfert", "montantModification": "130000", "dureeMoisModification": "",
             "titulairesModification": f"[{{'titulaire': {{'id': '{SECOND}', 'typeIdentifiant': 'SIRET'}}}}]", "dateNotificationModification": "2020-02-02"}  # fmt: skip
    said = contract([judge(of_table(1, {**BESIDE, **cells}))])
    assert (said.amount, [h.siret for h in said.holders], said.amendments[0].object) == ("130000", [SECOND], "Transfert")


def test_states_without_numbers_end_with_todays() -> None:
    """One row a state, « données actuelles » on the last, what changed beside each but the first."""
    states = [("127000.5", "non", ""), ("140000", "non", "Avenant 1"), ("150000", "oui", "Avenant 2")]
    rows = [
        judge(of_table(1, {**FLAT, "titulaire.id": HOLDER, "montant": amount, "donneesActuelles": current, "objetModification": purpose}))
        for amount, current, purpose in states
    ]
    for order in (rows, rows[::-1]):
        said = contract(order)
        assert (said.amount, said.initial and said.initial.amount, len(said.amendments)) == ("150000", "127000.5", 2)


@pytest.mark.parametrize(
    "columns",
    [
        {"titulaires.0.titulaire.id": HOLDER}, {"titulaires/0/id": HOLDER, "titulaires/0/denominationSociale": "Bâtir"}, {"titulaires__0__id": HOLDER},
        {"titulaires_titulaire_id": HOLDER}, {"titulaires[0].id": HOLDER}, {"idTitulaire_1": HOLDER, "denominationTitulaire_1": "Bâtir"},
        {"idTitulaires": HOLDER}, {"titulaires": f"[{{'titulaire': {{'id': '{HOLDER}', 'denominationSociale': \"L'Atelier\", 'x': nan}}}}]"},
        {"titulaires": f"[{{'id': '{HOLDER}'}}\n {{'id': '{HOLDER}'}}]"},
    ],
)  # fmt: skip
def test_holders_laid_out_as_columns_or_printed(tmp_path: Path, columns: dict[str, str]) -> None:
    [found] = table(tmp_path, {**FLAT, **columns})
    says_the_same(found)


def test_names_of_what_held_the_contract_stand_before_its_titles(tmp_path: Path) -> None:
    row = {**FLAT, "lieuxExecution_code": "35", "lieuxExecution_typeCode": "Code département", "titulaire_id": HOLDER}
    del row["lieuExecution_code"], row["lieuExecution_typeCode"]
    [found] = table(tmp_path, {f"marches.marche.{title}": cell for title, cell in row.items()})
    says_the_same(found)


def test_amendments_laid_out_as_columns(tmp_path: Path) -> None:
    cells = {"titulaires.0.id": HOLDER, "titulaires.1.id": SECOND, "modifications.0.modification.id": "1", "modifications.0.modification.montant": "150000",
             "modifications.1.modification.id": "2", "modifications.1.modification.dureeMois": "30", "modifications.1.modification.titulaires.0.titulaire.id": SECOND}  # fmt: skip
    said = contract(table(tmp_path, {**FLAT, **cells}))
    assert (said.amount, said.duration_months, [h.siret for h in said.holders]) == ("150000", 30, [SECOND])
    assert said.initial is not None
    assert [holder.siret for holder in said.initial.holders] == sorted([HOLDER, SECOND])


def test_a_table_exported_as_json_has_a_holder_a_row(tmp_path: Path) -> None:
    rows = [
        {**FLAT, "titulaire_id": siret, "montant": 127000.5, "techniques": ["Sans objet"], "objetModification": None}
        for siret in (HOLDER, SECOND)
    ]
    for content in (json.dumps({"data": rows, "links": {}}), "\n".join(map(json.dumps, rows))):
        assert [holder.siret for holder in contract(read(tmp_path, content.encode())).holders] == sorted([HOLDER, SECOND])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Clause sociale", "Clause sociale"), ("CLAUSE_SOCIALE", "Clause sociale"), ("Clauses sociales", "Clause sociale"), ("clauseSociale", "Clause sociale"),
        ("Clause sociale d’insertion", "Clause sociale"), ("Critères sociaux", "Critère social"), ("Crit\ufffdre social", "Critère social"),
        ("critere social", "Critère social"), ("March\ufffd r\ufffdserv\ufffd", "Marché réservé"), ("Marchés réservés", "Marché réservé"),
        ("Concession réservée", "Concession réservée"), ("Sans objet", "Pas de considération sociale"), ("Non", "Pas de considération sociale"),
        ("Aucune considération sociale", "Pas de considération sociale"), ("Clause sociale et critère social", "Clause sociale|Critère social"),
        (["Clause sociale", "clause  sociale"], "Clause sociale"), ({"considerationSociale": "Marché réservé"}, "Marché réservé"),
        ([{"considerationSociale": "Critère social"}, {"considerationSociale": "Clause sociale"}], "Clause sociale|Critère social"),
        ("['Clause sociale' 'Critère social']", "Clause sociale|Critère social"), ("Clause sociale\nCritère social", "Clause sociale|Critère social"),
        ("NC", ""), (["NC"], ""), ("Non renseigné", ""), (None, ""), (["Autre chose"], "Autre chose"), ("Clause environnementale", "Clause environnementale"),
    ],
)  # fmt: skip
def test_what_a_social_consideration_says(written: Any, meant: str) -> None:
    for found in (
        judge(of_object(1, {**V2, "considerationsSociales": written})),
        judge(of_table(1, {**FLAT, "considerationsSociales": written})),
    ):
        assert found.part is not None
        assert "|".join(found.part.procurement.social) == meant


def test_considerations_under_the_path_that_a_converter_gives(tmp_path: Path) -> None:
    for title in ("considerationsSociales.considerationSociale", "considerationsSociales_considerationSociale", "considerationsSociales.0"):
        [found] = table(tmp_path, {**FLAT, title: "Clause sociale"})
        assert found.part is not None
        assert found.part.procurement.social == ("Clause sociale",), title


def test_names_of_fields_are_no_holders() -> None:
    """A converter that took one holder for a list leaves these."""
    change = {"id": 1, "montant": 130000, "titulaires": [{"titulaire": "typeIdentifiant"}, {"titulaire": "id"}]}
    found = judge(of_object(1, {**V1, "modifications": [{"modification": change}]}))
    assert found.part is not None
    assert [holder.siret for holder in found.part.procurement.holders] == [HOLDER]
    assert found.part.procurement.flags == ()


def test_everything_that_stands_in_the_list_is_counted(tmp_path: Path) -> None:
    assert [row.reason for row in read(tmp_path, json.dumps([V1, None, [], {}, "x", 3]).encode())] == [None, *["MISSING_ID"] * 5]


def test_the_layout_of_local_authorities() -> None:
    """A row a holder, then a row an amendment, under names with their parts the other way round (MARCHE_ID, MODIF_MARCHE_MONTANT)."""
    own = {
        "MARCHE_ID": "2019-045", "ACHETEURS_ID": BUYER, "ACHETEURS_NOM": "Rennes", "NATURE_MARCHE": "Marché", "MARCHE_OBJET": "École",
        "CPV_CODE": "45000000", "LIEU_EXEC_CODE": "35", "LIEU_EXEC_TYPE": "Code département", "DUREE_MOIS": "12",
        "NOTIFICATION_DATE": "2018-11-01", "PUBLICATION_DATE": "2018-12-01", "MONTANT": "50000", "TITULAIRES_ID_TYPE": "SIRET",
    }  # fmt: skip
    changed = {
        "MODIF_MARCHE_MONTANT": "60000", "MODIF_SIGNATURE_DATE": "2019-01-15", "MODIF_PUBLICATION_DATE": "2019-02-01", "MODIF_OBJET": "Reprise",
        "MODIF_TITULAIRES_ID": SECOND, "MODIF_TITULAIRES_ID_TYPE": "SIRET", "MODIF_DUREE_MOIS": "",
    }  # fmt: skip
    empty = dict.fromkeys(changed, "")
    rows = [
        {**own, "TITULAIRES_ID": HOLDER, **empty},
        {**own, "TITULAIRES_ID": SECOND, **empty},
        {**own, "TITULAIRES_ID": HOLDER, **changed},
    ]
    said = contract([judge(of_table(place, row)) for place, row in enumerate(rows, start=1)])
    assert said.initial is not None
    assert (said.amount, said.initial.amount, str(said.notified_on), said.flags) == ("60000", "50000", "2018-11-01", ())
    assert ([h.siret for h in said.initial.holders], [h.siret for h in said.holders]) == ([HOLDER, SECOND], [SECOND])
    assert [(one.amount, one.object, str(one.notified_on)) for one in said.amendments] == [("60000", "Reprise", "2019-01-15")]
