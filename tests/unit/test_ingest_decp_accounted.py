"""Nothing of a procurement file goes without a word: each entry is read, set aside with its reason, or a duplicate, whatever it is wrapped in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.ingest.decp.streams import UnreadableDecp
from tests.unit.decp_contract import BUYER, HOLDER, SECOND, V1, only, read

ONE, OTHER = {**V1, "id": "2019-001"}, {**V1, "id": "2019-002"}


def numbers(tmp_path: Path, value: object) -> list[tuple[str, str]]:
    content = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return [(found.outcome, found.decp_id) for found in read(tmp_path, content.encode())]


BOTH = [("imported", "2019-001"), ("imported", "2019-002")]


@pytest.mark.parametrize(
    "value",
    [
        {"marches": [ONE], "marchesSubsequents": [OTHER]}, {"marches": {"marche": [ONE], "marches-subsequents": [OTHER]}},
        {"decp-2024": [ONE, OTHER]}, {"export": {"decp_2024": {"marche": [ONE, OTHER]}}}, {"meta": {"d": 1}, "export": {"marches": [ONE, OTHER]}},
        {"marches": [{"contrat": ONE}, {"contrat": OTHER}]}, json.dumps({"contrat": ONE}) + "\n" + json.dumps({"contrat": OTHER}),
        {"acheteur": {"id": BUYER}, "id": "export", "marches": [ONE, OTHER]}, {"champs": [{"nom": "id"}], "liste": [ONE, OTHER]},
        [{**ONE, "data": {"version": 2}}, OTHER], {"info": {"id": "x", "objet": "export"}, "marches": [ONE, OTHER]},
    ],
)  # fmt: skip
def test_contracts_under_any_name_and_beside_the_usual_one(tmp_path: Path, value: object) -> None:
    """Those under a name that is not ours, beside « marches », were gone without a word; alone, the file was refused."""
    assert numbers(tmp_path, value) == BOTH


def test_an_agreement_and_the_contracts_that_it_holds(tmp_path: Path) -> None:
    assert sorted(numbers(tmp_path, {**ONE, "marchesSubsequents": [OTHER]})) == BOTH
    assert numbers(tmp_path, {**ONE, "data": {"version": 2}, "tags": ["a", {"id": 1}]}) == BOTH[:1]


def test_what_is_no_contract_is_counted_too(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps({"marches": [None, ONE, "", [], {}, "NC", [OTHER], 12]}).encode())
    assert [one.position for one in found] == list(range(1, 9))
    assert [(one.outcome, one.decp_id) for one in found if one.outcome != "set_aside"] == BOTH
    assert {one.reason for one in found if one.outcome == "set_aside"} == {"MISSING_ID"}


@pytest.mark.parametrize("text", ['{"a":' * 3_000 + "1" + "}" * 3_000, '{"a":' + "[" * 100_000, '{"a":{"b":[{"c":' * 2_000])
def test_objects_in_objects_end_the_file_and_not_the_reader(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableDecp):
        read(tmp_path, text.encode())


@pytest.mark.parametrize(
    "changes",
    [
        [{"id": 1, "montantModification": 200000, "dureeMoisModification": 30}], {"0": {"id": 1, "montant": 200000, "dureeMois": 30}},
        [[{"id": 1, "montant": 200000, "dureeMois": 30}]], [{"modificationMontant": 200000, "modificationDureeMois": "30", "modificationId": 1}],
        [{"modification": {"id": 1, "valeurGlobale": "200 000,00 €", "dureeMois": 30}}],
    ],
)  # fmt: skip
def test_an_amendment_in_any_writing_changes_the_contract(tmp_path: Path, changes: object) -> None:
    """Its amount was lost, and the first one passed for today's."""
    found = only(tmp_path, {"marches": [{**V1, "modifications": changes}]})
    assert found.part is not None
    said = found.part.procurement
    assert (said.amount, said.duration_months, said.initial and said.initial.amount) == ("200000", 30, "127000.5")


def test_amendments_without_days_are_applied_by_their_numbers(tmp_path: Path) -> None:
    """A list that begins with the last one was put in the order of its texts."""
    for changes in ([{"id": 2, "montant": 100}, {"id": 1, "montant": 200000}], [{"id": 1, "montant": 200000}, {"id": 2, "montant": 100}]):
        found = only(tmp_path, {"marches": [{**V1, "modifications": changes}]})
        assert found.part is not None
        assert found.part.procurement.amount == "100"


def test_a_number_that_a_spreadsheet_wrote_short_is_no_number(tmp_path: Path) -> None:
    """Two contracts of one buyer were one, « 2,01825E+15 »."""
    rows = [{**V1, "id": number, "uid": None} for number in ("2,01825E+15", "2.01825E+15", 2.01825e15, "2,01825e+15")]
    found = read(tmp_path, json.dumps(rows).replace("2018250000000000.0", "2.01825E+15").encode())
    assert {(one.outcome, one.reason) for one in found} == {("set_aside", "LOST_ID")}
    whole = only(tmp_path, {**V1, "id": "2,01825E+15", "uid": f"{BUYER}_201825000000001"})
    assert (whole.outcome, whole.decp_id) == ("repaired", "201825000000001")
    assert only(tmp_path, {**V1, "id": "2018E12"}).decp_id == "2018E12", "a number that a buyer may have given"


def test_one_holder_is_one(tmp_path: Path) -> None:
    named: list[dict[str, Any]] = [{"id": HOLDER, "denominationSociale": "Bâtir"}, {"id": HOLDER}, {"id": SECOND}]
    for holders in (named, named[::-1]):
        found = only(tmp_path, {**V1, "titulaires": holders})
        assert found.part is not None
        assert [(one.siret, one.name) for one in found.part.procurement.holders] == [(HOLDER, "Bâtir"), (SECOND, None)]
