"""Rows of the procurement data, one by one: what is kept, repaired, flagged or set aside."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.decp.judging import Judged, judge
from services.ingest.decp.source_row import of_object
from services.ingest.decp.streams import UnreadableDecp, rows_of

FILES = Path(__file__).parents[1] / "files" / "decp"
ROW: dict[str, Any] = {
    "id": "2018abc00", "acheteur": {"id": "21930058900013", "nom": "Ville de Fictive"}, "objet": "Gros œuvre", "codeCPV": "45000000",
    "lieuExecution": {"code": "93", "typeCode": "Code département"}, "dureeMois": 12, "dateNotification": "2018-12-17", "montant": 26130,
    "datePublicationDonnees": "2018-12-20", "titulaires": [{"typeIdentifiant": "SIRET", "id": "12345678200010", "denominationSociale": "Bâtir"}],
}  # fmt: skip


def judged(**change: Any) -> Judged:
    return judge(of_object(1, {**ROW, **change}))


def flags(**change: Any) -> tuple[str, ...]:
    found = judged(**change)
    assert found.part is not None, found
    return found.part.procurement.flags


def test_a_clean_row_is_imported_as_it_is() -> None:
    found = judged()
    assert (found.outcome, found.buyer, found.decp_id, found.in_region) == ("imported", "21930058900013", "2018abc00", True)
    assert found.part is not None
    said = found.part.procurement
    assert (said.amount, said.cpv, str(said.notified_on), said.holders[0].siret, said.flags) == (
        "26130",
        "45000000",
        "2018-12-17",
        "12345678200010",
        (),
    )
    assert (found.part.department, found.part.buyer_kind) == ("93", "COMMUNE")


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"dateNotification": None}, "NO_NOTIFICATION_DATE"),
        ({"dateNotification": "0218-12-17"}, "NOTIFICATION_DATE"),
        ({"codeCPV": "12000000"}, "UNKNOWN_CPV"),
        ({"codeCPV": None}, "NO_CPV"),
        ({"montant": None}, "NO_AMOUNT"),
        ({"montant": 0}, "NO_AMOUNT"),
        ({"montant": "1e400"}, "NO_AMOUNT"),
        ({"dureeMois": "NC"}, "NO_DURATION"),
        ({"titulaires": [{"typeIdentifiant": "SIRET", "id": "82939", "denominationSociale": "Bâtir"}]}, "HOLDER_SIRET"),
        ({"titulaires": []}, "NO_HOLDER"),
        ({"objet": "March\ufffd de r\ufffdparation"}, "ALTERED_TEXT"),
        ({"objet": None}, "NO_OBJECT"),
        ({"considerationsSociales": {"considerationSociale": ["Clause sociale", "Pas de considération sociale"]}}, "V03"),
    ],
)
def test_a_wrong_field_is_null_and_flagged_and_the_row_is_kept(change: dict[str, Any], flag: str) -> None:
    assert flags(**change) == (flag,)
    assert judged(**change).outcome == "imported"


@pytest.mark.parametrize(
    "change", [{"dateNotification": "2018-12-17+01:00"}, {"codeCPV": "45000000-7"}, {"acheteur": {"id": "219 300 589 00013"}}]
)
def test_what_says_the_same_in_another_writing_is_repaired(change: dict[str, Any]) -> None:
    assert (judged(**change).outcome, flags(**change)) == ("repaired", ())
    assert (
        judged(**change).part == judged(acheteur={"id": "21930058900013", "nom": change.get("acheteur", ROW["acheteur"]).get("nom")}).part
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "MISSING_ID"),
        ({"id": " "}, "MISSING_ID"),
        ({"acheteur": {"id": "21930058900019"}}, "BUYER_SIRET"),
        ({"acheteur": {"id": "00000000000000"}}, "BUYER_SIRET"),
        ({"acheteur": None}, "MISSING_BUYER"),
        ({"acheteur": {"id": "80128543800017", "nom": "Essentiel"}, "codeCPV": "12345678"}, "TEST_RECORD"),
        ({"id": "20181234567891", "codeCPV": "12345678"}, "PLACEHOLDER"),
        ({"acheteur": {"id": "44785462100045", "nom": "TEST APC"}}, "PLACEHOLDER"),
    ],
)
def test_what_is_no_contract_is_set_aside_with_its_reason(change: dict[str, Any], reason: str) -> None:
    assert (judged(**change).outcome, judged(**change).reason) == ("set_aside", reason)


def test_one_example_value_is_a_mistake_in_a_contract() -> None:
    assert flags(codeCPV="12345678") == ("UNKNOWN_CPV",)
    assert judged(acheteur={"id": "21930058900013", "nom": "Essentiel"}).outcome == "imported"


def test_the_order_of_holders_is_no_difference() -> None:
    one, two = {"id": "12345678200010", "typeIdentifiant": "SIRET"}, {"id": "21930058900013", "typeIdentifiant": "SIRET"}
    first, second = judged(titulaires=[one, two]), judged(titulaires=[two, one])
    assert (first.digest, first.part) == (second.digest, second.part)
    assert judged(titulaires=[one]).digest != first.digest


def test_the_real_file() -> None:
    rows = [judge(row) for row in _unpacked()]
    assert len(rows) == 1492
    assert Counter(row.outcome for row in rows) == {"imported": 1375, "repaired": 51, "set_aside": 66}
    assert Counter(row.reason for row in rows if row.reason) == {"TEST_RECORD": 59, "BUYER_SIRET": 4, "PLACEHOLDER": 3}
    assert len({(row.buyer, row.decp_id, row.digest) for row in rows if row.reason == "TEST_RECORD"}) == 42


def _unpacked() -> Iterator[Any]:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(gzip.decompress((FILES / "idf_v1_2018_2019.json.gz").read_bytes()))
        file.flush()
        yield from rows_of(Path(file.name))


def test_v2_wraps_holders_and_considerations() -> None:
    rows = list(rows_of(FILES / "v2_marches_concessions.json"))
    assert len(rows) == 4
    assert {tuple(row.social) for row in rows} >= {("Clause sociale", "Critère social")}
    assert all(holder.number for row in rows for holder in row.holders)


def test_the_tabular_form_of_decp_info() -> None:
    rows = [judge(row) for row in rows_of(FILES / "decp_info_2024.csv")]
    assert len(rows) == 39
    assert {row.outcome for row in rows} == {"imported"}
    assert all(row.in_region for row in rows)


@pytest.mark.parametrize("content", [b"", b"{", b'{"marches": [{"id": 1', b'{"autre": []}', b"a,b\n1,2\n", b"\x00" * 100])
def test_a_file_that_is_none_says_so(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "decp"
    file.write_bytes(content)
    with pytest.raises(UnreadableDecp) as refused:
        list(rows_of(file))
    assert str(refused.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(ROW)), _JSON))
def test_whatever_a_field_holds_the_row_has_one_outcome(change: dict[str, Any]) -> None:
    found = judged(**change)
    assert found.outcome in {"imported", "repaired", "set_aside"}
    assert (found.part is None) == (found.reason is not None)
    if found.part:
        found.part.model_dump_json().encode()
