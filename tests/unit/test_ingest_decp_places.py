"""Where a contract of procurement data is carried out: codes of any kind, written in any way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.decp_contract import V1, only


@pytest.mark.parametrize(
    ("place", "department"),
    [
        ({"code": "75056;93066", "typeCode": "Code commune"}, None), ({"code": ["93066", "75056"], "typeCode": "Code commune"}, None),
        ([{"code": "93", "typeCode": "Code département"}, {"code": "75", "typeCode": "Code département"}], None),
        ([{"code": "93066", "typeCode": "Code commune"}, {"code": "93008", "typeCode": "Code commune"}], "93"),
        ([{"code": "93200", "typeCode": "Code postal"}], "93"), ({"code": "93066, 93008", "typeCode": "Code commune"}, "93"),
    ],
)  # fmt: skip
def test_of_several_places_none_is_taken_for_all(tmp_path: Path, place: object, department: str | None) -> None:
    """The first was, and its department had the contract."""
    found = only(tmp_path, {"marches": [{**V1, "lieuExecution": place}]})
    assert found.part is not None
    assert (found.part.department, found.in_region) == (department, True)


@pytest.mark.parametrize(
    ("code", "kind", "department", "commune"),
    [
        ("77100", "Code postal", "77", None), ("77100", "Code commune", "77", "77100"), ("93100", "Code postal", "93", "93048"),
        ("93048", "Code commune", "93", "93048"), ("93048", "Code postal", "93", "93048"), ("93100", "Code commune", "93", "93048"),
        ("75000", "Code postal", "75", None), ("20000", "Code postal", "2A", None), ("20200", "Code postal", "2B", None), ("2A004", "Code commune", "2A", "2A004"),
        ("97411", "Code commune", "974", "97411"), ("974", "Code département", "974", None), ("93", "Code commune", "93", None), (1000, "Code postal", "01", None),
        (1, "Code département", "01", None), ("931", "Code arrondissement", "93", None), ("9301", "Code canton", "93", None), ("FR", "Code pays", None, None),
        ("11", "Code région", None, None), ("FR106", "Code NUTS", "93", None), ("6000", "Code postal", "06", None), ("1053", "Code commune", "01", "01053"), ("77100", "", "77", None), ("93048", "", "93", "93048"), ("00", "", None, None),
    ],
)  # fmt: skip
def test_a_place_is_what_its_kind_says(tmp_path: Path, code: object, kind: str, department: str | None, commune: str | None) -> None:
    found = only(tmp_path, {"marches": [{**V1, "lieuExecution": {"code": code, "typeCode": kind}}]})
    assert found.part is not None
    assert (found.part.department, found.part.commune) == (department, commune)
    assert found.in_region is (kind == "Code région" or department in {"75", "77", "93"})


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
