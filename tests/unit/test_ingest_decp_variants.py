"""Procurement data as producers of many years and departments hand them out: the same contract, read the same."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from services.ingest.decp.judging import judge
from services.ingest.decp.streams import UnreadableDecp, rows_of
from tests.unit.decp_contract import BUYER, FILES, HOLDER, V1, V2, only, read, says_the_same


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
        {"contrats-concessions": [V1]}, {"contrats-de-concession": [V1]},
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


def test_what_is_no_number_costs_its_field_and_not_the_file(tmp_path: Path) -> None:
    text = "[{}, {}, {}]".format(*(json.dumps({**V1, "montant": "@"}).replace('"@"', odd) for odd in ("NaN", "-Infinity", "9" * 5000)))
    found = read(tmp_path, text.encode())
    assert [(row.outcome, row.part and row.part.procurement.amount, row.part and row.part.procurement.flags) for row in found] == [
        ("imported", None, ("NO_AMOUNT",))
    ] * 3


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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"marches": [{"id": "A", "objet": "Gros ', "s’arrête au milieu. Rien n’a été enregistré"),
        ('{"marches": [{"id": "A", "montant": 12', "s’arrête au milieu"),
        ('{"marches": [{"id": "A" "objet": "x"}]}', 'une virgule était attendue, près de « .*"A" "objet"'),
        ('{"marches": [{"id": "A", "montant": 12 €}]}', "une virgule était attendue"),
        ("<marches><marche><id>A</id>", "Le XML s’arrête au milieu \\(ligne 1, caractère"),
        ("<marches><marche><id>A</marche></marches>", "Le XML est incorrect : ligne 1, caractère"),
        ('<?xml version="1.0" encoding="klingon"?><marches/>', "L’encodage que ce XML annonce"),
        ('id;acheteur_id;objet\n1;2;"' + "x;y\n" * 300_000, "près de la ligne .* une cellule ne finit pas"),
    ],
)  # fmt: skip
def test_why_a_file_cannot_be_read_is_said_in_french(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UnreadableDecp, match=says):
        read(tmp_path, text.encode())


def test_a_file_that_breaks_off_says_where(tmp_path: Path) -> None:
    for text in ('{"marches": [' + json.dumps(V1) + ', {"id": "A", ', '[{"id": "x" "y"}]', '{"marches": [1, 2'):
        with pytest.raises(UnreadableDecp, match="après"):
            read(tmp_path, text.encode())


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


@pytest.mark.parametrize(
    ("written", "social"),
    [
        ("Critère social (sans clause sociale)", ("Critère social",)), ("Ni clause sociale ni critère social", ("Pas de considération sociale",)),
        ("Clause sociale : non", ()), ("Clause sociale : non, critère social : oui", ("Critère social",)), ("Marché réservé (ESAT/EA)", ("Marché réservé",)),
        ("Clause sociale, hors marché réservé", ("Clause sociale",)),
    ],
)  # fmt: skip
def test_what_is_denied_is_no_clause(tmp_path: Path, written: str, social: tuple[str, ...]) -> None:
    found = only(tmp_path, {"marches": [{**V1, "considerationsSociales": written}]})
    assert found.part is not None
    assert found.part.procurement.social == social


def test_contracts_named_by_their_number_are_each_read(tmp_path: Path) -> None:
    keyed = {"marches": {"a": V1, "b": {**V1, "id": "2019-046", "uid": None}}}
    found = read(tmp_path, json.dumps(keyed).encode())
    assert [(one.decp_id, one.reason) for one in found] == [("2019-045", None), ("2019-046", None)]
    says_the_same(only(tmp_path, {"hits": {"total": 1, "hits": [{"_id": "x", "_source": V1}]}}))
    says_the_same(only(tmp_path, {"marches": [{**V1, "titulaires": [V1["titulaires"]]}]}))


@pytest.mark.parametrize("written", ["2019-3-13", "2019/3/13", 1552435200000, "1552435200000"])
def test_days_as_databases_write_them(tmp_path: Path, written: object) -> None:
    found = only(tmp_path, {"marches": [{**V1, "dateNotification": written}]})
    assert found.part is not None
    assert (str(found.part.procurement.notified_on), found.outcome) == ("2019-03-13", "repaired")
