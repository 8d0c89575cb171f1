"""How a contract was bought and is carried out: framework agreements of DECP v2, in every form that lists take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.contracts import Procurement
from services.indicators.rules.frameworks import is_framework
from services.ingest.decp.judging import judge
from services.ingest.decp.source_row import of_table
from tests.unit.decp_contract import BUYER, V2, only, read


def bought(tmp_path: Path, **said: Any) -> Procurement:
    found = only(tmp_path, {"marches": [{**V2, **said}]})
    assert found.part is not None
    return found.part.procurement


@pytest.mark.parametrize(
    "written",
    [
        {"technique": ["Accord-cadre"]},
        {"technique": "Accord-cadre"},
        [{"technique": "Accord-cadre"}],
        ["Accord-cadre"],
        "Accord-cadre",
        "ACCORD CADRE",
        "Accord\u2011cadre à bons de commande",
        "['Accord-cadre']",
        '{"technique": ["Accord-cadre"]}',
    ],
)
def test_a_framework_agreement_in_every_writing(tmp_path: Path, written: object) -> None:
    said = bought(tmp_path, techniques=written)
    assert said.techniques == ("Accord-cadre",)
    assert is_framework(said) is True


@pytest.mark.parametrize(
    "cells",
    [
        {"techniques": "Accord-cadre, Concours"},
        {"technique": "Concours / accord-cadre"},
        {"Technique d’achat": "Concours, Accord-cadre"},
        {"techniques.technique.0": "Accord-cadre", "techniques.technique.1": "Concours"},
        {"techniques/0": "Concours", "techniques/1": "Accord-cadre"},
    ],
)
def test_the_same_in_tables(cells: dict[str, str]) -> None:
    found = judge(of_table(1, {"id": "1", "acheteur_id": BUYER, "montant": "5000", **cells}))
    assert found.part is not None
    assert found.part.procurement.techniques == ("Accord-cadre", "Concours")


def test_in_xml(tmp_path: Path) -> None:
    marche = f"<id>1</id><acheteur><id>{BUYER}</id></acheteur><techniques><technique>Accord-cadre</technique><technique>Concours</technique></techniques>"
    [found] = read(tmp_path, f"<marches><marche>{marche}</marche></marches>".encode())
    assert found.part is not None
    assert found.part.procurement.techniques == ("Accord-cadre", "Concours")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"nature": "Accord-cadre"}, True),
        ({"nature": "Accord cadre à bons de commande"}, True),
        ({"nature": "Marché subséquent"}, False),
        ({"nature": "Marché subséquent d’un accord-cadre"}, False),
        ({"nature": "Marché", "techniques": {"technique": ["Sans objet"]}}, False),
        ({"nature": "Marché", "techniques": "Sans objet", "modalitesExecution": "Bons de commande"}, False),
        ({"nature": "Marché", "modalitesExecution": {"modaliteExecution": ["Bons de commande", "Tranches"]}}, True),
        ({"nature": "Marché", "techniques": ["Accord-cadre"], "idAccordCadre": "2018AC12"}, False),
        ({"nature": "Marché", "techniques": ["Accord-cadre"], "idAccordCadre": "2019-045"}, True),
        ({"nature": "Marché", "techniques": ["Accord-cadre"], "idAccordCadre": "CDL"}, True),
        ({"nature": "Marché", "techniques": ["Accord-cadre"], "idAccordCadre": "1234567890"}, True),
        ({"nature": "Marché", "techniques": "NC"}, False),
        ({"nature": None, "techniques": None}, None),
    ],
)
def test_which_contracts_are_framework_agreements(tmp_path: Path, said: dict[str, Any], expected: bool | None) -> None:
    """The number of a framework agreement makes a contract one awarded under it; its own, an example's or « CDL » says nothing."""
    assert is_framework(bought(tmp_path, **said)) is expected


def test_the_official_examples_are_framework_agreements(tmp_path: Path) -> None:
    said = bought(
        tmp_path,
        techniques={"technique": ["Concours", "Accord-cadre"]},
        modalitesExecution={"modaliteExecution": ["Tranches"]},
        idAccordCadre="1234567890",
    )
    assert (said.techniques, said.execution, said.framework_id) == (("Accord-cadre", "Concours"), ("Tranches",), None)


def test_what_says_nothing_is_missing_in_json_as_in_a_table(tmp_path: Path) -> None:
    said = bought(tmp_path, dateNotification="NC", dureeMois="CDL", titulaires=[{"titulaire": {"typeIdentifiant": "CDL", "id": "CDL"}}])
    assert (said.holders, said.flags) == ((), ("NO_DURATION", "NO_HOLDER", "NO_NOTIFICATION_DATE"))
